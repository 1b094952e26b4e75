#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <list>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <tidemill/base/error.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/plan/reexecution.h>
#include <tidemill/serdes/serdes.h>

#include "child_process.h"
#include "executor.h"
#include "instance_questions.h"
#include "step_processes.h"

namespace tidemill::engine {
namespace {

/// How often waiting looks at the time: retries and pools are precise to this.
constexpr std::int64_t kLongestWaitMs = 1000;

/// Dagster's SerializableErrorInfo.to_string.
std::string ErrorText(const model::ErrorInfo& error) {
  std::string text = error.message;
  if (!error.stack.empty()) text += "\nStack Trace:\n";
  for (const std::string& frame : error.stack) text += frame;
  if (error.cause) text += "\nThe above exception was caused by the following exception:\n" + ErrorText(*error.cause);
  return text;
}

std::pair<FileDescriptor, FileDescriptor> MakeSocketPair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) ThrowErrno("cannot make a step's channel", errno);
  return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

/// A step's process while the worker cares for it.
struct StepProcess {
  StepProcess(std::uint32_t process_id, plan::StepId step_id, StepIdentity who, FileDescriptor socket)
      : id(process_id), step(step_id), identity(std::move(who)), channel(std::move(socket)) {}

  std::uint32_t id;  ///< Among those of this run.
  plan::StepId step;
  StepIdentity identity;
  LineChannel channel;
  std::optional<StepProcesses::Ended> ended;
  bool is_reported = false;  ///< An event told how the step ended.
  bool is_killed = false;    ///< It did not heed the request to end.
};

class Multiprocess {
 public:
  explicit Multiprocess(const Execution& execution)
      : execution_(execution),
        events_(execution.events),
        run_(execution.plan, execution.settings.limits),
        pools_(execution),
        processes_(execution.step_host != nullptr ? ForkedSteps(*execution.step_host)
                                                  : SpawnedSteps(execution.step_command)),
        ancestry_(execution.plan.known_state()) {}

  ExecutionEnd Run() {
    while (!children_.empty() || (!stopping_ && !run_.done())) {
      if (execution_.termination.received() && !stopping_) Stop();
      if (!stopping_) Launch();
      if (!stopping_) WriteDecided(execution_, run_);
      Wait();
      NoteEnded();  // Before their lines are read: what was said before the end is there then.
      for (auto child = children_.begin(); child != children_.end();) {
        Pump(*child);
        child = child->ended ? Reap(child) : std::next(child);
      }
    }
    Conclude();
    return std::move(end_);
  }

 private:
  /// Starts what may start. What it needs has happened, and is seen by nobody else before it is durable: the events of
  /// these steps come after it in the log.
  void Launch() {
    const auto most = static_cast<std::size_t>(execution_.settings.limits.max_concurrent.value_or(1));
    if (children_.size() >= most) return;
    const auto ready =
        run_.TakeReady(events_.Now(), most - children_.size(), [this](plan::StepId id) { return pools_.Claim(id); });
    for (const plan::StepId id : ready) Start(id);
  }

  void Start(plan::StepId id) {
    StepIdentity identity(events_.run_id(), events_.job_name(), execution_.plan.step(id).snap);
    model::event::Engine data;
    data.marker_start = "step_process_start";
    execution_.sink.Write(events_.OfStep(identity, model::EventType::kStepWorkerStarting,
                                         fmt::format("Launching subprocess for \"{}\".", identity.handle.key),
                                         std::move(data)));
    auto [ours, theirs] = MakeSocketPair();
    children_.emplace_back(next_process_++, id, std::move(identity), std::move(ours));
    StepProcess& child = children_.back();
    processes_->Start(
        child.id,
        StepTask{execution_.run, child.identity.handle.key, KnownStateFor(id), execution_.settings.retries_enabled,
                 execution_.storage_root, execution_.compute_log_root},
        child.channel, theirs);
  }

  model::KnownState KnownStateFor(plan::StepId id) const {
    model::KnownState state = run_.KnownStateFor(id);
    std::vector<model::StepOutputHandle> needed;
    for (const model::StepInputSnap& input : execution_.plan.step(id).snap.inputs) {
      needed.insert(needed.end(), input.upstream_output_handles.begin(), input.upstream_output_handles.end());
    }
    state.parent_state = ancestry_.ParentStateFor(needed);
    return state;
  }

  /// Until a process says something or ends, a signal comes, or a step becomes due.
  void Wait() {
    std::vector<pollfd> fds;
    for (const StepProcess& child : children_) {
      if (!child.channel.is_closed()) fds.push_back({child.channel.fd(), POLLIN, 0});
    }
    processes_->AppendTo(fds);
    if (!stopping_) fds.push_back({execution_.termination.fd(), POLLIN, 0});
    std::int64_t timeout = kLongestWaitMs;
    if (children_.empty() && run_.done()) return;
    for (const auto due : {run_.NextRetry(), pools_.NextTry(), kill_at_}) {
      if (!due) continue;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - events_.Now()).count();
      timeout = std::clamp<std::int64_t>(left, 0, timeout);
    }
    ::poll(fds.data(), fds.size(), static_cast<int>(timeout));
    if (kill_at_ && events_.Now() >= *kill_at_) KillAll();
  }

