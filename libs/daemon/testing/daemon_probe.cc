// A daemon that does nothing but work on the run queue, and what its tests need around it.
//
//   tidemill_daemon_probe serve HOME                          until SIGTERM
//   tidemill_daemon_probe enqueue HOME EXECUTABLE JOB COUNT   prints the run ids
//   tidemill_daemon_probe cancel HOME RUN_ID                  prints why not, if not
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <tidemill/base/error.h>
#include <tidemill/daemon/run_queue.h>
#include <tidemill/daemon/worker_launcher.h>
#include <tidemill/launch/cancel.h>
#include <tidemill/launch/create_run.h>
#include <tidemill/launch/submit.h>
#include <tidemill/locations/executable_location.h>

namespace {

using namespace tidemill;

int Serve(const launch::Context& context) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  daemon::WorkerLauncher launcher(context.instance);
  daemon::RunQueue queue(context, launcher);
  queue.Start();
  std::puts("serving");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
  queue.Stop();
  return 0;
}

int Enqueue(const launch::Context& context, const std::string& executable, const std::string& job, int count) {
  const auto client = std::make_shared<locations::ExecutableLocation>(executable);
  const workspace::Location location = workspace::LoadLocation(client, context.clock);
  if (location.repositories.empty()) throw Error(Code::kUnavailable, location.error->message);
  daemon::WorkerLauncher launcher(context.instance);
  for (int i = 0; i < count; ++i) {
    launch::Request request;
    request.target.repository_name = location.repositories.front()->name();
    request.target.job_name = job;
    const model::Run run = launch::CreateRun(context, location, request);
    launch::Submit(context, run, launcher);
    std::puts(run.run_id.c_str());
  }
  return 0;
}

int Cancel(const launch::Context& context, const std::string& run_id) {
  daemon::WorkerLauncher launcher(context.instance);
  const auto refusal = launch::RequestCancel(context, run_id, launch::CancelPolicy::kAskWorker, launcher);
  if (refusal) std::puts(refusal->c_str());
  return refusal ? 1 : 0;
}

int Run(const std::vector<std::string>& arguments) {
  const instance::Instance instance = instance::Instance::Open(arguments.at(1));
  const SystemClock clock;
  const launch::Context context{instance, clock};
  if (arguments.at(0) == "serve") return Serve(context);
  if (arguments.at(0) == "cancel") return Cancel(context, arguments.at(2));
  return Enqueue(context, arguments.at(2), arguments.at(3), std::stoi(arguments.at(4)));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
