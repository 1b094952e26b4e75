#include "dagster_types.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>

#include "config_types.h"
#include "metadata.h"

namespace tidemill::api {
namespace {

using model::DagsterTypeKind;

std::string_view TypeName(const DagsterType& type) {
  switch (type.snap->kind) {
    case DagsterTypeKind::kList:
      return "ListDagsterType";
    case DagsterTypeKind::kNullable:
      return "NullableDagsterType";
    default:
      return "RegularDagsterType";
  }
}

std::vector<DagsterType> InnerTypes(const DagsterType& type) {
  std::vector<DagsterType> inner;
  for (const std::string& key : type.snap->type_param_keys) inner.push_back(FindDagsterType(*type.job, key));
  return inner;
}

std::optional<ConfigType> InputSchema(const DagsterType& type) {
  const std::optional<std::string>& key = type.snap->loader_schema_key;
  if (!key || key->empty()) return std::nullopt;
  return FindConfigType(type.job->config_schema, *key);
}

template <DagsterTypeKind kKind>
bool Is(const DagsterType& type) {
  return type.snap->kind == kKind;
}

DagsterType OfType(const DagsterType& type) { return FindDagsterType(*type.job, type.snap->type_param_keys.at(0)); }

}  // namespace

DagsterType FindDagsterType(const model::JobSnap& job, const std::string& key) {
  const auto found = job.dagster_types.find(key);
  if (found == job.dagster_types.end()) {
    throw Error(Code::kDataLoss, fmt::format("job {} has no Dagster type {}", job.name, key));
  }
  return {&job, &found->second};
}

std::vector<DagsterType> NamedDagsterTypes(const model::JobSnap& job) {
  std::vector<DagsterType> types;
  for (const auto& [key, snap] : job.dagster_types) {
    if (snap.name) types.push_back({&job, &snap});
  }
  std::ranges::sort(types, {}, [](const DagsterType& type) -> const std::string& { return *type.snap->name; });
  return types;
}

std::variant<DagsterType, NamedError> FindNamedType(const model::JobSnap& job, const std::string& name) {
  for (const auto& [key, snap] : job.dagster_types) {
    if (snap.name == name) return DagsterType{&job, &snap};
  }
  return NamedError("DagsterTypeNotFoundError", fmt::format("Dagster type {} not found.", name))
      .With("dagsterTypeName", name);
}

void BindDagsterTypes(graphql::Schema& schema) {
  schema.TypeOf<DagsterType>(TypeName);
  schema.Interface<DagsterType>("DagsterType")
      .Field("key", [](const DagsterType& type) { return type.snap->key; })
      .Field("name", [](const DagsterType& type) { return type.snap->name; })
      .Field("displayName", [](const DagsterType& type) { return type.snap->display_name; })
      .Field("description", [](const DagsterType& type) { return type.snap->description; })
      .Field("isNullable", Is<DagsterTypeKind::kNullable>)
      .Field("isList", Is<DagsterTypeKind::kList>)
      .Field("isNothing", Is<DagsterTypeKind::kNothing>)
      .Field("isBuiltin", [](const DagsterType& type) { return type.snap->is_builtin; })
      .Field("metadataEntries", [](const DagsterType& type) { return MetadataEntries(type.snap->metadata); })
      .Field("inputSchemaType", InputSchema)
      // Outputs have had no schema since Dagster 1.0.
      .Field("outputSchemaType", [] { return std::optional<ConfigType>(); })
      .Field("innerTypes", InnerTypes);
  schema.Object<DagsterType>("RegularDagsterType");
  schema.Object<DagsterType>("ListDagsterType").Field("ofType", OfType);
  schema.Object<DagsterType>("NullableDagsterType").Field("ofType", OfType);
}

}  // namespace tidemill::api
