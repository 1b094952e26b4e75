#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connection.h"
#include "schema.h"

namespace tidemill::storage_sqlite {

/// Whether a file is the shard of one run, or one of the three that the whole instance shares.
enum class Role { kShared, kRunLog };

class Database;

/// A connection on loan from its database; the database lives until the last loan ends.
class Lease {
 public:
  Lease(std::shared_ptr<Database> database, std::unique_ptr<Connection> connection);
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }

 private:
  std::shared_ptr<Database> database_;
  std::unique_ptr<Connection> connection_;
};

/// One file of the home with the connections to it. Any thread may call: readers do not wait for the writer, writers of
/// this process take turns (Write), those of other processes by SQLite's lock.
class Database final : public std::enable_shared_from_this<Database> {
 public:
  Database(std::filesystem::path path, Schema schema, Role role, std::chrono::milliseconds busy_timeout);

  /// A connection to the file, which is made if it is not there. Throws Error(kFailedPrecondition) if its schema is
  /// of a newer Dagster or, for a shared file, of an older one.
  Lease Acquire();
  /// The same for reading what may not be there; nothing if there is no file.
  std::optional<Lease> AcquireIfExists();
  /// Without looking at the schema, for migrations. The file must exist.
  Lease AcquireUnchecked();

  bool Exists() const;

  /// Held during a write transaction. A thread that holds several takes run logs first, then index.db, then runs.db.
  [[nodiscard]] std::unique_lock<std::mutex> LockWrites() { return std::unique_lock(write_mutex_); }

  const std::filesystem::path& path() const { return path_; }
  Schema schema() const { return schema_; }
  Role role() const { return role_; }

 private:
  friend class Lease;
  std::unique_ptr<Connection> TakeIdle();
  void Return(std::unique_ptr<Connection> connection);
  void Create() const;
  std::unique_ptr<Connection> Open() const;
  void CheckSchema(Connection& connection);

  const std::filesystem::path path_;
  const Schema schema_;
  const Role role_;
  const std::chrono::milliseconds busy_timeout_;

  std::mutex write_mutex_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Connection>> idle_;
  bool checked_ = false;
};

/// The revision stamped into the file; nothing if there is none.
std::optional<std::string> ReadRevision(Connection& connection);

/// Makes `folder` and what is missing above it, durable.
void MakeFolders(const std::filesystem::path& folder);

}  // namespace tidemill::storage_sqlite
