#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tidemill/base/error.h>

struct sqlite3;
struct sqlite3_stmt;

namespace tidemill::storage_sqlite {

/// A unique or other constraint refused the row. Callers for whom that is an expected outcome catch it.
class ConstraintError : public Error {
 public:
  using Error::Error;
};

class Connection;

/// A prepared statement, lent by its connection: goes back to the connection's cache when it ends.
/// Texts that are bound must outlive the next Step, unless the statement comes from Connection::Query.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  void Bind(int index, std::nullptr_t);
  void Bind(int index, bool value) { Bind(index, static_cast<std::int64_t>(value)); }
  void Bind(int index, int value) { Bind(index, static_cast<std::int64_t>(value)); }
  void Bind(int index, std::int64_t value);
  void Bind(int index, double value);
  void Bind(int index, std::string_view text);
  void Bind(int index, const std::string& text) { Bind(index, std::string_view(text)); }
  void Bind(int index, const char* text) { Bind(index, std::string_view(text)); }
  void BindBlob(int index, std::string_view bytes);
  template <class T>
  void Bind(int index, const std::optional<T>& value) {
    if (value) {
      Bind(index, *value);
    } else {
      Bind(index, nullptr);
    }
  }
  /// Binds the parameters 1, 2, … in order.
  template <class... Ts>
  void BindAll(const Ts&... values) {
    int index = 0;
    (Bind(++index, values), ...);
  }

  /// Whether there is a row. Throws by the classes of Connection::Throw.
  bool Step();
  /// Steps a statement without rows, then makes it ready for new bindings.
  void Run();
  void Reset();

  /// Columns count from 0. A view is valid until the next Step.
  bool IsNull(int column) const;
  std::int64_t Int(int column) const;
  double Double(int column) const;
  std::string_view Text(int column) const;
  std::optional<std::string> OptionalText(int column) const;
  std::optional<double> OptionalDouble(int column) const;

 private:
  friend class Connection;
  Statement(Connection& connection, std::string sql, sqlite3_stmt* statement)
      : connection_(&connection), sql_(std::move(sql)), statement_(statement) {}

  Connection* connection_;
  std::string sql_;
  sqlite3_stmt* statement_;
  bool copies_ = false;
};

/// One open SQLite file. Used by one thread at a time.
class Connection {
 public:
  /// What becomes of the write-ahead log when the last connection of all processes closes.
  enum class AtLastClose {
    kKeepLog,   ///< The next one goes on with it: for files that are opened again and again.
    kEmptyLog,  ///< It is written to the file and removed.
  };

  /// The file must exist. Throws as Throw.
  Connection(const std::filesystem::path& path, std::chrono::milliseconds busy_timeout, AtLastClose at_last_close);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// A statement from the cache, prepared at the first use of this text.
  Statement Prepare(std::string_view sql);
  /// The same with its parameters, of which it keeps copies.
  template <class... Ts>
  Statement Query(std::string_view sql, const Ts&... values) {
    Statement statement = Prepare(sql);
    statement.copies_ = true;
    statement.BindAll(values...);
    return statement;
  }
  /// Runs one statement without rows; returns how many rows changed.
  template <class... Ts>
  std::int64_t Execute(std::string_view sql, const Ts&... values) {
    Statement statement = Prepare(sql);
    statement.BindAll(values...);
    statement.Run();
    return Changes();
  }
  /// Runs a script without parameters and keeps no statement.
  void Script(const std::string& sql);

  std::int64_t LastInsertId() const;
  std::int64_t Changes() const;
  bool in_transaction() const;
  const std::filesystem::path& path() const { return path_; }
  sqlite3* handle() const { return handle_; }

  /// Throws the Error of an SQLite result code: names the file and the remedy.
  [[noreturn]] void Throw(int result) const;

 private:
  friend class Statement;
  static int OnBusy(void* self, int attempts);
  void Return(std::string sql, sqlite3_stmt* statement) noexcept;

  const std::filesystem::path path_;
  const std::chrono::milliseconds busy_timeout_;
  std::chrono::steady_clock::time_point busy_since_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

/// A write transaction: begun at once, rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void Commit();

 private:
  Connection& connection_;
};

/// While it lives, commits of the connection are durable only with the next commit of another one to the same file, or
/// of this one afterwards: they go to the same log, which is synced as a whole.
class SyncedLater {
 public:
  explicit SyncedLater(Connection& connection) : connection_(connection) {
    connection_.Script("PRAGMA synchronous=NORMAL");
  }
  SyncedLater(const SyncedLater&) = delete;
  SyncedLater& operator=(const SyncedLater&) = delete;
  ~SyncedLater();

 private:
  Connection& connection_;
};

}  // namespace tidemill::storage_sqlite
