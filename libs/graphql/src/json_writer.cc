#include "json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "source.h"

namespace tidemill::graphql {
namespace {

/// Whether a byte can be copied without a look: printable ASCII but quote and backslash.
constexpr std::array<bool, 256> MakePlain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = MakePlain();

/// Appends the character at `i` and gives its size.
std::uint32_t AppendSpecial(std::string& out, std::string_view text, std::uint32_t i) {
  auto c = static_cast<unsigned char>(text[i]);
  switch (c) {
    case '"':
      out += "\\\"";
      return 1;
    case '\\':
      out += "\\\\";
      return 1;
    case '\n':
      out += "\\n";
      return 1;
    case '\r':
      out += "\\r";
      return 1;
    case '\t':
      out += "\\t";
      return 1;
    case '\b':
      out += "\\b";
      return 1;
    case '\f':
      out += "\\f";
      return 1;
    default:
      break;
  }
  if (c < 0x20) {
    out += fmt::format("\\u{:04x}", c);
    return 1;
  }
  CodePoint point = DecodeAt(text, i);
  if (point.value >= 0xD800 && point.value <= 0xDFFF) {
    out += fmt::format("\\u{:04x}", point.value);
  } else if (point.size == 1) {
    AppendUtf8(out, 0xFFFD);
  } else {
    out += text.substr(i, point.size);
  }
  return point.size;
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (kPlain[static_cast<unsigned char>(text[i])]) {
      ++i;
      continue;
    }
    out.append(text, start, i - start);
    i += AppendSpecial(out, text, static_cast<std::uint32_t>(i));
    start = i;
  }
  out.append(text, start, i - start);
  out += '"';
}

void AppendJsonInteger(std::string& out, std::int64_t value) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  out.append(buffer, end.ptr);
}

void AppendJsonNumber(std::string& out, double value) {
  std::isfinite(value) ? json::AppendDouble(out, value) : void(out += "null");
}

void AppendJson(std::string& out, const json::Value& value) {
  if (value.is_string()) {
    AppendJsonString(out, value.AsString());
  } else if (value.is_int()) {
    AppendJsonInteger(out, value.AsInt());
  } else if (value.is_double()) {
    AppendJsonNumber(out, value.AsDouble());
  } else if (value.is_array()) {
    bool first = true;
    out += '[';
    for (const json::Value& item : value.AsArray()) {
      if (!first) out += ',';
      first = false;
      AppendJson(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    bool first = true;
    out += '{';
    for (const auto& [key, member] : value.AsObject()) {
      if (!first) out += ',';
      first = false;
      AppendJsonString(out, key);
      out += ':';
      AppendJson(out, member);
    }
    out += '}';
  } else {
    json::AppendValue(out, value, json::Order::kAsIs);
  }
}

}  // namespace tidemill::graphql
