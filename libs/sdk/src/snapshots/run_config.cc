#include "run_config.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <tidemill/base/error.h>
#include <tidemill/contract/contract.h>
#include <tidemill/sdk/snapshots.h>

#include "node_walk.h"
#include "required_resources.h"

namespace tidemill::sdk::snapshots {
namespace {

using config::ConfigType;
using config::ConfigTypePtr;
using config::Field;
using config::Fields;

constexpr std::string_view kIoManagerKey = "io_manager";

/// {"config": …} around the configuration of a resource, logger or executor, or an empty shape where it has none.
ConfigTypePtr ComponentShape(const Field* config) {
  Fields fields;
  if (config != nullptr && config->type) fields.emplace_back("config", *config);
  return ConfigType::Shape(std::move(fields));
}

/// The configuration of one job's nodes.
class NodeFields final {
 public:
  NodeFields(const engine::JobDefinition& job, TypeNamespace& types) : job_(job), types_(types) {}

  /// Nothing where there is nothing to configure.
  std::optional<Field> Of(const NodeDefinitions& nodes, const NodePlace& place, bool ignored) {
    Fields fields;
    if (auto inputs = Inputs(place, ignored)) fields.emplace_back("inputs", *std::move(inputs));
    if (place.op != nullptr) {
      if (place.op->config.type) fields.emplace_back("config", place.op->config);
    } else {
      Fields inner;
      for (const auto& invocation : place.graph->dependencies.node_invocations) {
        NodePlace child = nodes.Place(invocation, place.handle, place.graph);
        if (auto field = Of(nodes, child, false)) inner.emplace_back(invocation.node_name, *std::move(field));
      }
      fields.emplace_back("ops", Field::Of(ConfigType::Shape(std::move(inner))));
    }
    if (fields.empty()) return std::nullopt;
    return MaybeIgnored(ConfigType::Shape(std::move(fields)), ignored, "ignored_op");
  }

 private:
  static Field MaybeIgnored(ConfigTypePtr type, bool ignored, std::string_view description) {
    if (!ignored) return Field::Of(std::move(type));
    return Field::Optional(std::move(type), contract::Contract::Get().RootDescription(description));
  }

  std::optional<Field> Inputs(const NodePlace& place, bool ignored) {
    Fields fields;
    auto add = [&](const std::string& name, const std::string& type_key, bool has_default) {
      if (place.HasUpstream(name) || job_.asset_inputs.contains({place.handle, name})) return;
      ConfigTypePtr loader = types_.Loader(type_key);
      if (!loader) return;
      fields.emplace_back(name, has_default ? Field::Optional(loader) : Field::Required(loader));
    };
    if (place.op != nullptr) {
      for (const engine::InputDefinition& input : place.op->inputs) {
        if (!input.input_manager_key) add(input.name, types_.Add(input.type), input.default_value.has_value());
      }
    } else {
      for (const model::InputDefSnap& input : place.graph->inputs) add(input.name, input.dagster_type_key, false);
    }
    if (fields.empty()) return std::nullopt;
    return MaybeIgnored(ConfigType::Shape(std::move(fields)), ignored, "ignored_inputs");
  }

