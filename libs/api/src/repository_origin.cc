#include "repository_origin.h"

#include <tidemill/base/hash.h>

namespace tidemill::api {

std::string RepositoryOrigin::Id() const { return Sha1Hex(json::Dump(origin, json::Order::kSorted)); }

const json::Value& RepositoryOrigin::location_origin() const {
  return origin.AsObject().At("repository_location_origin");
}

const std::string& RepositoryOrigin::location_name() const {
  return location_origin().AsObject().At("location_name").AsString();
}

const std::string& RepositoryOrigin::repository_name() const {
  return origin.AsObject().At("repository_name").AsString();
}

std::vector<RepositoryMetadata> DisplayMetadataOf(const json::Value& location_origin) {
  std::vector<RepositoryMetadata> metadata;
  const auto add = [&metadata](const json::Value& from, std::string_view key) {
    const json::Value* value = from.Find(key);
    if (value == nullptr || value->is_null()) return;
    metadata.push_back({std::string(key), value->is_string() ? value->AsString() : json::Dump(*value)});
  };
  if (const json::Value* target = location_origin.Find("loadable_target_origin")) {
    for (const std::string_view key : {"python_file", "module_name", "autoload_defs_module_name", "working_directory",
                                       "attribute", "package_name", "executable_path"}) {
      add(*target, key);
    }
    return metadata;
  }
  for (const std::string_view key : {"host", "port", "socket"}) add(location_origin, key);
  const json::Value* more = location_origin.Find("additional_metadata");
  if (more == nullptr || !more->is_object()) return metadata;
  for (const auto& [key, value] : more->AsObject()) add(*more, key);
  return metadata;
}

void BindRepositoryOrigin(graphql::Schema& schema) {
  schema.Object<RepositoryMetadata>("RepositoryMetadata")
      .Field("key", &RepositoryMetadata::key)
      .Field("value", &RepositoryMetadata::value);
  schema.Object<RepositoryOrigin>("RepositoryOrigin")
      .Field("id", &RepositoryOrigin::Id)
      .Field("repositoryLocationName", &RepositoryOrigin::location_name)
      .Field("repositoryName", &RepositoryOrigin::repository_name)
      .Field("repositoryLocationMetadata",
             [](const RepositoryOrigin& origin) { return DisplayMetadataOf(origin.location_origin()); });
}

}  // namespace tidemill::api
