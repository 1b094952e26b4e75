#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemill::engine {

/// The arguments of an api command: options with their values, and at most one JSON text, given plainly, compressed, or
/// by the environment.
class ApiArguments final {
 public:
  /// Throws Error(kInvalidArgument) that names the argument that is not known, or lacks its value.
  ApiArguments(std::span<const std::string> arguments, std::initializer_list<std::string_view> options);

  const std::string* Find(std::string_view option) const;
  /// Throws Error(kInvalidArgument) if the option's value is no number.
  std::optional<int> Number(std::string_view option) const;
  /// The JSON text; `compressed_variable` and `plain_variable` name where else it may be. Throws
  /// Error(kInvalidArgument) if there is none.
  std::string Input(const char* compressed_variable, const char* plain_variable) const;

 private:
  std::map<std::string, std::string, std::less<>> options_;
  std::optional<std::string> input_;
};

/// Throws Error(kInvalidArgument) if the text is not base64.
std::string DecodeBase64(std::string_view text);

}  // namespace tidemill::engine
