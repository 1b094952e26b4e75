// Loading the inputs of a step.
#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

#include "step_execution.h"

namespace tidemill::engine {
namespace {

/// What an IO manager sees of one input.
class LoadContext final : public InputContext {
 public:
  LoadContext(StepExecution& step, const std::string& input_name, const ValueType& type,
              const std::filesystem::path& storage_root)
      : step_(step), input_name_(input_name), type_(type), storage_root_(storage_root) {}

  const StepInfo& step() const override { return step_.info(); }
  const std::string& input_name() const override { return input_name_; }
  const ValueType& type() const override { return type_; }
  const std::optional<model::AssetKey>& asset_key() const override { return asset_key_; }
  const std::vector<std::string>& partition_keys() const override { return partition_keys_; }
  const std::optional<model::StepOutputHandle>& upstream_output() const override { return upstream_output_; }
  const std::string& upstream_run_id() const override { return upstream_run_id_; }
  const std::filesystem::path& storage_root() const override { return storage_root_; }
  void AddMetadata(model::Metadata metadata) override { MergeMetadata(metadata_, metadata); }
  void Log(int level, std::string message) override { step_.Log(level, std::move(message)); }

  std::optional<model::AssetKey> asset_key_;
  std::vector<std::string> partition_keys_;
  std::optional<model::StepOutputHandle> upstream_output_;
  std::string upstream_run_id_;
  model::Metadata metadata_;

 private:
  StepExecution& step_;
  const std::string& input_name_;
  const ValueType& type_;
  const std::filesystem::path& storage_root_;
};

/// The source that gives the input's value: of an input behind blocking checks the one among several.
model::SingleInputSource Single(const model::InputSource& source) {
  return std::visit(
      [](const auto& value) -> model::SingleInputSource {
        using Source = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Source, model::input_source::MultipleSources>) {
          throw Error(Code::kInternal, "a fan-in is not a single source");
        } else if constexpr (std::is_same_v<Source, model::input_source::GatedSource>) {
          return value.source_to_load_from;
        } else {
          return value;
        }
      },
      source);
}

}  // namespace

void StepExecution::LoadInputs() {
  for (const model::StepInputSnap& input : step_.snap.inputs) {
    const InputDefinition& definition = InputOf(op_, input.name);
    if (IsNothing(definition.type) || definition.type == nullptr) continue;
    const auto* several = std::get_if<model::input_source::MultipleSources>(&input.source);
    AnyValue value;
    if (several == nullptr) {
      value = LoadFrom(Single(input.source), definition, *definition.type);
    } else {
      value = LoadFanIn(*several, definition);
    }
    inputs_.emplace(input.name, std::move(value));
  }
  for (const model::StepInputSnap& input : step_.snap.inputs) {
    if (const auto value = inputs_.find(input.name); value != inputs_.end()) {
      CheckInputType(InputOf(op_, input.name), value->second);
    }
  }
}

AnyValue StepExecution::LoadFrom(const model::SingleInputSource& source, const InputDefinition& input,
                                 const ValueType& type) {
  if (const auto* output = std::get_if<model::input_source::StepOutput>(&source)) {
    const std::string& manager =
        input.input_manager_key ? *input.input_manager_key : IoManagerOf(env_.job, env_.plan, output->handle);
    return LoadStored(input, type, manager, &output->handle);
  }
  if (std::holds_alternative<model::input_source::LoadableAsset>(source)) {
    const auto asset = env_.job.asset_inputs.find(Port(step_.snap.key, input.name));
    const std::string& manager = input.input_manager_key                ? *input.input_manager_key
                                 : asset != env_.job.asset_inputs.end() ? asset->second.io_manager_key
                                                                        : "io_manager";
    return LoadStored(input, type, manager, nullptr);
  }
  if (std::holds_alternative<model::input_source::InputManager>(source)) {
    return LoadStored(input, type, input.input_manager_key.value(), nullptr);
  }
  if (const auto* config = std::get_if<model::input_source::Config>(&source)) return LoadConfigured(*config, type);
  if (std::holds_alternative<model::input_source::DefaultValue>(source)) return input.default_value;
  ThrowFrameworkError(
      "DagsterInvariantViolationError",
      fmt::format("Input \"{}\" of {} has a source that this executable cannot load", input.name, description_));
}

AnyValue StepExecution::LoadFanIn(const model::input_source::MultipleSources& sources, const InputDefinition& input) {
  if (!input.type->from_items || input.type->item == nullptr) {
    ThrowFrameworkError("DagsterInvariantViolationError",
                        fmt::format("Input \"{}\" of {} fans in, so its parameter must be a vector; it is {}",
                                    input.name, description_, input.type->cpp_name));
  }
  std::vector<std::shared_ptr<const void>> items;
  for (const model::SingleInputSource& source : sources.sources) {
    const auto* output = std::get_if<model::input_source::StepOutput>(&source);
    // Some of the steps before may have been skipped.
    if (output != nullptr && !CanLoad(output->handle)) continue;
    items.push_back(LoadFrom(source, input, *input.type->item).shared());
  }
  return {*input.type, input.type->from_items(items)};
}

