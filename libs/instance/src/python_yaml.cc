#include "python_yaml.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace tidemill::instance {
namespace {

/// Whether a text may stand without quotes: it has only harmless characters and begins with a letter or '/', and no
/// YAML 1.1 word is like it.
bool IsPlainText(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kMore = "0123456789_./-@+";
  if (text.empty() || (text.front() != '/' && kLetters.find(text.front()) == std::string_view::npos)) return false;
  for (const char c : text) {
    if (kLetters.find(c) == std::string_view::npos && kMore.find(c) == std::string_view::npos) return false;
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  return std::find(std::begin(kWords), std::end(kWords), lower) == std::end(kWords);
}

/// As PyYAML: single quotes where they can hold the text, else JSON's double quotes, which YAML reads too.
void AppendText(std::string& out, const std::string& text) {
  if (IsPlainText(text)) {
    out += text;
    return;
  }
  const bool is_printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
  if (!is_printable) return json::AppendQuoted(out, text);
  out += '\'';
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
}

void AppendDouble(std::string& out, double value) {
  std::string text;
  json::AppendDouble(text, value);
  if (text == "Infinity") text = ".inf";
  if (text == "-Infinity") text = "-.inf";
  if (text == "NaN") text = ".nan";
  // YAML 1.1 wants a point before the exponent.
  if (const auto exponent = text.find('e'); exponent != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(exponent, ".0");
  }
  out += text;
}

void AppendScalar(std::string& out, const json::Value& value) {
  if (value.is_string()) return AppendText(out, value.AsString());
  if (value.is_double()) return AppendDouble(out, value.AsDouble());
  // Empty mappings and lists are the same in YAML as in JSON.
  json::AppendValue(out, value, json::Order::kSorted);
}

bool IsBlock(const json::Value& value) {
  return (value.is_object() && !value.AsObject().empty()) || (value.is_array() && !value.AsArray().empty());
}

void Append(std::string& out, const json::Value& value, int indent);

void AppendMember(std::string& out, const std::string& key, const json::Value& value, int indent) {
  AppendText(out, key);
  out += ':';
  if (!IsBlock(value)) {
    out += ' ';
    AppendScalar(out, value);
    out += '\n';
    return;
  }
  out += '\n';
  // A list stands at the column of its key.
  const int inner = value.is_array() ? indent : indent + 2;
  out.append(static_cast<std::size_t>(inner), ' ');
  Append(out, value, inner);
}

/// Appends a non-empty mapping or list whose first line is indented already.
void Append(std::string& out, const json::Value& value, int indent) {
  bool first = true;
  const auto begin_line = [&] {
    if (!first) out.append(static_cast<std::size_t>(indent), ' ');
    first = false;
  };
  if (value.is_object()) {
    std::vector<const json::Object::Member*> members;
    for (const auto& member : value.AsObject()) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* member : members) {
      begin_line();
      AppendMember(out, member->first, member->second, indent);
    }
    return;
  }
  for (const json::Value& item : value.AsArray()) {
    begin_line();
    out += "- ";
    if (IsBlock(item)) {
      Append(out, item, indent + 2);
    } else {
      AppendScalar(out, item);
      out += '\n';
    }
  }
}

}  // namespace

std::string ToPythonYaml(const json::Value& value) {
  std::string out;
  if (IsBlock(value)) {
    Append(out, value, 0);
  } else {
    AppendScalar(out, value);
    out += '\n';
  }
  return out;
}

}  // namespace tidemill::instance
