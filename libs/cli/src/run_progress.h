#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/model/events.h>

namespace tidemill::cli {

enum class StepState { kWaiting, kRunning, kRetrying, kSucceeded, kFailed, kSkipped };
inline constexpr std::size_t kStepStates = 6;

/// "waiting", "running", …
std::string_view StepStateName(StepState state);

struct StepProgress {
  std::string key;
  StepState state = StepState::kWaiting;
  double start = 0;  ///< Seconds since the epoch; 0: not yet.
  double end = 0;
  int attempts = 0;
  std::optional<model::ErrorInfo> error;  ///< Of the last failed attempt.
};

struct CheckOutcome {
  model::AssetCheckKey key;
  std::optional<std::string> partition;
  bool passed = false;
  model::CheckSeverity severity = model::CheckSeverity::kError;
};

struct Materialized {
  model::AssetKey key;
  std::optional<std::string> partition;
};

/// Where one run stands, by the events it wrote so far. Reads no clock.
class RunProgress final {
 public:
  /// `step_keys` in the order in which they are shown.
  RunProgress(std::string run_id, std::string job_name, const std::vector<std::string>& step_keys);

  void Apply(const model::EventLogEntry& entry);

  const std::string& run_id() const { return run_id_; }
  const std::string& job_name() const { return job_name_; }
  const std::vector<StepProgress>& steps() const { return steps_; }
  /// Nothing if there is no such step.
  const StepProgress* Find(const std::string& key) const;
  /// Whether an event of this type changes anything here.
  static bool Heeds(model::EventType type);
  std::size_t Count(StepState state) const { return counts_[static_cast<std::size_t>(state)]; }
  model::RunStatus status() const { return status_; }
  double start() const { return start_; }
  double end() const { return end_; }
  /// Why the run failed, if it says so.
  const std::optional<model::ErrorInfo>& error() const { return error_; }
  const std::vector<Materialized>& materialized() const { return materialized_; }
  const std::vector<CheckOutcome>& checks() const { return checks_; }

 private:
  StepProgress& Step(const std::string& key);
  void SetState(StepProgress& step, StepState state);
  void ApplyToStep(const model::EventLogEntry& entry, const model::DagsterEvent& event);
  void ApplyToRun(const model::EventLogEntry& entry, const model::DagsterEvent& event);

  const std::string run_id_;
  const std::string job_name_;
  std::vector<StepProgress> steps_;
  std::map<std::string, std::size_t> index_;
  std::array<std::size_t, kStepStates> counts_{};
  model::RunStatus status_ = model::RunStatus::kNotStarted;
  double start_ = 0;
  double end_ = 0;
  std::optional<model::ErrorInfo> error_;
  std::vector<Materialized> materialized_;
  std::vector<CheckOutcome> checks_;
};

}  // namespace tidemill::cli
