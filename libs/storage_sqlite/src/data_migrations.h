#pragma once

#include <string_view>

#include "connection.h"

namespace tidemill::storage_sqlite {

/// Fills the columns and tables that Dagster's data migration of this name derives from what an older Dagster stored.
/// Runs inside of the caller's transaction on a complete schema. An unknown name does nothing.
void RunDataMigration(Connection& connection, std::string_view name);

/// Limits of the pools of a Dagster that had slots only; returns how many. Does nothing where there are limits.
std::int64_t FillPoolLimits(Connection& index);

}  // namespace tidemill::storage_sqlite
