#include <csignal>

#include <fmt/format.h>
#include <pthread.h>

#include <tidemill/api/log_tails.h>
#include <tidemill/daemon/run_queue.h>
#include <tidemill/daemon/worker_launcher.h>
#include <tidemill/webserver/web_server.h>
#include <tidemill/workspace/workspace_loader.h>

#include "commands.h"
#include "home.h"
#include "workspace_specs.h"

namespace tidemill::cli {
namespace {

constexpr std::chrono::milliseconds kDrain{2000};

/// The signals that end a server. Blocked from now on, so that threads which start later do not take them.
class EndSignals final {
 public:
  EndSignals() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  /// Returns at the first; the next one kills.
  void Wait() {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  }

 private:
  sigset_t signals_{};
};

webserver::WebServerOptions OptionsOf(const Dev& command, Environment& environment) {
  webserver::WebServerOptions options;
  options.server.host = command.host;
  options.server.port = command.port;
  options.server.path_prefix = command.path_prefix;
  options.server.log = [&err = environment.err](std::string_view line) { err.Write(fmt::format("{}\n", line)); };
  return options;
}

locations::ManagedLocationOptions LocationOptionsOf(const instance::Instance& instance) {
  const instance::CodeServersConfig& config = instance.config().code_servers;
  locations::ManagedLocationOptions options;
  options.server.instance_ref = instance.Ref();
  options.startup = std::chrono::seconds(config.local_startup_timeout_seconds);
  options.reload = std::chrono::seconds(config.reload_timeout_seconds);
  return options;
}

}  // namespace

ExitCode Run(const Dev& command, Environment& environment) {
  const std::vector<model::LocationSpec> specs = SpecsOf(command.workspace, environment);
  EndSignals signals;
  const Home home = Home::Open(command.home, Home::Use::kExecute, environment);
  const launch::Context context{home.instance(), environment.clock};
  workspace::LiveWorkspace live;
  daemon::WorkerLauncher launcher(home.instance());
  daemon::RunQueue queue(context, launcher);
  workspace::WorkspaceLoader loader(specs, LocationOptionsOf(home.instance()), live, environment.clock);
  api::LogTails log_tails(home.instance().storage().events());
  const api::Services services{.instance = home.instance(),
                               .workspace = live,
                               .clock = environment.clock,
                               .launcher = &launcher,
                               .run_was_queued = [&queue] { queue.Wake(); },
                               .loader = &loader,
                               .log_tails = &log_tails,
                               .read_only = command.read_only};
  webserver::WebServer server(OptionsOf(command, environment), services);
  server.Start();
  queue.Start();
  environment.out.Write(fmt::format("Serving {} on {}\n", home.instance().home().string(), server.url()));
  signals.Wait();
  environment.out.Write("Stopping; runs in progress go on\n");
  server.Stop(kDrain);
  queue.Stop();
  return ExitCode::kOk;
}

}  // namespace tidemill::cli
