#include "exit_code.h"

namespace tidemill::cli {

void ThrowUsage(const std::string& message) { throw CommandError(ExitCode::kUsage, Code::kInvalidArgument, message); }

ExitCode ExitCodeOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kOutOfRange:
      return ExitCode::kUsage;
    case Code::kCancelled:
      return ExitCode::kCancelled;
    case Code::kInternal:
    case Code::kUnimplemented:
      return ExitCode::kInternal;
    default:
      return ExitCode::kStorage;
  }
}

std::string ExitCodeHelp() {
  return
      R"(Exit codes of tidemill
    0  the command did what it was asked; a run that it waited for succeeded
    1  a run failed, or `asset check` found a failed check of severity ERROR
    2  the command line or what it names is wrong: an option, a configuration, an asset, job, partition or run
    3  the instance or its storage has trouble: locked, full, read-only, corrupt, of a newer Dagster
    4  a code location could not be started, crashed, or could not load its definitions
   70  tidemill itself is wrong (please report it)
  130  the run was cancelled: by Ctrl-C, SIGTERM, or `tidemill run cancel`
Each error is one line "error: ..." on standard error.
)";
}

}  // namespace tidemill::cli
