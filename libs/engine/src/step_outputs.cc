// Taking the outputs of a step: type check, IO manager, asset events.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tidemill/base/error.h>

#include "step_execution.h"

namespace tidemill::engine {
namespace {

/// What an IO manager sees of one output.
class StoreContext final : public OutputContext {
 public:
  StoreContext(StepExecution& step, const OutputDefinition& definition, const Output& output, const AssetOutput* asset,
               const std::vector<std::string>& partition_keys, EventSink& sink,
               const std::filesystem::path& storage_root)
      : step_(step),
        definition_metadata_(asset != nullptr ? asset->metadata : definition.metadata),
        output_(output),
        partition_keys_(partition_keys),
        sink_(sink),
        storage_root_(storage_root) {
    if (asset != nullptr) asset_key_ = asset->key;
  }

  const StepInfo& step() const override { return step_.info(); }
  const std::string& output_name() const override { return output_.name; }
  const std::optional<model::AssetKey>& asset_key() const override { return asset_key_; }
  const std::vector<std::string>& partition_keys() const override { return partition_keys_; }
  const model::Metadata& definition_metadata() const override { return definition_metadata_; }
  const std::optional<std::string>& mapping_key() const override { return output_.mapping_key; }
  const std::filesystem::path& storage_root() const override { return storage_root_; }
  void AddMetadata(model::Metadata metadata) override { MergeMetadata(metadata_, metadata); }
  void Log(int level, std::string message) override { step_.Log(level, std::move(message)); }
  void WroteFile(const std::filesystem::path& path) override { sink_.WroteFile(path); }

  model::Metadata metadata_;

 private:
  StepExecution& step_;
  const model::Metadata& definition_metadata_;
  const Output& output_;
  std::optional<model::AssetKey> asset_key_;
  const std::vector<std::string>& partition_keys_;
  EventSink& sink_;
  const std::filesystem::path& storage_root_;
};

void MergeTags(model::Tags& tags, const model::Tags& over) {
  for (const auto& [key, value] : over) model::SetTag(tags, key, value);
}

const std::vector<std::string> kNoKeys;

}  // namespace

const AssetOutput* StepExecution::AssetOf(std::string_view output) const {
  const auto found = env_.job.asset_outputs.find(Port(step_.snap.key, output));
  return found == env_.job.asset_outputs.end() ? nullptr : &found->second;
}

const CheckOutput* StepExecution::CheckOf(std::string_view output) const {
  const auto found = env_.job.check_outputs.find(Port(step_.snap.key, output));
  return found == env_.job.check_outputs.end() ? nullptr : &found->second;
}

const model::StepOutputSnap& StepExecution::FindOutput(const std::string& name) const {
  const auto& outputs = step_.snap.outputs;
  const auto found =
      std::find_if(outputs.begin(), outputs.end(), [&](const auto& output) { return output.name == name; });
  if (found != outputs.end()) return *found;
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output.name);
  ThrowFrameworkError("DagsterInvariantViolationError",
                      fmt::format("{} has given an output \"{}\", which it does not have; it has {}", description_,
                                  name, PythonList(names)));
}

bool StepExecution::IsSelected(const std::string& output) const {
  const AssetOutput* asset = AssetOf(output);
  const CheckOutput* check = CheckOf(output);
  return (asset == nullptr || asset->selected) && (check == nullptr || check->selected);
}

bool StepExecution::HasYielded(std::string_view output) const {
  return std::find(yielded_.begin(), yielded_.end(), output) != yielded_.end();
}

void StepExecution::Yield(Output output) { Emit(std::move(output), true); }

void StepExecution::Yield(MaterializeResult result) {
  Output output;
  output.name = OutputNameOf(result.asset_key);
  output.metadata = std::move(result.metadata);
  output.data_version = std::move(result.data_version);
  output.tags = std::move(result.tags);
  Emit(std::move(output), false);
}

