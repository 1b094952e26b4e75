#include "ticks.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <tidemill/base/file.h>

#include "captured_logs.h"
#include "requested_assets.h"
#include "run.h"

namespace tidemill::api {
namespace {

using model::TickStatus;

constexpr std::int64_t kMostTicks = 1000;
constexpr double kDaySeconds = 86400;
/// Of the daemon that evaluated all assets before sensors did.
constexpr const char* kAssetDaemonSelector = "asset_daemon_selector";

/// What became of a request for dynamic partitions: serdes JSON of a DynamicPartitionsRequestResult.
struct PartitionsResult {
  json::Value result;
};

std::string_view GraphqlName(TickStatus status) {
  switch (status) {
    case TickStatus::kStarted:
      return "STARTED";
    case TickStatus::kSkipped:
      return "SKIPPED";
    case TickStatus::kSuccess:
      return "SUCCESS";
    case TickStatus::kFailure:
      return "FAILURE";
  }
  return "STARTED";
}

std::vector<TickStatus> StatusesIn(const graphql::Arguments& arguments) {
  std::vector<TickStatus> statuses;
  const auto names = arguments.Get<std::optional<std::vector<std::string_view>>>("statuses");
  for (const std::string_view name : names.value_or(std::vector<std::string_view>())) {
    for (const TickStatus status :
         {TickStatus::kStarted, TickStatus::kSkipped, TickStatus::kSuccess, TickStatus::kFailure}) {
      if (GraphqlName(status) == name) statuses.push_back(status);
    }
  }
  return statuses;
}

/// The number behind the last colon: the time in a tick's id.
std::optional<double> TimeInCursor(const std::string& cursor) {
  const std::string_view text = std::string_view(cursor).substr(cursor.rfind(':') + 1);
  double time = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), time);
  return failed == std::errc() && end == text.data() + text.size() ? std::optional(time) : std::nullopt;
}

storage::TickQuery QueryOf(const graphql::Arguments& arguments, const RequestContext& context) {
  storage::TickQuery query;
  query.limit = std::min(arguments.Get<std::int64_t>("limit", kMostTicks), kMostTicks);
  query.statuses = StatusesIn(arguments);
  const double now = ToUnixSeconds(context.now());
  const auto day_range = arguments.Get<std::int64_t>("dayRange", 0);
  const auto day_offset = arguments.Get<std::int64_t>("dayOffset", 0);
  query.before = arguments.Get<std::optional<double>>("beforeTimestamp");
  const auto cursor = arguments.Get<std::string>("cursor", "");
  if (!query.before && day_offset != 0) {
    query.before = now - kDaySeconds * static_cast<double>(day_offset);
  } else if (!query.before && !cursor.empty()) {
    query.before = TimeInCursor(cursor);
  }
  query.after = arguments.Get<std::optional<double>>("afterTimestamp");
  if (!query.after && day_range != 0) query.after = now - kDaySeconds * static_cast<double>(day_range + day_offset);
  return query;
}

/// In whole microseconds, as the summaries of ticks have it. The fraction is rounded by itself: together with the
/// seconds it would have too few bits.
double TimeOf(const Tick& tick) {
  double seconds = 0;
  const double fraction = std::modf(tick.data().timestamp, &seconds);
  return seconds + std::nearbyint(fraction * 1e6) / 1e6;
}

std::string IdOf(const Tick& tick) {
  std::string id = tick.data().instigator_origin_id + ":";
  json::AppendDouble(id, TimeOf(tick));
  return id;
}

std::string_view InstigatorTypeOf(const Tick& tick) {
  switch (tick.data().instigator_type) {
    case model::InstigatorType::kSchedule:
      return "SCHEDULE";
    case model::InstigatorType::kSensor:
      return "SENSOR";
    case model::InstigatorType::kAutoMaterialize:
      return "AUTO_MATERIALIZE";
  }
  return "SCHEDULE";
}

