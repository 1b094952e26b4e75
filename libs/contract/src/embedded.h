#pragma once

#include <string_view>

namespace tidemill::contract {

/// The text that contract/export.py wrote when this binary was built.
std::string_view EmbeddedContract();

}  // namespace tidemill::contract
