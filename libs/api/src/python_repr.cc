#include "python_repr.h"

#include <string_view>

#include <fmt/format.h>

namespace tidemill::api {
namespace {

void AppendText(std::string& out, std::string_view text) {
  const bool takes_double = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = takes_double ? '"' : '\'';
  out += quote;
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += quote;
}

void Append(std::string& out, const json::Value& value) {
  if (value.is_null()) {
    out += "None";
  } else if (value.is_bool()) {
    out += value.AsBool() ? "True" : "False";
  } else if (value.is_string()) {
    AppendText(out, value.AsString());
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const json::Value& item : value.AsArray()) {
      if (!first) out += ", ";
      first = false;
      Append(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.AsObject()) {
      if (!first) out += ", ";
      first = false;
      AppendText(out, key);
      out += ": ";
      Append(out, member);
    }
    out += '}';
  } else {
    out += json::Dump(value);
  }
}

}  // namespace

std::string PythonRepr(const json::Value& value) {
  std::string out;
  Append(out, value);
  return out;
}

}  // namespace tidemill::api
