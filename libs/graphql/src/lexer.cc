#include "lexer.h"

#include <fmt/format.h>

#include "block_string.h"
#include "source.h"

namespace tidemill::graphql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsSurrogate(std::uint32_t value) { return value >= 0xD800 && value <= 0xDFFF; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string_view KindText(TokenKind kind) {
  static constexpr std::string_view kTexts[] = {"<EOF>", "!",    "$",   "&",     "(",      ")",          "...",
                                                ":",     "=",    "@",   "[",     "]",      "{",          "|",
                                                "}",     "Name", "Int", "Float", "String", "BlockString"};
  return kTexts[static_cast<std::size_t>(kind)];
}

TokenKind Punctuator(char c) {
  switch (c) {
    case '!':
      return TokenKind::kBang;
    case '$':
      return TokenKind::kDollar;
    case '&':
      return TokenKind::kAmpersand;
    case '(':
      return TokenKind::kParenLeft;
    case ')':
      return TokenKind::kParenRight;
    case ':':
      return TokenKind::kColon;
    case '=':
      return TokenKind::kEquals;
    case '@':
      return TokenKind::kAt;
    case '[':
      return TokenKind::kBracketLeft;
    case ']':
      return TokenKind::kBracketRight;
    case '{':
      return TokenKind::kBraceLeft;
    case '|':
      return TokenKind::kPipe;
    case '}':
      return TokenKind::kBraceRight;
    default:
      return TokenKind::kEnd;
  }
}

}  // namespace

std::string DescribeKind(TokenKind kind) {
  bool punctuator = kind > TokenKind::kEnd && kind < TokenKind::kName;
  return punctuator ? fmt::format("'{}'", KindText(kind)) : std::string(KindText(kind));
}

std::string DescribeToken(const Token& token) {
  if (token.kind < TokenKind::kName) return DescribeKind(token.kind);
  bool is_string = token.kind == TokenKind::kString || token.kind == TokenKind::kBlockString;
  return fmt::format("{} '{}'", KindText(token.kind), is_string ? std::string_view(token.value) : token.text);
}

std::uint32_t Lexer::SkipIgnored(std::uint32_t position) const {
  while (position < source_.size()) {
    char c = source_[position];
    if (c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r') {
      ++position;
    } else if (c == '#') {
      while (position < source_.size() && source_[position] != '\n' && source_[position] != '\r') ++position;
    } else if (StartsWith(position, "\xEF\xBB\xBF")) {
      position += 3;
    } else {
      break;
    }
  }
  return position;
}

std::string Lexer::PrintAt(std::uint32_t position) const {
  if (position >= source_.size()) return "<EOF>";
  std::uint32_t value = DecodeAt(source_, position).value;
  if (value == '"') return "'\"'";
  if (value >= 0x20 && value <= 0x7E) return fmt::format("'{}'", static_cast<char>(value));
  return fmt::format("U+{:04X}", value);
}

Token Lexer::Plain(TokenKind kind, std::uint32_t start, std::uint32_t end) const {
  return {kind, start, end, source_.substr(start, end - start), {}};
}

Token Lexer::Read(std::uint32_t position) const {
  position = SkipIgnored(position);
  if (position >= source_.size()) {
    auto end = static_cast<std::uint32_t>(source_.size());
    return Plain(TokenKind::kEnd, end, end);
  }
  char c = source_[position];
  if (c == '"') return StartsWith(position, "\"\"\"") ? ReadBlockString(position) : ReadString(position);
  if (TokenKind kind = Punctuator(c); kind != TokenKind::kEnd) return Plain(kind, position, position + 1);
  if (IsDigit(c) || c == '-') return ReadNumber(position);
  if (IsNameStart(c)) {
    std::uint32_t end = position + 1;
    while (IsNamePart(At(end))) ++end;
    return Plain(TokenKind::kName, position, end);
  }
  if (StartsWith(position, "...")) return Plain(TokenKind::kSpread, position, position + 3);
  if (c == '\'') {
    throw SyntaxError(position, "Unexpected single quote character ('), did you mean to use a double quote (\")?");
  }
  bool valid = !IsSurrogate(DecodeAt(source_, position).value);
  throw SyntaxError(position, fmt::format("{} character: {}.", valid ? "Unexpected" : "Invalid", PrintAt(position)));
}

Token Lexer::ReadNumber(std::uint32_t start) const {
  std::uint32_t position = start;
  bool is_float = false;
  if (At(position) == '-') ++position;
  if (At(position) == '0') {
    ++position;
    if (IsDigit(At(position))) {
      throw SyntaxError(position, fmt::format("Invalid number, unexpected digit after 0: {}.", PrintAt(position)));
    }
  } else {
    position = ReadDigits(position);
  }
  if (At(position) == '.') {
    is_float = true;
    position = ReadDigits(position + 1);
  }
  if (At(position) == 'e' || At(position) == 'E') {
    is_float = true;
    ++position;
    if (At(position) == '+' || At(position) == '-') ++position;
    position = ReadDigits(position);
  }
  if (At(position) == '.' || IsNameStart(At(position))) {
    throw SyntaxError(position, fmt::format("Invalid number, expected digit but got: {}.", PrintAt(position)));
  }
  return Plain(is_float ? TokenKind::kFloat : TokenKind::kInt, start, position);
}

