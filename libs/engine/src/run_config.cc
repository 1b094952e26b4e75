#include <charconv>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/run_config.h>

namespace tidemill::engine {
namespace {

const json::Value kNull;

const json::Value& OrNull(const json::Value* value) { return value == nullptr ? kNull : *value; }

const json::Value* Walk(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* at = &value;
  for (const std::string_view key : path) {
    at = at->Find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

/// `over` laid over `under`: objects are merged, everything else is replaced.
json::Value Merge(const json::Value& under, const json::Value& over) {
  if (!under.is_object() || !over.is_object()) return over.is_null() ? under : over;
  json::Object merged = under.AsObject();
  for (const auto& [key, value] : over.AsObject()) {
    const json::Value* below = merged.Find(key);
    merged.Set(key, below == nullptr ? value : Merge(*below, value));
  }
  return merged;
}

std::int64_t DefaultConcurrency(const config::Environment& environment) {
  const auto variable = environment.find("DAGSTER_MULTIPROCESS_EXECUTOR_MAX_CONCURRENT");
  if (variable == environment.end() || variable->second.empty()) {
    return std::max(1u, std::thread::hardware_concurrency());
  }
  const std::string& text = variable->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) {
    throw Error(Code::kInvalidArgument,
                fmt::format("DAGSTER_MULTIPROCESS_EXECUTOR_MAX_CONCURRENT is \"{}\"; write a positive integer", text));
  }
  return value;
}

plan::TagLimit ReadTagLimit(const json::Value& item) {
  plan::TagLimit limit;
  limit.key = item.AsObject().At("key").AsString();
  limit.limit = item.AsObject().At("limit").AsInt();
  if (const json::Value* value = item.Find("value"); value != nullptr && value->is_string()) {
    limit.value = value->AsString();
  } else if (value != nullptr) {
    const json::Value* unique = value->Find("applyLimitPerUniqueValue");
    limit.per_unique_value = unique != nullptr && unique->is_bool() && unique->AsBool();
  }
  return limit;
}

}  // namespace

const json::Value* RunConfig::OpNode(const model::NodeHandle& handle) const {
  const json::Value* at = &value_;
  for (const std::string& name : handle.path) {
    at = Walk(*at, {"ops", name});
    if (at == nullptr) return nullptr;
  }
  return at;
}

const json::Value& RunConfig::OpConfig(const model::NodeHandle& handle) const {
  const json::Value* node = OpNode(handle);
  return node == nullptr ? kNull : OrNull(node->Find("config"));
}

const json::Value* RunConfig::InputValue(const std::optional<model::NodeHandle>& handle, std::string_view input) const {
  const json::Value* node = handle ? OpNode(*handle) : &value_;
  return node == nullptr ? nullptr : Walk(*node, {"inputs", input});
}

const json::Value& RunConfig::ResourceConfig(std::string_view key) const {
  return OrNull(Walk(value_, {"resources", key, "config"}));
}

const json::Value& RunConfig::ExecutionConfig() const { return OrNull(Walk(value_, {"execution", "config"})); }

RunConfig ProcessRunConfig(const JobDefinition& job, const json::Value& run_config,
                           const config::Environment* environment) {
  if (job.run_config_type == nullptr) return RunConfig(Merge(job.default_run_config, run_config));
  config::ConfigResult result = config::Process(*job.run_config_type, run_config, environment);
  if (result.ok()) return RunConfig(std::move(result.value));
  std::string text = fmt::format("Error in config for job {}", job.name);
  for (const config::ConfigError& error : result.errors) {
    text += fmt::format("\n    {}: {}", error.path.empty() ? "root" : error.path, error.message);
  }
  throw Error(Code::kInvalidArgument, text);
}

ExecutorSettings ResolveExecutor(const ExecutorDefinition& executor, const RunConfig& run_config,
                                 const config::Environment& environment) {
  json::Value config = Merge(executor.config, run_config.ExecutionConfig());
  ExecutorSettings settings;
  settings.is_multiprocess = executor.kind == ExecutorDefinition::Kind::kMultiprocess;
  if (executor.kind == ExecutorDefinition::Kind::kMultiOrInProcess) {
    const json::Value* in_process = config.Find("in_process");
    const json::Value* multiprocess = config.Find("multiprocess");
    settings.is_multiprocess = in_process == nullptr;
    const json::Value* chosen = in_process != nullptr ? in_process : multiprocess;
    config = chosen == nullptr ? json::Value(json::Object{}) : json::Value(*chosen);
  }
  settings.retries_enabled = Walk(config, {"retries", "disabled"}) == nullptr;
  if (!settings.is_multiprocess) return settings;
  const json::Value* max_concurrent = config.Find("max_concurrent");
  const bool is_set = max_concurrent != nullptr && max_concurrent->is_int() && max_concurrent->AsInt() != 0;
  settings.limits.max_concurrent = is_set ? max_concurrent->AsInt() : DefaultConcurrency(environment);
  if (const json::Value* limits = config.Find("tag_concurrency_limits"); limits != nullptr && limits->is_array()) {
    for (const json::Value& item : limits->AsArray()) settings.limits.tags.push_back(ReadTagLimit(item));
  }
  return settings;
}

config::Environment ProcessEnvironment() {
  config::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace tidemill::engine
