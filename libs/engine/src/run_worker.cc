#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/compute_logs.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/engine/run_worker.h>
#include <tidemill/serdes/serdes.h>

#include "deaf_step_watch.h"
#include "executor.h"
#include "instance_partitions.h"

namespace tidemill::engine {
namespace {

void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // Whoever watched has gone: the run goes on without being watched.
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// One run from its row to its end.
class Worker {
 public:
  Worker(const CodeLocation& location, const EngineInstance& instance, model::Run run, TerminationSignals& termination,
         const Clock& clock, const RunWorkerOptions& options)
      : location_(location),
        instance_(instance),
        run_(std::move(run)),
        termination_(termination),
        clock_(clock),
        options_(options),
        events_(run_.run_id, run_.job_name, clock, ::getpid()),
        sink_(instance.storage.events(), [this](auto events, auto ids) {
          // In pieces: a group of events is large.
          constexpr std::size_t kPiece = 64;
          for (std::size_t i = 0; options_.ack_fd >= 0 && i < events.size(); i += kPiece) {
            const std::size_t size = std::min(kPiece, events.size() - i);
            WriteAll(options_.ack_fd, AcknowledgedLines(events.subspan(i, size), ids.subspan(i, size)));
          }
        }) {}

  RunEnd Work() {
    if (options_.announces_process) {
      sink_.Write(events_.Reported(model::EventType::kEngineEvent,
                                   fmt::format("Started process for run (pid: {}).", events_.pid()),
                                   model::level::kInfo, ProcessData(events_.pid())));
    }
    const RunEnd end = MayStart() ? Execute() : RunEnd::kNotStarted;
    sink_.Flush();
    return end;
  }

 private:
  void Report(std::string message, model::EventData data = model::event::Engine{}, int level = model::level::kInfo) {
    sink_.Write(events_.Reported(model::EventType::kEngineEvent, std::move(message), level, std::move(data)));
  }

  /// Dagster's answers to a worker that comes too late (execution/api.py).
  bool MayStart() {
    switch (run_.status) {
      case model::RunStatus::kNotStarted:
      case model::RunStatus::kStarting:
        return true;
      case model::RunStatus::kCanceled:
        Report("This worker executes nothing: the run was canceled before it came.");
        return false;
      case model::RunStatus::kSuccess:
      case model::RunStatus::kFailure:
        Report(fmt::format("This worker executes nothing: the run had already ended, with {}.",
                           model::RunStatusName(run_.status)));
        return false;
      default:
        break;
    }
    Report(fmt::format(
        "A second worker came for the run of {} ({}), which is {}: its first worker ended without recording how, and "
        "something started another. The run fails now. Re-execute it from its failure, and see the log of whatever "
        "starts run workers for why the first one ended.",
        run_.job_name, run_.run_id, model::RunStatusName(run_.status)));
    ReportFailed("RUN_WORKER_RESTART");
    return false;
  }

  void ReportFailed(std::optional<std::string> reason) {
    model::EventData data;
    if (reason) data = model::event::RunFailure{{}, std::move(reason), {}};
    sink_.Write(events_.Reported(model::EventType::kRunFailure,
                                 "The run is marked as failed: the event before this one says why.",
                                 model::level::kError, std::move(data)));
  }

  RunEnd Execute() {
    std::optional<JobDefinition> job;
    try {
      job.emplace(
          location_.Job({run_.job_name, run_.resolved_op_selection, run_.asset_selection, run_.asset_check_selection}));
    } catch (const std::exception&) {
      Report("Could not load job definition.", ErrorData(DescribeException(std::current_exception())),
             model::level::kError);
      ReportFailed(std::nullopt);
      return RunEnd::kFailed;
    }
    std::optional<RunConfig> config;
    std::optional<plan::ExecutionPlan> plan;
    ExecutorSettings settings;
    try {
      const config::Environment environment = ProcessEnvironment();
      config.emplace(ProcessRunConfig(*job, run_.run_config, &environment));
      settings = ResolveExecutor(job->executor, *config, environment);
      plan.emplace(PlanJob(*job, *config).WithKnownState(StoredKnownState()));
      if (run_.step_keys_to_execute) plan.emplace(plan->WithSteps(*run_.step_keys_to_execute));
    } catch (const Error&) {
      Report("The run's plan could not be made from its configuration and its job: see the error.",
             ErrorData(DescribeException(std::current_exception())), model::level::kError);
      ReportFailed(std::nullopt);
      return RunEnd::kFailed;
    }
    ::malloc_trim(0);  // Of loading and planning; the steps may take long.
    return ExecutePlan(*job, *config, settings, *plan);
  }

