#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/error.h>
#include <tidemill/launch/worker_processes.h>

namespace tidemill::launch {
namespace {

std::string CommandLineOf(const std::filesystem::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::vector<std::string> WorkerCommand(const instance::Instance& instance, const model::Run& run) {
  const json::Value* repository = run.job_code_origin.Find("repository_origin");
  const json::Value* entry_point = repository == nullptr ? nullptr : repository->Find("entry_point");
  if (entry_point == nullptr || !entry_point->is_array() || entry_point->AsArray().empty()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("run {} does not say which program executes its job {}", run.run_id, run.job_name));
  }
  std::vector<std::string> command;
  for (const json::Value& part : entry_point->AsArray()) command.push_back(part.AsString());
  const json::Value arguments = json::Object{{"__class__", "ExecuteRunArgs"},
                                             {"instance_ref", instance.Ref()},
                                             {"pipeline_origin", run.job_code_origin},
                                             {"pipeline_run_id", run.run_id},
                                             {"set_exit_code_on_failure", true}};
  command.insert(command.end(), {"api", "execute_run", json::Dump(arguments, json::Order::kSorted)});
  return command;
}

std::vector<pid_t> FindWorkers(const std::string& run_id) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const std::string command = CommandLineOf(entry.path());
    const std::string_view view(command.data(), command.size());
    const bool executes = view.find(std::string_view("\0api\0execute_run\0", 17)) != std::string_view::npos;
    if (executes && view.find(run_id) != std::string_view::npos) found.push_back(pid);
  }
  return found;
}

}  // namespace tidemill::launch
