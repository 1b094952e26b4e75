#include "codec.h"

#include <fmt/format.h>

#include "classes.h"

namespace tidemill::serdes {

std::string_view ClassOf(const json::Value& value) {
  const json::Value* name = value.Find("__class__");
  return name != nullptr && name->is_string() ? std::string_view(name->AsString()) : std::string_view();
}

template <>
std::string PythonText(const std::string& text) {
  return text;
}

void AppendPythonRepr(std::string& out, std::string_view text) {
  const bool double_quoted = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char quote = double_quoted ? '"' : '\'';
  out.push_back(quote);
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out.append(fmt::format("\\x{:02x}", static_cast<unsigned>(c)));
    } else {
      out.push_back(c);
    }
  }
  out.push_back(quote);
}

void ThrowInvalid(const std::string& message) { throw Error(Code::kInvalidArgument, message); }

void RethrowAt(std::string_view class_name, std::string_view field, const Error& error) {
  throw Error(error.code(), fmt::format("{}.{}: {}", class_name, field, error.what()));
}

void ThrowUnknownClass(const json::Value& value) {
  const std::string_view name = ClassOf(value);
  if (name.empty()) {
    ThrowInvalid(fmt::format("JSON value is {} where an object with a class is expected", json::TypeName(value)));
  }
  ThrowInvalid(fmt::format("class {} is not expected here", name));
}

void ThrowUnknownMember(std::string_view enum_name, std::string_view text) {
  ThrowInvalid(fmt::format("{} has no member \"{}\"", enum_name, text));
}

int Codec<int>::Read(const json::Value& value) {
  const std::int64_t number = value.AsInt();
  if (number != static_cast<int>(number)) ThrowInvalid(fmt::format("{} does not fit into 32 bits", number));
  return static_cast<int>(number);
}

std::string_view EnumMember(const json::Value& value) {
  const json::Value* name = value.Find("__enum__");
  if (name == nullptr) ThrowInvalid(fmt::format("JSON value is {} where an enum is expected", json::TypeName(value)));
  const std::string_view text = name->AsString();
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) ThrowInvalid(fmt::format("enum \"{}\" is not of the form Type.MEMBER", text));
  return text.substr(dot + 1);
}

void AppendEnum(std::string& out, std::string_view type, std::string_view member) {
  out.append("{\"__enum__\": \"");
  out.append(type);
  out.push_back('.');
  out.append(member);
  out.append("\"}");
}

const json::Object& ObjectOfClass(const json::Value& value, std::string_view name) {
  const std::string_view found = ClassOf(value);
  if (found == name) return value.AsObject();
  if (found.empty()) {
    ThrowInvalid(fmt::format("JSON value is {} without a class where a {} is expected", json::TypeName(value), name));
  }
  ThrowInvalid(fmt::format("class {} where a {} is expected", found, name));
}

}  // namespace tidemill::serdes