  /// What the launcher knew of earlier runs is kept with the plan's snapshot, which is large: only a re-execution has
  /// it.
  model::KnownState StoredKnownState() const {
    if (!run_.parent_run_id || !run_.execution_plan_snapshot_id) return {};
    const auto text = instance_.storage.runs().SnapshotText(*run_.execution_plan_snapshot_id);
    if (!text) return {};
    return serdes::Decode<model::PlanSnap>(*text).initial_known_state;
  }

  RunEnd ExecutePlan(const JobDefinition& job, const RunConfig& config, const ExecutorSettings& settings,
                     const plan::ExecutionPlan& plan) {
    sink_.Write(
        events_.OfRun(model::EventType::kRunStart, fmt::format("Started execution of run for \"{}\".", run_.job_name)));
    StoredAssetVersions versions(instance_.storage.events(), sink_);
    const InstancePartitions dynamic(instance_.storage.events());
    const assets::PartitionsContext partitions{clock_.Now(), &dynamic};
    std::mt19937_64 generator(std::random_device{}());
    const Execution execution{
        job,
        plan,
        run_,
        config,
        settings,
        events_,
        sink_,
        versions,
        instance_.storage.events(),
        instance_.storage_root,
        instance_.compute_log_root,
        partitions,
        termination_,
        options_.random ? options_.random : [&] { return std::uniform_real_distribution<>()(generator); },
        options_.step_host == nullptr ? nullptr : options_.step_host->forks(),
        options_.step_command,
        options_.cancel_grace,
        current_step_,
        log_key_};
    if (!settings.is_multiprocess && options_.step_host != nullptr) options_.step_host->End();
    ExecutionEnd end;
    std::optional<DeafStepWatch> watch;
    if (!settings.is_multiprocess) {
      watch.emplace(termination_, options_.cancel_grace, [this, &plan] { EndWithoutTheStep(plan); });
    }
    try {
      end = settings.is_multiprocess ? ExecuteMultiprocess(execution) : ExecuteInProcess(execution);
    } catch (const std::exception&) {
      end.error = DescribeException(std::current_exception());
    }
    watch.reset();
    return Finish(end);
  }

  /// The run was asked to end, but its step goes on: nothing but the end of this process ends it.
  [[noreturn]] void EndWithoutTheStep(const plan::ExecutionPlan& plan) {
    const auto only_writer = sink_.Seize();
    try {
      if (const std::int64_t step = current_step_; step != kNoStep) {
        const StepIdentity identity(run_.run_id, run_.job_name, plan.step(static_cast<plan::StepId>(step)).snap);
        model::event::StepFailure data;
        data.error = DagsterError("DagsterExecutionInterruptedError", "the step did not end when it was asked to");
        data.error_source = model::ErrorSource::kInterrupt;
        sink_.Write(events_.OfStep(identity, model::EventType::kStepFailure,
                                   fmt::format("Execution of step \"{}\" failed.", identity.handle.key),
                                   std::move(data)));
      }
      ExecutionEnd end;
      end.interrupted = true;
      Finish(end);
      sink_.Flush();
      // Nobody waits for more output; what the step had not flushed is lost with it.
      if (!log_key_.empty()) MarkLogComplete(ComputeLogFolder(instance_.compute_log_root, run_.run_id), log_key_);
    } catch (const std::exception& error) {
      fmt::print(stderr, "cannot record the end of run {}: {}\n", run_.run_id, error.what());
    }
    std::_Exit(1);
  }

  model::RunStatus StoredStatus() {
    sink_.Flush();
    const auto record = instance_.storage.runs().GetRun(run_.run_id);
    return record ? record->run.status : model::RunStatus::kStarted;
  }