  const engine::JobDefinition& job_;
  TypeNamespace& types_;
};

Field ResourcesField(const engine::JobDefinition& job, bool implicit, bool is_subset) {
  std::set<std::string> required = RequiredResources(job, NodeDefinitions(job));
  Fields fields;
  for (const auto& [key, resource] : ShownResources(job)) {
    bool needed = required.contains(key);
    if (!needed && implicit && is_subset) continue;
    ConfigTypePtr shape = ComponentShape(&resource.config);
    fields.emplace_back(key, needed ? Field::Of(std::move(shape), resource.description)
                                    : Field::Optional(std::move(shape), resource.description));
  }
  ConfigTypePtr type = implicit ? ConfigType::Permissive(std::move(fields)) : ConfigType::Shape(std::move(fields));
  return Field::Of(std::move(type), contract::Contract::Get().RootDescription("resources"));
}

Field LoggersField() {
  Fields fields;
  for (const contract::Component& logger : contract::Contract::Get().default_loggers()) {
    fields.emplace_back(logger.name, Field::Optional(ComponentShape(logger.config ? &*logger.config : nullptr)));
  }
  return Field::Of(ConfigType::Shape(std::move(fields)), contract::Contract::Get().RootDescription("loggers"));
}

/// An executor whose configuration the job fixes takes none from the run, as Dagster's `configured`.
Field ExecutionField(const engine::ExecutorDefinition& executor) {
  const auto& contract = contract::Contract::Get();
  Field fixed = Field::Optional(ConfigType::Any());
  const auto& own = contract.Executor(executor.name()).config;
  bool is_fixed = executor.config.is_object() && !executor.config.AsObject().empty();
  const Field* config = is_fixed ? &fixed : own ? &*own : nullptr;
  return Field::Of(ComponentShape(config), contract.RootDescription("execution"));
}

Field OpsField(const engine::JobDefinition& job, TypeNamespace& types, const IgnoredNodes& ignored, bool implicit) {
  Fields fields;
  NodeFields node_fields(job, types);
  NodeDefinitions nodes(job);
  for (const auto& invocation : job.structure.dependencies.node_invocations) {
    if (auto field = node_fields.Of(nodes, nodes.Place(invocation, "", nullptr), false)) {
      fields.emplace_back(invocation.node_name, *std::move(field));
    }
  }
  if (ignored.job != nullptr) {
    NodeDefinitions all(*ignored.job);
    std::set<std::string_view> names(ignored.names.begin(), ignored.names.end());
    for (const auto& invocation : ignored.job->structure.dependencies.node_invocations) {
      if (!names.contains(invocation.node_name)) continue;
      // The subset job knows nothing of what feeds a node it has not.
      model::NodeInvocationSnap alone;
      alone.node_name = invocation.node_name;
      alone.node_def_name = invocation.node_def_name;
      if (auto field = node_fields.Of(all, all.Place(alone, "", nullptr), true)) {
        fields.emplace_back(alone.node_name, *std::move(field));
      }
    }
  }
  ConfigTypePtr type = implicit ? ConfigType::Permissive(std::move(fields)) : ConfigType::Shape(std::move(fields));
  return Field::Of(std::move(type), contract::Contract::Get().RootDescription("ops"));
}

/// The sections of one part of the job's own configuration become the defaults of the part's fields.
ConfigTypePtr WithSectionDefaults(const ConfigTypePtr& type, const json::Value& defaults) {
  if (type->kind() != model::ConfigTypeKind::kStrictShape || !defaults.is_object()) return type;
  Fields fields = type->fields();
  for (auto& [name, field] : fields) {
    if (const json::Value* value = defaults.Find(name))
      field = Field::WithDefault(field.type, *value, field.description);
  }
  return ConfigType::Shape(std::move(fields), type->description(), type->field_aliases());
}

/// A job with a configuration of its own: what a run does not give comes from there, section by section.
ConfigTypePtr WithDefaults(const engine::JobDefinition& job, Fields fields) try {
  for (auto& [name, field] : fields) {
    if (const json::Value* value = job.default_run_config.Find(name)) {
      field = Field::WithDefault(WithSectionDefaults(field.type, *value), *value, field.description);
    }
  }
  auto type = ConfigType::Shape(std::move(fields), contract::Contract::Get().RootDescription("with_defaults"));
  auto errors = config::Validate(*type, job.default_run_config);
  if (!errors.empty()) throw Error(Code::kInvalidArgument, config::DescribeErrors(errors));
  return type;
} catch (const Error& error) {
  throw Error(error.code(), "job \"" + job.name + "\": its configuration does not fit: " + error.what());
}

}  // namespace

bool IsAssetJob(const engine::JobDefinition& job) { return !job.asset_outputs.empty() || !job.check_outputs.empty(); }

std::map<std::string, engine::ResourceDefinition, std::less<>> ShownResources(const engine::JobDefinition& job) {
  auto resources = job.resources;
  if (!resources.contains(kIoManagerKey)) {
    const auto& component = contract::Contract::Get().IoManager(IsAssetJob(job) ? "asset_job_default" : "default");
    engine::ResourceDefinition io_manager;
    io_manager.description = component.description;
    if (component.config) io_manager.config = *component.config;
    io_manager.is_io_manager = true;
    resources.emplace(kIoManagerKey, std::move(io_manager));
  }
  return resources;
}

config::ConfigTypePtr RunConfigType(const engine::JobDefinition& job, TypeNamespace& types, const IgnoredNodes& ignored,
                                    bool is_subset) {
  bool implicit = job.name == kImplicitAssetJobName;
  Fields fields;
  fields.emplace_back("execution", ExecutionField(job.executor));
  fields.emplace_back("loggers", LoggersField());
  fields.emplace_back("resources", ResourcesField(job, implicit, is_subset));
  fields.emplace_back("ops", OpsField(job, types, ignored, implicit));
  bool has_defaults = job.default_run_config.is_object() && !job.default_run_config.AsObject().empty();
  return has_defaults ? WithDefaults(job, std::move(fields)) : ConfigType::Shape(std::move(fields));
}

}  // namespace tidemill::sdk::snapshots
