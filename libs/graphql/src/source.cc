#include "source.h"

namespace tidemill::graphql {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

Location LocationOf(std::string_view source, std::uint32_t position) {
  Location location;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < position && i < source.size(); ++i) {
    bool crlf = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if (crlf && i + 1 < position) ++i;
    if (source[i] == '\n' || (source[i] == '\r' && !crlf)) {
      ++location.line;
      line_start = i + 1;
    }
  }
  for (std::size_t i = line_start; i < position && i < source.size(); ++i) {
    if (!IsContinuation(source[i])) ++location.column;
  }
  return location;
}

CodePoint DecodeAt(std::string_view text, std::uint32_t position) {
  auto byte = [&](std::uint32_t offset) { return static_cast<unsigned char>(text[position + offset]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::uint32_t size = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (lead >= 0xF5 || size == 1 || position + size > text.size()) return {0xFFFD, 1};
  std::uint32_t value = size == 4 ? lead & 0x07 : size == 3 ? lead & 0x0F : lead & 0x1F;
  for (std::uint32_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[position + i])) return {0xFFFD, 1};
    value = value << 6 | (byte(i) & 0x3F);
  }
  bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF) return {0xFFFD, 1};
  return {value, size};
}

std::string_view SliceCodePoints(std::string_view text, std::uint32_t position, std::uint32_t count) {
  std::uint32_t end = position;
  for (std::uint32_t i = 0; i < count && end < text.size(); ++i) end += DecodeAt(text, end).size;
  return position < text.size() ? text.substr(position, end - position) : std::string_view();
}

void AppendUtf8(std::string& out, std::uint32_t code_point) {
  auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3F));
    add(0x80 | (code_point >> 6 & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

}  // namespace tidemill::graphql
