#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <tidemill/base/error.h>
#include <tidemill/locations/executable_location.h>
#include <tidemill/serdes/serdes.h>

#include "request_args.h"

namespace tidemill::locations {
namespace {

/// ManagedGrpcPythonEnvRepositoryLocationOrigin of Dagster: the origin of a location that is started by its user.
json::Value ExecutableOrigin(const std::filesystem::path& executable, const std::string& name) {
  return json::Object{{"__class__", "ManagedGrpcPythonEnvRepositoryLocationOrigin"},
                      {"loadable_target_origin", json::Object{{"__class__", "LoadableTargetOrigin"},
                                                              {"attribute", nullptr},
                                                              {"executable_path", executable.string()},
                                                              {"module_name", nullptr},
                                                              {"package_name", nullptr},
                                                              {"python_file", nullptr},
                                                              {"working_directory", nullptr}}},
                      {"location_name", name}};
}

/// Waits until the socket is ready; false at the deadline.
bool WaitReady(int socket, short events, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{socket, events, 0};
    const int ready = ::poll(&entry, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) ThrowErrno("poll", errno);
  }
}

std::string Indented(const std::string& text) {
  std::string out = "\n  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

ExecutableLocation::ExecutableLocation(std::filesystem::path executable, Timeouts timeouts)
    : executable_(std::move(executable)),
      name_(executable_.filename().string()),
      origin_(ExecutableOrigin(executable_, name_)),
      timeouts_(timeouts) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) ThrowErrno("socketpair", errno);
  socket_ = FileDescriptor(ends[0]);
  const FileDescriptor child_end(ends[1]);
  SpawnOptions options;
  options.argv = {executable_.string(), "serve-stdio"};
  options.descriptors = {{0, child_end.get()}, {1, child_end.get()}, {2, errors_.descriptor()}};
  options.own_group = true;
  try {
    process_ = std::make_unique<ChildProcess>(options);
  } catch (const Error& error) {
    throw Error(Code::kUnavailable, fmt::format("code location {}: {}; --location names an executable that links the "
                                                "Tidemill SDK",
                                                name_, error.what()));
  }
}

ExecutableLocation::~ExecutableLocation() {
  Close();
  process_->WaitFor(timeouts_.shutdown);
}

void ExecutableLocation::Close() { socket_.Close(); }

json::Value ExecutableLocation::Call(std::string_view method, json::Value args, std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  Send(json::Dump(json::Object{{"method", method}, {"args", std::move(args)}}) + "\n", deadline, method);
  std::string line = ReceiveLine(deadline, method);
  json::Value answer;
  try {
    answer = json::Parse(std::exchange(line, {}));  // Both are large.
  } catch (const Error& error) {
    throw Error(Code::kInternal,
                fmt::format("code location {}: {} was answered by something that is no JSON ({}); was the executable "
                            "built with this version's SDK?",
                            name_, method, error.what()));
  }
  if (const json::Value* error = answer.Find("error"); error && !error->is_null()) {
    throw Error(CodeOfError(method, *error), fmt::format("code location {}: {}", name_, ErrorText(*error)));
  }
  json::Value* result = answer.is_object() ? answer.AsObject().Find("result") : nullptr;
  if (!result) {
    throw Error(Code::kInternal,
                fmt::format("code location {}: the answer to {} has neither result nor error", name_, method));
  }
  // The RPCs' own error classes, as over gRPC.
  if (const json::Value* error = result->Find("error"); error && !error->is_null()) {
    throw Error(CodeOfError(method, *error), fmt::format("code location {}: {}", name_, ErrorText(*error)));
  }
  return std::move(*result);
}

void ExecutableLocation::Send(std::string_view line, Deadline deadline, std::string_view method) {
  while (!line.empty()) {
    const ssize_t sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      line.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!WaitReady(socket_.get(), POLLOUT, deadline)) {
        throw Error(Code::kDeadlineExceeded, fmt::format("code location {}: {} was not read in time", name_, method));
      }
    } else if (errno != EINTR) {
      ThrowEnded(method);
    }
  }
}

