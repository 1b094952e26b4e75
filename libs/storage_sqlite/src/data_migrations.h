#pragma once

#include <functional>
#include <string_view>

#include <tidemill/storage/event_storage.h>

#include "connection.h"

namespace tidemill::storage_sqlite {

/// What a run's own log says of it. Logs are files of their own, and migrated before the file of the runs.
using RunStatsSource = std::function<storage::RunStats(std::string_view run_id)>;

/// Fills the columns and tables that Dagster's data migration of this name derives from what an older Dagster stored.
/// Runs inside of the caller's transaction on a complete schema. An unknown name does nothing. `stats` is called for
/// runs that have started.
void RunDataMigration(Connection& connection, std::string_view name, const RunStatsSource& stats);

/// Limits of the pools of a Dagster that had slots only; returns how many. Does nothing where there are limits.
std::int64_t FillPoolLimits(Connection& index);

}  // namespace tidemill::storage_sqlite
