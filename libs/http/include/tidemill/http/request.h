#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemill::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

/// "GET"; kOther has none and is "?".
std::string_view MethodName(Method method);

/// Header fields in the order they came; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first field of that name. The view lives as long as the field.
  std::optional<std::string_view> Find(std::string_view name) const;
  /// Of a list field, e.g. Connection or Accept-Encoding: whether one element is `token`, parameters apart, and not
  /// refused by ";q=0". Without case.
  bool HasToken(std::string_view name, std::string_view token) const;

  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }
  std::vector<Field>::const_iterator end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

/// One request, read whole and within the server's limits.
struct Request {
  Method method = Method::kGet;
  std::string path;   ///< Decoded, below the server's prefix; starts with '/'. May hold any byte but NUL.
  std::string query;  ///< What follows '?', as sent.
  Headers headers;
  std::string body;
  std::string peer;  ///< The other end's IP address.
  bool from_loopback = false;
  std::string user;                                           ///< Set by a RequestFilter that asked who it is.
  std::vector<std::pair<std::string, std::string>> captures;  ///< What the route's pattern matched.

  /// The first query parameter of that name, decoded ('+' is a blank).
  std::optional<std::string> QueryParameter(std::string_view name) const;
  /// What `{name}` of the route's pattern matched; empty if the pattern has no such part.
  std::string_view Capture(std::string_view name) const;
};

/// Decodes %XX. Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

/// ASCII only.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace tidemill::http