  void NoteEnded() {
    for (const StepProcesses::Ended& ended : processes_->TakeEnded()) {
      for (StepProcess& child : children_) {
        if (child.id == ended.id) child.ended = ended;
      }
    }
  }

  /// Takes what the process says; all of it, if it has ended.
  void Pump(StepProcess& child) {
    bool is_open = true;
    do {
      is_open = child.channel.ReadAvailable();
      std::size_t lines = 0;
      while (auto line = child.channel.TakeLine()) {
        Handle(child, *line);
        ++lines;
      }
      if (lines == 0) break;
    } while (child.ended && is_open);
  }

  void Handle(StepProcess& child, const std::string& line) {
    if (line.empty()) return;
    const std::string_view body = std::string_view(line).substr(1);
    switch (line.front()) {
      case line_kind::kEvent:
        HandleEvent(child, serdes::Decode<model::EventLogEntry>(body));
        break;
      case line_kind::kFile:
        execution_.sink.WroteFile(json::Parse(body).AsString());
        break;
      case line_kind::kAsk: {
        const json::Value answer =
            AnswerQuestion(json::Parse(body), execution_.versions, *execution_.partitions.dynamic);
        try {
          child.channel.Send(line_kind::kReply, json::Dump(answer));
        } catch (const Error&) {
          // It has ended; reaping it tells how.
        }
        break;
      }
      default:
        break;
    }
  }

  void HandleEvent(StepProcess& child, model::EventLogEntry entry) {
    if (!entry.dagster_event) {
      execution_.sink.Write(std::move(entry));
      return;
    }
    const model::DagsterEvent event = *entry.dagster_event;
    execution_.sink.Write(std::move(entry));
    switch (event.type) {
      case model::EventType::kAssetMaterialization:
      case model::EventType::kAssetObservation:
        execution_.versions.Written(*event.asset_key());
        break;
      case model::EventType::kStepOutput:
        run_.ReportOutput(child.step, std::get<model::event::StepOutput>(event.data).step_output_handle.output_name);
        break;
      case model::EventType::kStepSuccess:
        Report(child, plan::StepOutcome::kSucceeded);
        break;
      case model::EventType::kStepFailure:
        NoteFailure(child, event);
        Report(child, plan::StepOutcome::kFailed);
        break;
      case model::EventType::kStepUpForRetry:
        Report(child, plan::StepOutcome::kUpForRetry, RetryAt(std::get<model::event::StepRetry>(event.data)));
        break;
      case model::EventType::kResourceInitFailure: {
        const auto& error = std::get<model::event::Engine>(event.data).error;
        errors_.push_back(fmt::format("In process {}: {}", event.pid.value_or(0), error ? ErrorText(*error) : ""));
        FailOrRetry(child, error.value_or(model::ErrorInfo{}));
        break;
      }
      default:
        break;
    }
  }

  std::optional<Timestamp> RetryAt(const model::event::StepRetry& data) const {
    if (!data.seconds_to_wait.is_number()) return std::nullopt;
    const double seconds = data.seconds_to_wait.AsDouble();
    if (seconds <= 0) return std::nullopt;
    return events_.Now() + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
  }

  void Report(StepProcess& child, plan::StepOutcome outcome, std::optional<Timestamp> retry_at = {}) {
    if (child.is_reported) return;
    child.is_reported = true;
    run_.Report(child.step, outcome, retry_at);
    pools_.Free(child.step);
  }

  void NoteFailure(const StepProcess& child, const model::DagsterEvent& event) {
    end_.failed_steps.push_back(child.identity.handle.key);
    if (!end_.first_failure) end_.first_failure = event;
  }

  /// The step's own code could not say how it ended: by its retry policy it is tried again, or it has failed.
  void FailOrRetry(StepProcess& child, const model::ErrorInfo& error) {
    const RetryPolicy* policy = RetryPolicyOf(execution_.job, execution_.plan.step(child.step));
    const std::int64_t attempts = run_.attempts(child.step);
    const std::string& key = child.identity.handle.key;
    if (policy != nullptr && execution_.settings.retries_enabled && attempts < policy->max_retries && !stopping_) {
      const double seconds = plan::RetryDelay(*policy, attempts + 1, execution_.random());
      model::event::StepRetry data{error, seconds};
      const auto retry_at = RetryAt(data);
      execution_.sink.Write(
          events_.OfStep(child.identity, model::EventType::kStepUpForRetry,
                         fmt::format("Execution of step \"{}\" failed and has requested a retry{}.", key,
                                     retry_at ? fmt::format(" in {} seconds", json::Dump(data.seconds_to_wait)) : ""),
                         std::move(data)));
      return Report(child, plan::StepOutcome::kUpForRetry, retry_at);
    }
    model::event::StepFailure data;
    data.error = error;
    data.error_source = stopping_ ? model::ErrorSource::kInterrupt : model::ErrorSource::kFrameworkError;
    model::EventLogEntry entry = events_.OfStep(child.identity, model::EventType::kStepFailure,
                                                fmt::format("Execution of step \"{}\" failed.", key), std::move(data));
    NoteFailure(child, *entry.dagster_event);
    execution_.sink.Write(std::move(entry));
    Report(child, plan::StepOutcome::kFailed);
  }

