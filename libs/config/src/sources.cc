#include "sources.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include <tidemill/base/error.h>

namespace tidemill::config {
namespace {

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Python's int(text): blanks around, a sign, single underscores between digits, any size.
std::optional<json::Value> ParsePythonInt(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  std::string digits;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') digits = "-";
    text.remove_prefix(1);
  }
  if (text.empty() || !IsDigit(text.front()) || !IsDigit(text.back())) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsDigit(text[i])) {
      digits += text[i];
    } else if (text[i] != '_' || text[i - 1] == '_') {
      return std::nullopt;
    }
  }
  std::size_t sign = digits.front() == '-' ? 1 : 0;
  std::size_t zeros = digits.find_first_not_of('0', sign);
  digits.erase(sign, (zeros == std::string::npos ? digits.size() - 1 : zeros) - sign);
  if (digits == "-0") digits = "0";
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure == std::errc()) return json::Value(value);
  return json::Value(json::BigInt{std::move(digits)});
}

}  // namespace

bool IsSource(const ConfigType& type) {
  return type.key() == "StringSourceType" || type.key() == "IntSourceType" || type.key() == "BoolSourceType";
}

json::Value ReadSource(const ConfigType& type, const std::string& variable, const Environment& environment) {
  auto found = environment.find(variable);
  if (found == environment.end()) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("the environment variable {} is not set; set it where the run executes", variable));
  }
  if (type.key() == "StringSourceType") return found->second;
  if (type.key() == "IntSourceType") {
    if (auto value = ParsePythonInt(found->second)) return *std::move(value);
    throw Error(Code::kFailedPrecondition,
                fmt::format("the environment variable {} does not hold an integer, which this field needs", variable));
  }
  std::string lower = found->second;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return !(lower == "false" || lower == "none" || lower == "0" || lower.empty());
}

}  // namespace tidemill::config
