#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/engine/job_plan.h>
#include <tidemill/engine/step_runner.h>

#include "step_error.h"
#include "step_partitions.h"

namespace tidemill::engine {

/// One try of one step, and what the user's code sees of it.
class StepExecution final : public StepContext {
 public:
  using IsReady = std::function<bool(const model::StepOutputHandle&)>;

  StepExecution(const StepEnvironment& environment, plan::StepId step, std::int64_t attempts, const IsReady& is_ready);

  /// Loads, computes, stores. Throws StepError; Error if events cannot be written.
  void Run();
  const std::vector<std::string>& yielded() const { return yielded_; }
  const StepIdentity& identity() const { return identity_; }
  void WriteEvent(model::EventType type, std::string message, model::EventData data = {});

  const StepInfo& info() const override { return info_; }
  const json::Value& op_config() const override { return env_.config.OpConfig(step_.snap.node_handle); }
  AnyValue Input(std::string_view name) override;
  ResourceRef Resource(std::string_view key) override;
  void Log(int level, std::string message) override;
  void Yield(Output output) override;
  void Yield(MaterializeResult result) override;
  void Yield(CheckResult result) override;
  void Yield(model::AssetMaterialization materialization) override;
  void Yield(model::AssetObservation observation) override;
  void AddOutputMetadata(model::Metadata metadata, std::string_view output_name) override;
  bool cancelled() const override { return env_.cancelled && env_.cancelled(); }

 private:
  // step_execution.cc
  void FillInfo();
  void Compute();
  void YieldImplicitOutputs();
  void ThrowIfCancelled() const;
  /// Runs user code: what it throws becomes a StepError, wrapped under Dagster's class name and message, by the step's
  /// retry policy.
  template <class Body>
  void InBoundary(const char* cls_name, const std::string& message, const Body& body) {
    try {
      body();
    } catch (const StepError&) {
      throw;
    } catch (...) {
      ThrowUserError(std::current_exception(), cls_name, message);
    }
  }
  [[noreturn]] void ThrowUserError(std::exception_ptr exception, const char* cls_name,
                                   const std::string& message) const;

  // step_inputs.cc
  void LoadInputs();
  AnyValue LoadFrom(const model::SingleInputSource& source, const InputDefinition& input, const ValueType& type);
  AnyValue LoadFanIn(const model::input_source::MultipleSources& sources, const InputDefinition& input);
  AnyValue LoadStored(const InputDefinition& input, const ValueType& type, const std::string& manager_key,
                      const model::StepOutputHandle* upstream);
  AnyValue LoadConfigured(const model::input_source::Config& source, const ValueType& type) const;
  bool CanLoad(const model::StepOutputHandle& handle) const;
  bool IsOfEarlierRun(const model::StepOutputHandle& handle) const;
  std::string SourceRun(const model::StepOutputHandle& handle) const;
  void CheckInputType(const InputDefinition& input, const AnyValue& value);

  // step_outputs.cc
  const model::StepOutputSnap& FindOutput(const std::string& name) const;
  bool IsSelected(const std::string& output) const;
  bool HasYielded(std::string_view output) const;
  void Emit(Output output, bool has_value);
  void CheckYieldOrder(const AssetOutput& asset) const;
  void Store(const OutputDefinition& definition, const AssetOutput* asset, const Output& output, bool has_value);
  void WriteAssetEvents(const AssetOutput& asset, const Output& output, const model::Metadata& manager_metadata);
  model::Tags VersionTags(const AssetOutput& asset, const Output& output);
  const AssetOutput* AssetOf(std::string_view output) const;
  const CheckOutput* CheckOf(std::string_view output) const;
  std::string OutputNameOf(const std::optional<model::AssetKey>& key) const;
  std::vector<std::string> PartitionsRead(const model::AssetKey& key) const;

  // step_checks.cc
  std::pair<std::string, const CheckOutput*> ResolveCheck(const CheckResult& result) const;
  std::optional<model::CheckTargetMaterialization> CheckTarget(const model::AssetKey& key);
  void FailIfBlocked() const;

  const StepEnvironment& env_;
  const plan::PlanStep& step_;
  const OpDefinition& op_;
  const std::int64_t attempts_;
  const IsReady& is_ready_;
  const StepIdentity identity_;
  const std::string description_;  ///< `op "handle"`
  StepInfo info_;
  std::optional<StepPartitions> partitions_;
  std::map<std::string, AnyValue, std::less<>> inputs_;
  std::map<std::string, model::Metadata, std::less<>> output_metadata_;
  std::vector<std::string> yielded_;
  std::vector<std::pair<model::AssetKey, std::string>> failed_blocking_;
};

/// `over`'s entries set in `metadata`, as Python merges dicts.
void MergeMetadata(model::Metadata& metadata, const model::Metadata& over);

}  // namespace tidemill::engine
