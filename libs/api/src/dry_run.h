#pragma once

#include <optional>
#include <string>

#include <tidemill/graphql/schema.h>

#include "instigators.h"

namespace tidemill::api {

/// DryRunInstigationTick: an evaluation that may be tried without consequences. Its code is asked only when a request
/// wants the result.
struct DryRunTick {
  std::optional<double> timestamp;
  bool is_sensor = false;
  workspace::RepositoryHandle repository;
  std::string name;
  std::optional<std::string> cursor;  ///< Of a sensor.
};

DryRunTick DryRunOf(const Schedule& schedule, double timestamp);

/// When it is evaluated next; nothing if it is stopped, or that is not known.
std::optional<DryRunTick> NextTickOf(const Instigator& instigator, const RequestContext& context);

/// With the mutations scheduleDryRun and sensorDryRun.
void BindDryRuns(graphql::Schema& schema);

}  // namespace tidemill::api
