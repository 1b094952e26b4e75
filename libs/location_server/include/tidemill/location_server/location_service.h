#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tidemill/base/json.h>

namespace tidemill::location_server {

/// What a code location knows, without a transport. Any thread may call it, several at once.
class LocationService {
 public:
  virtual ~LocationService() = default;

  /// The result of the RPC `method` as serdes text. `args` is the serdes object that the request carries; the requests
  /// of two fields give an object of both: {"repository_origin", "defer_snapshots"} and {"repository_origin",
  /// "job_name"}. Throws what user code throws, and Error(kUnimplemented) for a method it does not have.
  virtual std::string Handle(std::string_view method, const json::Value& args) = 0;

  /// Program and arguments of the process that executes the run of an ExecuteExternalPipelineArgs. Throws
  /// Error(kInvalidArgument) if there is no such job.
  virtual std::vector<std::string> RunCommand(const json::Value& args) = 0;
};

}  // namespace tidemill::location_server
