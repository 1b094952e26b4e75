#include "migrate.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <tidemill/base/clock.h>

#include "revisions.h"

namespace tidemill::storage_sqlite {
namespace {

std::set<std::string, std::less<>> ColumnsOf(Connection& connection, std::string_view table) {
  std::set<std::string, std::less<>> columns;
  auto info = connection.Query("SELECT name FROM pragma_table_info(?)", table);
  while (info.Step()) columns.emplace(info.Text(0));
  return columns;
}

/// Adds the table, or rebuilds it in place if its definition differs: SQLite cannot add keys and constraints otherwise.
void CompleteTable(Connection& connection, const Table& table, std::vector<std::string>& done) {
  std::string definition;
  {
    auto select = connection.Query("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table.name);
    if (select.Step()) definition = select.Text(0);
  }
  if (definition == table.Sql()) return;
  if (definition.empty()) {
    connection.Script(table.Sql());
    done.push_back(fmt::format("added table {}", table.name));
    return;
  }
  const auto old_columns = ColumnsOf(connection, table.name);
  connection.Script(fmt::format("ALTER TABLE {0} RENAME TO {0}_before", table.name));
  connection.Script(table.Sql());
  std::string shared;
  for (const std::string& column : ColumnsOf(connection, table.name)) {
    if (!old_columns.contains(column)) continue;
    if (!shared.empty()) shared += ", ";
    shared += fmt::format("\"{}\"", column);
  }
  connection.Script(fmt::format("INSERT OR IGNORE INTO {0} ({1}) SELECT {1} FROM {0}_before", table.name, shared));
  connection.Script(fmt::format("DROP TABLE {}_before", table.name));
  done.push_back(fmt::format("rebuilt table {}", table.name));
}

void CompleteIndex(Connection& connection, const Index& index, std::vector<std::string>& done) {
  if (connection.Query("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", index.name).Step()) return;
  connection.Script(index.Sql());
  done.push_back(fmt::format("added index {}", index.name));
}

void MigrateData(Connection& connection, Schema schema, const RunStatsSource& stats, std::vector<std::string>& done) {
  for (const std::string_view name : MigrationsOf(schema)) {
    if (connection.Query("SELECT 1 FROM secondary_indexes WHERE name = ? AND migration_completed IS NOT NULL", name)
            .Step()) {
      continue;
    }
    RunDataMigration(connection, name, stats);
    connection.Execute(
        "INSERT INTO secondary_indexes (name, migration_completed) VALUES (?1, ?2) "
        "ON CONFLICT (name) DO UPDATE SET migration_completed = ?2",
        name, ToSqlText(SystemClock().Now()));
    done.push_back(fmt::format("filled {}", name));
  }
  if (schema == Schema::kEvents && FillPoolLimits(connection) > 0) done.emplace_back("filled the limits of pools");
}

/// While tables are rebuilt, a rename must not change the references of others to them.
class LegacyRenames {
 public:
  explicit LegacyRenames(Connection& connection) : connection_(connection) {
    connection_.Script("PRAGMA legacy_alter_table=ON");
  }
  LegacyRenames(const LegacyRenames&) = delete;
  LegacyRenames& operator=(const LegacyRenames&) = delete;
  ~LegacyRenames() {
    try {
      connection_.Script("PRAGMA legacy_alter_table=OFF");
    } catch (const Error&) {
      // The connection is unusable; the error on its way says why.
    }
  }

 private:
  Connection& connection_;
};

}  // namespace

bool HasTables(Connection& connection) {
  return connection.Query("SELECT 1 FROM sqlite_master WHERE type = 'table'").Step();
}

std::vector<std::string> CompleteSchema(Connection& connection, Schema schema, const RunStatsSource* stats) {
  std::vector<std::string> done;
  const LegacyRenames renames(connection);
  Transaction transaction(connection);
  for (const Table& table : TablesOf(schema)) CompleteTable(connection, table, done);
  for (const Index& index : IndexesOf(schema)) CompleteIndex(connection, index, done);
  if (stats != nullptr) MigrateData(connection, schema, *stats, done);
  std::string revision;
  {
    auto select = connection.Prepare("SELECT version_num FROM alembic_version");
    if (select.Step()) revision = select.Text(0);
  }
  if (revision != kHeadRevision) {
    connection.Execute("DELETE FROM alembic_version");
    connection.Execute("INSERT INTO alembic_version VALUES (?)", kHeadRevision);
    done.push_back(fmt::format("revision {} is now {}", revision.empty() ? "none" : revision, kHeadRevision));
  }
  transaction.Commit();
  return done;
}

}  // namespace tidemill::storage_sqlite