  /// Dagster's ends of a run (job_execution_iterator).
  RunEnd Finish(const ExecutionEnd& end) {
    if (!end.interrupted && !end.error && end.failed_steps.empty()) {
      sink_.Write(events_.OfRun(model::EventType::kRunSuccess,
                                fmt::format("Finished execution of run for \"{}\".", run_.job_name)));
      return RunEnd::kSucceeded;
    }
    const model::RunStatus status = StoredStatus();
    if (end.interrupted) return FinishInterrupted(status);
    if (end.error) {
      if (status == model::RunStatus::kCanceling) {
        return Canceled("An error ended the run while it was being canceled.", end.error);
      }
      return Failed("An exception was thrown during execution.", "RUN_EXCEPTION", end.error, {});
    }
    const std::string steps = PythonList(end.failed_steps);
    if (status == model::RunStatus::kCanceling) {
      return Canceled(fmt::format("Run was canceled. Failed steps: {}.", steps), {});
    }
    std::optional<model::ErrorInfo> error;
    if (end.first_failure) error = std::get<model::event::StepFailure>(end.first_failure->data).error;
    return Failed(fmt::format("Steps failed: {}.", steps), "STEP_FAILURE", error, end.first_failure);
  }

  RunEnd FinishInterrupted(model::RunStatus status) {
    const model::ErrorInfo error = DagsterError("DagsterExecutionInterruptedError", "");
    switch (status) {
      case model::RunStatus::kCanceling:
        return Canceled(fmt::format("Execution of run for \"{}\" canceled.", run_.job_name), error);
      case model::RunStatus::kCanceled:
        sink_.Write(events_.OfRun(model::EventType::kEngineEvent,
                                  "The worker has ended; its run had been marked as canceled without it.",
                                  model::event::Engine{}));
        return RunEnd::kCanceled;
      case model::RunStatus::kFailure:
        sink_.Write(events_.OfRun(model::EventType::kEngineEvent,
                                  "The worker was interrupted and has ended; its run had failed before.",
                                  model::event::Engine{}));
        return RunEnd::kFailed;
      default:
        return Failed("The worker got a signal to end, but nobody had asked for the run to be canceled.",
                      "UNEXPECTED_TERMINATION", error, {});
    }
  }

  RunEnd Canceled(std::string message, std::optional<model::ErrorInfo> error) {
    sink_.Write(
        events_.OfRun(model::EventType::kRunCanceled, std::move(message), model::event::RunCanceled{std::move(error)}));
    return RunEnd::kCanceled;
  }

  RunEnd Failed(const std::string& why, std::string reason, std::optional<model::ErrorInfo> error,
                const std::optional<model::DagsterEvent>& first_failure) {
    model::event::RunFailure data{std::move(error), std::move(reason), {}};
    if (first_failure) data.first_step_failure_event = std::make_shared<const model::DagsterEvent>(*first_failure);
    sink_.Write(events_.OfRun(model::EventType::kRunFailure,
                              fmt::format("Execution of run for \"{}\" failed. {}", run_.job_name, why),
                              std::move(data)));
    return RunEnd::kFailed;
  }

  const CodeLocation& location_;
  const EngineInstance& instance_;
  const model::Run run_;
  TerminationSignals& termination_;
  const Clock& clock_;
  const RunWorkerOptions& options_;
  const EventBuilder events_;
  std::atomic<std::int64_t> current_step_{kNoStep};
  std::string log_key_;
  StorageEventSink sink_;
};

}  // namespace

RunEnd ExecuteRun(const CodeLocation& location, const EngineInstance& instance, const std::string& run_id,
                  TerminationSignals& termination, const Clock& clock, const RunWorkerOptions& options) {
  auto record = instance.storage.runs().GetRun(run_id);
  if (!record) {
    throw Error(Code::kNotFound,
                fmt::format("there is no run {}: check that the worker uses the instance (DAGSTER_HOME) in "
                            "which the run was created",
                            run_id));
  }
  return Worker(location, instance, std::move(record->run), termination, clock, options).Work();
}

}  // namespace tidemill::engine
