#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include <tidemill/base/json.h>

#include "graphql_protocol.h"

// The first byte chooses the subprotocol, each line after it is a message of the client. What goes back is JSON, an
// operation is started once at a time, and no more of them than are allowed.
namespace tidemill::http {
namespace {

constexpr std::size_t kMaxOperations = 3;

class Server {
 public:
  explicit Server(std::string_view subprotocol) : protocol_(MakeGraphqlProtocol(subprotocol, kMaxOperations)) {}

  // False once the socket is closed.
  bool Take(std::string_view message) {
    for (const GraphqlProtocol::Action& action : protocol_->OnText(message)) {
      if (const auto* send = std::get_if<GraphqlProtocol::Send>(&action)) json::Parse(send->text);
      if (const auto* stop = std::get_if<GraphqlProtocol::Stop>(&action)) running_.erase(stop->id);
      if (const auto* start = std::get_if<GraphqlProtocol::Start>(&action)) Begin(start->id);
      if (std::holds_alternative<GraphqlProtocol::Close>(action)) return false;
    }
    if (message.size() % 3 == 0) EndOne();
    return true;
  }

 private:
  void Begin(const std::string& id) {
    if (!running_.insert(id).second || running_.size() > kMaxOperations) __builtin_trap();
    json::Parse(protocol_->Next(id, R"({"data": null})"));
  }

  void EndOne() {
    if (running_.empty()) return;
    const std::string id = *running_.begin();
    running_.erase(id);
    json::Parse(id.size() % 2 == 0 ? protocol_->Complete(id) : protocol_->Fail(id, {R"({"message": "no"})"}));
  }

  const std::unique_ptr<GraphqlProtocol> protocol_;
  std::set<std::string> running_;
};

}  // namespace
}  // namespace tidemill::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidemill::http;
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Server server(data[0] % 2 == 0 ? kGraphqlWs : kGraphqlTransportWs);
  while (!text.empty()) {
    const std::size_t line = std::min(text.find('\n'), text.size());
    if (!server.Take(text.substr(0, line))) return 0;
    text.remove_prefix(std::min(line + 1, text.size()));
  }
  return 0;
}
