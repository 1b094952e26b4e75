#pragma once

#include <cstddef>
#include <string_view>

namespace tidemill::assets {

/// How many letters must be put in, taken out or changed to make one text the other; case does not count.
std::size_t SpellingDistance(std::string_view a, std::string_view b);

}  // namespace tidemill::assets
