#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemill::graphql {

/// Those of `options` that `input` may have meant, the nearest first: by edits (a swap of neighbours is one, a change
/// of case is one), at most 40 % of the length and one; then in natural order.
std::vector<std::string> Suggestions(std::string_view input, const std::vector<std::string_view>& options);

/// " Did you mean 'a', 'b', or 'c'?", or nothing without options; `what` stands before the first.
std::string DidYouMean(const std::vector<std::string>& options, std::string_view what = {});

/// Names as a sentence lists them, with `conjunction` before the last: "'a', 'b', or 'c'".
bool NaturalLess(std::string_view one, std::string_view other);

}  // namespace tidemill::graphql
