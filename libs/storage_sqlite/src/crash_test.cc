#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/storage_sqlite/open.h>

#include "samples.h"
#include "testing/raw_sqlite.h"
#include "testing/temp_home.h"

namespace tidemill::storage_sqlite {
namespace {

using model::EventType;
using storage::testing::Group;
using storage::testing::kStart;
using storage::testing::LogLine;
using storage::testing::Materialized;
using storage::testing::RunEvent;
using storage::testing::SampleRun;
using testing::TempHome;

constexpr std::size_t kGroupSize = 4;

std::vector<storage::NewEvent> GroupNumber(std::uint32_t number) {
  const std::string text = std::to_string(number);
  const EventType status = number % 2 == 0 ? EventType::kRunStart : EventType::kRunCanceling;
  return Group({LogLine("r1", text, kStart + number), Materialized("r1", {"a"}, kStart + number),
                RunEvent("r1", status, kStart + number), LogLine("r1", text, kStart + number)});
}

/// A process that does `work`, which may report numbers to this one.
class Child {
 public:
  using Report = std::function<void(std::uint32_t)>;

  explicit Child(const std::function<void(const Report&)>& work) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    process_ = ::fork();
    if (process_ == 0) {
      ::close(ends[0]);
      try {
        work([&](std::uint32_t number) {
          if (::write(ends[1], &number, sizeof(number)) != sizeof(number)) ::_exit(3);
        });
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(2);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    reports_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { ::close(reports_); }

  void Kill() { ::kill(process_, SIGKILL); }

  /// How many numbers are reported until the process ends, or `enough` are.
  std::size_t CountReports(std::size_t enough = std::numeric_limits<std::size_t>::max()) {
    std::size_t count = 0;
    std::uint32_t number = 0;
    while (count < enough && ::read(reports_, &number, sizeof(number)) == sizeof(number)) ++count;
    return count;
  }

  int Wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t process_ = -1;
  int reports_ = -1;
};

void CheckAfterCrash(const std::filesystem::path& home, std::size_t acknowledged) {
  const auto store = Open(home);
  const auto stored = store->events().RunEvents("r1", {});
  ASSERT_EQ(stored.size() % kGroupSize, 0u) << "groups are whole";
  const std::size_t groups = stored.size() / kGroupSize;
  EXPECT_GE(groups, acknowledged) << "an acknowledged group is lost";
  EXPECT_LE(groups, acknowledged + 1) << "only the group in flight may be there without acknowledgement";
  for (std::size_t i = 0; i < stored.size(); i += kGroupSize) {
    EXPECT_EQ(stored[i].entry.user_message, std::to_string(i / kGroupSize));
  }
  if (groups == 0) return;

  store->events().RepairRun("r1");
  EXPECT_EQ(store->events().RepairRun("r1"), 0);
  storage::EventQuery query;
  EXPECT_EQ(store->events().Events(query).size(), groups) << "each materialization is mirrored once";
  const auto asset = store->events().AssetRecords(std::nullopt).at(0);
  EXPECT_EQ(asset.last_materialization->entry.timestamp, kStart + static_cast<double>(groups - 1));
  const auto run = store->runs().GetRun("r1");
  EXPECT_EQ(run->run.status, groups % 2 == 1 ? model::RunStatus::kStarted : model::RunStatus::kCanceling);
}

TEST(CrashTest, NoAcknowledgedEventIsLostWhenTheWriterIsKilled) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 30; ++round) {
    const TempHome home;
    Open(home.path())->runs().AddRun(SampleRun("r1"));
    Child writer([&](const Child::Report& acknowledge) {
      const auto store = Open(home.path());
      for (std::uint32_t number = 0; number < 100'000; ++number) {
        store->events().Append(GroupNumber(number));
        acknowledge(number);
      }
    });
    // After some acknowledgements, somewhere in the group that follows.
    std::size_t acknowledged = writer.CountReports(std::uniform_int_distribution<std::size_t>(0, 12)(random));
    std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(0, 4'000)(random)));
    writer.Kill();
    acknowledged += writer.CountReports();
    writer.Wait();
    CheckAfterCrash(home.path(), acknowledged);
    if (HasFailure()) FAIL() << "in round " << round;
  }
}

TEST(CrashTest, AHomeSurvivesItsCreatorsDeath) {
  std::mt19937 random(4711);
  for (int round = 0; round < 20; ++round) {
    const TempHome home;
    Child creator([&](const Child::Report& acknowledge) {
      const auto store = Open(home.path());
      store->runs().AddRun(SampleRun("r1"));
      acknowledge(0);
      store->events().Append(GroupNumber(0));
      acknowledge(1);
      store->schedules().AddTick({});
      acknowledge(2);
    });
    std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(100, 20'000)(random)));
    creator.Kill();
    const std::size_t reached = creator.CountReports();
    creator.Wait();
    const auto store = Open(home.path());
    if (reached > 0) {
      EXPECT_TRUE(store->runs().GetRun("r1").has_value());
    }
    if (reached > 1) {
      EXPECT_EQ(store->events().RunEvents("r1", {}).size(), kGroupSize);
    }
    if (reached > 2) {
      EXPECT_EQ(store->schedules().PurgeTicks("", {}, 1), 0);
    }
    store->runs().SetValue("still", "works");
    store->events().Append(GroupNumber(1));
    store->schedules().AddTick({});
    if (HasFailure()) FAIL() << "in round " << round;
  }
}

TEST(RepairTest, WhatIsOnlyInTheRunsLogIsMirroredInOrder) {
  const TempHome home;
  const auto store = Open(home.path());
  store->runs().AddRun(SampleRun("r1"));
  store->events().Append(
      Group({RunEvent("r1", EventType::kRunStart, kStart), Materialized("r1", {"a"}, kStart + 1),
             Materialized("r1", {"b"}, kStart + 2), RunEvent("r1", EventType::kRunSuccess, kStart + 3)}));
  // As after a crash behind the first file.
  testing::RawSqlite(home.path() / "history/runs/index.db")
      .Run("DELETE FROM event_logs WHERE id > 1; DELETE FROM asset_keys");
  testing::RawSqlite(home.path() / "history/runs.db").Run("UPDATE runs SET status = 'STARTED', end_time = NULL");
  // Meanwhile another run goes on with one of the assets.
  store->events().Append(Group({Materialized("r2", {"a"}, kStart + 10)}));

  EXPECT_EQ(store->events().RepairRun("r1"), 3);
  EXPECT_EQ(store->events().RepairRun("r1"), 0);
  const auto run = store->runs().GetRun("r1");
  EXPECT_EQ(run->run.status, model::RunStatus::kSuccess);
  EXPECT_EQ(run->end_time, kStart + 3);
  const auto records = store->events().AssetRecords(std::nullopt);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].last_run_id, "r2") << "the later materialization stays the last";
  EXPECT_EQ(records[1].last_materialization->entry.timestamp, kStart + 2);
}

TEST(RepairTest, APlannedCheckOfUnreadablePartitionsIsMirroredWithoutItsRows) {
  const TempHome home;
  const auto store = Open(home.path());
  const model::AssetCheckKey key{.asset_key = model::AssetKey("a"), .name = "check"};
  store->events().Append(Group({storage::testing::CheckPlanned("r1", key, kStart)}));
  testing::RawSqlite(home.path() / "history/runs/r1.db")
      .Run(
          "UPDATE event_logs SET event = json_set(event, '$.dagster_event.event_specific_data.partitions_subset', "
          "json('{\"__class__\": \"PartitionsOfTomorrow\"}'))");
  testing::RawSqlite(home.path() / "history/runs/index.db")
      .Run("DELETE FROM event_logs; DELETE FROM asset_check_executions");

  EXPECT_EQ(store->events().RepairRun("r1"), 1);
  EXPECT_EQ(store->events().RepairRun("r1"), 0);
  EXPECT_EQ(store->events().LatestCheckExecution(key), std::nullopt);
}

TEST(ProcessTest, ProcessesShareARunAndAHome) {
  constexpr std::uint32_t kProcesses = 4;
  constexpr std::uint32_t kGroups = 25;
  const TempHome home;
  std::vector<std::unique_ptr<Child>> writers;
  for (std::uint32_t process = 0; process < kProcesses; ++process) {
    writers.push_back(std::make_unique<Child>([&, process](const Child::Report& report) {
      const auto store = Open(home.path());  // All make the files at once.
      const std::string own = "run" + std::to_string(process);
      store->runs().AddRun(SampleRun(own));
      for (std::uint32_t i = 0; i < kGroups; ++i) {
        store->events().Append(Group({LogLine("shared", own + "/" + std::to_string(i)), Materialized("shared", {"a"}),
                                      RunEvent(own, EventType::kRunStart), LogLine(own, std::to_string(i))}));
        report(i);
      }
    }));
  }
  for (const auto& writer : writers) {
    EXPECT_EQ(writer->CountReports(), kGroups);
    EXPECT_EQ(writer->Wait(), 0);
  }
  const auto store = Open(home.path());
  EXPECT_EQ(store->runs().CountRuns({}), kProcesses);
  EXPECT_EQ(store->events().RunEvents("shared", {}).size(), 2 * kProcesses * kGroups);
  storage::EventQuery query;
  EXPECT_EQ(store->events().Events(query).size(), kProcesses * kGroups);
  for (std::uint32_t process = 0; process < kProcesses; ++process) {
    const std::string own = "run" + std::to_string(process);
    EXPECT_EQ(store->events().RunEvents(own, {}).size(), 2 * kGroups);
    EXPECT_EQ(store->runs().GetRun(own)->run.status, model::RunStatus::kStarted);
  }
}

}  // namespace
}  // namespace tidemill::storage_sqlite
