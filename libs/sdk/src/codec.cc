#include <charconv>

#include <fmt/format.h>

#include <tidemill/sdk/codec.h>

namespace tidemill::sdk {

std::string_view ByteReader::Take(std::size_t count) {
  if (count > bytes_.size()) {
    throw Error(Code::kDataLoss, fmt::format("the stored value ends {} bytes too early; was the file cut, or written "
                                             "for another type?",
                                             count - bytes_.size()));
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

std::uint64_t ByteReader::TakeSize() {
  std::uint64_t size = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(Take(1)[0]);
    size |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return size;
  }
  throw Error(Code::kDataLoss, "the stored value has a size that is no number; was it written for another type?");
}

std::size_t ByteReader::TakeCount(std::size_t minimum) {
  const std::uint64_t count = TakeSize();
  if (minimum > 0 && count > bytes_.size() / minimum) {
    throw Error(Code::kDataLoss, fmt::format("the stored value claims {} items, more than its bytes can hold; was the "
                                             "file cut, or written for another type?",
                                             count));
  }
  return count;
}

namespace detail {

void AppendSize(std::string& out, std::uint64_t size) {
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>(size | 0x80));
  out.push_back(static_cast<char>(size));
}

void RethrowWithin(const Error& error, std::string_view part) {
  const std::string_view inner = error.what();
  const bool is_path = inner.starts_with('[') || inner.starts_with('.');
  const std::string dotted = part.starts_with('[') ? std::string(part) : fmt::format(".{}", part);
  throw Error(error.code(), fmt::format("{}{}{}", dotted, is_path ? "" : ": ", inner));
}

void ThrowOutOfRange(const json::Value& value, int bits, bool is_signed) {
  throw Error(Code::kInvalidArgument, fmt::format("{} does not fit into {} {}-bit integer", json::Dump(value),
                                                  is_signed ? "a signed" : "an unsigned", bits));
}

void ThrowMissingMember(std::string_view member) {
  throw Error(Code::kInvalidArgument, fmt::format(".{}: the member is missing", member));
}

void ThrowWrongSize(std::size_t expected, std::size_t actual) {
  throw Error(Code::kInvalidArgument, fmt::format("expected an array of {} items, got {}", expected, actual));
}

void ThrowUnknownEnumerator(std::string_view name) {
  throw Error(Code::kInvalidArgument, fmt::format("\"{}\" is not one of the enum's names", name));
}

json::Value UnsignedToJson(std::uint64_t value) {
  if (std::in_range<std::int64_t>(value)) return static_cast<std::int64_t>(value);
  return json::BigInt{std::to_string(value)};
}

std::uint64_t UnsignedFromJson(const json::Value& value) {
  if (const auto* big = std::get_if<json::BigInt>(&value.data())) {
    std::uint64_t number = 0;
    const char* end = big->digits.data() + big->digits.size();
    const auto [stop, error] = std::from_chars(big->digits.data(), end, number);
    if (error != std::errc() || stop != end) ThrowOutOfRange(value, 64, false);
    return number;
  }
  if (value.AsInt() < 0) ThrowOutOfRange(value, 64, false);
  return static_cast<std::uint64_t>(value.AsInt());
}

std::string IndexPart(std::size_t index) { return fmt::format("[{}]", index); }

}  // namespace detail

void Codec<std::string>::Write(std::string& out, const std::string& value) {
  detail::AppendSize(out, value.size());
  out.append(value);
}

std::string Codec<std::string>::Read(ByteReader& reader) { return std::string(reader.Take(reader.TakeCount(1))); }

void Codec<json::Value>::Write(std::string& out, const json::Value& value) {
  Codec<std::string>::Write(out, json::Dump(value));
}

json::Value Codec<json::Value>::Read(ByteReader& reader) { return json::Parse(Codec<std::string>::Read(reader)); }

}  // namespace tidemill::sdk
