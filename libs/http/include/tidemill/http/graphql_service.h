#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <tidemill/base/json.h>
#include <tidemill/http/request.h>

namespace tidemill::http {

/// What a client asks: a document with the variables and the name of one of its operations.
struct GraphqlOperation {
  std::string query;
  json::Value variables;       ///< An object or null.
  std::string operation_name;  ///< Empty: the document has one operation.
};

/// Decides the HTTP status.
enum class GraphqlOutcome {
  kOk,            ///< 200
  kRequestError,  ///< 400: syntax, validation or variables.
  kServerError,   ///< 500: a resolver failed, also where its failure stands in the data as a PythonError.
};

/// A running subscription. Destroying it cancels; from then on `wake` is not called. Any thread, one at a time.
class GraphqlStream {
 public:
  enum class State {
    kItem,     ///< An answer was written: ask again.
    kPending,  ///< None is there now; `wake` is called once there is one.
    kEnd,
  };

  virtual ~GraphqlStream() = default;
  /// Writes the next answer, {"data": …}, to `out`, which is empty. Called only while the client takes what it is
  /// sent, so a slow client slows its stream and no other. On a worker; must not wait for events. An Error ends the
  /// subscription.
  virtual State Poll(std::string& out) = 0;
};

/// What answers GraphQL, whatever its schema. Called on workers, by many at a time.
class GraphqlService {
 public:
  virtual ~GraphqlService() = default;

  /// Appends {"data": …, "errors": …} to `out`. `request` says who asks.
  virtual GraphqlOutcome Execute(const GraphqlOperation& operation, const Request& request, std::string& out) = 0;

  /// Starts an operation for a WebSocket: a subscription, or a query or mutation as a stream of one answer. Gives the
  /// errors, each a JSON object, if it cannot start. `wake` may be called from any thread, is cheap, and never
  /// throws.
  virtual std::variant<std::unique_ptr<GraphqlStream>, std::vector<std::string>> Subscribe(
      const GraphqlOperation& operation, const Request& request, std::function<void()> wake) = 0;
};

}  // namespace tidemill::http
