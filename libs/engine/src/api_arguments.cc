#include "api_arguments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include <tidemill/base/compress.h>
#include <tidemill/base/error.h>

namespace tidemill::engine {
namespace {

constexpr std::string_view kCompressed = "--compressed-input-json";
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

ApiArguments::ApiArguments(std::span<const std::string> arguments, std::initializer_list<std::string_view> options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.rfind("--", 0) != 0) {
      input_ = argument;
      continue;
    }
    const bool is_known =
        argument == kCompressed || std::find(options.begin(), options.end(), argument) != options.end();
    if (!is_known || i + 1 == arguments.size()) {
      throw Error(Code::kInvalidArgument, is_known ? fmt::format("{} lacks its value", argument)
                                                   : fmt::format("{} is no option of this command", argument));
    }
    options_[argument] = arguments[++i];
  }
}

const std::string* ApiArguments::Find(std::string_view option) const {
  const auto found = options_.find(option);
  return found == options_.end() ? nullptr : &found->second;
}

std::optional<int> ApiArguments::Number(std::string_view option) const {
  const std::string* text = Find(option);
  if (text == nullptr) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw Error(Code::kInvalidArgument, fmt::format("{} is \"{}\"; give a number", option, *text));
  }
  return number;
}

std::string ApiArguments::Input(const char* compressed_variable, const char* plain_variable) const {
  if (input_) return *input_;
  if (const std::string* text = Find(kCompressed)) return ZlibDecompress(DecodeBase64(*text));
  if (const char* text = std::getenv(compressed_variable)) return ZlibDecompress(DecodeBase64(text));
  if (const char* text = plain_variable == nullptr ? nullptr : std::getenv(plain_variable)) return text;
  throw Error(Code::kInvalidArgument, fmt::format("this command needs its arguments as JSON, as {}, or in {}",
                                                  kCompressed, compressed_variable));
}

std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n') continue;
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) {
      throw Error(Code::kInvalidArgument, fmt::format("the compressed arguments are no base64: they hold '{}'", c));
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

}  // namespace tidemill::engine
