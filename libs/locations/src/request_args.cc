#include "request_args.h"

namespace tidemill::locations {
namespace {

json::Value KeyJson(const model::AssetKey& key) {
  return json::Object{{"__class__", "AssetKey"}, {"path", json::Array(key.path.begin(), key.path.end())}};
}

json::Value KeyJson(const model::AssetCheckKey& key) {
  return json::Object{{"__class__", "AssetCheckKey"}, {"asset_key", KeyJson(key.asset_key)}, {"name", key.name}};
}

json::Value KeyJson(const std::string& name) { return name; }

/// The list, or null where there is none.
template <class T>
json::Value ListOrNull(const std::optional<std::vector<T>>& list) {
  if (!list) return nullptr;
  json::Array out;
  for (const T& item : *list) out.push_back(KeyJson(item));
  return out;
}

/// The same where the reader's type is a set: Dagster tells one from a list.
template <class T>
json::Value SetOrNull(const std::optional<std::vector<T>>& items) {
  if (!items) return nullptr;
  return json::Object{{"__set__", ListOrNull(items)}};
}

std::optional<std::string> TextOf(const json::Value* value) {
  if (!value || !value->is_string()) return std::nullopt;
  return value->AsString();
}

/// A message without the newline that Python's have, and without the class that all of the SDK's have.
std::string Trimmed(std::string text) {
  constexpr std::string_view kClass = "tidemill::Error: ";
  if (text.starts_with(kClass)) text.erase(0, kClass.size());
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

json::Value SubsetSnapshotArgs(const json::Value& location_origin, const JobTarget& target, bool include_parent) {
  return json::Object{{"__class__", "PipelineSubsetSnapshotArgs"},
                      {"asset_check_selection", ListOrNull(target.asset_check_selection)},
                      {"asset_selection", ListOrNull(target.asset_selection)},
                      {"include_parent_snapshot", include_parent},
                      {"pipeline_origin", JobOrigin(location_origin, target.repository_name, target.job_name)},
                      {"solid_selection", ListOrNull(target.op_selection)}};
}

json::Value ExecutionPlanArgs(const json::Value& location_origin, const PlanRequest& request) {
  const JobTarget& target = request.target;
  return json::Object{{"__class__", "ExecutionPlanSnapshotArgs"},
                      {"asset_check_selection", SetOrNull(target.asset_check_selection)},
                      {"asset_selection", SetOrNull(target.asset_selection)},
                      {"instance_ref", request.instance_ref},
                      {"known_state", request.known_state},
                      {"mode", "default"},
                      {"pipeline_origin", JobOrigin(location_origin, target.repository_name, target.job_name)},
                      {"pipeline_snapshot_id", request.job_snapshot_id},
                      {"run_config", request.run_config},
                      {"solid_selection", target.op_selection ? ListOrNull(target.op_selection) : json::Array{}},
                      {"step_keys_to_execute", ListOrNull(request.step_keys_to_execute)}};
}

json::Value PartitionNamesArgs(const json::Value& location_origin, const std::string& repository_name,
                               const std::string& job_name) {
  return json::Object{{"__class__", "PartitionNamesArgs"},
                      {"job_name", job_name},
                      {"partition_set_name", job_name + "_partition_set"},
                      {"repository_origin", RepositoryOrigin(location_origin, repository_name)}};
}

json::Value PartitionArgs(const json::Value& location_origin, const std::string& repository_name,
                          const std::string& job_name, const std::string& partition) {
  return json::Object{{"__class__", "PartitionArgs"},
                      {"instance_ref", nullptr},
                      {"job_name", job_name},
                      {"partition_name", partition},
                      {"partition_set_name", job_name + "_partition_set"},
                      {"repository_origin", RepositoryOrigin(location_origin, repository_name)}};
}

LocationInfo ReadLocationInfo(const json::Value& response) {
  LocationInfo info;
  const json::Object& members = response.AsObject();
  for (const json::Value& symbol : members.At("repository_symbols").AsArray()) {
    const std::string& name = symbol.AsObject().At("repository_name").AsString();
    const json::Value* pointers = members.Find("repository_code_pointer_dict");
    const json::Value* pointer = pointers ? pointers->Find(name) : nullptr;
    info.repositories.push_back({name, pointer ? *pointer : json::Value()});
  }
  info.executable_path = TextOf(members.Find("executable_path"));
  info.container_image = TextOf(members.Find("container_image"));
  if (const json::Value* entry_point = members.Find("entry_point"); entry_point && entry_point->is_array()) {
    for (const json::Value& part : entry_point->AsArray()) info.entry_point.push_back(part.AsString());
  }
  if (const json::Value* context = members.Find("container_context"); context) info.container_context = *context;
  if (const json::Value* versions = members.Find("dagster_library_versions"); versions && versions->is_object()) {
    for (const auto& [name, version] : versions->AsObject())
      info.library_versions.emplace_back(name, version.AsString());
  }
  return info;
}

std::vector<std::string> TextsOf(const json::Value& answer, std::string_view member) {
  std::vector<std::string> texts;
  for (const json::Value& text : answer.AsObject().At(member).AsArray()) texts.push_back(text.AsString());
  return texts;
}

model::Tags TagsOf(const json::Value& answer) {
  model::Tags tags;
  for (const auto& [key, value] : answer.AsObject().At("tags").AsObject()) tags.emplace_back(key, value.AsString());
  return tags;
}

bool IsSuccess(const json::Value& result) {
  const json::Value* success = result.Find("success");
  return success != nullptr && success->is_bool() && success->AsBool();
}

std::string ReasonOf(const json::Value& result) {
  const json::Value* error = result.Find("serializable_error_info");
  if (error != nullptr && error->is_object()) return ErrorText(*error);
  return TextOf(result.Find("message")).value_or("the server gave no reason");
}

std::string ErrorText(const json::Value& error) {
  std::string text = Trimmed(TextOf(error.Find("message")).value_or("an error without a message"));
  const json::Value* cause = error.Find("cause");
  while (cause && cause->is_object()) {
    text += "; caused by " + Trimmed(TextOf(cause->Find("message")).value_or("an error without a message"));
    cause = cause->Find("cause");
  }
  return text;
}

Code CodeOfError(std::string_view method, const json::Value& error) {
  if (method == "ListRepositories" || method == "ExternalRepository") return Code::kUnavailable;
  const std::string name = TextOf(error.Find("cls_name")).value_or("");
  const bool unknown = name == "DagsterUnknownPartitionError" || name.find("NotFound") != std::string::npos;
  return unknown ? Code::kNotFound : Code::kInvalidArgument;
}

}  // namespace tidemill::locations