std::string StepExecution::OutputNameOf(const std::optional<model::AssetKey>& key) const {
  std::vector<std::string> names;
  std::vector<std::string> options;
  for (const model::StepOutputSnap& output : step_.snap.outputs) {
    const AssetOutput* asset = AssetOf(output.name);
    if (asset == nullptr) continue;
    options.push_back(asset->key.ToUserString());
    if (!key || asset->key == *key) names.push_back(output.name);
  }
  if (names.size() == 1) return names.front();
  ThrowFrameworkError(
      "DagsterInvariantViolationError",
      key ? fmt::format("MaterializeResult is for the asset {}, which {} does not make; it makes: {}",
                        key->ToUserString(), description_, fmt::join(options, ", "))
          : fmt::format("{} makes several assets, so a MaterializeResult must name its own; it makes: {}", description_,
                        fmt::join(options, ", ")));
}

void StepExecution::Emit(Output output, bool has_value) {
  FindOutput(output.name);
  if (!IsSelected(output.name)) {
    ThrowFrameworkError(
        "DagsterInvariantViolationError",
        fmt::format("{} has given its output \"{}\", which this run does not select", description_, output.name));
  }
  if (HasYielded(output.name)) {
    ThrowFrameworkError("DagsterInvariantViolationError",
                        fmt::format("{} has given its output \"{}\" twice", description_, output.name));
  }
  const AssetOutput* asset = AssetOf(output.name);
  if (asset != nullptr) CheckYieldOrder(*asset);
  if (const auto extra = output_metadata_.find(output.name); extra != output_metadata_.end()) {
    MergeMetadata(output.metadata, extra->second);
  }
  const OutputDefinition& definition = OutputOf(op_, output.name);
  const bool fits = !output.value.has_value() || definition.type == nullptr || !has_value ||
                    output.value.type().type == definition.type->type;
  model::event::StepOutput data;
  data.step_output_handle = {step_.snap.key, output.name, output.mapping_key};
  data.type_check_data.emplace();
  data.type_check_data->success = fits;
  data.type_check_data->label = output.name;
  data.metadata = output.metadata;
  std::string description;
  if (!fits) {
    description =
        fmt::format("the value is {}, the output {}", output.value.type().cpp_name, definition.type->cpp_name);
    data.type_check_data->description = description;
  }
  yielded_.push_back(output.name);
  WriteEvent(model::EventType::kStepOutput,
             fmt::format("Yielded output \"{}\" of type \"{}\".{}", output.name, DisplayName(definition.type),
                         fits ? " (Type check passed)." : " Warning! Type check failed."),
             std::move(data));
  if (!fits) {
    ThrowFrameworkError("DagsterTypeCheckDidNotPass",
                        fmt::format("Type check failed for step output \"{}\" - expected type \"{}\". Description: {}",
                                    output.name, DisplayName(definition.type), description));
  }
  Store(definition, asset, output, has_value);
}

/// Data versions come out wrong if an asset is made before one that it depends on.
void StepExecution::CheckYieldOrder(const AssetOutput& asset) const {
  for (const std::string& earlier : yielded_) {
    const AssetOutput* other = AssetOf(earlier);
    if (other == nullptr || other->key == asset.key) continue;
    const auto& needs = other->dependencies;
    if (std::find(needs.begin(), needs.end(), asset.key) == needs.end()) continue;
    ThrowFrameworkError(
        "DagsterInvariantViolationError",
        fmt::format("asset \"{}\" was given before \"{}\", which it depends on; give an asset after all that it "
                    "depends on",
                    other->key.ToUserString(), asset.key.ToUserString()));
  }
}

void StepExecution::Store(const OutputDefinition& definition, const AssetOutput* asset, const Output& output,
                          bool has_value) {
  const bool is_stored = has_value && output.value.has_value() && CheckOf(output.name) == nullptr &&
                         !IsNothing(definition.type) && !IsNothing(&output.value.type()) &&
                         (asset == nullptr || asset->execution_type == model::AssetExecutionType::kMaterialization);
  if (!is_stored) {
    if (asset != nullptr) WriteAssetEvents(*asset, output, {});
    return;
  }
  IoManager& manager = env_.resources.GetIoManager(definition.io_manager_key);
  StoreContext context(*this, definition, output, asset, asset == nullptr ? kNoKeys : partitions_->OutputKeys(*asset),
                       env_.sink, env_.storage_root);
  InBoundary("DagsterExecutionHandleOutputError",
             fmt::format("Error occurred while handling output \"{}\" of step \"{}\":", output.name, step_.snap.key),
             [&] { manager.HandleOutput(context, output.value); });
  if (asset != nullptr) WriteAssetEvents(*asset, output, context.metadata_);
  WriteEvent(model::EventType::kHandledOutput,
             fmt::format("Handled output \"{}\" using IO manager \"{}\"", output.name, definition.io_manager_key),
             model::event::HandledOutput{output.name, definition.io_manager_key, std::move(context.metadata_)});
}

