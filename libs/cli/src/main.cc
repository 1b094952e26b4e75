#include <cerrno>
#include <cstdlib>
#include <iostream>

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <tidemill/base/clock.h>
#include <tidemill/cli/cli.h>

namespace tidemill::cli {
namespace {

class DescriptorStream final : public Stream {
 public:
  explicit DescriptorStream(int descriptor) : descriptor_(descriptor), is_terminal_(::isatty(descriptor) != 0) {}

  void Write(std::string_view text) override {
    while (!text.empty() && !closed_) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written >= 0) {
        text.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        closed_ = true;
      }
    }
  }
  bool is_terminal() const override { return is_terminal_; }
  bool closed() const override { return closed_; }

  Size size() const override {
    winsize window{};
    if (::ioctl(descriptor_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
    return {window.ws_col, window.ws_row};
  }

 private:
  const int descriptor_;
  const bool is_terminal_;
  bool closed_ = false;
};

std::optional<std::string> Variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (!value) return std::nullopt;
  return value;
}

}  // namespace

int Main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  DescriptorStream out(STDOUT_FILENO);
  DescriptorStream err(STDERR_FILENO);
  const SystemClock clock;
  const auto ask = [&err](std::string_view prompt) -> std::optional<std::string> {
    err.Write(prompt);
    std::string line;
    if (!std::getline(std::cin, line)) {
      err.Write("\n");  // Nobody typed the end of the prompt's line.
      return std::nullopt;
    }
    return line;
  };
  Environment environment{out, err, clock, Variable, ask};
  return RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), environment);
}

}  // namespace tidemill::cli
