#include <csignal>
#include <cstdio>
#include <iostream>

#include <fmt/format.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>
#include <tidemill/engine/api_commands.h>
#include <tidemill/engine/error_capture.h>
#include <tidemill/engine/run_worker.h>
#include <tidemill/serdes/serdes.h>

#include "api_arguments.h"
#include "instance_partitions.h"
#include "step_worker.h"

namespace tidemill::engine {
namespace {

/// Says an error on one line and gives the exit code.
int Fail(std::string_view command, const std::exception& error, int code) {
  fmt::print(stderr, "api {}: {}\n", command, error.what());
  return code;
}

/// What the caller may have changed for itself: children are waited for, and a closed pipe is an error, not a death.
/// What it left open ends with this process: a process that user code starts and leaves behind does not keep it, nor
/// the worker's life mark.
void TakeOverProcess() {
  std::signal(SIGCHLD, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) ThrowErrno("close_range", errno);
}

json::Value Member(const json::Value& arguments, std::string_view key) {
  const json::Value* value = arguments.Find(key);
  return value == nullptr ? json::Value() : *value;
}

bool IsTrue(const json::Value& arguments, std::string_view key) {
  const json::Value value = Member(arguments, key);
  return value.is_bool() && value.AsBool();
}

/// Passes a step's events on, and prints them for a caller that reads them from the output of this process.
class PrintingSink final : public EventSink {
 public:
  PrintingSink(EventSink& sink, int fd) : sink_(sink), fd_(fd) {}

