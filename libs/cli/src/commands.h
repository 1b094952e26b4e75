#pragma once

#include <tidemill/cli/environment.h>

#include "command.h"
#include "exit_code.h"

namespace tidemill::cli {

// What each command does. All throw Error; CommandError where the place of an error decides its exit code.

ExitCode Run(const AssetList& command, Environment& environment);
ExitCode Run(const AssetMaterialize& command, Environment& environment);
ExitCode Run(const AssetCheck& command, Environment& environment);
ExitCode Run(const AssetWipe& command, Environment& environment);
ExitCode Run(const JobList& command, Environment& environment);
ExitCode Run(const JobExecute& command, Environment& environment);
ExitCode Run(const JobPrint& command, Environment& environment);
ExitCode Run(const RunList& command, Environment& environment);
ExitCode Run(const RunShow& command, Environment& environment);
ExitCode Run(const RunLogs& command, Environment& environment);
ExitCode Run(const RunDelete& command, Environment& environment);
ExitCode Run(const RunCancel& command, Environment& environment);
ExitCode Run(const RunReexecute& command, Environment& environment);
ExitCode Run(const InstanceInfo& command, Environment& environment);
ExitCode Run(const InstanceMigrate& command, Environment& environment);
ExitCode Run(const DefinitionsValidate& command, Environment& environment);
ExitCode Run(const Dev& command, Environment& environment);
ExitCode Run(const Completion& command, Environment& environment);
ExitCode Run(const Print& command, Environment& environment);

}  // namespace tidemill::cli
