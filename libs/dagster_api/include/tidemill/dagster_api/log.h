#pragma once

#include <cstdlib>

#include <grpc/support/log.h>

namespace tidemill::dagster_api {

/// gRPC's own lines on standard error, of errors that its users report too, are left out unless GRPC_VERBOSITY asks for
/// them. For the whole process.
inline void QuietLog() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace tidemill::dagster_api
