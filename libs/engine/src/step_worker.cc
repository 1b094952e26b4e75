#include "step_worker.h"

#include <algorithm>
#include <csignal>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/uuid.h>
#include <tidemill/engine/compute_logs.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/engine/job_plan.h>

#include "instance_questions.h"

namespace tidemill::engine {
namespace {

std::unique_ptr<ComputeLogCapture> Capture(const StepTask& task, const EventBuilder& events, EventSink& sink) {
  try {
    auto capture =
        std::make_unique<ComputeLogCapture>(ComputeLogFolder(task.compute_log_root, task.run.run_id), NewLetters(8));
    model::event::LogsCaptured data;
    data.log_key = capture->key();
    data.step_keys = {task.step_key};
    sink.Write(events.OfRun(model::EventType::kLogsCaptured,
                            fmt::format("Capturing logs for process (pid: {}).", events.pid()), std::move(data)));
    return capture;
  } catch (const std::exception&) {
    sink.Write(events.OfRun(model::EventType::kEngineEvent, "Output of the process is not captured: see the error.",
                            ErrorData(DescribeException(std::current_exception()))));
    return nullptr;
  }
}

bool IsKnown(const model::KnownState& state, const model::StepOutputHandle& handle) {
  return std::find(state.ready_outputs.begin(), state.ready_outputs.end(), handle) != state.ready_outputs.end();
}

}  // namespace

PreparedRun PrepareRun(const CodeLocation& location, const model::Run& run) {
  JobDefinition job =
      location.Job({run.job_name, run.resolved_op_selection, run.asset_selection, run.asset_check_selection});
  const config::Environment environment = ProcessEnvironment();
  RunConfig config = ProcessRunConfig(job, run.run_config, &environment);
  plan::ExecutionPlan plan = PlanJob(job, config);
  return {std::move(job), std::move(config), std::move(plan)};
}

std::optional<StepResult> WorkOnStep(const PreparedRun& prepared, const StepTask& task, const StepInstance& instance,
                                     TerminationSignals& termination, const Clock& clock) {
  const auto& [job, config, plan] = prepared;
  const model::Run& run = task.run;
  const EventBuilder events(run.run_id, run.job_name, clock, ::getpid());
  const auto id = plan.Find(task.step_key);
  if (!id) {
    throw Error(Code::kNotFound,
                fmt::format("job {} has no step {}: the code of this process differs from what the run was "
                            "planned with",
                            run.job_name, task.step_key));
  }
  const StepIdentity identity(run.run_id, run.job_name, plan.step(*id).snap);
  std::optional<ResourceSet> resources;
  try {
    resources.emplace(ResourceSet::Surroundings{job, config, events, instance.sink, task.storage_root, &identity},
                      RequiredResources(job, plan, {*id}));
  } catch (const ResourceInitError&) {
    return std::nullopt;  // Its event says so; the run's worker decides whether the step is tried again.
  }
  const plan::Ancestry ancestry(task.known_state);
  const assets::PartitionsContext partitions{clock.Now(), &instance.partitions};
  std::mt19937_64 generator(std::random_device{}());
  const auto capture = Capture(task, events, instance.sink);
  const StepEnvironment step_environment{job,
                                         plan,
                                         run,
                                         config,
                                         events,
                                         instance.sink,
                                         instance.versions,
                                         *resources,
                                         ancestry,
                                         task.storage_root,
                                         partitions,
                                         task.retries_enabled,
                                         [&] { return termination.received(); },
                                         [&] { return std::uniform_real_distribution<>()(generator); }};
  return RunStep(step_environment, *id, AttemptsOf(task.known_state, task.step_key),
                 [&](const model::StepOutputHandle& handle) { return IsKnown(task.known_state, handle); });
}

int ServeStep(FileDescriptor channel, const StepTask& task, const Clock& clock,
              const std::function<const PreparedRun&()>& prepared) {
  TerminationSignals termination;
  LineChannel lines(std::move(channel));
  RemoteInstance instance(lines);
  const EventBuilder events(task.run.run_id, task.run.job_name, clock, ::getpid());
  instance.Write(
      events.WorkerStarted(task.step_key, fmt::format("Executing step \"{}\" in subprocess.", task.step_key)));
  try {
    WorkOnStep(prepared(), task, {instance, instance, instance}, termination, clock);
    return 0;
  } catch (const std::exception&) {
    instance.Write(events.Reported(model::EventType::kEngineEvent, "The step could not be started: see the error.",
                                   model::level::kError, ErrorData(DescribeException(std::current_exception())),
                                   task.step_key));
    return 1;
  }
}

int ServeSpawnedStep(const CodeLocation& location, FileDescriptor channel, std::int64_t parent, const Clock& clock) {
  // Die with the worker: nobody else would take this step's events, or end it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return 1;
  LineChannel lines(std::move(channel));
  const auto line = lines.Receive();
  if (!line || line->empty() || line->front() != line_kind::kTask) return 1;
  const StepTask task = DecodeTask(std::string_view(*line).substr(1));
  std::optional<PreparedRun> prepared;
  return ServeStep(lines.Release(), task, clock,
                   [&]() -> const PreparedRun& { return prepared.emplace(PrepareRun(location, task.run)); });
}

}  // namespace tidemill::engine
