#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::graphql {

/// A place in a document, line and column from 1.
struct Location {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  bool operator==(const Location&) const = default;
  auto operator<=>(const Location&) const = default;
};

/// Thrown by a resolver to answer its field with an error that carries extensions. Any other std::exception makes a
/// field error as well, of its message alone.
class FieldError final : public Error {
 public:
  explicit FieldError(const std::string& message, json::Object extensions = {}, Code code = Code::kUnknown)
      : Error(code, message), extensions_(std::move(extensions)) {}

  /// Written into the error's `extensions` if not empty.
  const json::Object& extensions() const { return extensions_; }

 private:
  json::Object extensions_;
};

}  // namespace tidemill::graphql
