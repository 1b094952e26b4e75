#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tidemill/http/graphql_service.h>

namespace tidemill::http {

/// One side of GraphQL over WebSocket as a state machine: messages in, actions out. Pure; one owner.
///
/// An operation is named by the JSON text of its id, so that it goes back as it came.
class GraphqlProtocol {
 public:
  struct Send {
    std::string text;
  };
  struct Start {
    std::string id;
    GraphqlOperation operation;
  };
  struct Stop {
    std::string id;
  };
  struct Close {
    std::uint16_t code = 1000;
    std::string reason;
  };
  using Action = std::variant<Send, Start, Stop, Close>;
  using Actions = std::vector<Action>;

  virtual ~GraphqlProtocol() = default;

  virtual Actions OnText(std::string_view message) = 0;
  /// The client has had its time to introduce itself.
  virtual Actions OnInitTimeout() = 0;

  /// Messages to the client about a running operation. `payload` and `errors` are JSON.
  virtual std::string Next(const std::string& id, std::string_view payload) const = 0;
  /// Ends the operation.
  virtual std::string Fail(const std::string& id, const std::vector<std::string>& errors) = 0;
  /// Ends the operation.
  virtual std::string Complete(const std::string& id) = 0;
};

/// "graphql-ws": the subscriptions-transport-ws protocol, which Dagster's UI speaks.
inline constexpr std::string_view kGraphqlWs = "graphql-ws";
/// "graphql-transport-ws": the newer one, of the npm package graphql-ws and of Python's gql.
inline constexpr std::string_view kGraphqlTransportWs = "graphql-transport-ws";

/// `subprotocol` is one of the two. A client may run `max_operations` at a time.
std::unique_ptr<GraphqlProtocol> MakeGraphqlProtocol(std::string_view subprotocol, std::size_t max_operations);

}  // namespace tidemill::http
