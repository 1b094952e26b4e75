#pragma once

#include <string>

#include <tidemill/base/error.h>

namespace tidemill::cli {

/// What the process ends with; `tidemill help exit-codes` and docs/cli.md say the same in words.
enum class ExitCode {
  kOk = 0,
  kRunFailed = 1,
  kUsage = 2,
  kStorage = 3,
  kLocation = 4,
  kInternal = 70,
  kCancelled = 130,
};

/// An Error that knows the exit code its place stands for.
class CommandError final : public Error {
 public:
  CommandError(ExitCode exit_code, Code code, const std::string& message)
      : Error(code, message), exit_code_(exit_code) {}
  ExitCode exit_code() const { return exit_code_; }

 private:
  ExitCode exit_code_;
};

/// Bad input by the user: exit code kUsage.
[[noreturn]] void ThrowUsage(const std::string& message);

/// Calls `ask`, which talks to a code location: what keeps the location from answering becomes exit code kLocation, a
/// request that it refuses kUsage.
template <class Ask>
auto AskLocation(const Ask& ask) {
  try {
    return ask();
  } catch (const CommandError&) {
    throw;
  } catch (const Error& error) {
    const bool refused = error.code() == Code::kInvalidArgument || error.code() == Code::kNotFound;
    throw CommandError(refused ? ExitCode::kUsage : ExitCode::kLocation, error.code(), error.what());
  }
}

/// Of an error that no place claimed: the user's input or the instance's storage.
ExitCode ExitCodeOf(Code code);

/// The table that `help exit-codes` prints.
std::string ExitCodeHelp();

}  // namespace tidemill::cli