  std::list<StepProcess>::iterator Reap(std::list<StepProcess>::iterator child) {
    if (!child->is_reported) {
      if (stopping_ && child->is_killed) {
        FailOrRetry(*child,
                    DagsterError("DagsterExecutionInterruptedError", "the step did not end when it was asked to"));
      } else {
        HandleCrash(*child, child->ended->pid, child->ended->exit_code);
      }
    }
    return children_.erase(child);
  }

  void HandleCrash(StepProcess& child, pid_t pid, int exit_code) {
    const std::string why = fmt::format("Multiprocess executor: child process for step {} {}",
                                        child.identity.handle.key, ExplainExit(exit_code));
    model::ErrorInfo error;
    error.cls_name = "ChildProcessCrashException";
    error.message =
        fmt::format("dagster._core.executor.child_process_executor.ChildProcessCrashException: process {} {}\n", pid,
                    ExplainExit(exit_code));
    execution_.sink.Write(events_.OfStep(child.identity, model::EventType::kEngineEvent, why, ErrorData(error)));
    const std::size_t failed = end_.failed_steps.size();
    FailOrRetry(child, error);
    if (end_.failed_steps.size() > failed) errors_.push_back(fmt::format("In process {}: {}", pid, ErrorText(error)));
  }

  void Stop() {
    stopping_ = true;
    std::vector<std::string> keys;
    for (const StepProcess& child : children_) keys.push_back(child.identity.handle.key);
    model::event::Engine data;
    data.metadata.emplace_back("steps_interrupted", model::metadata::Text{PythonList(keys)});
    execution_.sink.Write(events_.OfRun(model::EventType::kEngineEvent,
                                        "Multiprocess executor: asked to end, so the steps under way are asked too",
                                        std::move(data)));
    for (const StepProcess& child : children_) processes_->Signal(child.id, SIGTERM);
    kill_at_ = events_.Now() + execution_.cancel_grace;
  }

  void KillAll() {
    kill_at_.reset();
    for (StepProcess& child : children_) {
      child.is_killed = true;
      processes_->Signal(child.id, SIGKILL);
    }
  }

  void Conclude() {
    if (stopping_) {
      if (!errors_.empty()) return SetSubprocessError();
      execution_.sink.Write(events_.OfRun(model::EventType::kEngineEvent,
                                          "Multiprocess executor: all steps that were under way have ended",
                                          model::event::Engine{}));
      end_.interrupted = true;
      return;
    }
    if (!errors_.empty()) SetSubprocessError();
  }

  void SetSubprocessError() {
    std::string text = "Processes of steps ended without saying how their steps did:";
    for (const std::string& error : errors_) text += "\n" + error;
    end_.error = DagsterError("DagsterSubprocessError", text);
  }

  const Execution& execution_;
  const EventBuilder& events_;
  plan::RunPlan run_;
  PoolClaims pools_;
  const std::unique_ptr<StepProcesses> processes_;
  const plan::Ancestry ancestry_;
  std::list<StepProcess> children_;
  std::uint32_t next_process_ = 0;
  std::vector<std::string> errors_;  ///< Of processes that did not end as they should.
  bool stopping_ = false;
  std::optional<Timestamp> kill_at_;
  ExecutionEnd end_;
};

}  // namespace

ExecutionEnd ExecuteMultiprocess(const Execution& execution) {
  const EventBuilder& events = execution.events;
  execution.sink.Write(
      events.OfRun(model::EventType::kEngineEvent,
                   fmt::format("Executing steps using multiprocess executor: parent process (pid: {})", events.pid()),
                   ProcessData(events.pid(), execution.plan.step_keys_to_execute())));
  const auto start = std::chrono::steady_clock::now();
  ExecutionEnd end = Multiprocess(execution).Run();
  if (end.interrupted || end.error) return end;
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  execution.sink.Write(events.OfRun(model::EventType::kEngineEvent,
                                    fmt::format("Multiprocess executor: parent process exiting after {} (pid: {})",
                                                FormatDuration(taken), events.pid()),
                                    ProcessData(events.pid())));
  return end;
}

}  // namespace tidemill::engine