std::string ExecutableLocation::ReceiveLine(Deadline deadline, std::string_view method) {
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = received_.find('\n', searched);
    if (end != std::string::npos) {
      std::string rest = received_.substr(end + 1);
      received_.resize(end);
      return std::exchange(received_, std::move(rest));
    }
    searched = received_.size();
    if (!WaitReady(socket_.get(), POLLIN, deadline)) {
      throw Error(Code::kDeadlineExceeded, fmt::format("code location {}: no answer to {} in time", name_, method));
    }
    constexpr std::size_t kPiece = 256u << 10;
    received_.resize(searched + kPiece);
    const ssize_t got = ::recv(socket_.get(), received_.data() + searched, kPiece, 0);
    received_.resize(searched + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0 || (got < 0 && errno != EINTR)) ThrowEnded(method);
  }
}

void ExecutableLocation::ThrowEnded(std::string_view method) {
  const std::optional<ExitStatus> status = process_->WaitFor(timeouts_.shutdown);
  const std::string how = status ? status->Describe() : std::string("closed its output");
  std::string tail = errors_.Tail();
  if (!tail.empty()) tail = "; it wrote:" + Indented(tail);
  throw Error(Code::kUnavailable, fmt::format("code location {}: {} {} instead of answering {}{}", name_,
                                              executable_.string(), how, method, tail));
}

LocationInfo ExecutableLocation::Info() { return ReadLocationInfo(Call("ListRepositories", nullptr, timeouts_.call)); }

model::RepositorySnap ExecutableLocation::Repository(const std::string& repository_name) {
  json::Object args{{"repository_origin", RepositoryOrigin(origin_, repository_name)}, {"defer_snapshots", true}};
  return serdes::FromJson<model::RepositorySnap>(Call("ExternalRepository", std::move(args), timeouts_.repository));
}

model::JobDataSnap ExecutableLocation::Job(const std::string& repository_name, const std::string& job_name) {
  json::Object args{{"repository_origin", RepositoryOrigin(origin_, repository_name)}, {"job_name", job_name}};
  return serdes::FromJson<model::JobDataSnap>(Call("ExternalJob", std::move(args), timeouts_.call));
}

model::JobDataSnap ExecutableLocation::JobSubset(const JobTarget& target, bool include_parent) {
  const json::Value result =
      Call("ExternalPipelineSubsetSnapshot", SubsetSnapshotArgs(origin_, target, include_parent), timeouts_.call);
  const json::Value* data = result.Find("external_pipeline_data");
  if (!data || data->is_null()) {
    throw Error(Code::kInternal,
                fmt::format("code location {}: the subset of {} came without its snapshot", name_, target.job_name));
  }
  return serdes::FromJson<model::JobDataSnap>(*data);
}

model::PlanSnap ExecutableLocation::ExecutionPlan(const PlanRequest& request) {
  return serdes::FromJson<model::PlanSnap>(
      Call("ExecutionPlanSnapshot", ExecutionPlanArgs(origin_, request), timeouts_.call));
}

std::vector<std::string> ExecutableLocation::PartitionNames(const std::string& repository_name,
                                                            const std::string& job_name) {
  const json::Value result =
      Call("ExternalPartitionNames", PartitionNamesArgs(origin_, repository_name, job_name), timeouts_.call);
  return TextsOf(result, "partition_names");
}

json::Value ExecutableLocation::PartitionConfig(const std::string& repository_name, const std::string& job_name,
                                                const std::string& partition) {
  const json::Value result =
      Call("ExternalPartitionConfig", PartitionArgs(origin_, repository_name, job_name, partition), timeouts_.call);
  return result.AsObject().At("run_config");
}

model::Tags ExecutableLocation::PartitionTags(const std::string& repository_name, const std::string& job_name,
                                              const std::string& partition) {
  const json::Value result =
      Call("ExternalPartitionTags", PartitionArgs(origin_, repository_name, job_name, partition), timeouts_.call);
  return TagsOf(result);
}

json::Value ExecutableLocation::EvaluateSchedule(const json::Value& args) {
  return Call("SyncExternalScheduleExecution", args, timeouts_.call);
}

json::Value ExecutableLocation::EvaluateSensor(const json::Value& args) {
  return Call("SyncExternalSensorExecution", args, timeouts_.call);
}

}  // namespace tidemill::locations
