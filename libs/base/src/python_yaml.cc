#include <algorithm>
#include <cstddef>
#include <regex>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/python_yaml.h>

namespace tidemill {
namespace {

using Text = std::u32string;

constexpr int kWidth = 80;
/// Longer keys do not stand before their colon in one line.
constexpr std::size_t kMaxSimpleKey = 128;
/// A longer scalar is no number or date; std::regex recurses with each character.
constexpr std::size_t kMaxSpecial = 1000;

/// Bytes that are no UTF-8 become U+FFFD.
Text Decode(std::string_view utf8) {
  Text text;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    if (length == 0 || i + length > utf8.size()) {
      text.push_back(0xFFFD);
      ++i;
      continue;
    }
    char32_t c = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t k = 1; k < length; ++k) c = (c << 6) | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
    text.push_back(c);
    i += length;
  }
  return text;
}

void AppendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLeads[more] | (c >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

bool IsBreak(char32_t c) { return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool IsSpaceOrBreak(char32_t c) { return c == 0 || c == U' ' || c == U'\t' || c == U'\r' || IsBreak(c); }
bool IsIn(char32_t c, std::u32string_view set) { return set.find(c) != std::u32string_view::npos; }
bool IsPrintableUnicode(char32_t c) {
  return (c == 0x85 || (c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c < 0x10FFFF)) &&
         c != 0xFEFF;
}

/// What PyYAML finds out about a text before it chooses quotes.
struct Analysis {
  bool is_multiline = false;
  bool allows_plain = true;
  bool allows_single_quotes = true;
};

/// Whether characters that mean something to YAML forbid a plain scalar.
bool HasIndicators(const Text& text) {
  if (text.starts_with(U"---") || text.starts_with(U"...")) return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool space_follows = i + 1 >= text.size() || IsSpaceOrBreak(text[i + 1]);
    const bool space_precedes = i == 0 || IsSpaceOrBreak(text[i - 1]);
    if (i == 0 && (IsIn(c, U"#,[]{}&*!|>'\"%@`") || (IsIn(c, U"?:-") && space_follows))) return true;
    if (i > 0 && ((c == U':' && space_follows) || (c == U'#' && space_precedes))) return true;
  }
  return false;
}

Analysis Analyze(const Text& text, bool allow_unicode) {
  Analysis result;
  if (text.empty()) return result;
  bool special = false;
  bool break_then_space = false;
  bool space_then_break = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    result.is_multiline |= IsBreak(c);
    if (c != U'\n' && (c < 0x20 || c > 0x7E)) special |= !IsPrintableUnicode(c) || !allow_unicode;
    if (i == 0) continue;
    break_then_space |= c == U' ' && IsBreak(text[i - 1]);
    space_then_break |= IsBreak(c) && text[i - 1] == U' ';
  }
  const auto is_edge = [](char32_t c) { return c == U' ' || IsBreak(c); };
  const bool bad_edges = is_edge(text.front()) || is_edge(text.back());
  result.allows_single_quotes = !break_then_space && !space_then_break && !special;
  result.allows_plain = result.allows_single_quotes && !bad_edges && !result.is_multiline && !HasIndicators(text);
  return result;
}

/// Whether a plain scalar would be read as something other than text (YAML 1.1, PyYAML's expressions).
bool ReadsAsOther(const std::string& text, bool knows_dates) {
  if (text.empty() || text == "~" || text == "=" || text == "<<") return true;
  static const std::regex kWord(
      "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|null|Null|NULL");
  if (text.size() <= 5 && std::regex_match(text, kWord)) return true;
  if (std::string_view("+-.0123456789").find(text.front()) == std::string_view::npos) return false;
  if (text.size() > kMaxSpecial) return false;
  static const std::regex kFloat(
      R"([-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)"
      R"(|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))");
  static const std::regex kInt(R"([-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)"
                               R"(|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)");
  static const std::regex kDate(
      R"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[ \t]+)[0-9][0-9]?)"
      R"(:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?)");
  return std::regex_match(text, kFloat) || std::regex_match(text, kInt) ||
         (knows_dates && std::regex_match(text, kDate));
}

