#include "resource_snaps.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "node_walk.h"
#include "required_resources.h"

namespace tidemill::sdk::snapshots {
namespace {

using UsersByResource = std::map<std::string, std::vector<model::ResourceJobUsage>>;

/// {"env": NAME}, or null for another value.
const std::string* EnvironmentVariable(const json::Value& value) {
  if (!value.is_object() || value.AsObject().size() != 1) return nullptr;
  const json::Value* name = value.Find("env");
  return name != nullptr && name->is_string() ? &name->AsString() : nullptr;
}

json::Value SnapConfigured(const json::Value& configured) {
  json::Object values;
  if (!configured.is_object()) return values;
  for (const auto& [name, value] : configured.AsObject()) {
    if (const std::string* variable = EnvironmentVariable(value)) {
      values.Append(name, json::Object{{"__class__", "ExternalResourceConfigEnvVar"}, {"name", *variable}});
    } else {
      values.Append(name, json::Dump(value));
    }
  }
  return values;
}

void AddNodeUse(const NodeDefinitions& nodes, const NodePlace& place,
                std::map<std::string, std::vector<model::NodeHandle>>& uses) {
  if (place.op != nullptr) {
    for (const std::string& key : ResourceKeys(*place.op)) {
      uses[key].push_back(model::NodeHandle::FromString(place.handle));
    }
  }
  if (place.graph == nullptr) return;
  for (const auto& inner : place.graph->dependencies.node_invocations) {
    AddNodeUse(nodes, nodes.Place(inner, place.handle, place.graph), uses);
  }
}

/// Jobs in the order of their names, nodes in topological order.
UsersByResource JobUses(const RepositoryDescription& description) {
  std::map<std::string_view, const engine::JobDefinition*> jobs;
  for (const engine::JobDefinition* job : description.jobs) {
    if (job->name != kImplicitAssetJobName) jobs.emplace(job->name, job);
  }
  UsersByResource users;
  for (const auto& [name, job] : jobs) {
    NodeDefinitions nodes(*job);
    std::map<std::string, const model::NodeInvocationSnap*> by_name;
    for (const auto& node : job->structure.dependencies.node_invocations) by_name.emplace(node.node_name, &node);
    std::map<std::string, std::vector<model::NodeHandle>> uses;
    for (const std::string& node : TopologicalOrder(job->structure.dependencies)) {
      AddNodeUse(nodes, nodes.Place(*by_name.at(node), "", nullptr), uses);
    }
    for (auto& [key, handles] : uses) users[key].push_back({job->name, std::move(handles)});
  }
  return users;
}

model::ResourceSnap SnapResource(const std::string& name, const ResourceDescription& resource) {
  model::ResourceSnap snap;
  snap.name = name;
  snap.definition.name = name;
  snap.definition.description = resource.definition.description;
  snap.configured_values = SnapConfigured(resource.configured);
  snap.resource_type = resource.type_name;
  const config::Field& config = resource.definition.config;
  if (config.type) {
    snap.definition.config_field = config.Snap("config");
    snap.config_fields = config.type->Snap().fields.value_or(std::vector<model::ConfigFieldSnap>{});
    config.type->CollectSnaps(snap.config_schema);
  }
  json::Object nested;
  for (const std::string& needed : resource.definition.required_resource_keys) {
    nested.Append(needed, json::Object{{"__class__", "NestedResource"},
                                       {"name", needed},
                                       {"type", json::Object{{"__enum__", "NestedResourceType.TOP_LEVEL"}}}});
  }
  snap.nested_resources = std::move(nested);
  return snap;
}

}  // namespace

std::vector<model::ResourceSnap> SnapResources(const RepositoryDescription& description,
                                               const std::vector<model::AssetNodeSnap>& assets) {
  UsersByResource job_users = JobUses(description);
  std::vector<model::ResourceSnap> snaps;
  for (const auto& [name, resource] : description.resources) {
    model::ResourceSnap snap = SnapResource(name, resource);
    json::Object parents;
    for (const auto& [parent, other] : description.resources) {
      for (const std::string& needed : other.definition.required_resource_keys) {
        if (needed == name) parents.Append(parent, needed);
      }
    }
    snap.parent_resources = std::move(parents);
    for (const model::AssetNodeSnap& asset : assets) {
      for (const std::string& key : asset.required_top_level_resources) {
        if (key == name) snap.asset_keys_using.push_back(asset.asset_key);
      }
    }
    if (auto users = job_users.find(name); users != job_users.end()) snap.job_ops_using = std::move(users->second);
    for (const ScheduleDescription& schedule : description.schedules) {
      if (schedule.required_resource_keys.contains(name)) snap.schedules_using.push_back(schedule.snap.name);
    }
    for (const SensorDescription& sensor : description.sensors) {
      if (sensor.required_resource_keys.contains(name)) snap.sensors_using.push_back(sensor.snap.name);
    }
    snaps.push_back(std::move(snap));
  }
  return snaps;
}

namespace {

void FindVariables(const json::Value& value, std::set<std::string>& variables) {
  if (const std::string* variable = EnvironmentVariable(value)) {
    variables.insert(*variable);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.AsObject()) FindVariables(member, variables);
  } else if (value.is_array()) {
    for (const json::Value& item : value.AsArray()) FindVariables(item, variables);
  }
}

}  // namespace

json::Value SnapEnvironmentVariables(const RepositoryDescription& description) {
  std::map<std::string, std::set<std::string>> resources_by_variable;
  for (const auto& [name, resource] : description.resources) {
    std::set<std::string> variables;
    FindVariables(resource.configured, variables);
    for (const std::string& variable : variables) resources_by_variable[variable].insert(name);
  }
  json::Object result;
  for (const auto& [variable, resources] : resources_by_variable) {
    json::Array consumers;
    for (const std::string& resource : resources) {
      consumers.push_back(json::Object{{"__class__", "EnvVarConsumer"},
                                       {"name", resource},
                                       {"type", json::Object{{"__enum__", "EnvVarConsumerType.RESOURCE"}}}});
    }
    result.Append(variable, std::move(consumers));
  }
  return result;
}

}  // namespace tidemill::sdk::snapshots
