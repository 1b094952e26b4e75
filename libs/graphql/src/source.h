#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/graphql/error.h>

namespace tidemill::graphql {

/// An error found in a document's text before it runs; positions are byte offsets.
struct DocumentError {
  std::string message;
  std::vector<std::uint32_t> positions;
};

/// Thrown by the lexer and the parser; the message begins with "Syntax Error: ".
class SyntaxError final : public Error {
 public:
  SyntaxError(std::uint32_t position, const std::string& description)
      : Error(Code::kInvalidArgument, "Syntax Error: " + description), position_(position) {}

  std::uint32_t position() const { return position_; }

 private:
  std::uint32_t position_;
};

/// Line and column, both from 1, of a byte offset; the column counts code points.
Location LocationOf(std::string_view source, std::uint32_t position);

struct CodePoint {
  std::uint32_t value = 0;
  std::uint32_t size = 0;  ///< Bytes.
};

/// The code point at a byte offset that is in the text; a byte that begins none counts as U+FFFD.
CodePoint DecodeAt(std::string_view text, std::uint32_t position);

/// Up to `count` code points from a byte offset on.
std::string_view SliceCodePoints(std::string_view text, std::uint32_t position, std::uint32_t count);

void AppendUtf8(std::string& out, std::uint32_t code_point);

}  // namespace tidemill::graphql
