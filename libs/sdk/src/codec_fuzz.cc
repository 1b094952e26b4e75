#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <tidemill/sdk/codec.h>

namespace {

using namespace tidemill;

struct Inner {
  std::int64_t number = 0;
  double real = 0;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (number, real))

struct Outer {
  std::string text;
  std::vector<Inner> items;
  std::vector<double> numbers;
  std::map<std::string, std::vector<std::string>> lists;
  std::optional<std::pair<bool, std::uint16_t>> pair;
  json::Value any;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (text, items, numbers, lists, pair, any))

}  // namespace

/// What is read is written again and read back: the second bytes must be those of the first writing. Anything else must
/// be an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sdk::Codec;
  try {
    sdk::ByteReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
    const Outer value = Codec<Outer>::Read(reader);
    std::string once;
    Codec<Outer>::Write(once, value);
    sdk::ByteReader again(once);
    std::string twice;
    Codec<Outer>::Write(twice, Codec<Outer>::Read(again));
    if (once != twice || !again.at_end()) std::abort();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): the right answer to wrong bytes
  }
  return 0;
}
