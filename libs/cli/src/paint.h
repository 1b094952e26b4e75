#pragma once

#include <string>
#include <string_view>

#include <tidemill/cli/environment.h>

namespace tidemill::cli {

enum class Color { kPlain, kGreen, kRed, kYellow, kCyan, kDim, kBold };

/// Colours text if it is meant for a terminal that wants it.
class Paint {
 public:
  explicit Paint(bool enabled) : enabled_(enabled) {}
  /// On for a terminal, unless NO_COLOR is set (to anything but nothing) or TERM is "dumb".
  Paint(const Stream& stream, const Environment& environment);

  std::string operator()(Color color, std::string_view text) const;
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
};

}  // namespace tidemill::cli
