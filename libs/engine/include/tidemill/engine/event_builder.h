#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/clock.h>
#include <tidemill/model/events.h>
#include <tidemill/model/plan_snap.h>
#include <tidemill/model/runs.h>

namespace tidemill::engine {

/// Who a step is, as its events say it. Made once a step, copied into each event.
struct StepIdentity {
  model::StepHandle handle;
  std::string kind = "COMPUTE";
  model::Tags logging_tags;

  StepIdentity(const std::string& run_id, const std::string& job_name, const model::StepSnap& step);
};

/// Makes a run's events as Dagster words them (events/__init__.py), with time, process and level. Safe from any thread.
class EventBuilder final {
 public:
  /// `clock` must outlive this. `pid` is the process that the events name.
  EventBuilder(std::string run_id, std::string job_name, const Clock& clock, std::int64_t pid);

  const std::string& run_id() const { return run_id_; }
  const std::string& job_name() const { return job_name_; }
  std::int64_t pid() const { return pid_; }
  Timestamp Now() const { return clock_.Now(); }

  /// An event of the whole run, said by the process that executes it.
  model::EventLogEntry OfRun(model::EventType type, std::string message, model::EventData data = {}) const;
  /// An event of one step, said by the process that executes it.
  model::EventLogEntry OfStep(const StepIdentity& step, model::EventType type, std::string message,
                              model::EventData data = {}) const;
  /// Resources starting and stopping; `step` names the only step of the process, if there is only one.
  model::EventLogEntry OfResources(const StepIdentity* step, model::EventType type, std::string message,
                                   model::event::Engine data) const;
  /// STEP_WORKER_STARTED: a step's process says that it is there.
  model::EventLogEntry WorkerStarted(const std::string& step_key, std::string message) const;
  /// An event that somebody else than the executing code reports (its user_message is empty, as Dagster has it).
  model::EventLogEntry Reported(model::EventType type, std::optional<std::string> message, int level,
                                model::EventData data = {}, std::optional<std::string> step_key = {}) const;
  /// A plain log line.
  model::EventLogEntry Log(int level, std::string message, std::optional<std::string> step_key = {}) const;

 private:
  model::EventLogEntry Entry(int level) const;

  const std::string run_id_;
  const std::string job_name_;
  const Clock& clock_;
  const std::int64_t pid_;
};

/// The data of engine events: {"pid": …, "step_keys": "['a', 'b']"}.
model::event::Engine ProcessData(std::int64_t pid, const std::vector<std::string>& step_keys = {});
/// An engine event's data with an error.
model::event::Engine ErrorData(model::ErrorInfo error);

/// Python's repr of a list of strings: ['a', 'b'].
std::string PythonList(const std::vector<std::string>& items);

}  // namespace tidemill::engine
