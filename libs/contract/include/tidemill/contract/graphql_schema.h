#pragma once

#include <string_view>

namespace tidemill::contract {

/// The schema of the pinned Dagster's GraphQL API in the schema definition language (some 130 kB), embedded when the
/// binary was built. Lives as long as the process; any thread may read it.
std::string_view GraphqlSchema();

}  // namespace tidemill::contract
