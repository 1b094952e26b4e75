// Each line of testdata/<Type>.jsonl was written by Dagster: decoding and encoding must give the same bytes.
#include <fstream>

#include <gtest/gtest.h>

#include <tidemill/model/events.h>
#include <tidemill/model/instigators.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::serdes {
namespace {

template <class T>
void ExpectSamplesComeBack(const std::string& type) {
  std::ifstream file(std::string(TIDEMILL_SOURCE_DIR) + "/testdata/" + type + ".jsonl");
  int count = 0;
  for (std::string text; std::getline(file, text); ++count) {
    const T value = Decode<T>(text);
    EXPECT_EQ(Encode(value), text) << type << " line " << count + 1;
    EXPECT_EQ(json::Dump(ToJson(value)), text);
    EXPECT_EQ(Encode(FromJson<T>(json::Parse(text))), text);
  }
  EXPECT_GT(count, 0) << "no samples of " << type;
}

TEST(SamplesTest, Events) {
  ExpectSamplesComeBack<model::EventLogEntry>("EventLogEntry");
  ExpectSamplesComeBack<model::EventLogRecord>("EventLogRecord");
  ExpectSamplesComeBack<model::DagsterEvent>("DagsterEvent");
  ExpectSamplesComeBack<model::ErrorInfo>("ErrorInfo");
  ExpectSamplesComeBack<model::AssetKey>("AssetKey");
}

TEST(SamplesTest, Runs) { ExpectSamplesComeBack<model::Run>("Run"); }

TEST(SamplesTest, JobsAndPlans) {
  ExpectSamplesComeBack<model::JobSnap>("JobSnap");
  ExpectSamplesComeBack<model::JobDataSnap>("JobDataSnap");
  ExpectSamplesComeBack<model::PlanSnap>("PlanSnap");
  ExpectSamplesComeBack<model::KnownState>("KnownState");
}

TEST(SamplesTest, Repositories) {
  ExpectSamplesComeBack<model::RepositorySnap>("RepositorySnap");
  ExpectSamplesComeBack<model::AssetNodeSnap>("AssetNodeSnap");
}

TEST(SamplesTest, Instigators) {
  ExpectSamplesComeBack<model::InstigatorState>("InstigatorState");
  ExpectSamplesComeBack<model::TickData>("TickData");
  ExpectSamplesComeBack<model::DaemonHeartbeat>("DaemonHeartbeat");
}

/// The samples are read as what they are, not all as Unknown.
TEST(SamplesTest, KnownClassesAreUnderstood) {
  std::ifstream file(std::string(TIDEMILL_SOURCE_DIR) + "/testdata/EventLogEntry.jsonl");
  std::vector<std::string> unknown;
  std::size_t alternatives = 0;
  std::vector<bool> seen(std::variant_size_v<model::EventData>);
  for (std::string text; std::getline(file, text);) {
    const auto entry = Decode<model::EventLogEntry>(text);
    if (!entry.dagster_event) continue;
    const model::EventData& data = entry.dagster_event->data;
    if (!seen[data.index()]) ++alternatives;
    seen[data.index()] = true;
    if (const auto* kept = std::get_if<model::event::Unknown>(&data)) {
      unknown.push_back(kept->data.Find("__class__")->AsString());
    }
  }
  EXPECT_EQ(unknown, std::vector<std::string>{"StepExpectationResultData"});
  // All but AssetFailed, which Dagster stores only in its paid service.
  EXPECT_EQ(alternatives, std::variant_size_v<model::EventData> - 1);
}

}  // namespace
}  // namespace tidemill::serdes
