#include <algorithm>

#include <tidemill/http/router.h>

namespace tidemill::http {

namespace {

using Captures = std::vector<std::pair<std::string, std::string>>;

bool Fits(std::string_view pattern, std::string_view path, Captures& captures) {
  captures.clear();
  // Both start with '/'. A '/' at the end counts: "/a/" has an empty last segment.
  while (true) {
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const std::size_t pattern_end = std::min(pattern.find('/'), pattern.size());
    const std::string_view part = pattern.substr(0, pattern_end);
    if (part.size() > 3 && part.front() == '{' && part.substr(part.size() - 2) == "*}") {
      captures.emplace_back(part.substr(1, part.size() - 3), path);
      return true;
    }
    const std::size_t path_end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, path_end);
    if (part.size() > 2 && part.front() == '{' && part.back() == '}') {
      if (segment.empty()) return false;
      captures.emplace_back(part.substr(1, part.size() - 2), segment);
    } else if (part != segment) {
      return false;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
  }
}

bool Answers(const Router::Route& route, Method method, bool upgrade) {
  if (route.websocket) return upgrade && method == Method::kGet;
  return route.method == method || (route.method == Method::kGet && method == Method::kHead);
}

void AddMethod(std::string& list, std::string_view name) {
  if (list.find(name) != std::string::npos) return;
  list += list.empty() ? "" : ", ";
  list += name;
}

}  // namespace

void Router::Add(Method method, std::string pattern, RunOn run_on, Handler handler) {
  routes_.push_back({.pattern = std::move(pattern),
                     .method = method,
                     .run_on = run_on,
                     .handler = std::move(handler),
                     .websocket = std::nullopt});
}

void Router::AddWebSocket(std::string pattern, WebSocketEndpoint endpoint) {
  routes_.push_back({.pattern = std::move(pattern),
                     .method = Method::kGet,
                     .run_on = RunOn::kIo,
                     .handler = {},
                     .websocket = std::move(endpoint)});
}

Router::Match Router::Find(Method method, std::string_view path, bool upgrade) const {
  Match match;
  if (path.empty() || path.front() != '/') return match;
  for (const Route& route : routes_) {
    if (!Fits(route.pattern, path, match.captures)) continue;
    if (Answers(route, method, upgrade)) {
      match.route = &route;
      match.allow.clear();
      return match;
    }
    if (route.websocket) continue;
    AddMethod(match.allow, MethodName(route.method));
    if (route.method == Method::kGet) AddMethod(match.allow, MethodName(Method::kHead));
  }
  match.captures.clear();
  return match;
}

}  // namespace tidemill::http
