#include "event_text.h"

#include <fmt/format.h>

#include "progress_view.h"
#include "text.h"

namespace tidemill::cli {
namespace {

constexpr std::pair<int, std::string_view> kLevels[] = {{model::level::kCritical, "CRITICAL"},
                                                        {model::level::kError, "ERROR"},
                                                        {model::level::kWarning, "WARNING"},
                                                        {model::level::kInfo, "INFO"},
                                                        {model::level::kDebug, "DEBUG"}};

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

const model::ErrorInfo* ErrorOf(const model::EventLogEntry& entry) {
  if (entry.error_info) return &*entry.error_info;
  if (!entry.dagster_event) return nullptr;
  const auto pointer = [](const std::optional<model::ErrorInfo>& error) { return error ? &*error : nullptr; };
  return std::visit(Overloaded{[&](const model::event::StepFailure& data) { return pointer(data.error); },
                               [&](const model::event::StepRetry& data) { return pointer(data.error); },
                               [&](const model::event::Engine& data) { return pointer(data.error); },
                               [&](const model::event::RunFailure& data) { return pointer(data.error); },
                               [&](const model::event::RunCanceled& data) { return pointer(data.error); },
                               [&](const model::event::AssetFailed& data) { return pointer(data.error); },
                               [](const model::event::HookErrored& data) { return &data.error; },
                               [](const auto&) -> const model::ErrorInfo* { return nullptr; }},
                    entry.dagster_event->data);
}

const model::Metadata* MetadataOf(const model::DagsterEvent& event) {
  return std::visit(
      Overloaded{[](const model::event::StepMaterialization& data) { return &data.materialization.metadata; },
                 [](const model::event::AssetObserved& data) { return &data.asset_observation.metadata; },
                 [](const model::event::CheckEvaluation& data) { return &data.metadata; },
                 [](const model::event::Engine& data) { return &data.metadata; },
                 [](const model::event::StepOutput& data) { return &data.metadata; },
                 [](const model::event::HandledOutput& data) { return &data.metadata; },
                 [](const model::event::LoadedInput& data) { return &data.metadata; },
                 [](const auto&) -> const model::Metadata* { return nullptr; }},
      event.data);
}

json::Value ValueJson(const model::MetadataValue& value) {
  namespace m = model::metadata;
  return std::visit(
      Overloaded{[](const m::Null&) { return json::Value(); }, [](const m::Text& v) { return json::Value(v.text); },
                 [](const m::Url& v) { return json::Value(v.url); },
                 [](const m::Path& v) { return json::Value(v.path); },
                 [](const m::Notebook& v) { return json::Value(v.path); },
                 [](const m::Markdown& v) { return json::Value(v.text); }, [](const m::Json& v) { return v.data; },
                 [](const m::Int& v) { return v.value; }, [](const m::Float& v) { return json::Value(v.value); },
                 [](const m::Bool& v) { return json::Value(v.value); },
                 [](const m::Timestamp& v) { return json::Value(v.seconds); },
                 [](const m::PythonArtifact& v) { return json::Value(v.module + "." + v.name); },
                 [](const m::Asset& v) { return AssetKeyJson(v.asset_key); },
                 [](const m::Run& v) { return json::Value(v.run_id); },
                 [](const m::Job& v) { return json::Value(v.job_name); },
                 [](const m::Table& v) {
                   return json::Value(json::Object{{"records", json::Array(v.records.begin(), v.records.end())}});
                 },
                 [](const m::ColumnSchema& v) {
                   json::Array columns;
                   for (const model::TableColumn& column : v.schema.columns) {
                     columns.push_back(json::Object{{"name", column.name}, {"type", column.type}});
                   }
                   return json::Value(json::Object{{"columns", std::move(columns)}});
                 },
                 [](const m::ColumnLineage& v) {
                   json::Object columns;
                   for (const auto& [column, dependencies] : v.dependencies_by_column) {
                     json::Array from;
                     for (const model::ColumnDependency& dependency : dependencies) {
                       from.push_back(dependency.asset_key.ToUserString() + ":" + dependency.column_name);
                     }
                     columns.Append(column, std::move(from));
                   }
                   return json::Value(json::Object{{"lineage", std::move(columns)}});
                 },
                 [](const m::Unknown& v) { return v.data; }},
      value);
}

}  // namespace

std::string_view LevelName(int level) {
  for (const auto& [value, name] : kLevels) {
    if (level >= value) return name;
  }
  return "DEBUG";
}

std::optional<int> ParseLevel(std::string_view name) {
  for (const auto& [value, known] : kLevels) {
    if (name == known) return value;
  }
  return std::nullopt;
}

std::string EventText(const model::EventLogEntry& entry, const Paint& paint) {
  const std::string_view level = LevelName(entry.level);
  const Color color = entry.level >= model::level::kError     ? Color::kRed
                      : entry.level >= model::level::kWarning ? Color::kYellow
                      : entry.level >= model::level::kInfo    ? Color::kPlain
                                                              : Color::kDim;
  const std::string type =
      entry.dagster_event ? std::string(model::EventTypeName(entry.dagster_event->type)) : std::string("LOG");
  std::string message = entry.user_message;
  if (message.empty() && entry.dagster_event) message = entry.dagster_event->message.value_or("");
  std::string line =
      fmt::format("{}  {}  {}  {}  {}", LocalTime(entry.timestamp) + LocalClockTime(entry.timestamp).substr(8),
                  paint(color, PadRight(level, 8)), PadRight(Printable(entry.step_key.value_or("-")), 16),
                  PadRight(type, 24), Printable(message, false));
  line.erase(line.find_last_not_of(' ') + 1);
  for (const model::ErrorInfo* error = ErrorOf(entry); error; error = error->cause.get()) {
    line += "\n" + ErrorLines({error->message, {}, error->cls_name, nullptr, nullptr}, "    ");
    for (const std::string& frame : error->stack) {
      std::string text = Printable(frame, false);
      while (!text.empty() && text.back() == '\n') text.pop_back();
      line += "\n      ";
      for (const char c : text) {
        line += c;
        if (c == '\n') line += "        ";
      }
    }
  }
  return line + "\n";
}

json::Value EventJson(std::int64_t storage_id, const model::EventLogEntry& entry) {
  json::Object out{{"storage_id", storage_id},
                   {"timestamp", entry.timestamp},
                   {"level", LevelName(entry.level)},
                   {"event_type", nullptr},
                   {"step_key", OptionalJson(entry.step_key)},
                   {"message", entry.user_message},
                   {"asset_key", nullptr},
                   {"partition", nullptr},
                   {"metadata", json::Object{}},
                   {"error", ErrorJson(ErrorOf(entry))}};
  if (!entry.dagster_event) return out;
  const model::DagsterEvent& event = *entry.dagster_event;
  out.Set("event_type", model::EventTypeName(event.type));
  if (entry.user_message.empty()) out.Set("message", event.message.value_or(""));
  if (!entry.step_key) out.Set("step_key", OptionalJson(event.step_key));
  if (const model::AssetKey* key = event.asset_key()) out.Set("asset_key", AssetKeyJson(*key));
  if (const std::string* partition = event.partition()) out.Set("partition", *partition);
  if (const model::Metadata* metadata = MetadataOf(event)) out.Set("metadata", MetadataJson(*metadata));
  if (const auto* check = std::get_if<model::event::CheckEvaluation>(&event.data)) {
    out.Set("check", json::Object{{"name", check->check_name},
                                  {"passed", check->passed},
                                  {"severity", check->severity == model::CheckSeverity::kError ? "ERROR" : "WARN"}});
  }
  return out;
}

json::Value ErrorJson(const model::ErrorInfo* error) {
  if (!error) return nullptr;
  return json::Object{{"message", error->message},
                      {"class", OptionalJson(error->cls_name)},
                      {"stack", json::Array(error->stack.begin(), error->stack.end())},
                      {"cause", ErrorJson(error->cause.get())}};
}

json::Value MetadataJson(const model::Metadata& metadata) {
  json::Object out;
  for (const auto& [label, value] : metadata) out.Set(label, ValueJson(value));
  return out;
}

json::Value AssetKeyJson(const model::AssetKey& key) { return json::Array(key.path.begin(), key.path.end()); }

json::Value OptionalJson(const std::optional<std::string>& text) { return text ? json::Value(*text) : json::Value(); }

json::Value TimeJson(double unix_seconds) { return unix_seconds == 0 ? json::Value() : json::Value(unix_seconds); }

}  // namespace tidemill::cli
