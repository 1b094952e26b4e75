#include "live_run_logs.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/api/log_tails.h>
#include <tidemill/base/error.h>

#include "event.h"
#include "event_cursor.h"
#include "run.h"
#include "run_events.h"

namespace tidemill::api {
namespace {

/// Events that one message brings at most, as in Dagster.
constexpr std::int64_t kChunk = 1'000;
/// The cursor of those who want no past events.
constexpr std::string_view kHead = "HEAD";

/// PipelineRunLogsSubscriptionSuccess.
struct LogMessages {
  Run run;
  std::vector<Event> events;
  bool has_more_past_events = false;
  std::string cursor;
};
/// PipelineRunLogsSubscriptionFailure.
struct NoSuchRun {
  std::string run_id;
};
using LogPayload = std::variant<LogMessages, NoSuchRun>;
using LogSource = graphql::EventSource<LogPayload>;

class MissingRunLog final : public LogSource {
 public:
  explicit MissingRunLog(std::string run_id) : run_id_(std::move(run_id)) {}

  void Start(std::function<void()> wake) override { wake(); }
  bool ended() const override { return ended_; }
  std::optional<LogPayload> Next() override {
    if (std::exchange(ended_, true)) return std::nullopt;
    return NoSuchRun{run_id_};
  }

 private:
  const std::string run_id_;
  bool ended_ = false;
};

/// Reads what there is in chunks, then follows the run's tail.
class RunLog final : public LogSource {
 public:
  RunLog(Run run, storage::EventStorage& storage, LogTails& tails, std::optional<std::string> cursor)
      : run_(std::move(run)), storage_(storage), tails_(tails), cursor_(std::move(cursor)) {
    if (cursor_ && cursor_ != kHead) StorageIdOf(*cursor_);  // Refused now if it is none.
  }

  void Start(std::function<void()> wake) override {
    wake_ = std::move(wake);
    if (cursor_ == kHead) Follow(LastStorageId());
    wake_();
  }
  bool ended() const override { return false; }

  std::optional<LogPayload> Next() override {
    if (!reader_) return Past();
    std::vector<LogTails::Event> events;
    LogMessages messages{run_, {}, false, ""};
    while (messages.events.empty()) {
      events = reader_->Next(kChunk);
      if (events.empty()) return std::nullopt;
      for (LogTails::Event& event : events) {
        if (!IsHidden(*event.entry)) messages.events.push_back({std::move(event.entry)});
      }
    }
    messages.cursor = StorageIdCursor(events.back().storage_id);
    return messages;
  }

 private:
  LogMessages Past() {
    EventConnection past = ReadEvents(storage_, run_.run().run_id, cursor_, kChunk);
    cursor_ = past.cursor;
    if (!past.has_more) Follow(std::max<std::int64_t>(StorageIdOf(past.cursor), 0));
    return {run_, std::move(past.events), past.has_more, std::move(past.cursor)};
  }

  std::int64_t LastStorageId() {
    storage::RunEventQuery query;
    query.descending = true;
    query.limit = 1;
    const auto last = storage_.RunEvents(run_.run().run_id, query);
    return last.empty() ? 0 : last.front().storage_id;
  }

  void Follow(std::int64_t after) {
    reader_ = tails_.Follow(run_.run().run_id, after, model::IsFinished(run_.run().status), wake_);
  }

  const Run run_;
  storage::EventStorage& storage_;
  LogTails& tails_;
  std::optional<std::string> cursor_;
  std::function<void()> wake_;
  std::unique_ptr<LogTails::Reader> reader_;
};

std::unique_ptr<LogSource> Follow(const graphql::Arguments& arguments, const RequestContext& context) {
  auto run_id = arguments.Get<std::string>("runId");
  auto run = FindRun(context, run_id);
  if (!run) return std::make_unique<MissingRunLog>(std::move(run_id));
  LogTails* tails = context.services().log_tails;
  if (tails == nullptr) throw Error(Code::kFailedPrecondition, "this server follows no logs: ask logsForRun instead");
  return std::make_unique<RunLog>(*std::move(run), context.storage().events(), *tails,
                                  arguments.Get<std::optional<std::string>>("cursor"));
}

}  // namespace

void BindLiveRunLogs(graphql::Schema& schema) {
  schema.Object<LogMessages>("PipelineRunLogsSubscriptionSuccess")
      .Field("run", &LogMessages::run)
      .Field("messages", &LogMessages::events)
      .Field("hasMorePastEvents", &LogMessages::has_more_past_events)
      .Field("cursor", &LogMessages::cursor);
  schema.Object<NoSuchRun>("PipelineRunLogsSubscriptionFailure")
      .Field("message", [](const NoSuchRun& it) { return "Could not load run with id " + it.run_id; })
      .Field("missingRunId", &NoSuchRun::run_id);
  schema.Subscription().Stream("pipelineRunLogs", Follow);
}

}  // namespace tidemill::api
