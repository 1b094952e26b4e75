#include <cstddef>
#include <cstdint>

#include <tidemill/base/error.h>

#include "webapp_pack.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const tidemill::webserver::WebappPack pack({reinterpret_cast<const char*>(data), size});
    for (const auto& file : pack.files()) {
      if (pack.Find(file.path) == nullptr) __builtin_trap();
    }
  } catch (const tidemill::Error&) {
  }
  return 0;
}
