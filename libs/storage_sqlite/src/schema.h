#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::storage_sqlite {

/// Which of Dagster's three schemas a file has. The shard of a run and index.db share one.
enum class Schema { kRuns, kEvents, kSchedules };

/// One table of a schema. A definition is a column, or a constraint when it begins with a keyword in capitals.
struct Table {
  std::string_view name;
  std::vector<std::string_view> definitions;
  /// CREATE TABLE as SQLAlchemy writes it, to the blank: tools compare schemas as text.
  std::string Sql() const;
};

struct Index {
  std::string_view name;
  std::string_view on;  ///< "table (columns)".
  bool unique = false;
  std::string Sql() const;
};

/// Both in the order in which Dagster creates them.
const std::vector<Table>& TablesOf(Schema schema);
const std::vector<Index>& IndexesOf(Schema schema);

/// The data migrations that a new file has behind it (rows of secondary_indexes). None for the shard of a run.
std::span<const std::string_view> MigrationsOf(Schema schema);

/// A new database file of this schema as bytes: all tables, the stamp of the newest revision, and the migrations if
/// `with_migrations`; in WAL mode.
std::string NewFileImage(Schema schema, bool with_migrations);

}  // namespace tidemill::storage_sqlite
