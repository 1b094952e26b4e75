#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/http/request.h>
#include <tidemill/http/response.h>
#include <tidemill/http/websocket.h>

namespace tidemill::http {

/// Throws Error where a request cannot be answered: the server answers with StatusOf and the message.
using Handler = std::function<Response(const Request&)>;

/// Asked before every handler and WebSocket, on the I/O thread: must not block. Gives the answer that refuses the
/// request, or nothing to let it pass; may set `user`. The seam for authentication.
using RequestFilter = std::function<std::optional<Response>(Request&)>;

/// Where a handler runs: on the I/O thread if it never blocks and takes microseconds, else on the worker pool.
enum class RunOn { kIo, kWorkers };

/// Finds who answers a method and path.
///
/// A pattern is a path whose segments are texts or `{name}` (one segment, not empty); `{name*}` at its end takes the
/// rest, slashes included, also an empty one. The first route that fits, in the order of adding, is taken; a GET
/// route answers HEAD.
class Router final {
 public:
  struct Route {
    std::string pattern;
    Method method = Method::kGet;
    RunOn run_on = RunOn::kWorkers;
    Handler handler;
    std::optional<WebSocketEndpoint> websocket;
  };
  struct Match {
    const Route* route = nullptr;  ///< Null: nobody answers this method here.
    std::vector<std::pair<std::string, std::string>> captures;
    std::string allow;  ///< With no route: the methods that are answered here ("GET, HEAD"); empty: a 404.
  };

  void Add(Method method, std::string pattern, RunOn run_on, Handler handler);
  /// Answers upgrades of GET requests; the same pattern may have a plain GET route too.
  void AddWebSocket(std::string pattern, WebSocketEndpoint endpoint);

  /// The views in the match live as long as the router.
  Match Find(Method method, std::string_view path, bool upgrade) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace tidemill::http