std::vector<std::string> StepExecution::PartitionsRead(const model::AssetKey& key) const {
  for (const model::StepInputSnap& input : step_.snap.inputs) {
    const auto asset = env_.job.asset_inputs.find(Port(step_.snap.key, input.name));
    if (asset != env_.job.asset_inputs.end() && asset->second.key == key) return partitions_->InputKeys(asset->second);
  }
  return {};
}

model::Tags StepExecution::VersionTags(const AssetOutput& asset, const Output& output) {
  model::Tags tags;
  const std::string& code_version = asset.code_version ? *asset.code_version : env_.run.run_id;
  tags.emplace_back(version_tag::kCodeVersion, code_version);
  std::vector<std::pair<model::AssetKey, std::string>> inputs;
  for (const model::AssetKey& key : asset.dependencies) {
    const auto version = env_.versions.Latest(key, PartitionsRead(key));
    inputs.emplace_back(key, version ? version->data_version.value_or("INITIAL") : "INITIAL");
    tags.emplace_back(std::string(version_tag::kInputDataVersionPrefix) + key.ToUserString(), inputs.back().second);
    tags.emplace_back(std::string(version_tag::kInputPointerPrefix) + key.ToUserString(),
                      version ? std::to_string(version->storage_id) : "NULL");
  }
  tags.emplace_back(version_tag::kDataVersion,
                    output.data_version ? *output.data_version : LogicalDataVersion(code_version, std::move(inputs)));
  if (output.data_version) tags.emplace_back(version_tag::kIsUserProvided, "true");
  return tags;
}

void StepExecution::WriteAssetEvents(const AssetOutput& asset, const Output& output,
                                     const model::Metadata& manager_metadata) {
  const bool is_observed = asset.execution_type == model::AssetExecutionType::kObservation;
  model::AssetMaterialization made;
  made.asset_key = asset.key;
  made.metadata = output.metadata;
  MergeMetadata(made.metadata, manager_metadata);
  if (!is_observed) {
    made.tags = VersionTags(asset, output);
  } else if (output.data_version) {
    made.tags = {{std::string(version_tag::kDataVersion), *output.data_version},
                 {std::string(version_tag::kIsUserProvided), "true"}};
  }
  MergeTags(made.tags, output.tags);
  const auto write = [&](model::AssetMaterialization event) {
    if (is_observed) {
      Yield(model::AssetObservation{
          event.asset_key, {}, std::move(event.metadata), std::move(event.partition), std::move(event.tags)});
    } else {
      Yield(std::move(event));
    }
  };
  const std::vector<std::string>& keys = partitions_->OutputKeys(asset);
  if (keys.empty()) return write(std::move(made));
  for (const std::string& key : keys) {
    model::AssetMaterialization event = made;
    event.partition = key;
    for (const auto& [tag, value] : asset.partitions->TagsForKey(key)) {
      if (tag != model::tag::kPartition) model::SetTag(event.tags, tag, value);
    }
    write(std::move(event));
  }
}

void StepExecution::Yield(model::AssetMaterialization materialization) {
  const model::AssetKey key = materialization.asset_key;
  std::string message = materialization.description ? *materialization.description
                                                    : fmt::format("Materialized value {}.", fmt::join(key.path, " "));
  WriteEvent(model::EventType::kAssetMaterialization, std::move(message),
             model::event::StepMaterialization{std::move(materialization), {}});
  env_.versions.Written(key);
}

void StepExecution::Yield(model::AssetObservation observation) {
  const model::AssetKey key = observation.asset_key;
  model::EventLogEntry entry = env_.events.OfStep(identity_, model::EventType::kAssetObservation, "",
                                                  model::event::AssetObserved{std::move(observation)});
  // Dagster gives an observation no message, and its log line this one.
  entry.dagster_event->message.reset();
  entry.user_message = fmt::format("DagsterEventType.ASSET_OBSERVATION for step {}", step_.snap.key);
  env_.sink.Write(std::move(entry));
  env_.versions.Written(key);
}

}  // namespace tidemill::engine
