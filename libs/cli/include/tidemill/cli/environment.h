#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tidemill/base/clock.h>

namespace tidemill::cli {

/// Standard output or standard error, as a command sees it.
class Stream {
 public:
  struct Size {
    int columns = 80;
    int rows = 24;
  };

  virtual ~Stream() = default;
  /// Writes all of `text` in one go where the system can.
  virtual void Write(std::string_view text) = 0;
  virtual bool is_terminal() const = 0;
  /// Of the terminal now; it may change with each call.
  virtual Size size() const = 0;
  /// The reader has gone (a closed pipe): what is written is dropped.
  virtual bool closed() const = 0;
};

/// What a command may touch of the process around it.
struct Environment {
  Stream& out;
  Stream& err;
  const Clock& clock;
  /// An environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(std::string_view name)> variable;
  /// Asks the user for a line; nothing at the end of the input.
  std::function<std::optional<std::string>(std::string_view prompt)> ask;
};

}  // namespace tidemill::cli
