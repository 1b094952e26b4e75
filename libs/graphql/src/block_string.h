#pragma once

#include <string>
#include <string_view>

namespace tidemill::graphql {

/// The value of a block string as the specification's BlockStringValue gives it: lines joined by "\n", without the
/// indentation that all but the first share, without blank lines at both ends.
std::string DedentBlockString(std::string_view raw);

}  // namespace tidemill::graphql