std::uint32_t Lexer::ReadDigits(std::uint32_t position) const {
  if (!IsDigit(At(position))) {
    throw SyntaxError(position, fmt::format("Invalid number, expected digit but got: {}.", PrintAt(position)));
  }
  while (IsDigit(At(position))) ++position;
  return position;
}

std::uint32_t Lexer::StringCharacter(std::uint32_t position) const {
  CodePoint point = DecodeAt(source_, position);
  if (IsSurrogate(point.value)) {
    throw SyntaxError(position, fmt::format("Invalid character within String: {}.", PrintAt(position)));
  }
  return point.size;
}

Token Lexer::ReadString(std::uint32_t start) const {
  std::string value;
  std::uint32_t position = start + 1;
  while (position < source_.size()) {
    char c = source_[position];
    if (c == '"') {
      Token token = Plain(TokenKind::kString, start, position + 1);
      token.value = std::move(value);
      return token;
    }
    if (c == '\n' || c == '\r') break;
    if (c == '\\') {
      position = ReadEscape(position, value);
      continue;
    }
    std::uint32_t size = StringCharacter(position);
    value += source_.substr(position, size);
    position += size;
  }
  throw SyntaxError(position, "Unterminated string.");
}

std::uint32_t Lexer::ReadEscape(std::uint32_t position, std::string& value) const {
  switch (At(position + 1)) {
    case 'u':
      return At(position + 2) == '{' ? ReadWideEscape(position, value) : ReadFixedEscape(position, value);
    case '"':
      value += '"';
      break;
    case '\\':
      value += '\\';
      break;
    case '/':
      value += '/';
      break;
    case 'b':
      value += '\b';
      break;
    case 'f':
      value += '\f';
      break;
    case 'n':
      value += '\n';
      break;
    case 'r':
      value += '\r';
      break;
    case 't':
      value += '\t';
      break;
    default:
      throw SyntaxError(position,
                        fmt::format("Invalid character escape sequence: '{}'.", SliceCodePoints(source_, position, 2)));
  }
  return position + 2;
}

std::uint32_t Lexer::ReadWideEscape(std::uint32_t position, std::string& value) const {
  // At most 8 digits between the braces; the slice in the message ends where reading gave up.
  std::uint32_t point = 0;
  std::uint32_t size = 3;
  std::uint32_t remaining = 0;
  for (std::uint32_t at = position; at < source_.size() && remaining < 12; at += DecodeAt(source_, at).size)
    ++remaining;
  while (size < remaining) {
    char c = At(position + size);
    ++size;
    if (c == '}') {
      if (size < 5 || point > 0x10FFFF || IsSurrogate(point)) break;
      AppendUtf8(value, point);
      return position + size;
    }
    int digit = HexDigit(c);
    // A value with the top bit set counts as negative in the reference's arithmetic only through a bad digit.
    if (digit < 0) break;
    point = point << 4 | static_cast<std::uint32_t>(digit);
  }
  throw SyntaxError(position,
                    fmt::format("Invalid Unicode escape sequence: '{}'.", SliceCodePoints(source_, position, size)));
}

std::uint32_t Lexer::ReadFixedEscape(std::uint32_t position, std::string& value) const {
  auto read = [&](std::uint32_t at) {
    int code = 0;
    for (std::uint32_t i = 0; i < 4; ++i) {
      int digit = HexDigit(At(at + i));
      if (digit < 0) return -1;
      code = code << 4 | digit;
    }
    return code;
  };
  int code = read(position + 2);
  if (code >= 0 && !IsSurrogate(static_cast<std::uint32_t>(code))) {
    AppendUtf8(value, static_cast<std::uint32_t>(code));
    return position + 6;
  }
  if (code >= 0xD800 && code <= 0xDBFF && StartsWith(position + 6, "\\u")) {
    int trailing = read(position + 8);
    if (trailing >= 0xDC00 && trailing <= 0xDFFF) {
      AppendUtf8(value, 0x10000U + (static_cast<std::uint32_t>(code - 0xD800) << 10) +
                            static_cast<std::uint32_t>(trailing - 0xDC00));
      return position + 12;
    }
  }
  throw SyntaxError(position,
                    fmt::format("Invalid Unicode escape sequence: '{}'.", SliceCodePoints(source_, position, 6)));
}

Token Lexer::ReadBlockString(std::uint32_t start) const {
  std::string raw;
  std::uint32_t position = start + 3;
  while (position < source_.size()) {
    if (StartsWith(position, "\"\"\"")) {
      Token token = Plain(TokenKind::kBlockString, start, position + 3);
      token.value = DedentBlockString(raw);
      return token;
    }
    if (StartsWith(position, "\\\"\"\"")) {
      raw += "\"\"\"";
      position += 4;
      continue;
    }
    std::uint32_t size = StringCharacter(position);
    raw += source_.substr(position, size);
    position += size;
  }
  throw SyntaxError(position, "Unterminated string.");
}

}  // namespace tidemill::graphql
