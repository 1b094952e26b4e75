// Whatever parses must dump to a text that parses to the same dump.
#include <cstdint>
#include <cstdlib>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto value = tidemill::json::Parse({reinterpret_cast<const char*>(data), size});
    const std::string text = tidemill::json::Dump(value);
    if (tidemill::json::Dump(tidemill::json::Parse(text)) != text) std::abort();
  } catch (const tidemill::Error&) {
  }
  return 0;
}
