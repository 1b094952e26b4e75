#include <algorithm>

#include <fmt/format.h>

#include "assembly.h"

namespace tidemill::sdk::detail {
namespace {

/// The field with the configured values as its default, as in Dagster: a run that configures the resource starts again
/// from the defaults of its type. Values that lack a required one become defaults of the members.
config::Field Configured(const config::Field& field, const json::Object& configured) {
  if (configured.empty()) return field;
  if (config::Validate(*field.type, configured).empty()) {
    return config::Field::WithDefault(field.type, configured, field.description);
  }
  config::Fields members;
  for (const auto& [name, member] : field.type->fields()) {
    const json::Value* value = configured.Find(name);
    members.emplace_back(
        name, value == nullptr ? member : config::Field::WithDefault(member.type, *value, member.description));
  }
  return config::Field::Of(config::ConfigType::Shape(std::move(members)), field.description);
}

/// Dagster shows a class by its module and name: here namespace and name.
std::pair<std::string, std::string> ArtifactOf(const std::string& type_name) {
  const std::size_t end = type_name.find('<');
  const std::size_t colons = type_name.rfind("::", end);
  if (colons == std::string::npos) return {"", type_name};
  return {type_name.substr(0, colons), type_name.substr(colons + 2)};
}

void CheckConfigured(const std::string& key, const config::Field& field, const json::Object& configured) {
  for (const auto& [name, value] : configured) {
    const auto& fields = field.type->fields();
    const bool is_known = std::ranges::any_of(fields, [&name = name](const auto& each) { return each.first == name; });
    if (is_known) continue;
    std::string names;
    for (const auto& [each, unused] : fields) names += (names.empty() ? "" : ", ") + each;
    throw Error(Code::kInvalidArgument, fmt::format("resource \"{}\" has no configuration field \"{}\"; it has {}", key,
                                                    name, names.empty() ? "none" : names));
  }
}

}  // namespace

std::map<std::string, const ResourceRecord*, std::less<>> ResourceScope::All() const {
  std::map<std::string, const ResourceRecord*, std::less<>> all;
  if (job_ != nullptr) {
    for (const auto& [key, record] : job_->resources) all.emplace(key, &record);
  }
  for (const auto& [key, record] : records_.resources) all.emplace(key, &record);
  return all;
}

const ResourceRecord* ResourceScope::Find(std::string_view key) const {
  if (job_ != nullptr) {
    const auto at = job_->resources.find(key);
    if (at != job_->resources.end()) return &at->second;
  }
  const auto at = records_.resources.find(key);
  return at != records_.resources.end() ? &at->second : nullptr;
}

std::string ResourceScope::Resolve(const ResourceParameter& parameter, const std::string& owner) const {
  if (!parameter.key.empty()) {
    const ResourceRecord* record = Find(parameter.key);
    if (record == nullptr) {
      throw Error(Code::kInvalidArgument, fmt::format("{} takes the resource \"{}\", which is not defined; add "
                                                      "defs.Resource(\"{}\", …)",
                                                      owner, parameter.key, parameter.key));
    }
    if (record->type != parameter.type) {
      throw Error(Code::kInvalidArgument, fmt::format("{} takes the resource \"{}\" as a {}, but it is a {}", owner,
                                                      parameter.key, parameter.type_name, record->type_name));
    }
    return parameter.key;
  }
  std::vector<std::string> keys;
  for (const auto& [key, record] : All()) {
    if (record->type == parameter.type) keys.push_back(key);
  }
  if (keys.size() == 1) return keys.front();
  if (keys.empty()) {
    throw Error(Code::kInvalidArgument, fmt::format("{} takes a resource of type {}, but none is defined; add "
                                                    "defs.Resource(key, …) that makes one",
                                                    owner, parameter.type_name));
  }
  throw Error(Code::kInvalidArgument,
              fmt::format("{} takes a resource of type {}, but there are several ({}); name one: "
                          "Resource<{}, \"{}\">",
                          owner, parameter.type_name, fmt::join(keys, ", "), parameter.type_name, keys.front()));
}

std::map<std::string, engine::ResourceDefinition, std::less<>> ResourceScope::Define() const {
  std::map<std::string, engine::ResourceDefinition, std::less<>> definitions;
  for (const auto& [key, record] : All()) {
    engine::ResourceDefinition definition;
    definition.description = record->description;
    definition.is_io_manager = record->is_io_manager;
    definition.artifact = ArtifactOf(record->type_name);
    definition.config = record->config ? record->config() : config::Field::Optional(config::ConfigType::Any());
    CheckConfigured(key, definition.config, record->configured.AsObject());
    if (record->config) definition.config = Configured(definition.config, record->configured.AsObject());
    for (const auto& parameter : record->resources) {
      definition.required_resource_keys.push_back(Resolve(parameter, fmt::format("resource \"{}\"", key)));
    }
    definition.create = [create = record->create, keys = definition.required_resource_keys](
                            engine::ResourceInitContext& context) { return create(context, keys); };
    definitions.emplace(key, std::move(definition));
  }
  return definitions;
}

void AddDefaultIoManager(engine::JobDefinition& job) {
  constexpr const char* kKey = "io_manager";
  if (job.resources.contains(kKey)) return;
  engine::ResourceDefinition definition;
  definition.config = config::Field::Optional(config::ConfigType::Any());
  definition.is_io_manager = true;
  definition.artifact = {"tidemill::sdk", "FilesystemJsonIoManager"};
  definition.create = [](engine::ResourceInitContext& context) {
    FilesystemConfig config;
    if (context.config().is_object()) config = config::FromConfig<FilesystemConfig>(context.config());
    return engine::ResourceRef{typeid(engine::IoManager), FilesystemJson(config)};
  };
  job.resources.emplace(kKey, std::move(definition));
}

}  // namespace tidemill::sdk::detail
