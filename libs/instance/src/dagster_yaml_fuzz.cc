#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tidemill/base/error.h>
#include <tidemill/instance/instance.h>

/// Any bytes are a configuration or an Error; what is one has an InstanceRef.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto config = tidemill::instance::ParseConfig(
        text, "dagster.yaml", [](const std::string& name) { return std::optional<std::string>(name); });
    tidemill::json::Dump(tidemill::instance::InstanceRef("/home", config));
  } catch (const tidemill::Error&) {
  }
  return 0;
}
