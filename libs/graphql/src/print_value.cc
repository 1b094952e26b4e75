#include "print_value.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "source.h"

namespace tidemill::graphql {
namespace {

void AppendBlockString(std::string& out, std::string_view value) {
  std::string escaped;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value.substr(i, 3) == "\"\"\"") {
      escaped += "\\\"\"\"";
      i += 2;
    } else {
      escaped += value[i];
    }
  }
  bool single_line = escaped.find('\n') == std::string::npos;
  bool leading = !single_line;
  for (std::size_t i = escaped.find('\n'); i != std::string::npos; i = escaped.find('\n', i + 1)) {
    char next = i + 1 < escaped.size() ? escaped[i + 1] : '\n';
    leading = leading && (next == '\n' || next == ' ' || next == '\t');
  }
  bool triple = escaped.ends_with("\\\"\"\"");
  bool trailing = (value.ends_with('"') && !triple) || value.ends_with('\\');
  bool multiple = !single_line || value.size() > 70 || trailing || leading || triple;
  bool indented = single_line && !value.empty() && (value[0] == ' ' || value[0] == '\t');
  out += "\"\"\"";
  if ((multiple && !indented) || leading) out += '\n';
  out += escaped;
  if (multiple || trailing) out += '\n';
  out += "\"\"\"";
}

void Append(std::string& out, const ast::Value& value) {
  switch (value.kind) {
    case ast::ValueKind::kNull:
      out += "null";
      break;
    case ast::ValueKind::kVariable:
      out += '$';
      out += value.text;
      break;
    case ast::ValueKind::kString:
      value.block ? AppendBlockString(out, value.text) : AppendQuotedString(out, value.text);
      break;
    case ast::ValueKind::kList:
      out += '[';
      for (const ast::Value& item : value.items) {
        if (&item != &value.items.front()) out += ", ";
        Append(out, item);
      }
      out += ']';
      break;
    case ast::ValueKind::kObject:
      out += '{';
      for (const ast::ObjectField& field : value.fields) {
        if (&field != &value.fields.front()) out += ", ";
        out += field.name.text;
        out += ": ";
        Append(out, field.value);
      }
      out += '}';
      break;
    default:
      out += value.text;
  }
}

/// False where the value has no literal, in which case it is left out.
bool AppendJson(std::string& out, const json::Value& value, Type type) {
  if (value.is_null()) {
    if (type.is_non_null()) return false;
    out += "null";
    return true;
  }
  type = type.nullable();
  if (type.is_list()) {
    if (!value.is_array()) return AppendJson(out, value, type.of());
    out += '[';
    std::size_t start = out.size();
    for (const json::Value& item : value.AsArray()) {
      std::size_t before = out.size();
      if (before > start) out += ", ";
      if (!AppendJson(out, item, type.of())) out.resize(before);
    }
    out += ']';
    return true;
  }
  if (type.named().kind == TypeKind::kInputObject) {
    out += '{';
    std::size_t start = out.size();
    for (const InputValue& field : type.named().input_fields) {
      const json::Value* member = value.Find(field.name);
      if (member == nullptr) continue;
      std::size_t before = out.size();
      if (before > start) out += ", ";
      out += field.name + ": ";
      if (!AppendJson(out, *member, field.type)) out.resize(before);
    }
    out += '}';
    return true;
  }
  if (value.is_bool()) {
    out += value.AsBool() ? "true" : "false";
  } else if (value.is_int()) {
    json::AppendInt(out, value.AsInt());
  } else if (value.is_double()) {
    json::AppendDouble(out, value.AsDouble());
    if (out.ends_with(".0")) out.resize(out.size() - 2);
  } else if (value.is_string()) {
    const std::string& text = value.AsString();
    std::string_view digits = text.starts_with('-') ? std::string_view(text).substr(1) : std::string_view(text);
    bool integer = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
                   (digits == "0" || digits[0] != '0');
    bool bare = type.named().kind == TypeKind::kEnum || (type.named().scalar == ScalarKind::kId && integer);
    bare ? void(out += text) : AppendQuotedString(out, text);
  } else {
    json::AppendValue(out, value, json::Order::kAsIs);
  }
  return true;
}

