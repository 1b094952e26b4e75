#include "requests.h"

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/serdes/serdes.h>

namespace tidemill::sdk::requests {
namespace {

bool IsGiven(const json::Value* value) { return value != nullptr && !value->is_null(); }

template <class Key>
std::optional<std::vector<Key>> Keys(const json::Value& args, std::string_view member) {
  const json::Value* value = args.Find(member);
  if (!IsGiven(value)) return {};
  // A set travels as {"__set__": […]} or {"__frozenset__": […]}.
  if (value->is_object() && value->AsObject().size() == 1) value = &value->AsObject().begin()->second;
  std::vector<Key> keys;
  for (const auto& each : value->AsArray()) keys.push_back(serdes::FromJson<Key>(each));
  return keys;
}

json::Value OptionalText(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Value RunRequestJson(const RunRequest& request, const model::Tags& own_tags) {
  model::Tags tags = request.tags;
  for (const auto& [key, value] : own_tags) model::SetTag(tags, key, value);
  json::Value assets;
  if (request.asset_selection) {
    json::Array keys;
    for (const auto& key : *request.asset_selection) keys.push_back(serdes::ToJson(key));
    assets = std::move(keys);
  }
  return json::Object{{"__class__", "RunRequest"},
                      {"asset_check_keys", nullptr},
                      {"asset_graph_subset", nullptr},
                      {"asset_selection", std::move(assets)},
                      {"job_name", OptionalText(request.job_name)},
                      {"partition_key", OptionalText(request.partition_key)},
                      {"run_config", request.run_config},
                      {"run_key", OptionalText(request.run_key)},
                      {"stale_assets_only", false},
                      {"tags", TagsJson(tags)}};
}

}  // namespace

std::string Text(const json::Value& args, std::string_view member) {
  const json::Value* value = args.Find(member);
  if (value == nullptr || !value->is_string()) {
    throw Error(Code::kInvalidArgument, fmt::format("the request has no text \"{}\"", member));
  }
  return value->AsString();
}

std::optional<std::vector<std::string>> Texts(const json::Value& args, std::string_view member) {
  const json::Value* value = args.Find(member);
  if (!IsGiven(value)) return {};
  std::vector<std::string> texts;
  for (const auto& each : value->AsArray()) texts.push_back(each.AsString());
  return texts;
}

engine::JobSelector Selector(const json::Value& args) {
  engine::JobSelector selector;
  const json::Value* origin = args.Find("pipeline_origin");
  if (origin == nullptr) throw Error(Code::kInvalidArgument, "the request has no \"pipeline_origin\"");
  selector.job_name = Text(*origin, "pipeline_name");
  selector.op_selection = Texts(args, "solid_selection");
  if (selector.op_selection && selector.op_selection->empty()) selector.op_selection.reset();
  selector.asset_selection = Keys<model::AssetKey>(args, "asset_selection");
  selector.asset_check_selection = Keys<model::AssetCheckKey>(args, "asset_check_selection");
  return selector;
}

json::Value TagsJson(const model::Tags& tags) {
  json::Object object;
  for (const auto& [key, value] : tags) object.Set(key, value);
  return object;
}

sdk::SensorContext SensorContextOf(const json::Value& args) {
  const auto text = [&args](std::string_view member) -> std::optional<std::string> {
    const json::Value* value = args.Find(member);
    if (!IsGiven(value)) return {};
    return value->AsString();
  };
  sdk::SensorContext context;
  context.cursor = text("cursor");
  context.last_run_key = text("last_run_key");
  const json::Value* time = args.Find("last_tick_completion_time");
  if (IsGiven(time)) context.last_tick_completion_time = time->AsDouble();
  return context;
}

json::Value ScheduleResult(const detail::ScheduleRecord& schedule, const sdk::ScheduleContext& context) {
  std::vector<RunRequest> requests;
  json::Value skipped;
  if (schedule.evaluate) {
    auto result = schedule.evaluate(context);
    if (const auto* reason = std::get_if<SkipReason>(&result)) skipped = reason->text;
    if (auto* one = std::get_if<RunRequest>(&result)) requests.push_back(std::move(*one));
    if (auto* several = std::get_if<std::vector<RunRequest>>(&result)) requests = std::move(*several);
  } else {
    requests.emplace_back();
    requests.back().run_config = schedule.job->run_config;
  }
  model::Tags tags = schedule.snap.tags;
  model::SetTag(tags, "dagster/schedule_name", schedule.snap.name);
  json::Array list;
  for (const auto& request : requests) list.push_back(RunRequestJson(request, tags));
  return json::Object{{"__class__", "ScheduleExecutionData"},
                      {"captured_log_key", nullptr},
                      {"run_requests", std::move(list)},
                      {"skip_message", std::move(skipped)}};
}

json::Value SensorResult(const detail::SensorRecord& sensor, const sdk::SensorContext& context) {
  const sdk::SensorResult result = sensor.evaluate(context);
  model::Tags tags;
  model::SetTag(tags, "dagster/sensor_name", sensor.snap.name);
  json::Array list;
  for (RunRequest request : result.run_requests) {
    if (!request.job_name && sensor.jobs.size() == 1) request.job_name = sensor.jobs.front()->name;
    list.push_back(RunRequestJson(request, tags));
  }
  return json::Object{{"__class__", "SensorExecutionData"},
                      {"asset_events", json::Array{}},
                      {"automation_condition_evaluations", json::Array{}},
                      {"captured_log_key", nullptr},
                      {"cursor", OptionalText(result.cursor ? result.cursor : context.cursor)},
                      {"dynamic_partitions_requests", json::Array{}},
                      {"pipeline_run_reactions", json::Array{}},
                      {"run_requests", std::move(list)},
                      {"skip_message", result.skip_reason ? json::Value(result.skip_reason->text) : json::Value()}};
}

}  // namespace tidemill::sdk::requests
