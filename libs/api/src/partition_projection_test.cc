#include "partition_projection.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <tidemill/instance/instance.h>

namespace tidemill::api {
namespace {

using assets::PartitionsContext;
using assets::PartitionsDefinition;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const model::AssetKey kAsset({"days"});
const PartitionsContext kContext{FromUnixSeconds(1704931200), nullptr};  // 2024-01-11.

class PartitionProjectionTest : public ::testing::Test {
 protected:
  PartitionProjectionTest() : home_(MakeHome()), instance_(instance::Instance::Open(home_)) {}
  ~PartitionProjectionTest() override { std::filesystem::remove_all(home_); }

  static std::filesystem::path MakeHome() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidemill_partitions_XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  void Append(model::EventType type, const std::string& run_id, model::EventData data = {}) {
    model::EventLogEntry entry;
    entry.run_id = run_id;
    entry.timestamp = 4102444800;  // Behind every wipe.
    auto& event = entry.dagster_event.emplace();
    event.type = type;
    event.data = std::move(data);
    const storage::NewEvent stored(std::move(entry));
    instance_.storage().events().Append({&stored, 1});
  }
  void Make(const std::string& run_id, const std::string& partition) {
    Append(model::EventType::kAssetMaterialization, run_id,
           model::event::StepMaterialization{{kAsset, {}, {}, partition, {}}, {}});
  }
  void Plan(const std::string& run_id, const std::string& partition) {
    model::Run run;
    run.run_id = run_id;
    run.job_name = "job";
    instance_.storage().runs().AddRun(run);
    Append(model::EventType::kAssetMaterializationPlanned, run_id,
           model::event::MaterializationPlanned{kAsset, partition, {}});
  }
  std::shared_ptr<const PartitionStatus> Status() {
    return projection_.StatusOf(instance_.storage(), kAsset, definition_, kContext);
  }

  std::filesystem::path home_;
  instance::Instance instance_;
  PartitionProjection projection_;
  PartitionsDefinition definition_ = PartitionsDefinition::Daily("2024-01-01");
};

TEST_F(PartitionProjectionTest, EachQuestionReadsWhatIsNew) {
  EXPECT_TRUE(Status()->materialized.empty());
  Make("a", "2024-01-02");
  EXPECT_THAT(Status()->materialized.Keys(), ElementsAre("2024-01-02"));
  Make("b", "2024-01-03");
  Make("b", "1999-01-01");
  EXPECT_THAT(Status()->materialized.Keys(), ElementsAre("2024-01-02", "2024-01-03"));
  EXPECT_EQ(Status(), Status()) << "made again though nothing happened";
}

TEST_F(PartitionProjectionTest, APlanIsUnderWayUntilItsRunEndsOrMakesIt) {
  Plan("a", "2024-01-02");
  Plan("b", "2024-01-03");
  EXPECT_THAT(Status()->in_progress.Keys(), ElementsAre("2024-01-02", "2024-01-03"));
  Make("a", "2024-01-02");
  Append(model::EventType::kRunFailure, "b");
  EXPECT_THAT(Status()->in_progress.Keys(), IsEmpty());
  EXPECT_THAT(Status()->failed.Keys(), ElementsAre("2024-01-03"));
  Plan("c", "2024-01-03");
  EXPECT_THAT(Status()->failed.Keys(), IsEmpty());
  EXPECT_THAT(Status()->in_progress.Keys(), ElementsAre("2024-01-03"));
}

TEST_F(PartitionProjectionTest, WhatWasWipedOrDeletedIsForgotten) {
  Plan("a", "2024-01-02");
  Make("a", "2024-01-02");
  Plan("b", "2024-01-03");
  Make("b", "2024-01-03");
  EXPECT_EQ(Status()->materialized.Count(), 2);
  instance_.storage().events().DeleteRunEvents("b");
  instance_.storage().runs().DeleteRun("b");
  EXPECT_THAT(Status()->materialized.Keys(), ElementsAre("2024-01-02"));
  instance_.storage().events().WipeAsset(kAsset);
  EXPECT_TRUE(Status()->materialized.empty());
  Make("c", "2024-01-04");
  EXPECT_THAT(Status()->materialized.Keys(), ElementsAre("2024-01-04"));
}

TEST_F(PartitionProjectionTest, APartitionIsFoundOnceItExists) {
  Make("a", "2024-01-11");
  EXPECT_TRUE(Status()->materialized.empty()) << "the day is not over";
  const PartitionsContext tomorrow{kContext.now + std::chrono::hours(24), nullptr};
  EXPECT_THAT(projection_.StatusOf(instance_.storage(), kAsset, definition_, tomorrow)->materialized.Keys(),
              ElementsAre("2024-01-11"));
}

TEST_F(PartitionProjectionTest, AnotherDefinitionIsReadAnew) {
  Make("a", "2024-01-02");
  Make("a", "x");
  EXPECT_EQ(Status()->materialized.Count(), 1);
  definition_ = PartitionsDefinition::Static({"x", "y"});
  EXPECT_THAT(Status()->materialized.Keys(), ElementsAre("x"));
}

}  // namespace
}  // namespace tidemill::api
