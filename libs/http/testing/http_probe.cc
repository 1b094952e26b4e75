// A server for the black-box tests of tests/server: `tidemill_http_probe [name=value]…` with the names of Options
// below. Prints "port N" when it listens; stops with a drain of `drain` ms at SIGTERM.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <tidemill/http/graphql_endpoint.h>
#include <tidemill/http/server.h>

#include "fake_graphql_service.h"

namespace tidemill::http {
namespace {

struct Settings {
  ServerOptions server;
  std::chrono::milliseconds drain{2000};
};

Settings ReadSettings(int argc, char** argv) {
  Settings settings;
  ServerOptions& server = settings.server;
  Limits& limits = server.limits;
  server.port = 0;
  server.compression = Compression::kAlways;
  const auto size = [](std::size_t& to) { return [&to](const std::string& value) { to = std::stoul(value); }; };
  const auto time = [](std::chrono::milliseconds& to) {
    return [&to](const std::string& value) { to = std::chrono::milliseconds(std::stol(value)); };
  };
  const std::map<std::string, std::function<void(const std::string&)>> set{
      {"connections", size(limits.connections)},
      {"websockets", size(limits.websockets)},
      {"target_bytes", size(limits.target_bytes)},
      {"header_bytes", size(limits.header_bytes)},
      {"body_bytes", size(limits.body_bytes)},
      {"message_bytes", size(limits.websocket_message_bytes)},
      {"queue_bytes", size(limits.websocket_queue_bytes)},
      {"idle", time(limits.idle_timeout)},
      {"head", time(limits.head_timeout)},
      {"body", time(limits.body_timeout)},
      {"write", time(limits.write_timeout)},
      {"ping", time(limits.ping_interval)},
      {"drain", time(settings.drain)},
      {"io_threads", size(server.io_threads)},
      {"prefix", [&](const std::string& value) { server.path_prefix = value; }},
      {"compression",
       [&](const std::string& value) {
         server.compression = value == "remote" ? Compression::kRemote : Compression::kNever;
       }},
      {"token",
       [&](const std::string& value) {
         server.filter = [value](Request& request) -> std::optional<Response> {
           if (request.headers.Find("Authorization") != "Bearer " + value)
             return TextResponse(401, "a token is needed");
           request.user = "probe";
           return std::nullopt;
         };
       }},
  };
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    set.at(argument.substr(0, equals))(argument.substr(equals + 1));
  }
  return settings;
}

// `chunks` pieces of 100,000 bytes, of unknown length.
class Chunks final : public BodyStream {
 public:
  explicit Chunks(int count) : left_(count) {}
  std::optional<std::uint64_t> length() const override { return std::nullopt; }
  void Next(std::string& chunk) override { chunk.assign(left_-- > 0 ? 100'000 : 0, 'c'); }

 private:
  int left_;
};

int Number(const Request& request, std::string_view name) {
  return std::stoi(request.QueryParameter(name).value_or("0"));
}

void AddRoutes(Router& router, const ServerMetrics& metrics) {
  const auto get = [&](std::string pattern, Handler handler) {
    router.Add(Method::kGet, std::move(pattern), RunOn::kWorkers, std::move(handler));
  };
  router.Add(Method::kGet, "/ping", RunOn::kIo, [](const Request&) { return TextResponse(200, "pong"); });
  router.Add(Method::kPost, "/echo", RunOn::kWorkers, [](const Request& request) {
    Response response = TextResponse(200, request.body);
    std::get<std::string>(response.body).pop_back();
    return response;
  });
  get("/bytes", [](const Request& request) {
    return JsonResponse(200, std::string(static_cast<std::size_t>(Number(request, "n")), 'b'));
  });
  get("/etag", [](const Request&) {
    Response response = TextResponse(200, std::string(5000, 'e'));
    response.etag = "\"tag\"";
    return response;
  });
  get("/slow", [](const Request& request) {
    std::this_thread::sleep_for(std::chrono::milliseconds(Number(request, "ms")));
    return TextResponse(200, "slow");
  });
  get("/chunks", [](const Request& request) {
    Response response;
    response.content_type = "application/octet-stream";
    response.body = std::make_shared<Chunks>(Number(request, "n"));
    return response;
  });
  get("/file", [](const Request& request) {
    return FileResponse(request.QueryParameter("path").value_or(""), "down\"load.txt", "text/plain");
  });
  get("/fail", [](const Request&) -> Response { throw std::runtime_error("the handler failed"); });
  get("/split", [](const Request&) { return RedirectResponse(302, "/a\r\nInjected: yes"); });
  get("/params/{name}/{rest*}", [](const Request& request) {
    return TextResponse(200, std::string(request.Capture("name")) + "|" + std::string(request.Capture("rest")));
  });
  get("/metrics", [&metrics](const Request&) {
    std::string text;
    metrics.AppendText(text);
    return TextResponse(200, std::move(text));
  });
}

int Main(int argc, char** argv) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  Settings settings = ReadSettings(argc, argv);
  settings.server.log = [](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  testing::FakeGraphqlService service;
  ServerMetrics metrics;
  WorkerPool workers("probe", 8, 1000);
  GraphqlEndpoint graphql({.page = "<html>GraphiQL</html>"}, service, workers, metrics);
  Router router;
  AddRoutes(router, metrics);
  router.Add(Method::kPost, "/publish", RunOn::kIo, [&service](const Request&) {
    service.Publish();
    return TextResponse(200, std::to_string(service.streams()));
  });
  graphql.AddRoutes(router);
  Server server(std::move(settings.server), std::move(router), workers, metrics);
  server.Start();
  std::printf("port %d\n", server.port());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&stop, &signal);
  server.Stop(settings.drain);
  workers.Stop();
  return 0;
}

}  // namespace
}  // namespace tidemill::http

int main(int argc, char** argv) { return tidemill::http::Main(argc, argv); }
