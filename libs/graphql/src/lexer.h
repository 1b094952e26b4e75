#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemill::graphql {

enum class TokenKind {
  kEnd,
  kBang,
  kDollar,
  kAmpersand,
  kParenLeft,
  kParenRight,
  kSpread,
  kColon,
  kEquals,
  kAt,
  kBracketLeft,
  kBracketRight,
  kBraceLeft,
  kPipe,
  kBraceRight,
  kName,
  kInt,
  kFloat,
  kString,
  kBlockString,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  std::string_view text;  ///< As written.
  std::string value;      ///< Of strings: what they say.
};

/// As messages name it: `'{'`, `Name`, `<EOF>`.
std::string DescribeKind(TokenKind kind);
/// With its value: `Name 'run'`.
std::string DescribeToken(const Token& token);

/// Cuts a text into tokens; blanks, commas and comments are skipped. Throws SyntaxError.
class Lexer final {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  /// The token that begins at or after a byte offset.
  Token Read(std::uint32_t position) const;

 private:
  char At(std::uint32_t position) const { return position < source_.size() ? source_[position] : '\0'; }
  bool StartsWith(std::uint32_t position, std::string_view text) const {
    return source_.substr(position, text.size()) == text;
  }
  std::uint32_t SkipIgnored(std::uint32_t position) const;
  std::string PrintAt(std::uint32_t position) const;
  Token Plain(TokenKind kind, std::uint32_t start, std::uint32_t end) const;
  Token ReadNumber(std::uint32_t start) const;
  std::uint32_t ReadDigits(std::uint32_t position) const;
  Token ReadString(std::uint32_t start) const;
  std::uint32_t ReadEscape(std::uint32_t position, std::string& value) const;
  std::uint32_t ReadWideEscape(std::uint32_t position, std::string& value) const;
  std::uint32_t ReadFixedEscape(std::uint32_t position, std::string& value) const;
  Token ReadBlockString(std::uint32_t start) const;
  /// The code point's size; throws where it may not be in a string.
  std::uint32_t StringCharacter(std::uint32_t position) const;

  std::string_view source_;
};

}  // namespace tidemill::graphql
