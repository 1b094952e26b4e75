#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

namespace tidemill::storage_sqlite::testing {

/// A connection to a file behind the storage's back: another program, a hand that breaks things.
class RawSqlite {
 public:
  explicit RawSqlite(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("cannot open " + path.string());
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;
  ~RawSqlite() { sqlite3_close(handle_); }

  void Run(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string text = message == nullptr ? "error" : message;
    sqlite3_free(message);
    throw std::runtime_error(text + ": " + sql);
  }

  /// The first column of the first row, "" if there is none.
  std::string Value(const std::string& sql) {
    std::string value;
    const auto take = [](void* target, int columns, char** values, char**) {
      if (columns > 0 && values[0] != nullptr && static_cast<std::string*>(target)->empty()) {
        *static_cast<std::string*>(target) = values[0];
      }
      return 0;
    };
    sqlite3_exec(handle_, sql.c_str(), take, &value, nullptr);
    return value;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace tidemill::storage_sqlite::testing
