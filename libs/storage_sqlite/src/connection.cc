#include "connection.h"

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidemill::storage_sqlite {
namespace {

/// Pages in the write-ahead log after which a commit copies them into the file: 32 MB, so that a long run pays for
/// its checkpoints in large steps. Less for a log that is kept, which whoever opens the file first has to read.
constexpr int kCheckpointPages = 8192;
constexpr int kCheckpointPagesOfKeptLog = 1024;

/// KiB of pages in memory. A run's log is written at its end, and read by one query at a time.
constexpr int kCacheOfSharedFile = 4096;
constexpr int kCacheOfRunLog = 1024;

constexpr std::size_t kCachedStatements = 128;

bool IsFullDisk(int result, int cause) {
  return (result & 0xFF) == SQLITE_FULL || cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
}

bool IsForbidden(int result, int cause) {
  const int primary = result & 0xFF;
  return primary == SQLITE_READONLY || primary == SQLITE_PERM || cause == EACCES || cause == EPERM || cause == EROFS;
}

/// errno behind a failed input or output: SQLite keeps it per connection where it can, else per file.
int SystemErrno(sqlite3* handle) {
  if (handle == nullptr) return 0;
  int cause = sqlite3_system_errno(handle);
  if (cause != 0) return cause;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause);
  if (cause == 0) sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &cause);
  return cause;
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr)),
      copies_(other.copies_) {}

Statement::~Statement() {
  if (statement_ != nullptr) connection_->Return(std::move(sql_), statement_);
}

void Statement::Bind(int index, std::nullptr_t) { sqlite3_bind_null(statement_, index); }
void Statement::Bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
void Statement::Bind(int index, double value) { sqlite3_bind_double(statement_, index, value); }

void Statement::Bind(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  const int result = sqlite3_bind_text64(statement_, index, data, text.size(),
                                         copies_ ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8);
  if (result != SQLITE_OK) connection_->Throw(result);
}

void Statement::BindBlob(int index, std::string_view bytes) {
  const int result = sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_STATIC);
  if (result != SQLITE_OK) connection_->Throw(result);
}

bool Statement::Step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  connection_->Throw(result);
}

void Statement::Run() {
  while (Step()) {
  }
  Reset();
}

void Statement::Reset() { sqlite3_reset(statement_); }

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::Double(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::Text(int column) const {
  // The pointer must be asked for before the size.
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), size};
}

std::optional<std::string> Statement::OptionalText(int column) const {
  if (IsNull(column)) return std::nullopt;
  return std::string(Text(column));
}

std::optional<double> Statement::OptionalDouble(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Double(column);
}

Connection::Connection(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout,
                       AtLastClose at_last_close)
    : path_(path), busy_timeout_(busy_timeout) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
  try {
    if (result != SQLITE_OK) Throw(result);
    sqlite3_busy_handler(handle_, &Connection::OnBusy, this);
    const bool keeps_log = at_last_close == AtLastClose::kKeepLog;
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps_log ? 1 : 0, nullptr);
    sqlite3_wal_autocheckpoint(handle_, keeps_log ? kCheckpointPagesOfKeptLog : kCheckpointPages);
    Script(fmt::format(
        "PRAGMA synchronous=FULL; PRAGMA cache_size=-{}; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF",
        keeps_log ? kCacheOfSharedFile : kCacheOfRunLog));
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Statement Connection::Prepare(std::string_view sql) {
  std::string key(sql);
  if (auto cached = statements_.extract(key); !cached.empty()) {
    return Statement(*this, std::move(cached.key()), cached.mapped());
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
  if (result != SQLITE_OK) Throw(result);
  return Statement(*this, std::move(key), statement);
}

void Connection::Return(std::string sql, sqlite3_stmt* statement) noexcept {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  // Dynamic conditions make many texts; a nested use of one text makes a second statement.
  if (statements_.size() >= kCachedStatements) {
    sqlite3_finalize(statement);
    return;
  }
  if (!statements_.try_emplace(std::move(sql), statement).second) sqlite3_finalize(statement);
}

void Connection::Script(const std::string& sql) {
  const int result = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) Throw(result);
}

std::int64_t Connection::LastInsertId() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Connection::Changes() const { return sqlite3_changes64(handle_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

int Connection::OnBusy(void* self, int attempts) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (attempts == 0) connection.busy_since_ = now;
  if (now - connection.busy_since_ >= connection.busy_timeout_) return 0;
  // Our own transactions hold a lock for about one fsync.
  const auto pause = std::chrono::microseconds(attempts < 10 ? 200 : attempts < 50 ? 1000 : 5000);
  std::this_thread::sleep_for(pause);
  return 1;
}

void Connection::Throw(int result) const {
  const std::string file = path_.string();
  const std::string detail = handle_ == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(handle_);
  const int cause = SystemErrno(handle_);
  const int primary = result & 0xFF;
  if (primary == SQLITE_CONSTRAINT) throw ConstraintError(Code::kAlreadyExists, fmt::format("{}: {}", file, detail));
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    throw Error(Code::kUnavailable,
                fmt::format("{} is locked by another process since {} ms; find it with `fuser {}` or try again later",
                            file, busy_timeout_.count(), file));
  }
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    throw Error(Code::kDataLoss,
                fmt::format("{} is damaged ({}); restore it from a backup, or save what can be read with "
                            "`sqlite3 {} .recover`",
                            file, detail, file));
  }
  const bool is_io = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  if (IsFullDisk(result, is_io ? cause : 0)) {
    throw Error(Code::kResourceExhausted,
                fmt::format("no space left to write {} ({}); free disk space and try again", file, detail));
  }
  if (IsForbidden(result, is_io ? cause : 0)) {
    throw Error(Code::kPermissionDenied,
                fmt::format("{} may not be written ({}); make the file and its folder writable for this user", file,
                            cause == 0 ? detail : std::strerror(cause)));
  }
  if (primary == SQLITE_CANTOPEN && (cause == EMFILE || cause == ENFILE)) {
    throw Error(Code::kResourceExhausted,
                fmt::format("too many open files to open {}; raise the limit with `ulimit -n`", file));
  }
  if (primary == SQLITE_CANTOPEN && cause == ENOENT) throw Error(Code::kNotFound, fmt::format("{} is not there", file));
  if (is_io) throw Error(Code::kUnavailable, fmt::format("{}: {}: {}", file, detail, std::strerror(cause)));
  throw Error(Code::kInternal, fmt::format("{}: {}", file, detail));
}

Transaction::Transaction(Connection& connection) : connection_(connection) { connection_.Execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!connection_.in_transaction()) return;
  try {
    connection_.Execute("ROLLBACK");
  } catch (const Error&) {
    // SQLite has rolled back by itself; the error of the failed statement is on its way.
  }
}

SyncedLater::~SyncedLater() { connection_.Script("PRAGMA synchronous=FULL"); }

void Transaction::Commit() { connection_.Execute("COMMIT"); }

}  // namespace tidemill::storage_sqlite
