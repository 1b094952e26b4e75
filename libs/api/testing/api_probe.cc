// Answers GraphQL requests of standard input, one JSON line each, over a home and the code locations of executables:
//   tidemill_api_probe HOME LOCATION...
// A location is the path of an executable, or NAME=PORT: a gRPC server on this machine that runs already.
// {"query": …, "variables": …, "operationName": …} becomes {"status": …, "body": …}. Without input it prints the
// fields that no function resolves. Runs are queued, and nothing takes them from the queue.
#include <iostream>
#include <memory>
#include <string>

#include <tidemill/api/api.h>
#include <tidemill/base/error.h>
#include <tidemill/graphql/engine.h>
#include <tidemill/locations/executable_location.h>
#include <tidemill/locations/grpc_location.h>
#include <tidemill/locations/location_spec.h>
#include <tidemill/workspace/location.h>

namespace {

using namespace tidemill;

std::string TextOf(const json::Value& request, std::string_view key) {
  const json::Value* value = request.Find(key);
  return value == nullptr || value->is_null() ? "" : value->AsString();
}

std::shared_ptr<locations::CodeLocationClient> ClientOf(const std::string& location) {
  const std::size_t equals = location.find('=');
  if (equals == std::string::npos) return std::make_shared<locations::ExecutableLocation>(location);
  model::GrpcServerTarget server;
  server.port = std::stoi(location.substr(equals + 1));
  const std::string name = location.substr(0, equals);
  return std::make_shared<locations::GrpcLocation>(name, locations::LocationOrigin({name, server}), server);
}

class NoWorkers final : public launch::RunLauncher {
 public:
  void Launch(const model::Run&) override { throw Error(Code::kUnimplemented, "the probe starts no workers"); }
  bool Terminate(const model::Run&) override { return false; }
  launch::WorkerState FindWorker(const model::Run&) override { return launch::WorkerState::kUnknown; }
  void Watch(EndListener) override {}
};

}  // namespace

int main(int argc, char** argv) {
  const SystemClock clock;
  const instance::Instance instance = instance::Instance::Open(argv[1]);
  workspace::LiveWorkspace live;
  for (int i = 2; i < argc; ++i) {
    live.Publish(workspace::LoadLocation(ClientOf(argv[i]), clock));
  }
  graphql::Engine engine(api::MakeSchema());
  NoWorkers launcher;
  const api::Services services{.instance = instance, .workspace = live, .clock = clock, .launcher = &launcher};
  for (std::string line; std::getline(std::cin, line);) {
    const json::Value request = json::Parse(line);
    const json::Value* variables = request.Find("variables");
    api::RequestContext context(services);
    const std::string query = TextOf(request, "query");
    const std::string operation = TextOf(request, "operationName");
    std::string body;
    const graphql::Outcome outcome = engine.Execute(
        {query, operation, variables != nullptr && variables->is_object() ? variables->AsObject() : json::Object()},
        context, body);
    const int status = outcome.request_error ? 400 : outcome.error_count > 0 || context.failed() ? 500 : 200;
    std::cout << "{\"status\": " << status << ", \"body\": " << body << "}" << std::endl;
  }
  for (const std::string& field : engine.schema().UnboundFields()) std::cerr << field << "\n";
  return 0;
}
