#pragma once

#include <string>

#include <tidemill/base/json.h>
#include <tidemill/model/location_spec.h>

namespace tidemill::locations {

/// The name that Dagster gives a location without one: of its file, module or package with the attribute, or
/// "grpc:host:port". An executable is named after its file.
std::string DefaultName(const model::LocationSpec& spec);

/// The location's origin as serdes JSON: ManagedGrpcPythonEnvRepositoryLocationOrigin, or
/// GrpcServerRepositoryLocationOrigin.
json::Value LocationOrigin(const model::LocationSpec& spec);

}  // namespace tidemill::locations
