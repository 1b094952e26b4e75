#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <tidemill/sdk/definitions.h>

#include "assembly.h"

namespace tidemill::sdk {

/// What the builders wrote down, and what was assembled from it.
struct Definitions::Impl {
  detail::Records records;
  std::once_flag once;
  std::unique_ptr<const detail::Assembly> assembly;

  const detail::Assembly& Assembled() {
    std::call_once(once, [this] { assembly = std::make_unique<const detail::Assembly>(records); });
    return *assembly;
  }
};

}  // namespace tidemill::sdk