/// Ids of backfills stand among those of runs; only runs have a UUID.
bool IsRunId(const std::string& id) {
  constexpr std::size_t kUuidLength = 36;
  return id.size() == kUuidLength && std::ranges::count(id, '-') == 4;
}

std::vector<std::string> RunIdsOf(const Tick& tick) {
  const model::TickData& data = tick.data();
  std::vector<std::string> ids = data.origin_run_ids.empty() ? data.run_ids : data.origin_run_ids;
  std::erase_if(ids, [](const std::string& id) { return !IsRunId(id); });
  return ids;
}

std::vector<std::vector<Run>> RunsOf(std::span<const Tick* const> ticks, const RequestContext& context) {
  std::vector<std::string> all;
  for (const Tick* tick : ticks) {
    for (std::string& id : RunIdsOf(*tick)) all.push_back(std::move(id));
  }
  const auto runs = RunsById(context, std::move(all));
  std::vector<std::vector<Run>> results;
  for (const Tick* tick : ticks) {
    auto& result = results.emplace_back();
    for (const std::string& id : RunIdsOf(*tick)) {
      if (const auto found = runs.find(id); found != runs.end()) result.push_back(found->second);
    }
  }
  return results;
}

/// Python's levels, by number.
std::string_view LevelName(std::int64_t level) {
  switch (level) {
    case 50:
      return "CRITICAL";
    case 40:
      return "ERROR";
    case 30:
      return "WARNING";
    case 20:
      return "INFO";
    case 10:
      return "DEBUG";
    default:
      throw Error(Code::kDataLoss, fmt::format("a tick's log has a line of the unknown level {}", level));
  }
}

std::optional<InstigationLog::Line> ReadLine(std::string_view text) {
  json::Value record;
  try {
    record = json::Parse(text);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (!record.is_object()) return std::nullopt;
  const json::Object& object = record.AsObject();
  InstigationLog::Line line;
  line.message = object.At("dagster_meta").AsObject().At("orig_message").AsString();
  const json::Value* exception = object.Find("exc_info");
  if (exception != nullptr && exception->is_string()) line.message += "\n\n" + exception->AsString();
  line.timestamp = std::to_string(static_cast<std::int64_t>(object.At("created").AsDouble() * 1000));
  line.level = LevelName(object.At("levelno").AsInt());
  return line;
}

InstigationLog LogOf(const Tick& tick, const RequestContext& context) {
  InstigationLog lines;
  if (!tick.data().log_key) return lines;
  const auto path = context.instance().CapturedLogPath(*tick.data().log_key, "err");
  if (!std::filesystem::exists(path)) return lines;
  const std::string text = ReadFile(path);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (auto line = ReadLine(std::string_view(text).substr(start, end - start)))
      lines.events.push_back(*std::move(line));
    start = end + 1;
  }
  return lines;
}

std::vector<PartitionsResult> PartitionsResultsOf(const Tick& tick) {
  std::vector<PartitionsResult> results;
  for (const json::Value& result : tick.data().dynamic_partitions_request_results) results.push_back({result});
  return results;
}