  void Write(model::EventLogEntry entry) override {
    if (fd_ >= 0 && entry.dagster_event) {
      const std::string line = serdes::Encode(*entry.dagster_event) + "\n";
      [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
    }
    sink_.Write(std::move(entry));
  }
  void WroteFile(const std::filesystem::path& path) override { sink_.WroteFile(path); }
  void Flush() override { sink_.Flush(); }

 private:
  EventSink& sink_;
  const int fd_;
};

/// Dagster's verify_step: a step that another process started already is left alone.
bool WasStarted(storage::EventStorage& events, const StepTask& task) {
  storage::RunEventQuery query;
  query.types = {model::EventType::kStepStart, model::EventType::kStepRestarted};
  std::int64_t starts = 0;
  for (const storage::StoredEvent& event : events.RunEvents(task.run.run_id, query)) {
    if (event.entry.step_key == task.step_key) ++starts;
  }
  return starts > AttemptsOf(task.known_state, task.step_key);
}

StepTask TaskFrom(const json::Value& arguments, const OpenedInstance& instance) {
  const json::Object& object = arguments.AsObject();
  const std::string& run_id = object.At("pipeline_run_id").AsString();
  auto record = instance.storage->runs().GetRun(run_id);
  if (!record) throw Error(Code::kNotFound, fmt::format("there is no run {} in this instance", run_id));
  const json::Array& keys = object.At("step_keys_to_execute").AsArray();
  if (keys.size() != 1) {
    throw Error(Code::kInvalidArgument,
                fmt::format("a step's process executes one step, but {} are given", keys.size()));
  }
  StepTask task;
  task.run = std::move(record->run);
  task.step_key = keys.front().AsString();
  if (const json::Value state = Member(arguments, "known_state"); !state.is_null()) {
    task.known_state = serdes::FromJson<model::KnownState>(state);
  }
  const json::Value retry_mode = Member(Member(arguments, "retry_mode"), "__enum__");
  task.retries_enabled = !retry_mode.is_string() || retry_mode.AsString() != "RetryMode.DISABLED";
  task.storage_root = instance.storage_root;
  task.compute_log_root = instance.compute_log_root;
  return task;
}

int ExecuteStandaloneStep(const CodeLocation& location, const InstanceOpener& open, const json::Value& arguments) {
  const OpenedInstance instance = open(Member(arguments, "instance_ref"));
  const StepTask task = TaskFrom(arguments, instance);
  const SystemClock clock;
  TerminationSignals termination;
  storage::EventStorage& storage = instance.storage->events();
  StorageEventSink stored(storage, nullptr);
  const FileDescriptor output(IsTrue(arguments, "print_serialized_events") ? ::dup(STDOUT_FILENO) : -1);
  PrintingSink sink(stored, output.get());
  StoredAssetVersions versions(storage, sink);
  const InstancePartitions partitions(storage);
  const EventBuilder events(task.run.run_id, task.run.job_name, clock, ::getpid());
  const auto report = [&](std::string message, model::event::Engine data, int level) {
    sink.Write(
        events.Reported(model::EventType::kEngineEvent, std::move(message), level, std::move(data), task.step_key));
    sink.Flush();
  };
  if (model::IsFinished(task.run.status) || task.run.status == model::RunStatus::kCanceling) {
    report(fmt::format("Step {} is not executed: its run is {} by now.", task.step_key,
                       model::RunStatusName(task.run.status)),
           {}, model::level::kInfo);
    return exit_code::kDone;
  }
  if (IsTrue(arguments, "should_verify_step") && WasStarted(storage, task)) return exit_code::kDone;
  try {
    sink.Write(events.WorkerStarted(task.step_key, fmt::format("Step worker started for \"{}\".", task.step_key)));
    const PreparedRun prepared = PrepareRun(location, task.run);
    const auto result = WorkOnStep(prepared, task, {sink, versions, partitions}, termination, clock);
    sink.Flush();
    return result ? exit_code::kDone : exit_code::kFailed;
  } catch (const Error& error) {
    report("The step could not be started: see the error.", ErrorData(DescribeException(std::current_exception())),
           model::level::kError);
    return Fail("execute_step", error, exit_code::kFailed);
  }
}

}  // namespace

int ExecuteRunMain(const CodeLocation& location, const InstanceOpener& open, std::span<const std::string> arguments) {
  TakeOverProcess();
  RunWorkerOptions options;
  options.announces_process = true;
  json::Value input;
  try {
    const ApiArguments given(arguments, {"--ack-fd", "--cancel-grace-ms"});
    options.ack_fd = given.Number("--ack-fd").value_or(-1);
    if (const auto grace = given.Number("--cancel-grace-ms")) options.cancel_grace = std::chrono::milliseconds(*grace);
    input = json::Parse(given.Input("DAGSTER_COMPRESSED_EXECUTE_RUN_ARGS", nullptr));
    input.AsObject().At("pipeline_run_id");
  } catch (const Error& error) {
    return Fail("execute_run", error, exit_code::kUsage);
  }
  try {
    location.Load();
    const SystemClock clock;
    const auto step_host = MakeStepHost(location, options.ack_fd, clock);
    options.step_host = step_host.get();
    const OpenedInstance instance = open(Member(input, "instance_ref"));
    TerminationSignals termination;
    const RunEnd end = ExecuteRun(location, {*instance.storage, instance.storage_root, instance.compute_log_root},
                                  input.AsObject().At("pipeline_run_id").AsString(), termination, clock, options);
    const bool failed = end == RunEnd::kFailed;
    return failed && IsTrue(input, "set_exit_code_on_failure") ? exit_code::kFailed : exit_code::kDone;
  } catch (const std::exception& error) {
    return Fail("execute_run", error, exit_code::kStorage);
  }
}

int ExecuteStepMain(const CodeLocation& location, const InstanceOpener& open, std::span<const std::string> arguments) {
  TakeOverProcess();
  try {
    const ApiArguments given(arguments, {"--parent-fd", "--parent-pid", "--step"});
    if (const auto fd = given.Number("--parent-fd")) {
      return ServeSpawnedStep(location, FileDescriptor(*fd), given.Number("--parent-pid").value_or(0), SystemClock());
    }
    const json::Value input =
        json::Parse(given.Input("DAGSTER_COMPRESSED_EXECUTE_STEP_ARGS", "DAGSTER_EXECUTE_STEP_ARGS"));
    return ExecuteStandaloneStep(location, open, input);
  } catch (const Error& error) {
    return Fail("execute_step", error,
                error.code() == Code::kInvalidArgument ? exit_code::kUsage : exit_code::kStorage);
  }
}

}  // namespace tidemill::engine
