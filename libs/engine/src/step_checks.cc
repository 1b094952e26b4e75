// Evaluating the asset checks of a step.
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "step_execution.h"

namespace tidemill::engine {

std::pair<std::string, const CheckOutput*> StepExecution::ResolveCheck(const CheckResult& result) const {
  std::vector<std::pair<std::string, const CheckOutput*>> fitting;
  std::vector<std::string> options;
  const std::string& key = step_.snap.key;
  for (auto it = env_.job.check_outputs.lower_bound(Port(key, ""));
       it != env_.job.check_outputs.end() && it->first.first == key; ++it) {
    const model::AssetCheckKey& check = it->second.key;
    options.push_back(check.ToUserString());
    if (result.asset_key && *result.asset_key != check.asset_key) continue;
    if (result.check_name && *result.check_name != check.name) continue;
    fitting.emplace_back(it->first.second, &it->second);
  }
  if (fitting.size() == 1) return fitting.front();
  ThrowFrameworkError(
      "DagsterInvariantViolationError",
      fmt::format("{} gave an asset check result for asset \"{}\" and check \"{}\", which fits {} of its "
                  "checks; it has: {}",
                  description_, result.asset_key ? result.asset_key->ToUserString() : "any",
                  result.check_name.value_or("any"), fitting.empty() ? "none" : "several", fmt::join(options, ", ")));
}

std::optional<model::CheckTargetMaterialization> StepExecution::CheckTarget(const model::AssetKey& key) {
  const auto partition = partitions_->SingleKey();
  const auto version = partition ? env_.versions.LatestOfPartition(key, *partition) : env_.versions.Latest(key, {});
  if (!version || !version->is_materialization) return std::nullopt;
  return model::CheckTargetMaterialization{version->storage_id, version->run_id, version->timestamp};
}

void StepExecution::Yield(CheckResult result) {
  const auto [output_name, check] = ResolveCheck(result);
  model::event::CheckEvaluation evaluation;
  evaluation.asset_key = check->key.asset_key;
  evaluation.check_name = check->key.name;
  evaluation.passed = result.passed;
  evaluation.metadata = std::move(result.metadata);
  evaluation.target_materialization = CheckTarget(check->key.asset_key);
  evaluation.severity = result.severity;
  evaluation.description = std::move(result.description);
  evaluation.blocking = check->blocking;
  evaluation.partition = partitions_->CheckPartition(*check);
  if (check->selected) {
    Output output;
    output.name = output_name;
    Emit(std::move(output), false);
  } else {
    Log(model::level::kWarning,
        fmt::format("the result of check '{}' of asset '{}' is recorded, although this run does "
                    "not select the check",
                    check->key.name, check->key.asset_key.ToUserString()));
  }
  if (!evaluation.passed && evaluation.severity == model::CheckSeverity::kError && check->blocking) {
    failed_blocking_.emplace_back(check->key.asset_key, check->key.name);
  }
  std::string message =
      fmt::format("Asset check '{}' on '{}' {}", evaluation.check_name, evaluation.asset_key.ToUserString(),
                  evaluation.passed ? "passed." : "did not pass.");
  if (evaluation.description) message += fmt::format(" Description: '{}'", *evaluation.description);
  WriteEvent(model::EventType::kAssetCheckEvaluation, std::move(message), std::move(evaluation));
}

void StepExecution::FailIfBlocked() const {
  if (failed_blocking_.empty()) return;
  std::vector<model::AssetKey> order;
  std::map<model::AssetKey, std::vector<std::string>> names;
  for (const auto& [key, name] : failed_blocking_) {
    if (names[key].empty()) order.push_back(key);
    names[key].push_back(name);
  }
  std::string text = fmt::format("{} blocking asset check{} failed with ERROR severity:", failed_blocking_.size(),
                                 failed_blocking_.size() > 1 ? "s" : "");
  for (const model::AssetKey& key : order) {
    text += fmt::format("\n{}: {}", key.ToUserString(), fmt::join(names[key], ","));
  }
  ThrowFrameworkError("DagsterAssetCheckFailedError", text);
}

}  // namespace tidemill::engine
