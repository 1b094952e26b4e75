#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/api/log_tails.h>

#include "fake_event_storage.h"

namespace tidemill::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A log that answers for the place that is asked for, and counts the questions about old events.
class GrowingLog final : public storage::testing::FakeEventStorage {
 public:
  void Write(const std::string& run_id, const std::string& message, bool ends_run = false) {
    model::EventLogEntry entry;
    entry.run_id = run_id;
    entry.user_message = message;
    if (ends_run) entry.dagster_event.emplace().type = model::EventType::kRunSuccess;
    const storage::NewEvent event(std::move(entry));
    Append({&event, 1});
  }

  std::vector<storage::StoredEvent> RunEvents(std::string_view run_id, const storage::RunEventQuery& query) override {
    std::vector<storage::StoredEvent> events = FakeEventStorage::RunEvents(run_id, query);
    std::erase_if(events, [&](const auto& event) { return event.storage_id <= query.after; });
    if (query.limit && events.size() > static_cast<std::size_t>(*query.limit)) {
      events.resize(static_cast<std::size_t>(*query.limit));
    }
    return events;
  }
};

/// Counts wakes, and waits for them.
class Bell final {
 public:
  std::function<void()> Rope() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++rung_;
      changed_.notify_all();
    };
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rung_ > heard_; });
    heard_ = rung_;
  }
  int rung() {
    const std::lock_guard lock(mutex_);
    return rung_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
  int heard_ = 0;
};

/// The next `count` messages, waiting for those that have not come yet.
std::vector<std::string> Take(LogTails::Reader& reader, Bell& bell, std::size_t count) {
  std::vector<std::string> texts;
  while (texts.size() < count) {
    const auto events = reader.Next(static_cast<std::int64_t>(count - texts.size()));
    for (const LogTails::Event& event : events) texts.push_back(event.entry->user_message);
    if (events.empty()) bell.Wait();
  }
  return texts;
}

class LogTailsTest : public ::testing::Test {
 protected:
  GrowingLog log_;
  LogTails tails_{log_};
};

TEST_F(LogTailsTest, AReaderIsWokenForWhatIsWrittenBehindItsPlace) {
  log_.Write("run", "old");
  Bell bell;
  const auto reader = tails_.Follow("run", 1, false, bell.Rope());
  EXPECT_THAT(reader->Next(10), IsEmpty());

  log_.Write("other", "not ours");
  log_.Write("run", "new");
  EXPECT_THAT(Take(*reader, bell, 1), ElementsAre("new"));
  EXPECT_THAT(reader->Next(10), IsEmpty());
}

TEST_F(LogTailsTest, AReaderThatComesLaterMissesNothing) {
  Bell first_bell;
  Bell second_bell;
  const auto first = tails_.Follow("run", 0, false, first_bell.Rope());
  log_.Write("run", "a");
  log_.Write("run", "b");
  EXPECT_THAT(Take(*first, first_bell, 1), ElementsAre("a"));

  const auto second = tails_.Follow("run", 1, false, second_bell.Rope());
  log_.Write("run", "c");
  EXPECT_THAT(Take(*second, second_bell, 2), ElementsAre("b", "c"));
  EXPECT_THAT(Take(*first, first_bell, 2), ElementsAre("b", "c"));
}

TEST_F(LogTailsTest, AReaderBehindWhatTheTailHoldsReadsTheStorage) {
  for (const char* text : {"a", "b", "c"}) log_.Write("run", text);
  Bell ahead_bell;
  Bell behind_bell;
  const auto ahead = tails_.Follow("run", 3, false, ahead_bell.Rope());
  const auto behind = tails_.Follow("run", 0, false, behind_bell.Rope());
  EXPECT_THAT(Take(*behind, behind_bell, 2), ElementsAre("a", "b"));
  log_.Write("run", "d");
  EXPECT_THAT(Take(*behind, behind_bell, 2), ElementsAre("c", "d"));
  EXPECT_THAT(Take(*ahead, ahead_bell, 1), ElementsAre("d"));
}

TEST_F(LogTailsTest, AReaderThatHasGoneIsNotWoken) {
  Bell gone_bell;
  Bell bell;
  auto gone = tails_.Follow("run", 0, false, gone_bell.Rope());
  const auto reader = tails_.Follow("run", 0, false, bell.Rope());
  gone.reset();
  const int rung = gone_bell.rung();
  log_.Write("run", "a", true);
  bell.Wait();
  EXPECT_EQ(gone_bell.rung(), rung);
}

}  // namespace
}  // namespace tidemill::api