const json::Value* NotNull(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::vector<std::string> Texts(const json::Value* list) {
  std::vector<std::string> texts;
  if (list == nullptr) return texts;
  for (const json::Value& item : list->AsArray()) texts.push_back(item.AsString());
  return texts;
}

void BindPartitionsResults(graphql::Schema& schema) {
  schema.Object<PartitionsResult>("DynamicPartitionsRequestResult")
      .Field("partitionsDefName",
             [](const PartitionsResult& view) { return view.result.AsObject().At("partitions_def_name").AsString(); })
      .Field("partitionKeys",
             [](const PartitionsResult& view) {
               const json::Value* added = NotNull(view.result, "added_partitions");
               return Texts(added != nullptr ? added : NotNull(view.result, "deleted_partitions"));
             })
      .Field("type",
             [](const PartitionsResult& view) {
               return NotNull(view.result, "added_partitions") != nullptr ? "ADD_PARTITIONS" : "DELETE_PARTITIONS";
             })
      .Field("skippedPartitionKeys",
             [](const PartitionsResult& view) { return Texts(NotNull(view.result, "skipped_partitions")); });
}

std::optional<PythonError> ErrorOf(const Tick& tick) {
  return tick.data().error ? std::optional(PythonError{*tick.data().error}) : std::nullopt;
}

void BindTick(graphql::ObjectBinding<Tick> binding) {
  binding.Field("id", IdOf)
      .Field("tickId", [](const Tick& tick) { return std::to_string(tick.tick->tick_id); })
      .Field("status", [](const Tick& tick) { return GraphqlName(tick.data().status); })
      .Field("timestamp", TimeOf)
      .Field("runIds", [](const Tick& tick) { return tick.data().run_ids; })
      .Field("runKeys", [](const Tick& tick) { return tick.data().run_keys; })
      .Field("error", ErrorOf)
      .Field("skipReason", [](const Tick& tick) { return tick.data().skip_reason; })
      .Field("cursor", [](const Tick& tick) { return tick.data().cursor; })
      .Batch("runs", RunsOf)
      .Field("originRunIds", [](const Tick& tick) { return tick.data().origin_run_ids; })
      .Field("logKey", [](const Tick& tick) { return tick.data().log_key; })
      .Field("logEvents", LogOf)
      .Field("dynamicPartitionsRequestResults", PartitionsResultsOf)
      .Field("endTimestamp", [](const Tick& tick) { return tick.data().end_timestamp; })
      .Field("requestedAssetKeys", [](const Tick& tick) { return RequestedKeys(tick.data()); })
      .Field("requestedAssetMaterializationCount", [](const Tick& tick) { return RequestedCount(tick.data()); })
      .Field("requestedMaterializationsForAssets", [](const Tick& tick) { return RequestedAssets(tick.data()); })
      .Field("requestedJobRunCount", [](const Tick& tick) { return RequestedJobRunCount(tick.data()); })
      .Field("requestedRunsForJobs", [](const Tick& tick) { return RequestedJobs(tick.data()); })
      .Field("autoMaterializeAssetEvaluationId",
             [](const Tick& tick) {
               return std::to_string(tick.data().auto_materialize_evaluation_id.value_or(tick.tick->tick_id));
             })
      .Field("instigationType", InstigatorTypeOf);
}

}  // namespace

std::vector<Tick> TicksOf(const std::string& selector_id, const graphql::Arguments& arguments,
                          const RequestContext& context) {
  std::vector<Tick> ticks;
  for (model::Tick& tick : context.storage().schedules().Ticks(selector_id, QueryOf(arguments, context))) {
    ticks.push_back({std::make_shared<const model::Tick>(std::move(tick))});
  }
  return ticks;
}

Tick FindTick(const Instigator&, const graphql::Arguments& arguments, const RequestContext& context) {
  const auto text = arguments.Get<std::string>("tickId");
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed != std::errc() || end != text.data() + text.size()) {
    throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is no tick id: a number", text));
  }
  auto tick = context.storage().schedules().GetTick(id);
  if (!tick) throw Error(Code::kNotFound, fmt::format("there is no tick {} in this instance", id));
  return {std::make_shared<const model::Tick>(*std::move(tick))};
}

void BindTicks(graphql::Schema& schema) {
  schema.Object<InstigationLog::Line>("InstigationEvent")
      .Field("message", &InstigationLog::Line::message)
      .Field("timestamp", &InstigationLog::Line::timestamp)
      .Field("level", &InstigationLog::Line::level);
  schema.Object<InstigationLog>("InstigationEventConnection")
      .Field("events", &InstigationLog::events)
      .Field("cursor", &InstigationLog::cursor)
      .Field("hasMore", [] { return false; });
  BindPartitionsResults(schema);
  BindRequestedAssets(schema);
  BindTick(schema.Object<Tick>("InstigationTick"));
  schema.Query().Field("autoMaterializeTicks", [](const graphql::Arguments& arguments, const RequestContext& context) {
    return TicksOf(kAssetDaemonSelector, arguments, context);
  });
}

}  // namespace tidemill::api
