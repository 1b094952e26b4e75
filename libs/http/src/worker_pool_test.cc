#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include <tidemill/http/worker_pool.h>

namespace tidemill::http {
namespace {

TEST(WorkerPoolTest, RunsEveryTaskBeforeItStops) {
  std::atomic<int> done{0};
  {
    WorkerPool pool("test", 3, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.TrySubmit([&] { ++done; }));
  }
  EXPECT_EQ(done, 500);
}

TEST(WorkerPoolTest, AFullQueueIsSeenByTheCaller) {
  WorkerPool pool("test", 1, 2);
  std::promise<void> release;
  std::promise<void> started;
  ASSERT_TRUE(pool.TrySubmit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_TRUE(pool.TrySubmit([] {}));
  EXPECT_FALSE(pool.TrySubmit([] {}));
  EXPECT_EQ(pool.queued(), 2u);
  release.set_value();
  pool.Stop();
  EXPECT_FALSE(pool.TrySubmit([] {}));
}

TEST(WorkerPoolTest, TasksThatWaitForEachOtherRunAtOnce) {
  WorkerPool pool("test", 2, 0);
  std::promise<void> first;
  std::promise<void> second;
  ASSERT_TRUE(pool.TrySubmit([&] { second.get_future().wait(), first.set_value(); }));
  ASSERT_TRUE(pool.TrySubmit([&] { second.set_value(); }));
  EXPECT_EQ(first.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace tidemill::http
