#include "resources.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include <tidemill/api/api.h>

#include "config_types.h"
#include "errors.h"
#include "locations.h"

namespace tidemill::api {
namespace {

using workspace::Repository;

constexpr std::string_view kMaskedSecret = "********";

/// ResourceDetails: a resource by the key it has in its repository.
struct ResourceDetails {
  const Repository* repository;
  const model::ResourceSnap* snap;
};
struct ResourceList {
  std::vector<ResourceDetails> results;
};
/// A resource that another one holds, or is held by.
struct NestedResource {
  std::string name;
  std::string type;
  std::optional<ResourceDetails> resource;
};
struct ConfiguredValue {
  std::string key;
  std::string value;
  std::string_view type;
};

/// EnvVarWithConsumers, and who reads the variable.
struct EnvVarConsumer {
  std::string name;
};
struct EnvVar {
  std::string name;
  std::vector<EnvVarConsumer> consumers;
};
struct EnvVarList {
  std::vector<EnvVar> results;
};

std::variant<ResourceDetails, NamedError> FindResource(const Repository& repository, const std::string& name) {
  const model::ResourceSnap* snap = repository.FindResource(name);
  if (snap != nullptr) return ResourceDetails{&repository, snap};
  return NamedError("ResourceNotFoundError", fmt::format("Top-level resource {} could not be found.", name))
      .With("resourceName", name);
}

std::optional<ResourceDetails> Linked(const Repository& repository, const std::string& name) {
  const model::ResourceSnap* snap = repository.FindResource(name);
  return snap == nullptr ? std::nullopt : std::optional(ResourceDetails{&repository, snap});
}

std::vector<NestedResource> NestedIn(const ResourceDetails& details) {
  std::vector<NestedResource> nested;
  for (const auto& [field, entry] : details.snap->nested_resources.AsObject()) {
    // "NestedResourceType.TOP_LEVEL"
    const std::string& type = entry.AsObject().At("type").AsObject().At("__enum__").AsString();
    NestedResource resource{field, type.substr(type.find('.') + 1), std::nullopt};
    if (resource.type == "TOP_LEVEL") {
      resource.resource = Linked(*details.repository, entry.AsObject().At("name").AsString());
    }
    nested.push_back(std::move(resource));
  }
  return nested;
}

std::vector<NestedResource> ParentsOf(const ResourceDetails& details) {
  std::vector<NestedResource> parents;
  for (const auto& [name, field] : details.snap->parent_resources.AsObject()) {
    parents.push_back({field.AsString(), "TOP_LEVEL", Linked(*details.repository, name)});
  }
  return parents;
}

std::vector<ConfiguredValue> ConfiguredValues(const ResourceDetails& details) {
  std::vector<ConfiguredValue> values;
  for (const auto& [key, value] : details.snap->configured_values.AsObject()) {
    if (const json::Value* variable = value.Find("name")) {
      values.push_back({key, variable->AsString(), "ENV_VAR"});
      continue;
    }
    const auto& fields = details.snap->config_fields;
    const auto field = std::ranges::find(fields, key, &model::ConfigFieldSnap::name);
    const bool is_secret = field != fields.end() && field->is_secret.value_or(false);
    values.push_back({key, is_secret ? std::string(kMaskedSecret) : value.AsString(), is_secret ? "SECRET" : "VALUE"});
  }
  return values;
}

std::vector<ConfigField> ConfigFields(const ResourceDetails& details) {
  std::vector<ConfigField> fields;
  for (const model::ConfigFieldSnap& field : details.snap->config_fields) {
    fields.push_back({&details.snap->config_schema, &field});
  }
  return fields;
}

ResourceList TopLevelResources(const Repository& repository) {
  ResourceList list;
  for (const model::ResourceSnap& snap : repository.snap().resources) {
    if (snap.is_top_level) list.results.push_back({&repository, &snap});
  }
  return list;
}

EnvVarList EnvVars(const Repository& repository) {
  EnvVarList list;
  for (const auto& [name, consumers] : repository.snap().utilized_env_vars.AsObject()) {
    EnvVar variable{name, {}};
    for (const json::Value& consumer : consumers.AsArray()) {
      variable.consumers.push_back({consumer.AsObject().At("name").AsString()});
    }
    list.results.push_back(std::move(variable));
  }
  return list;
}

void BindDetails(graphql::Schema& schema) {
  using Details = ResourceDetails;
  schema.Object<Details>("ResourceDetails")
      .Field("id",
             [](const Details& details) {
               return fmt::format("{}-{}-{}", details.repository->location_name(), details.repository->name(),
                                  details.snap->name);
             })
      .Field("name", [](const Details& details) { return details.snap->name; })
      .Field("description", [](const Details& details) { return details.snap->definition.description; })
      .Field("configFields", ConfigFields)
      .Field("configuredValues", ConfiguredValues)
      .Field("isTopLevel", [](const Details& details) { return details.snap->is_top_level; })
      .Field("nestedResources", NestedIn)
      .Field("parentResources", ParentsOf)
      .Field("resourceType", [](const Details& details) { return details.snap->resource_type; })
      .Field("assetKeysUsing", [](const Details& details) { return details.snap->asset_keys_using; })
      .Field("jobsOpsUsing", [](const Details& details) { return details.snap->job_ops_using; })
      .Field("schedulesUsing", [](const Details& details) { return details.snap->schedules_using; })
      .Field("sensorsUsing", [](const Details& details) { return details.snap->sensors_using; });
  schema.Object<model::ResourceJobUsage>("JobWithOps")
      .Field("jobName", &model::ResourceJobUsage::job_name)
      .Field("opHandleIDs", [](const model::ResourceJobUsage& usage) {
        std::vector<std::string> ids;
        for (const model::NodeHandle& handle : usage.node_handles) ids.push_back(handle.ToString());
        return ids;
      });
}

}  // namespace

void BindResources(graphql::Schema& schema) {
  BindDetails(schema);
  schema.Object<ResourceList>("ResourceDetailsList").Field("results", &ResourceList::results);
  schema.Object<NestedResource>("NestedResourceEntry")
      .Field("name", &NestedResource::name)
      .Field("type", &NestedResource::type)
      .Field("resource", &NestedResource::resource);
  schema.Object<ConfiguredValue>("ConfiguredValue")
      .Field("key", &ConfiguredValue::key)
      .Field("value", &ConfiguredValue::value)
      .Field("type", &ConfiguredValue::type);
  schema.Object<EnvVarList>("EnvVarWithConsumersList").Field("results", &EnvVarList::results);
  schema.Object<EnvVar>("EnvVarWithConsumers")
      .Field("envVarName", &EnvVar::name)
      .Field("envVarConsumers", &EnvVar::consumers);
  schema.Object<EnvVarConsumer>("EnvVarConsumer").Field("name", &EnvVarConsumer::name).Field("type", [] {
    return "RESOURCE";
  });
  schema.Object<Repository>("Repository").Field("allTopLevelResourceDetails", [](const Repository& repository) {
    std::vector<ResourceDetails> resources = TopLevelResources(repository).results;
    std::ranges::sort(resources, {}, [](const ResourceDetails& details) { return details.snap->name; });
    return resources;
  });
  schema.Query()
      .Field("topLevelResourceDetailsOrError",
             [](const graphql::Arguments& arguments, const RequestContext& context) {
               const auto selector = arguments.Get<graphql::Input>("resourceSelector");
               return FindResource(RequireRepository(selector, context), selector.Get<std::string>("resourceName"));
             })
      .Field(
          "allTopLevelResourceDetailsOrError",
          [](const graphql::Arguments& arguments, const RequestContext& context) {
            return TopLevelResources(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context));
          })
      .Field("utilizedEnvVarsOrError", [](const graphql::Arguments& arguments, const RequestContext& context) {
        return EnvVars(RequireRepository(arguments.Get<graphql::Input>("repositorySelector"), context));
      });
}

}  // namespace tidemill::api
