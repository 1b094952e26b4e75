#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "connection.h"

namespace tidemill::storage_sqlite {

/// A SELECT whose conditions depend on what the caller asks for. Keeps the values until the statement has run: it must
/// outlive the statement.
class SqlQuery {
 public:
  using Value = std::variant<std::int64_t, double, std::string>;

  explicit SqlQuery(std::string_view select) : sql_(select) {}

  /// Adds a condition with one parameter.
  void Where(std::string_view condition, Value value) {
    Condition(condition);
    values_.push_back(std::move(value));
  }
  void Where(std::string_view condition, std::string_view value) { Where(condition, Value(std::string(value))); }
  void Where(std::string_view condition, const std::string& value) { Where(condition, Value(value)); }
  void Condition(std::string_view condition) {
    sql_ += has_condition_ ? " AND " : " WHERE ";
    sql_ += condition;
    has_condition_ = true;
  }
  void Append(std::string_view sql) { sql_ += sql; }
  void Bind(Value value) { values_.push_back(std::move(value)); }
  void Limit(std::optional<std::int64_t> limit) {
    if (!limit) return;
    sql_ += " LIMIT ?";
    values_.emplace_back(*limit);
  }

  Statement Prepare(Connection& connection) const {
    Statement statement = connection.Prepare(sql_);
    int index = 0;
    for (const Value& value : values_) {
      ++index;
      std::visit([&](const auto& held) { statement.Bind(index, held); }, value);
    }
    return statement;
  }

 private:
  std::string sql_;
  std::vector<Value> values_;
  bool has_condition_ = false;
};

}  // namespace tidemill::storage_sqlite