/// Python escapes what its `str.isprintable` refuses: controls, separators, formats, surrogates.
bool Printable(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) return false;
  if ((c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F)) return false;
  if (c == 0x1680 || c == 0x180E || c == 0x3000 || c == 0xFEFF) return false;
  if (c >= 0xD800 && c <= 0xF8FF) return false;  // Surrogates and private use.
  return (c & 0xFFFE) != 0xFFFE && c < 0xE0000;
}

std::string PythonRepr(std::string_view text) {
  char quote = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (std::uint32_t i = 0; i < text.size();) {
    CodePoint point = DecodeAt(text, i);
    std::uint32_t c = point.value;
    if (c == '\\' || c == static_cast<unsigned char>(quote)) {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (Printable(c)) {
      out += text.substr(i, point.size);
    } else {
      out += c < 0x100     ? fmt::format("\\x{:02x}", c)
             : c < 0x10000 ? fmt::format("\\u{:04x}", c)
                           : fmt::format("\\U{:08x}", c);
    }
    i += point.size;
  }
  return out + quote;
}

std::string Shorten(const std::string& text) {
  constexpr std::uint32_t kMax = 240;
  std::vector<std::uint32_t> starts;
  for (std::uint32_t i = 0; i < text.size(); i += DecodeAt(text, i).size) starts.push_back(i);
  if (starts.size() <= kMax) return text;
  std::uint32_t head = (kMax - 3) / 2;
  std::uint32_t tail = kMax - 3 - head;
  return text.substr(0, starts[head]) + "..." + text.substr(starts[starts.size() - tail]);
}

std::string InspectAt(const json::Value& value, int depth);

template <class Items, class Show>
std::string InspectItems(const Items& items, char open, char close, Show show) {
  constexpr std::size_t kMax = 10;
  std::string out(1, open);
  std::size_t i = 0;
  for (const auto& item : items) {
    bool shown = items.size() <= kMax || i < kMax / 2 || i >= items.size() - (kMax / 2 - 1);
    if (shown || i == kMax / 2) {
      if (out.size() > 1) out += ", ";
      out += shown ? show(item) : "...";
    }
    ++i;
  }
  return out + close;
}

std::string InspectAt(const json::Value& value, int depth) {
  constexpr int kMaxDepth = 2;
  if (value.is_null()) return "None";
  if (value.is_bool()) return value.AsBool() ? "True" : "False";
  if (value.is_string()) return Shorten(PythonRepr(value.AsString()));
  if (value.is_double()) {
    double number = value.AsDouble();
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
    std::string out;
    json::AppendDouble(out, number);
    return out;
  }
  if (value.is_array()) {
    const json::Array& items = value.AsArray();
    if (items.empty()) return "[]";
    if (depth >= kMaxDepth) return "[...]";
    return InspectItems(items, '[', ']', [&](const json::Value& item) { return InspectAt(item, depth + 1); });
  }
  if (value.is_object()) {
    const json::Object& members = value.AsObject();
    if (members.empty()) return "{}";
    if (depth >= kMaxDepth) return "{...}";
    return InspectItems(members, '{', '}', [&](const json::Object::Member& member) {
      return Shorten(PythonRepr(member.first)) + ": " + InspectAt(member.second, depth + 1);
    });
  }
  return Shorten(json::Dump(value));
}

}  // namespace

void AppendQuotedString(std::string& out, std::string_view text) {
  out += '"';
  for (std::uint32_t i = 0; i < text.size();) {
    CodePoint point = DecodeAt(text, i);
    std::uint32_t c = point.value;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) {
          out += fmt::format("\\u{:04X}", c);
        } else {
          out += text.substr(i, point.size);
        }
    }
    i += point.size;
  }
  out += '"';
}

std::string PrintValue(const ast::Value& value) {
  std::string out;
  Append(out, value);
  return out;
}

std::string PrintJson(const json::Value& value, Type type) {
  std::string out;
  AppendJson(out, value, type);
  return out;
}

std::string PrintType(const ast::TypeReference& type) {
  switch (type.kind) {
    case ast::TypeReference::Kind::kNamed:
      return std::string(type.name.text);
    case ast::TypeReference::Kind::kList:
      return "[" + PrintType(*type.of) + "]";
    case ast::TypeReference::Kind::kNonNull:
      break;
  }
  return PrintType(*type.of) + "!";
}

std::string Inspect(const json::Value& value) { return InspectAt(value, 0); }

}  // namespace tidemill::graphql
