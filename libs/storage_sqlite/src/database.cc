#include "database.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <tidemill/base/file.h>

#include "migrate.h"
#include "revisions.h"

namespace tidemill::storage_sqlite {
namespace {

constexpr std::size_t kIdleConnections = 4;

/// How long a file that another process is creating may go without a stamp.
constexpr auto kCreationTime = std::chrono::seconds(3);

void SyncFolder(const std::filesystem::path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0) ThrowErrno(fmt::format("cannot sync folder {}", folder.string()), errno);
}

void WriteAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ThrowErrno(fmt::format("cannot write {}", path.string()), errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// Removes a draft unless it became the file.
class Draft {
 public:
  explicit Draft(std::filesystem::path path) : path_(std::move(path)) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { ::unlink(path_.c_str()); }
  const char* c_str() const { return path_.c_str(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

/// Run logs of this process share one image: a run's creation costs a write, no SQL.
const std::string& RunLogImage() {
  static const std::string kImage = NewFileImage(Schema::kEvents, false);
  return kImage;
}

void EnsureWriteAheadLog(Connection& connection) {
  {
    auto mode = connection.Prepare("PRAGMA journal_mode");
    if (mode.Step() && mode.Text(0) == "wal") return;
  }
  connection.Query("PRAGMA journal_mode=WAL").Step();
}

}  // namespace

void MakeFolders(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder)) return;
  const std::filesystem::path parent = folder.parent_path();
  if (!parent.empty()) MakeFolders(parent);
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) ThrowErrno(fmt::format("cannot make folder {}", folder.string()), error.value());
  SyncFolder(parent.empty() ? "." : parent);
}

Lease::Lease(std::shared_ptr<Database> database, std::unique_ptr<Connection> connection)
    : database_(std::move(database)), connection_(std::move(connection)) {}

Lease::~Lease() {
  if (connection_ != nullptr) database_->Return(std::move(connection_));
}

Database::Database(std::filesystem::path path, Schema schema, Role role, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), schema_(schema), role_(role), busy_timeout_(busy_timeout) {}

bool Database::Exists() const { return ::access(path_.c_str(), F_OK) == 0; }

std::unique_ptr<Connection> Database::Open() const {
  // A run's log is not opened any more after its run; the instance's own files are by each command.
  const auto at_last_close =
      role_ == Role::kRunLog ? Connection::AtLastClose::kEmptyLog : Connection::AtLastClose::kKeepLog;
  return std::make_unique<Connection>(path_, busy_timeout_, at_last_close);
}

Lease Database::Acquire() {
  if (auto idle = TakeIdle()) return Lease(shared_from_this(), std::move(idle));
  if (!Exists()) Create();
  auto connection = Open();
  CheckSchema(*connection);
  return Lease(shared_from_this(), std::move(connection));
}

std::optional<Lease> Database::AcquireIfExists() {
  if (auto idle = TakeIdle()) return Lease(shared_from_this(), std::move(idle));
  if (!Exists()) return std::nullopt;
  return Acquire();
}

Lease Database::AcquireUnchecked() { return Lease(shared_from_this(), Open()); }

std::unique_ptr<Connection> Database::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty() || !checked_) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Database::Return(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleConnections) {
      idle_.push_back(std::move(connection));
      return;
    }
  }
  connection.reset();
}

void Database::Create() const {
  static std::atomic<unsigned> counter = 0;
  MakeFolders(path_.parent_path());
  const std::string image = role_ == Role::kRunLog ? RunLogImage() : NewFileImage(schema_, true);
  const Draft draft(fmt::format("{}.{}.{}.tmp", path_.string(), ::getpid(), counter++));
  FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.is_open()) ThrowErrno(fmt::format("cannot create {}", path_.string()), errno);
  WriteAll(file.get(), image, path_);
  if (::fsync(file.get()) != 0) ThrowErrno(fmt::format("cannot sync {}", path_.string()), errno);
  file.Close();
  // A link fails if another process was faster; its file is as good.
  if (::link(draft.c_str(), path_.c_str()) != 0 && errno != EEXIST) {
    const bool no_links = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    if (!no_links || ::rename(draft.c_str(), path_.c_str()) != 0) {
      ThrowErrno(fmt::format("cannot create {}", path_.string()), errno);
    }
  }
  // The folder's entry becomes durable with the first commit, for which SQLite makes the write-ahead log in it and
  // syncs it.
}

void Database::CheckSchema(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    if (checked_) return;
  }
  std::optional<std::string> revision = ReadRevision(connection);
  const auto deadline = std::chrono::steady_clock::now() + kCreationTime;
  while (!revision && role_ == Role::kShared && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    revision = ReadRevision(connection);
  }
  if (revision && !IsKnownRevision(*revision)) {
    throw Error(Code::kFailedPrecondition,
                fmt::format("{} has the schema revision {}: it was written by a newer Dagster; use a Tidemill that "
                            "knows it, or another home",
                            path_.string(), *revision));
  }
  if (revision != kHeadRevision) {
    const bool is_empty = !revision && !HasTables(connection);
    if (role_ == Role::kShared && !is_empty) {
      throw Error(Code::kFailedPrecondition,
                  fmt::format("{} has the schema revision {} of an older Dagster; save a copy of the home, then run "
                              "`tidemill instance migrate`",
                              path_.string(), revision.value_or("none")));
    }
    const RunStatsSource no_runs_yet = [](std::string_view) { return storage::RunStats(); };
    CompleteSchema(connection, schema_, role_ == Role::kShared ? &no_runs_yet : nullptr);
  }
  EnsureWriteAheadLog(connection);
  const std::lock_guard lock(mutex_);
  checked_ = true;
}

std::optional<std::string> ReadRevision(Connection& connection) {
  if (!connection.Query("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").Step()) return std::nullopt;
  auto stamp = connection.Prepare("SELECT version_num FROM alembic_version");
  if (!stamp.Step()) return std::nullopt;
  return stamp.OptionalText(0);
}

}  // namespace tidemill::storage_sqlite
