#pragma once

#include <string>

#include <tidemill/api/api.h>
#include <tidemill/http/router.h>

namespace tidemill::webserver {

/// The routes that read and write an instance and its locations beside the GraphQL API: captured logs, the debug file
/// of a run, notebooks, events that are reported from outside. `services` outlives the router's server.
void AddInstanceRoutes(http::Router& router, const api::Services& services);

/// The text that `dagster debug import` reads: a run with its events and snapshots. Throws Error(kNotFound) if there
/// is no such run or its snapshots are gone.
std::string DebugText(const instance::Instance& instance, const std::string& run_id);

}  // namespace tidemill::webserver
