#include "block_string.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace tidemill::graphql {
namespace {

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') continue;
    lines.push_back(text.substr(start, i - start));
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    start = i + 1;
  }
  lines.push_back(text.substr(start));
  return lines;
}

}  // namespace

std::string DedentBlockString(std::string_view raw) {
  std::vector<std::string_view> lines = SplitLines(raw);
  std::size_t common = std::numeric_limits<std::size_t>::max();
  std::size_t first = lines.size();
  std::size_t end = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::size_t indent = std::min(lines[i].find_first_not_of(" \t"), lines[i].size());
    if (indent == lines[i].size()) continue;
    first = std::min(first, i);
    end = i + 1;
    if (i > 0) common = std::min(common, indent);
  }
  std::string value;
  for (std::size_t i = first; i < end; ++i) {
    if (i > first) value += '\n';
    value += i == 0 ? lines[i] : lines[i].substr(std::min(common, lines[i].size()));
  }
  return value;
}

}  // namespace tidemill::graphql
