#include "paint.h"

#include <fmt/format.h>

namespace tidemill::cli {

Paint::Paint(const Stream& stream, const Environment& environment) : enabled_(stream.is_terminal()) {
  if (!environment.variable("NO_COLOR").value_or("").empty()) enabled_ = false;
  if (environment.variable("TERM").value_or("") == "dumb") enabled_ = false;
}

std::string Paint::operator()(Color color, std::string_view text) const {
  if (!enabled_ || color == Color::kPlain || text.empty()) return std::string(text);
  std::string_view code;
  switch (color) {
    case Color::kPlain:
      break;
    case Color::kGreen:
      code = "32";
      break;
    case Color::kRed:
      code = "31";
      break;
    case Color::kYellow:
      code = "33";
      break;
    case Color::kCyan:
      code = "36";
      break;
    case Color::kDim:
      code = "2";
      break;
    case Color::kBold:
      code = "1";
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

}  // namespace tidemill::cli
