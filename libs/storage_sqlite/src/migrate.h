#pragma once

#include <string>
#include <vector>

#include "connection.h"
#include "data_migrations.h"
#include "schema.h"

namespace tidemill::storage_sqlite {

/// Whether the file has any table.
bool HasTables(Connection& connection);

/// Adds every table, column and index of the newest schema that the file lacks, and stamps it, in one transaction. With
/// `stats`, in the files that all runs share, also what Dagster calls data migrations: columns derived from others are
/// filled. Returns what was done, one line each; nothing is done twice.
std::vector<std::string> CompleteSchema(Connection& connection, Schema schema, const RunStatsSource* stats);

}  // namespace tidemill::storage_sqlite