/// Writes one scalar after the other, with the column that decides where lines break.
class Emitter {
 public:
  explicit Emitter(const PythonYamlOptions& options) : options_(options) {}

  void Write(const json::Value& value) {
    if (IsBlock(value)) {
      WriteBlock(value, 0);
    } else {
      WriteScalar(value, 2, false);
      EndLine();
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  static bool IsBlock(const json::Value& value) {
    return (value.is_object() && !value.AsObject().empty()) || (value.is_array() && !value.AsArray().empty());
  }

  void Put(std::string_view ascii) {
    out_ += ascii;
    column_ += static_cast<int>(ascii.size());
  }
  void Put(const Text& text, std::size_t start, std::size_t end) {
    for (std::size_t i = start; i < end; ++i) AppendUtf8(out_, text[i]);
    column_ += static_cast<int>(end - start);
  }
  void EndLine() {
    out_ += '\n';
    column_ = 0;
  }
  void Indent(int columns) {
    out_.append(static_cast<std::size_t>(columns), ' ');
    column_ += columns;
  }
  void NewLine(int indent) {
    EndLine();
    Indent(indent);
  }

  /// A non-empty mapping or list whose first line is indented already.
  void WriteBlock(const json::Value& value, int indent) {
    bool first = true;
    const auto begin_line = [&] {
      if (!first) Indent(indent);
      first = false;
    };
    if (value.is_array()) {
      for (const json::Value& item : value.AsArray()) {
        begin_line();
        Put("- ");
        WriteNested(item, indent + 2);
      }
      return;
    }
    std::vector<const json::Object::Member*> members;
    for (const auto& member : value.AsObject()) members.push_back(&member);
    if (options_.sort_keys) {
      std::stable_sort(members.begin(), members.end(),
                       [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    for (const auto* member : members) {
      begin_line();
      WriteMember(member->first, member->second, indent);
    }
  }

  void WriteNested(const json::Value& value, int indent) {
    if (IsBlock(value)) return WriteBlock(value, indent);
    WriteScalar(value, indent, false);
    EndLine();
  }

  void WriteMember(const std::string& key, const json::Value& value, int indent) {
    const Text text = Decode(key);
    const bool simple =
        !text.empty() && text.size() < kMaxSimpleKey && !Analyze(text, options_.allow_unicode).is_multiline;
    if (!simple) {
      Put("? ");
      WriteText(text, key, indent + 2, false);
      NewLine(indent);
      Put(": ");
      return WriteNested(value, indent + 2);
    }
    WriteText(text, key, indent, true);
    Put(":");
    if (!IsBlock(value)) {
      Put(" ");
      WriteScalar(value, indent + 2, false);
      return EndLine();
    }
    const int inner = value.is_array() ? indent : indent + 2;  // A list stands at the column of its key.
    NewLine(inner);
    WriteBlock(value, inner);
  }

  /// `indent`: of the lines that a long one is broken into.
  void WriteScalar(const json::Value& value, int indent, bool is_key) {
    if (value.is_string()) return WriteText(Decode(value.AsString()), value.AsString(), indent, is_key);
    if (value.is_double()) return WriteDouble(value.AsDouble());
    Put(json::Dump(value));  // Empty collections and the other scalars are as in JSON.
  }

  void WriteDouble(double value) {
    std::string text;
    json::AppendDouble(text, value);
    if (text == "Infinity") text = ".inf";
    if (text == "-Infinity") text = "-.inf";
    if (text == "NaN") text = ".nan";
    const auto exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
    Put(text);
  }

  void WriteText(const Text& text, const std::string& utf8, int indent, bool is_key) {
    const Analysis analysis = Analyze(text, options_.allow_unicode);
    const bool quoted = (options_.is_run_config && utf8.starts_with('0')) ||
                        ReadsAsOther(utf8, !options_.is_run_config) || !analysis.allows_plain;
    if (!quoted) return WritePlain(text, indent, !is_key);
    if (analysis.allows_single_quotes && !(is_key && analysis.is_multiline)) {
      return WriteSingleQuoted(text, indent, !is_key);
    }
    WriteDoubleQuoted(text, indent, !is_key);
  }

  void WritePlain(const Text& text, int indent, bool split) {
    for (std::size_t start = 0; start < text.size();) {
      const bool spaces = text[start] == U' ';
      std::size_t end = start;
      while (end < text.size() && (text[end] == U' ') == spaces) ++end;
      if (spaces && start + 1 == end && column_ > kWidth && split) {
        NewLine(indent);
      } else {
        Put(text, start, end);
      }
      start = end;
    }
  }

  void WriteSingleQuoted(const Text& text, int indent, bool split) {
    Put("'");
    for (std::size_t start = 0; start < text.size();) {
      std::size_t end = start;
      if (text[start] == U' ') {
        while (end < text.size() && text[end] == U' ') ++end;
        const bool inside = start != 0 && end != text.size();
        if (start + 1 == end && column_ > kWidth && split && inside) {
          NewLine(indent);
        } else {
          Put(text, start, end);
        }
      } else if (IsBreak(text[start])) {
        while (end < text.size() && IsBreak(text[end])) ++end;
        WriteBreaks(text, start, end);
        Indent(indent);
      } else if (text[start] == U'\'') {
        end = start + 1;
        Put("''");
      } else {
        while (end < text.size() && text[end] != U' ' && text[end] != U'\'' && !IsBreak(text[end])) ++end;
        Put(text, start, end);
      }
      start = end;
    }
    Put("'");
  }

  /// A line break of the text is an empty line more, since one alone would be folded into a space.
  void WriteBreaks(const Text& text, std::size_t start, std::size_t end) {
    if (text[start] == U'\n') EndLine();
    for (std::size_t i = start; i < end; ++i) {
      AppendUtf8(out_, text[i]);
      column_ = 0;
    }
  }

  bool NeedsEscape(char32_t c) const {
    if (IsIn(c, U"\"\\\x85\u2028\u2029\uFEFF")) return true;
    if (c >= 0x20 && c <= 0x7E) return false;
    return !options_.allow_unicode || !((c >= 0xA0 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD));
  }

  static std::string Escape(char32_t c) {
    constexpr std::u32string_view kFrom = U"\a\b\t\n\v\f\r\x1B\"\\\x85\xA0\u2028\u2029";
    constexpr std::string_view kTo = "abtnvfre\"\\N_LP";
    if (c == 0) return "\\0";
    if (const auto at = kFrom.find(c); at != std::u32string_view::npos) return std::string("\\") + kTo[at];
    const auto code = static_cast<std::uint32_t>(c);
    return code <= 0xFF     ? fmt::format("\\x{:02X}", code)
           : code <= 0xFFFF ? fmt::format("\\u{:04X}", code)
                            : fmt::format("\\U{:08X}", code);
  }

  void WriteDoubleQuoted(const Text& text, int indent, bool split) {
    Put("\"");
    std::size_t start = 0;
    for (std::size_t end = 0; end <= text.size(); ++end) {
      const bool at_end = end == text.size();
      if (at_end || NeedsEscape(text[end])) {
        if (start < end) Put(text, start, end);
        start = end;
        if (!at_end) {
          Put(Escape(text[end]));
          start = end + 1;
        }
      }
      const bool inside = end > 0 && end + 1 < text.size();
      if (!inside || !(text[end] == U' ' || start >= end)) continue;
      if (column_ + static_cast<int>(end) - static_cast<int>(start) <= kWidth || !split) continue;
      if (start < end) {
        Put(text, start, end);
        start = end;
      }
      Put("\\");
      NewLine(indent);
      if (text[start] == U' ') Put("\\");
    }
    Put("\"");
  }

  const PythonYamlOptions options_;
  std::string out_;
  int column_ = 0;
};

}  // namespace

std::string ToPythonYaml(const json::Value& value, const PythonYamlOptions& options) {
  Emitter emitter(options);
  emitter.Write(value);
  return emitter.Take();
}

}  // namespace tidemill