AnyValue StepExecution::LoadStored(const InputDefinition& input, const ValueType& type, const std::string& manager_key,
                                   const model::StepOutputHandle* upstream) {
  LoadContext context(*this, input.name, type, env_.storage_root);
  const auto asset = env_.job.asset_inputs.find(Port(step_.snap.key, input.name));
  if (asset != env_.job.asset_inputs.end()) {
    context.asset_key_ = asset->second.key;
    context.partition_keys_ = partitions_->InputKeys(asset->second);
  }
  context.upstream_run_id_ = env_.run.run_id;
  if (upstream != nullptr) {
    context.upstream_output_ = *upstream;
    context.upstream_run_id_ = SourceRun(*upstream);
  }
  AnyValue value;
  IoManager& manager = env_.resources.GetIoManager(manager_key);
  InBoundary("DagsterExecutionLoadInputError",
             fmt::format("Error occurred while loading input \"{}\" of step \"{}\":", input.name, step_.snap.key),
             [&] { value = manager.LoadInput(context); });
  model::event::LoadedInput data{input.name, manager_key, {}, {}, input.metadata};
  MergeMetadata(data.metadata, context.metadata_);
  std::string message = fmt::format("Loaded input \"{}\" using input manager \"{}\"", input.name, manager_key);
  if (upstream != nullptr) {
    data.upstream_output_name = upstream->output_name;
    data.upstream_step_key = upstream->step_key;
    message += fmt::format(", from output \"{}\" of step \"{}\"", upstream->output_name, upstream->step_key);
  }
  WriteEvent(model::EventType::kLoadedInput, std::move(message), std::move(data));
  return value;
}

/// The forms of Dagster's scalar loaders: the value itself, {"value": …}, {"json": {"path": …}}.
AnyValue StepExecution::LoadConfigured(const model::input_source::Config& source, const ValueType& type) const {
  const json::Value* config = env_.config.InputValue(source.node_handle, source.input_name);
  if (config == nullptr || !type.from_json) {
    ThrowFrameworkError(
        "DagsterTypeLoadingError",
        fmt::format("Error occurred while loading input \"{}\" of step \"{}\": {}", source.input_name, step_.snap.key,
                    config == nullptr ? "the run's configuration has no value for it"
                                      : "values of its type cannot be given by configuration"));
  }
  const json::Value* file = config->Find("json");
  const json::Value* path = file == nullptr ? nullptr : file->Find("path");
  try {
    if (path != nullptr) return {type, type.from_json(json::Parse(ReadFile(path->AsString())))};
    const json::Value* value = config->Find("value");
    return {type, type.from_json(value == nullptr ? *config : *value)};
  } catch (const Error& error) {
    ThrowFrameworkError("DagsterTypeLoadingError",
                        fmt::format("Error occurred while loading input \"{}\" of step \"{}\": {}", source.input_name,
                                    step_.snap.key, error.what()));
  }
}

bool StepExecution::IsOfEarlierRun(const model::StepOutputHandle& handle) const {
  if (!env_.run.parent_run_id || !env_.run.step_keys_to_execute) return false;
  const auto& executed = *env_.run.step_keys_to_execute;
  return std::find(executed.begin(), executed.end(), handle.step_key) == executed.end();
}

bool StepExecution::CanLoad(const model::StepOutputHandle& handle) const {
  if (is_ready_(handle)) return true;
  return IsOfEarlierRun(handle) && env_.ancestry.SourceRunOf(handle) != nullptr;
}

std::string StepExecution::SourceRun(const model::StepOutputHandle& handle) const {
  if (!IsOfEarlierRun(handle)) return env_.run.run_id;
  const std::string* run_id = env_.ancestry.SourceRunOf(handle);
  // An IO manager whose paths do not depend on the run finds the value all the same.
  return run_id == nullptr ? env_.run.run_id : *run_id;
}

void StepExecution::CheckInputType(const InputDefinition& input, const AnyValue& value) {
  const bool fits = value.has_value() && value.type().type == input.type->type;
  model::event::StepInput data{input.name, {}};
  data.type_check_data.success = fits;
  data.type_check_data.label = input.name;
  const std::string description =
      fits ? ""
           : fmt::format("the value is {}, the parameter {}", value.has_value() ? value.type().cpp_name : "absent",
                         input.type->cpp_name);
  if (!fits) data.type_check_data.description = description;
  WriteEvent(model::EventType::kStepInput,
             fmt::format("Got input \"{}\" of type \"{}\".{}", input.name, DisplayName(input.type),
                         fits ? " (Type check passed)." : " Warning! Type check failed."),
             std::move(data));
  if (fits) return;
  ThrowFrameworkError("DagsterTypeCheckDidNotPass",
                      fmt::format("Type check failed for step input \"{}\" - expected type \"{}\". Description: {}",
                                  input.name, DisplayName(input.type), description));
}

}  // namespace tidemill::engine
