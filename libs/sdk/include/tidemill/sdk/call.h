#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tidemill/engine/step_context.h>
#include <tidemill/sdk/context.h>
#include <tidemill/sdk/records.h>

namespace tidemill::sdk::detail {

/// What is told of an output beside its value.
struct OutputExtras {
  Metadata metadata = {};
  std::optional<std::string> data_version = {};
  Tags tags = {};
};

/// One call of a user's function: gives it its arguments, and takes what it returns. No part of the user's interface.
class Call final {
 public:
  Call(engine::StepContext& step, const BoundFunction& bound);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  engine::StepContext& step() const { return step_; }
  const BoundFunction& bound() const { return bound_; }
  AssetContext& context() { return context_; }
  const json::Value& config() const { return step_.op_config(); }
  /// Loads all inputs, in order: argument lists have none.
  void LoadInputs();
  const engine::AnyValue& input(std::size_t index) const;
  std::shared_ptr<void> Resource(std::size_t index) const;

  void Emit(std::size_t output, engine::AnyValue value, OutputExtras extras = {});
  void Emit(std::string output_name, engine::AnyValue value, OutputExtras extras = {});
  void Emit(MaterializeResult result);
  void Emit(CheckResult result);
  /// The function returned without a value: its output is made, unless it was yielded.
  void EmitDone(std::size_t output, OutputExtras extras = {});

 private:
  engine::StepContext& step_;
  const BoundFunction& bound_;
  AssetContext context_;
  std::vector<engine::AnyValue> inputs_;
  std::set<std::string, std::less<>> emitted_;
};

}  // namespace tidemill::sdk::detail
