#include <algorithm>

#include <fmt/format.h>

#include <tidemill/http/same_origin.h>

namespace tidemill::http {

namespace {

// "host:8080" of "https://host:8080"; the port that the scheme implies is left out.
std::string_view AuthorityOf(std::string_view origin) {
  const std::size_t end = origin.find("://");
  if (end == std::string_view::npos) return {};
  const std::string_view implied = origin.substr(0, end) == "https" ? ":443" : ":80";
  std::string_view authority = origin.substr(end + 3);
  if (authority.ends_with(implied)) authority.remove_suffix(implied.size());
  return authority;
}

bool IsOwn(const Headers& headers, std::string_view origin) {
  const std::string_view authority = AuthorityOf(origin);
  if (authority.empty()) return false;
  for (const std::string_view name : {"Host", "X-Forwarded-Host"}) {
    const auto host = headers.Find(name);
    if (!host) continue;
    if (EqualsIgnoringCase(*host, authority)) return true;
    // A proxy may name the implied port.
    const std::string scheme(origin.substr(0, origin.find("://") + 3));
    if (EqualsIgnoringCase(AuthorityOf(scheme + std::string(*host)), authority)) return true;
  }
  return false;
}

bool IsRead(const Request& request) {
  const bool safe =
      request.method == Method::kGet || request.method == Method::kHead || request.method == Method::kOptions;
  return safe && !request.headers.HasToken("Upgrade", "websocket");
}

}  // namespace

RequestFilter RefuseOtherOrigins(std::vector<std::string> also_allowed) {
  const bool all = std::ranges::find(also_allowed, "*") != also_allowed.end();
  return [allowed = std::move(also_allowed), all](Request& request) -> std::optional<Response> {
    if (all) return std::nullopt;
    const auto origin = request.headers.Find("Origin");
    if (origin && std::ranges::find(allowed, *origin) != allowed.end()) return std::nullopt;
    if (IsRead(request)) {
      const bool embedded = request.headers.Find("Sec-Fetch-Site") == "cross-site" &&
                            request.headers.Find("Sec-Fetch-Mode") != "navigate";
      if (!embedded) return std::nullopt;
      return TextResponse(403, "a page of another site may not read this");
    }
    if (!origin || IsOwn(request.headers, *origin)) return std::nullopt;
    return TextResponse(403, fmt::format("a page of {} may not do this: allow its origin if it should", *origin));
  };
}

}  // namespace tidemill::http
