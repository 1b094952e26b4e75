#include <filesystem>

#include <gmock/gmock.h>

#include <tidemill/base/file.h>
#include <tidemill/engine/event_builder.h>
#include <tidemill/engine/event_sink.h>

#include "testing/run_fixture.h"

namespace tidemill::engine {
namespace {

using testing::RunFixture;

TEST(EventSinkTest, EventsAreThereAfterAFlushInTheirOrderWithTheirFiles) {
  RunFixture fixture;
  const std::string run = fixture.CreateRun("sum");
  const SystemClock clock;
  const EventBuilder events(run, "sum", clock, 1);
  std::string acknowledged;
  StorageEventSink sink(fixture.storage().events(),
                        [&](auto group, auto ids) { acknowledged += AcknowledgedLines(group, ids); });
  for (int i = 0; i < 20; ++i) {
    const std::filesystem::path path = fixture.home() / "storage" / run / std::to_string(i);
    WriteFileAtomic(path, "1");
    sink.WroteFile(path);
    sink.Write(events.Log(model::level::kInfo, std::to_string(i)));
  }
  sink.WroteFile(fixture.home() / "gone");  // Deleted before the commit: no error.
  sink.Flush();

  const auto stored = fixture.Events(run);
  ASSERT_EQ(stored.size(), 20u);
  for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].user_message, std::to_string(i));
  EXPECT_EQ(std::count(acknowledged.begin(), acknowledged.end(), '\n'), 20);
  EXPECT_EQ(acknowledged.find("{\"type\": null, \"level\": 20, \"event\": {\"__class__\": \"EventLogEntry\""), 0u);
}

}  // namespace
}  // namespace tidemill::engine
