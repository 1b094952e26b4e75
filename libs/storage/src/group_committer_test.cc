#include <future>
#include <latch>
#include <numeric>
#include <thread>

#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/storage/group_committer.h>

#include "testing/fake_event_storage.h"
#include "testing/samples.h"

namespace tidemill::storage {
namespace {

using ::testing::ElementsAre;
using testing::FakeEventStorage;
using testing::LogLine;
using ::testing::SizeIs;

TEST(GroupCommitterTest, FlushReturnsAfterEverythingIsDurableAndAcknowledged) {
  FakeEventStorage storage;
  std::vector<std::string> acknowledged;
  GroupCommitter committer(storage,
                           [&](std::span<const NewEvent> events, std::span<const std::int64_t> ids) {
                             ASSERT_EQ(events.size(), ids.size());
                             for (const NewEvent& event : events) acknowledged.push_back(event.entry.user_message);
                           },
                           nullptr, {});
  for (const char* message : {"a", "b", "c"}) committer.Enqueue(NewEvent(LogLine("r1", message)));
  committer.Flush();
  EXPECT_THAT(acknowledged, ElementsAre("a", "b", "c"));
  EXPECT_THAT(testing::Messages(storage.RunEvents("r1", {})), ElementsAre("a", "b", "c"));
}

TEST(GroupCommitterTest, EventsThatArriveDuringACommitShareTheNext) {
  FakeEventStorage storage;
  std::latch first_commit_began(1);
  std::promise<void> go;
  std::shared_future<void> may_commit = go.get_future().share();
  std::atomic<int> barriers = 0;
  GroupCommitter committer(storage, nullptr,
                           [&] {
                             if (barriers++ == 0) first_commit_began.count_down();
                             may_commit.wait();
                           },
                           {});
  committer.Enqueue(NewEvent(LogLine("r1", "alone")));
  first_commit_began.wait();
  for (int i = 0; i < 10; ++i) committer.Enqueue(NewEvent(LogLine("r1", "together")));
  go.set_value();
  committer.Flush();
  EXPECT_THAT(storage.group_sizes(), ElementsAre(1, 10));
  EXPECT_EQ(barriers, 2);
}

TEST(GroupCommitterTest, AGroupHasAtMostTheLimit) {
  FakeEventStorage storage;
  std::latch first_commit_began(1);
  std::promise<void> go;
  std::shared_future<void> may_commit = go.get_future().share();
  std::atomic<bool> began = false;
  GroupCommitter committer(storage, nullptr,
                           [&] {
                             if (!began.exchange(true)) first_commit_began.count_down();
                             may_commit.wait();
                           },
                           {.queued_bytes = 8u << 20, .group_events = 4});
  committer.Enqueue(NewEvent(LogLine("r1", "alone")));
  first_commit_began.wait();
  for (int i = 0; i < 10; ++i) committer.Enqueue(NewEvent(LogLine("r1", std::to_string(i))));
  go.set_value();
  committer.Flush();
  EXPECT_THAT(storage.group_sizes(), ElementsAre(1, 4, 4, 2));
  EXPECT_THAT(testing::Messages(storage.RunEvents("r1", {})),
              ElementsAre("alone", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
}

TEST(GroupCommitterTest, AProducerWaitsWhileTheQueueIsFull) {
  FakeEventStorage storage;
  std::latch first_commit_began(1);
  std::promise<void> go;
  std::shared_future<void> may_commit = go.get_future().share();
  std::atomic<bool> began = false;
  GroupCommitter committer(storage, nullptr,
                           [&] {
                             if (!began.exchange(true)) first_commit_began.count_down();
                             may_commit.wait();
                           },
                           {.queued_bytes = 1, .group_events = 100});
  committer.Enqueue(NewEvent(LogLine("r1", "in commit")));
  first_commit_began.wait();
  committer.Enqueue(NewEvent(LogLine("r1", "queued: an empty queue takes any size")));
  auto blocked = std::async(std::launch::async, [&] { committer.Enqueue(NewEvent(LogLine("r1", "waits"))); });
  EXPECT_EQ(blocked.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  go.set_value();
  blocked.get();
  committer.Flush();
  EXPECT_THAT(storage.RunEvents("r1", {}), SizeIs(3));
}

TEST(GroupCommitterTest, AFailedCommitIsSeenByEveryLaterCallAndNothingFollowsIt) {
  FakeEventStorage storage;
  bool acknowledged = false;
  GroupCommitter committer(storage, [&](auto, auto) { acknowledged = true; }, nullptr, {});
  storage.FailNext(Error(Code::kResourceExhausted, "disk full"));
  committer.Enqueue(NewEvent(LogLine("r1", "lost")));
  EXPECT_THROW(committer.Flush(), Error);
  EXPECT_THROW(committer.Enqueue(NewEvent(LogLine("r1", "after"))), Error);
  EXPECT_THROW(committer.Flush(), Error);
  EXPECT_THAT(storage.RunEvents("r1", {}), SizeIs(0));
  EXPECT_FALSE(acknowledged);
}

TEST(GroupCommitterTest, AFailedBarrierKeepsTheEventsOutOfTheLog) {
  FakeEventStorage storage;
  GroupCommitter committer(storage, nullptr, [] { throw Error(Code::kUnavailable, "output not synced"); }, {});
  committer.Enqueue(NewEvent(LogLine("r1", "speaks of the output")));
  EXPECT_THROW(committer.Flush(), Error);
  EXPECT_THAT(storage.RunEvents("r1", {}), SizeIs(0));
}

TEST(GroupCommitterTest, TheBarrierOfAGroupPassesWhileTheOneBeforeIsCommitted) {
  FakeEventStorage storage;
  std::latch second_passed(2);
  GroupCommitter committer(
      storage, [&](auto, auto) { second_passed.wait(); }, [&] { second_passed.count_down(); }, {});
  committer.Enqueue(NewEvent(LogLine("r1", "first")));
  while (storage.group_sizes().empty()) std::this_thread::yield();
  committer.Enqueue(NewEvent(LogLine("r1", "second")));
  committer.Flush();
  EXPECT_THAT(storage.group_sizes(), ElementsAre(1, 1));
}

TEST(GroupCommitterTest, WhatPassedTheBarrierBeforeItFailedIsCommitted) {
  FakeEventStorage storage;
  std::latch second_enqueued(1);
  std::atomic<int> barriers = 0;
  GroupCommitter committer(
      storage, [&](auto, auto) { second_enqueued.wait(); },
      [&] {
        if (++barriers == 2) throw Error(Code::kUnavailable, "output not synced");
      },
      {});
  committer.Enqueue(NewEvent(LogLine("r1", "kept")));
  while (storage.group_sizes().empty()) std::this_thread::yield();
  committer.Enqueue(NewEvent(LogLine("r1", "lost")));
  second_enqueued.count_down();
  EXPECT_THROW(committer.Flush(), Error);
  EXPECT_THAT(testing::Messages(storage.RunEvents("r1", {})), ElementsAre("kept"));
}

TEST(GroupCommitterTest, TheDestructorCommitsWhatIsQueued) {
  FakeEventStorage storage;
  {
    GroupCommitter committer(storage, nullptr, nullptr, {});
    for (int i = 0; i < 100; ++i) committer.Enqueue(NewEvent(LogLine("r1", "x")));
  }
  EXPECT_THAT(storage.RunEvents("r1", {}), SizeIs(100));
}

TEST(GroupCommitterTest, ManyProducersLoseNothingAndKeepTheirOwnOrder) {
  FakeEventStorage storage;
  GroupCommitter committer(storage, nullptr, nullptr, {.queued_bytes = 4096, .group_events = 7});
  std::vector<std::thread> producers;
  for (int t = 0; t < 4; ++t) {
    producers.emplace_back([&, t] {
      for (int i = 0; i < 250; ++i) committer.Enqueue(NewEvent(LogLine("r" + std::to_string(t), std::to_string(i))));
      committer.Flush();
    });
  }
  for (std::thread& producer : producers) producer.join();
  for (int t = 0; t < 4; ++t) {
    const auto messages = testing::Messages(storage.RunEvents("r" + std::to_string(t), {}));
    ASSERT_THAT(messages, SizeIs(250));
    for (int i = 0; i < 250; ++i) EXPECT_EQ(messages[static_cast<std::size_t>(i)], std::to_string(i));
  }
}

}  // namespace
}  // namespace tidemill::storage
