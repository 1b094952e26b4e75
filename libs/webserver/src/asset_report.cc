#include "asset_report.h"

#include <cctype>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/model/plain_metadata.h>

namespace tidemill::webserver {

namespace {

constexpr std::string_view kDataVersionTag = "dagster/data_version";
constexpr std::string_view kUserProvidedTag = "dagster/data_version_is_user_provided";

[[noreturn]] void Refuse(const std::string& text) { throw Error(Code::kInvalidArgument, text); }

json::Object BodyOf(const http::Request& request) {
  const auto type = request.headers.Find("Content-Type");
  if (!type) return {};
  if (type->substr(0, type->find(';')) != "application/json") {
    Refuse(fmt::format("Unhandled content type {}, expect no body or application/json", *type));
  }
  json::Value body = json::Parse(request.body);
  if (!body.is_object()) Refuse("the body must be a JSON object");
  return std::move(body.AsObject());
}

// The parameters of one request, from its body before its query.
class Parameters final {
 public:
  explicit Parameters(const http::Request& request) : request_(request), body_(BodyOf(request)) {}

  // A text, or nothing; null is nothing.
  std::optional<std::string> Text(std::string_view name) const {
    const json::Value* value = body_.Find(name);
    if (value == nullptr) return request_.QueryParameter(name);
    if (value->is_null()) return std::nullopt;
    if (!value->is_string()) Refuse(fmt::format("Parameter '{}' must be a string.", name));
    return value->AsString();
  }

  // Any value; in the query it is JSON text.
  std::optional<json::Value> Any(std::string_view name) const {
    if (const json::Value* value = body_.Find(name)) return *value;
    const auto text = request_.QueryParameter(name);
    if (!text) return std::nullopt;
    try {
      return json::Parse(*text);
    } catch (const Error& error) {
      Refuse(fmt::format("Error parsing '{}': {}", name, error.what()));
    }
  }

  const json::Value* InBody(std::string_view name) const { return body_.Find(name); }
  std::optional<std::string> InQuery(std::string_view name) const { return request_.QueryParameter(name); }

 private:
  const http::Request& request_;
  const json::Object body_;
};

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// As in the database: a JSON array, or words with anything between.
std::vector<std::string> SplitColumn(const std::string& text) {
  if (const auto key = model::AssetKey::FromColumn(text)) return key->path;
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      parts.back().push_back(c);
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  if (parts.back().empty()) parts.pop_back();
  return parts;
}

std::vector<std::string> KeyIn(const json::Value& value) {
  if (value.is_string()) return {value.AsString()};
  if (!value.is_array()) Refuse("Parameter 'asset_key' must be a list of strings.");
  std::vector<std::string> path;
  for (const json::Value& part : value.AsArray()) {
    if (!part.is_string()) Refuse("Parameter 'asset_key' must be a list of strings.");
    path.push_back(part.AsString());
  }
  return path;
}

model::AssetKey KeyOf(const http::Request& request, const Parameters& parameters) {
  model::AssetKey key;
  if (const std::string_view path = request.Capture("key"); !path.empty()) {
    key.path = Split(path, '/');
  } else if (const json::Value* value = parameters.InBody("asset_key")) {
    key.path = KeyIn(*value);
  } else if (const auto text = parameters.InQuery("asset_key")) {
    key.path = SplitColumn(*text);
  }
  if (key.path.empty()) Refuse("Empty asset key: give it in the URL's path or as the parameter asset_key.");
  return key;
}

model::Metadata MetadataOf(const Parameters& parameters) {
  model::Metadata metadata;
  const auto given = parameters.Any("metadata");
  if (!given || given->is_null()) return metadata;
  if (!given->is_object()) Refuse("Parameter 'metadata' must be an object.");
  for (const auto& [label, value] : given->AsObject()) metadata.emplace_back(label, model::PlainMetadata(value));
  return metadata;
}

// Materializations and observations.
template <typename Event>
Event ReadEvent(const http::Request& request, const Parameters& parameters) {
  Event event;
  event.asset_key = KeyOf(request, parameters);
  event.description = parameters.Text("description");
  event.metadata = MetadataOf(parameters);
  event.partition = parameters.Text("partition");
  if (auto version = parameters.Text("data_version")) {
    model::SetTag(event.tags, kDataVersionTag, std::move(*version));
    model::SetTag(event.tags, kUserProvidedTag, "true");
  }
  return event;
}

model::event::CheckEvaluation ReadCheck(const http::Request& request, const Parameters& parameters) {
  model::event::CheckEvaluation evaluation;
  evaluation.asset_key = KeyOf(request, parameters);
  const auto name = parameters.Text("check_name");
  if (!name) Refuse("Missing required parameter 'check_name'.");
  evaluation.check_name = *name;
  const auto passed = parameters.Any("passed");
  if (!passed) Refuse("Missing required parameter 'passed'.");
  if (!passed->is_bool()) Refuse("Parameter 'passed' must be a boolean.");
  evaluation.passed = passed->AsBool();
  const std::string severity = parameters.Text("severity").value_or("ERROR");
  if (severity != "ERROR" && severity != "WARN") {
    Refuse(fmt::format("'{}' is not a valid AssetCheckSeverity: take ERROR or WARN.", severity));
  }
  if (severity == "WARN") evaluation.severity = model::CheckSeverity::kWarn;
  evaluation.metadata = MetadataOf(parameters);
  evaluation.partition = parameters.Text("partition");
  return evaluation;
}

}  // namespace

model::EventData ReadAssetReport(ReportKind kind, const http::Request& request) {
  const Parameters parameters(request);
  switch (kind) {
    case ReportKind::kMaterialization:
      return model::event::StepMaterialization{ReadEvent<model::AssetMaterialization>(request, parameters), {}};
    case ReportKind::kObservation:
      return model::event::AssetObserved{ReadEvent<model::AssetObservation>(request, parameters)};
    case ReportKind::kCheck:
      break;
  }
  return ReadCheck(request, parameters);
}

model::EventType TypeOf(ReportKind kind) {
  switch (kind) {
    case ReportKind::kMaterialization:
      return model::EventType::kAssetMaterialization;
    case ReportKind::kObservation:
      return model::EventType::kAssetObservation;
    case ReportKind::kCheck:
      break;
  }
  return model::EventType::kAssetCheckEvaluation;
}

}  // namespace tidemill::webserver
