#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

namespace tidemill::json {
namespace {

constexpr int kMaxDepth = 512;

void AppendUtf8(std::string& out, unsigned point) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (point >> 6)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (point >> 12)));
    out.push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (point >> 18)));
    out.push_back(static_cast<char>(0x80 | ((point >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

/// Recursive descent over the text; `at_` is where the next character is read.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Value ParseWhole() {
    Value value = ParseValue(0);
    SkipSpace();
    if (at_ != text_.size()) Fail("text after the end of the value");
    return value;
  }

 private:
  [[noreturn]] void Fail(std::string_view what) const {
    std::size_t line = 1;
    std::size_t start = 0;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++line;
        start = i + 1;
      }
    }
    throw Error(Code::kInvalidArgument, fmt::format("JSON: {} at line {} column {}", what, line, at_ - start + 1));
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Value ParseValue(int depth) {
    if (depth > kMaxDepth) Fail("nesting deeper than 512");
    SkipSpace();
    if (at_ >= text_.size()) Fail("unexpected end of text");
    switch (text_[at_]) {
      case '{':
        return ParseObject(depth);
      case '[':
        return ParseArray(depth);
      case '"':
        return ParseString();
      case 't':
        if (TakeWord("true")) return true;
        break;
      case 'f':
        if (TakeWord("false")) return false;
        break;
      case 'n':
        if (TakeWord("null")) return nullptr;
        break;
      case 'N':
        if (TakeWord("NaN")) return std::numeric_limits<double>::quiet_NaN();
        break;
      case 'I':
        if (TakeWord("Infinity")) return std::numeric_limits<double>::infinity();
        break;
      case '-':
        if (TakeWord("-Infinity")) return -std::numeric_limits<double>::infinity();
        return ParseNumber();
      default:
        if (text_[at_] >= '0' && text_[at_] <= '9') return ParseNumber();
    }
    Fail("unexpected character");
  }

  /// Takes what was added to `open` since it had `start` elements: the finished vector has no room to spare.
  template <class T>
  static std::vector<T> TakeFrom(std::vector<T>& open, std::size_t start) {
    const auto first = open.begin() + static_cast<std::ptrdiff_t>(start);
    std::vector<T> taken(std::make_move_iterator(first), std::make_move_iterator(open.end()));
    open.erase(first, open.end());
    return taken;
  }

  void AddMember(std::size_t start, std::string key, Value value) {
    // Large maps are appended unchecked; equal keys in them do not occur in what Dagster writes.
    if (members_.size() - start < 64) {
      const auto same = std::find_if(members_.begin() + static_cast<std::ptrdiff_t>(start), members_.end(),
                                     [&](const Object::Member& member) { return member.first == key; });
      if (same != members_.end()) {
        same->second = std::move(value);
        return;
      }
    }
    members_.emplace_back(std::move(key), std::move(value));
  }

  Value ParseObject(int depth) {
    Take('{');
    const std::size_t start = members_.size();
    SkipSpace();
    if (Take('}')) return Object();
    while (true) {
      SkipSpace();
      if (at_ >= text_.size() || text_[at_] != '"') Fail("expected a member's name");
      std::string key = ParseString();
      SkipSpace();
      if (!Take(':')) Fail("expected ':'");
      AddMember(start, std::move(key), ParseValue(depth + 1));
      SkipSpace();
      if (Take('}')) return Object(TakeFrom(members_, start));
      if (!Take(',')) Fail("expected ',' or '}'");
    }
  }

  Value ParseArray(int depth) {
    Take('[');
    const std::size_t start = elements_.size();
    SkipSpace();
    if (Take(']')) return Array();
    while (true) {
      elements_.push_back(ParseValue(depth + 1));
      SkipSpace();
      if (Take(']')) return TakeFrom(elements_, start);
      if (!Take(',')) Fail("expected ',' or ']'");
    }
  }

  std::string ParseString() {
    Take('"');
    std::string out;
    while (true) {
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      out.append(text_, start, at_ - start);
      if (at_ >= text_.size()) Fail("string without an end");
      if (Take('"')) return out;
      if (!Take('\\')) Fail("control character in a string");
      ParseEscape(out);
    }
  }

  void ParseEscape(std::string& out) {
    if (at_ >= text_.size()) Fail("string without an end");
    switch (text_[at_++]) {
      case '"':
        out.push_back('"');
        return;
      case '\\':
        out.push_back('\\');
        return;
      case '/':
        out.push_back('/');
        return;
      case 'b':
        out.push_back('\b');
        return;
      case 'f':
        out.push_back('\f');
        return;
      case 'n':
        out.push_back('\n');
        return;
      case 'r':
        out.push_back('\r');
        return;
      case 't':
        out.push_back('\t');
        return;
      case 'u':
        return ParseUnicodeEscape(out);
      default:
        --at_;
        Fail("unknown escape");
    }
  }

  void ParseUnicodeEscape(std::string& out) {
    unsigned point = ParseHex4();
    if (point >= 0xD800 && point < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      const std::size_t mark = at_;
      at_ += 2;
      const unsigned low = ParseHex4();
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = mark;
      }
    }
    if (point >= 0xDC80 && point < 0xDD00) {
      out.push_back(static_cast<char>(point - 0xDC00));  // surrogateescape: the raw byte that Dump escaped so
    } else {
      AppendUtf8(out, point);
    }
  }

  unsigned ParseHex4() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      if (c >= '0' && c <= '9') {
        value = value * 16 + static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        value = value * 16 + static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        value = value * 16 + static_cast<unsigned>(c - 'A' + 10);
      } else {
        Fail("expected four hexadecimal digits");
      }
    }
    return value;
  }

  std::size_t SkipDigits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - start;
  }

  Value ParseNumber() {
    const std::size_t start = at_;
    Take('-');
    const std::size_t integer_start = at_;
    if (SkipDigits() == 0) Fail("expected a digit");
    if (text_[integer_start] == '0' && at_ - integer_start > 1) Fail("number with a leading zero");
    bool integral = true;
    if (Take('.')) {
      integral = false;
      if (SkipDigits() == 0) Fail("expected a digit after '.'");
    }
    if (Take('e') || Take('E')) {
      integral = false;
      if (!Take('+')) Take('-');
      if (SkipDigits() == 0) Fail("expected a digit of the exponent");
    }
    const char* first = text_.data() + start;
    const char* last = text_.data() + at_;
    if (integral) {
      std::int64_t value = 0;
      if (std::from_chars(first, last, value).ec == std::errc()) return value;
      return BigInt{std::string(first, last)};
    }
    double value = 0;
    if (std::from_chars(first, last, value).ec == std::errc::result_out_of_range) {
      value = std::strtod(std::string(first, last).c_str(), nullptr);  // 0 or infinity, as Python gives
    }
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  // Of the objects and arrays that are being read, the innermost last.
  std::vector<Object::Member> members_;
  std::vector<Value> elements_;
};

}  // namespace

Value Parse(std::string_view text) { return Parser(text).ParseWhole(); }

}  // namespace tidemill::json
