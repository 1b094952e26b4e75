#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/sdk/call.h>

namespace tidemill::sdk {
namespace detail {

Call::Call(engine::StepContext& step, const BoundFunction& bound) : step_(step), bound_(bound), context_(*this) {}

void Call::LoadInputs() {
  inputs_.reserve(bound_.inputs.size());
  for (const auto& name : bound_.inputs) inputs_.push_back(step_.Input(name));
}

const engine::AnyValue& Call::input(std::size_t index) const { return inputs_[index]; }

std::shared_ptr<void> Call::Resource(std::size_t index) const {
  const ResourceParameter& parameter = bound_.function->resources[index];
  engine::ResourceRef resource = step_.Resource(bound_.resources[index]);
  if (resource.type != parameter.type) {
    throw Error(Code::kInvalidArgument,
                fmt::format("{} takes a resource \"{}\" of type {}, but the resource has another "
                            "type",
                            bound_.owner, bound_.resources[index], parameter.type_name));
  }
  return std::move(resource.value);
}

void Call::Emit(std::size_t output, engine::AnyValue value, OutputExtras extras) {
  Emit(bound_.outputs[output], std::move(value), std::move(extras));
}

void Call::Emit(std::string output_name, engine::AnyValue value, OutputExtras extras) {
  emitted_.insert(output_name);
  engine::Output output;
  output.name = std::move(output_name);
  output.value = std::move(value);
  output.metadata = extras.metadata.entries();
  output.data_version = std::move(extras.data_version);
  output.tags = std::move(extras.tags);
  step_.Yield(std::move(output));
}

void Call::Emit(MaterializeResult result) {
  const auto& keys = bound_.assets;
  const auto at = result.asset_key ? std::ranges::find(keys, *result.asset_key) : keys.begin();
  if (at != keys.end() && (result.asset_key || keys.size() == 1)) emitted_.insert(bound_.outputs[at - keys.begin()]);
  engine::MaterializeResult plain;
  plain.asset_key = std::move(result.asset_key);
  plain.metadata = result.metadata.entries();
  plain.data_version = std::move(result.data_version);
  plain.tags = std::move(result.tags);
  step_.Yield(std::move(plain));
  for (auto& check : result.checks) Emit(std::move(check));
}

void Call::Emit(CheckResult result) {
  engine::CheckResult plain;
  plain.passed = result.passed;
  plain.asset_key = std::move(result.asset_key);
  plain.check_name = std::move(result.check_name);
  plain.severity = result.severity;
  plain.description = std::move(result.description);
  plain.metadata = result.metadata.entries();
  step_.Yield(std::move(plain));
}

void Call::EmitDone(std::size_t output, OutputExtras extras) {
  const std::string& name = bound_.outputs[output];
  if (emitted_.contains(name)) return;
  Emit(name, MakeValue(Nothing{}), std::move(extras));
}

}  // namespace detail

AssetContext::AssetContext(detail::Call& call) : call_(call), log_(call.step()) {}

engine::StepContext& AssetContext::step() const { return call_.step(); }

const AssetKey& AssetContext::asset_key() const {
  const auto& keys = call_.bound().assets;
  if (keys.size() != 1) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("{} has {} assets; asset_key() is for functions with exactly one", call_.bound().owner,
                            keys.size()));
  }
  return keys.front();
}

bool AssetContext::has_partition_key() const { return info().partitions && info().partitions->keys.size() == 1; }

const std::string& AssetContext::partition_key() const {
  if (!has_partition_key()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("{} asked for its partition key in a run of {} partitions; use partition_keys(), or launch "
                            "the run for one partition",
                            call_.bound().owner, partition_keys().size()));
  }
  return info().partitions->keys.front();
}

const std::vector<std::string>& AssetContext::partition_keys() const {
  static const std::vector<std::string> kNone;
  return info().partitions ? info().partitions->keys : kNone;
}

TimeWindow AssetContext::partition_time_window() const {
  if (!info().partitions || !info().partitions->time_window) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("{} asked for the time window of its partition, but this run has no time-window partition",
                            call_.bound().owner));
  }
  return *info().partitions->time_window;
}

const json::Value& AssetContext::op_config() const { return call_.config(); }

void AssetContext::AddOutputMetadata(const Metadata& metadata, std::string_view output_name) {
  step().AddOutputMetadata(metadata.entries(), output_name);
}

void AssetContext::Yield(MaterializeResult result) { call_.Emit(std::move(result)); }
void AssetContext::Yield(CheckResult result) { call_.Emit(std::move(result)); }

void AssetContext::YieldValue(std::string output_name, engine::AnyValue value, Metadata metadata,
                              std::optional<std::string> data_version, Tags tags) {
  call_.Emit(std::move(output_name), std::move(value), {std::move(metadata), std::move(data_version), std::move(tags)});
}

void* AssetContext::FindResource(std::string_view key, const std::type_info& type) {
  const engine::ResourceRef resource = step().Resource(key);
  if (resource.type != type) {
    throw Error(Code::kInvalidArgument, fmt::format("{} asked for the resource \"{}\" as a {}, but it has another type",
                                                    call_.bound().owner, key, detail::DemangledName(type)));
  }
  return resource.value.get();
}

}  // namespace tidemill::sdk
