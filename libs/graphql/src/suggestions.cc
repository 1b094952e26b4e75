#include "suggestions.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tidemill::graphql {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The edits from one to the other, or nothing beyond the threshold (Damerau's distance of neighbouring swaps).
std::optional<std::size_t> Distance(std::string_view input, std::string_view option, std::size_t threshold) {
  if (input == option) return 0;
  std::string longer = Lower(option);
  std::string shorter = Lower(input);
  if (longer == shorter) return 1;
  if (longer.size() < shorter.size()) std::swap(longer, shorter);
  if (longer.size() - shorter.size() > threshold) return std::nullopt;
  std::array<std::vector<std::size_t>, 3> rows;
  for (auto& row : rows) row.assign(shorter.size() + 1, 0);
  for (std::size_t j = 0; j <= shorter.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= longer.size(); ++i) {
    const auto& up = rows[(i - 1) % 3];
    auto& row = rows[i % 3];
    std::size_t smallest = row[0] = i;
    for (std::size_t j = 1; j <= shorter.size(); ++j) {
      std::size_t cost = longer[i - 1] == shorter[j - 1] ? 0 : 1;
      std::size_t cell = std::min({up[j] + 1, row[j - 1] + 1, up[j - 1] + cost});
      if (i > 1 && j > 1 && longer[i - 1] == shorter[j - 2] && longer[i - 2] == shorter[j - 1]) {
        cell = std::min(cell, rows[(i - 2) % 3][j - 2] + 1);
      }
      smallest = std::min(smallest, cell);
      row[j] = cell;
    }
    if (smallest > threshold) return std::nullopt;
  }
  std::size_t distance = rows[longer.size() % 3][shorter.size()];
  return distance <= threshold ? std::optional(distance) : std::nullopt;
}

}  // namespace

bool NaturalLess(std::string_view one, std::string_view other) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < one.size() && j < other.size()) {
    if (IsDigit(one[i]) && IsDigit(other[j])) {
      std::size_t one_end = i;
      std::size_t other_end = j;
      while (one_end < one.size() && IsDigit(one[one_end])) ++one_end;
      while (other_end < other.size() && IsDigit(other[other_end])) ++other_end;
      std::string_view a = one.substr(i, one_end - i);
      std::string_view b = other.substr(j, other_end - j);
      std::string_view a_digits = a.substr(std::min(a.find_first_not_of('0'), a.size()));
      std::string_view b_digits = b.substr(std::min(b.find_first_not_of('0'), b.size()));
      if (a_digits.size() != b_digits.size()) return a_digits.size() < b_digits.size();
      if (a_digits != b_digits) return a_digits < b_digits;
      if (a != b) return a < b;
      i = one_end;
      j = other_end;
    } else if (IsDigit(one[i]) != IsDigit(other[j])) {
      // The part that ends first is a prefix of the other, and thus smaller.
      return IsDigit(one[i]);
    } else if (one[i] != other[j]) {
      return one[i] < other[j];
    } else {
      ++i;
      ++j;
    }
  }
  return one.size() - i < other.size() - j;
}

std::vector<std::string> Suggestions(std::string_view input, const std::vector<std::string_view>& options) {
  std::size_t threshold = input.size() * 2 / 5 + 1;
  std::vector<std::pair<std::size_t, std::string>> found;
  for (std::string_view option : options) {
    if (auto distance = Distance(input, option, threshold)) found.emplace_back(*distance, option);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& one, const auto& other) {
    return one.first != other.first ? one.first < other.first : NaturalLess(one.second, other.second);
  });
  std::vector<std::string> names;
  for (auto& [distance, name] : found) names.push_back(std::move(name));
  return names;
}

std::string DidYouMean(const std::vector<std::string>& options, std::string_view what) {
  constexpr std::size_t kMax = 5;
  if (options.empty()) return "";
  std::string out = " Did you mean ";
  if (!what.empty()) out.append(what).append(" ");
  std::size_t count = std::min(options.size(), kMax);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += count == 2 ? " or " : i + 1 == count ? ", or " : ", ";
    out += "'" + options[i] + "'";
  }
  return out + "?";
}

}  // namespace tidemill::graphql
