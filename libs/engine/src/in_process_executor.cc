#include <algorithm>
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <poll.h>

#include <tidemill/base/uuid.h>
#include <tidemill/engine/compute_logs.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/engine/step_runner.h>

#include "executor.h"

namespace tidemill::engine {
namespace {

/// Sleeps until `until`, or until the run is asked to end.
void WaitUntil(const Execution& execution, Timestamp until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - execution.events.Now());
  if (left.count() <= 0) return;
  pollfd signal{execution.termination.fd(), POLLIN, 0};
  ::poll(&signal, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 1000)));
}

class InProcess {
 public:
  explicit InProcess(const Execution& execution)
      : execution_(execution),
        run_(execution.plan, execution.settings.limits),
        pools_(execution),
        ancestry_(execution.plan.known_state()) {}

  void Run(const ResourceSet& resources, ExecutionEnd& end) {
    const StepEnvironment environment{execution_.job,
                                      execution_.plan,
                                      execution_.run,
                                      execution_.config,
                                      execution_.events,
                                      execution_.sink,
                                      execution_.versions,
                                      resources,
                                      ancestry_,
                                      execution_.storage_root,
                                      execution_.partitions,
                                      execution_.settings.retries_enabled,
                                      [this] { return execution_.termination.received(); },
                                      execution_.random};
    while (!run_.done()) {
      if (execution_.termination.received()) {
        end.interrupted = true;
        return;
      }
      const auto ready =
          run_.TakeReady(execution_.events.Now(), 1, [this](plan::StepId id) { return pools_.Claim(id); });
      if (ready.empty()) {
        WaitForReady();
        continue;
      }
      RunOne(environment, ready.front(), end);
      if (end.interrupted) return;
      WriteDecided(execution_, run_);
    }
  }

 private:
  void RunOne(const StepEnvironment& environment, plan::StepId id, ExecutionEnd& end) {
    execution_.current_step = static_cast<std::int64_t>(id);
    const StepResult result =
        RunStep(environment, id, run_.attempts(id),
                [this](const model::StepOutputHandle& handle) { return run_.IsProduced(handle); });
    execution_.current_step = kNoStep;
    for (const std::string& output : result.outputs) run_.ReportOutput(id, output);
    std::optional<Timestamp> retry_at;
    if (result.seconds_to_wait) {
      retry_at =
          execution_.events.Now() + std::chrono::microseconds(static_cast<std::int64_t>(*result.seconds_to_wait * 1e6));
    }
    run_.Report(id, result.outcome, retry_at);
    pools_.Free(id);
    end.interrupted = result.interrupted;
    if (!result.failure) return;
    end.failed_steps.push_back(execution_.plan.step(id).snap.key);
    if (!end.first_failure) end.first_failure = result.failure;
  }

  void WaitForReady() {
    std::optional<Timestamp> until = run_.NextRetry();
    if (const auto next_try = pools_.NextTry(); next_try && (!until || *next_try < *until)) until = next_try;
    if (until) {
      WaitUntil(execution_, *until);
    } else {
      WriteDecided(execution_, run_);
    }
  }

  const Execution& execution_;
  plan::RunPlan run_;
  PoolClaims pools_;
  plan::Ancestry ancestry_;
};

/// Captures the process's output; without it the run goes on, and its log says why.
std::unique_ptr<ComputeLogCapture> Capture(const Execution& execution) {
  std::unique_ptr<ComputeLogCapture> capture;
  try {
    capture = std::make_unique<ComputeLogCapture>(ComputeLogFolder(execution.compute_log_root, execution.run.run_id),
                                                  NewLetters(8));
    model::event::LogsCaptured data;
    data.log_key = capture->key();
    execution.log_key = capture->key();
    data.step_keys = StepKeysByLevel(execution.plan);
    execution.sink.Write(execution.events.OfRun(
        model::EventType::kLogsCaptured, fmt::format("Capturing logs for process (pid: {}).", execution.events.pid()),
        std::move(data)));
  } catch (const std::exception&) {
    execution.sink.Write(execution.events.OfRun(model::EventType::kEngineEvent,
                                                "Output of the process is not captured: see the error.",
                                                ErrorData(DescribeException(std::current_exception()))));
  }
  return capture;
}

}  // namespace

ExecutionEnd ExecuteInProcess(const Execution& execution) {
  ExecutionEnd end;
  const EventBuilder& events = execution.events;
  const std::vector<std::string> keys = execution.plan.step_keys_to_execute();
  execution.sink.Write(events.OfRun(model::EventType::kEngineEvent,
                                    fmt::format("Executing steps in process (pid: {})", events.pid()),
                                    ProcessData(events.pid(), keys)));
  const auto start = std::chrono::steady_clock::now();
  {
    std::optional<StepIdentity> only_step;
    if (keys.size() == 1) {
      only_step.emplace(events.run_id(), events.job_name(),
                        execution.plan.step(execution.plan.to_execute().front()).snap);
    }
    std::optional<ResourceSet> resources;
    try {
      resources.emplace(ResourceSet::Surroundings{execution.job, execution.config, events, execution.sink,
                                                  execution.storage_root, only_step ? &*only_step : nullptr},
                        RequiredResources(execution.job, execution.plan, execution.plan.to_execute()));
    } catch (const ResourceInitError& error) {
      end.error = error.info();
      return end;
    }
    const auto capture = Capture(execution);
    InProcess(execution).Run(*resources, end);
  }
  if (end.interrupted) return end;
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  execution.sink.Write(
      events.OfRun(model::EventType::kEngineEvent,
                   fmt::format("Finished steps in process (pid: {}) in {}", events.pid(), FormatDuration(taken)),
                   ProcessData(events.pid(), keys)));
  return end;
}

}  // namespace tidemill::engine
