#include <exception>

#include <fmt/format.h>

#include <tidemill/cli/cli.h>

#include "command_line.h"
#include "commands.h"
#include "completion.h"
#include "text.h"

namespace tidemill::cli {

ExitCode Run(const Completion& command, Environment& environment) {
  environment.out.Write(CompletionScript(CommandTree(), command.shell));
  return ExitCode::kOk;
}

ExitCode Run(const Print& command, Environment& environment) {
  environment.out.Write(command.text);
  return ExitCode::kOk;
}

int RunCommandLine(const std::vector<std::string>& arguments, Environment& environment) {
  const auto fail = [&](ExitCode code, std::string_view message) {
    environment.err.Write(fmt::format("error: {}\n", Printable(message, false)));
    return static_cast<int>(code);
  };
  try {
    const Command command = ParseCommandLine(arguments);
    return static_cast<int>(std::visit([&](const auto& one) { return Run(one, environment); }, command));
  } catch (const CommandError& error) {
    return fail(error.exit_code(), error.what());
  } catch (const Error& error) {
    return fail(ExitCodeOf(error.code()), error.what());
  } catch (const std::exception& error) {
    return fail(ExitCode::kInternal, fmt::format("{} (this is a defect of tidemill; please report it)", error.what()));
  }
}

}  // namespace tidemill::cli
