#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidemill::json {

class Value;

using Array = std::vector<Value>;

/// A JSON object that keeps the order of its members. Looking up is linear: Dagster's objects have few members, and a
/// large one (a map of snapshots) is walked, not searched.
class Object {
 public:
  using Member = std::pair<std::string, Value>;

  Object();
  Object(std::initializer_list<Member> members);
  /// The keys must differ.
  explicit Object(std::vector<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  /// The member's value, or null if there is none.
  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  /// Throws Error(kInvalidArgument) that names the key if there is none.
  const Value& At(std::string_view key) const;
  /// Sets the member, in place if it is there, else at the end.
  Value& Set(std::string_view key, Value value);
  /// Appends without looking whether the key is there.
  void Append(std::string key, Value value);
  bool Erase(std::string_view key);

  // Defined below Value, which they need complete.
  std::size_t size() const;
  bool empty() const;
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;
  std::vector<Member>::iterator begin();
  std::vector<Member>::iterator end();

 private:
  std::vector<Member> members_;
};

/// An integer outside of int64's range, as its decimal text: Python's integers have no bounds.
struct BigInt {
  std::string digits;
  bool operator==(const BigInt&) const = default;
};

/// Any JSON value as Python's `json` module knows it: integers and floats are distinct, NaN and infinities exist.
class Value {
 public:
  Value() : data_(nullptr) {}
  Value(std::nullptr_t) : data_(nullptr) {}
  Value(bool value) : data_(value) {}
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(BigInt value) : data_(std::move(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_double() const { return std::holds_alternative<double>(data_); }
  bool is_big_int() const { return std::holds_alternative<BigInt>(data_); }
  bool is_number() const { return is_int() || is_double() || is_big_int(); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  /// Each throws Error(kInvalidArgument) that says what the value is instead.
  bool AsBool() const;
  std::int64_t AsInt() const;
  /// Also of an integer.
  double AsDouble() const;
  const std::string& AsString() const&;
  const Array& AsArray() const&;
  Array& AsArray() &;
  const Object& AsObject() const&;
  Object& AsObject() &;
  /// Of a temporary, by value: `for (… : Parse(text).AsArray())` is safe.
  std::string AsString() &&;
  Array AsArray() &&;
  Object AsObject() &&;

  /// The member of an object, or null where this is no object or has none.
  const Value* Find(std::string_view key) const;

  /// Equality as values: the order of an object's members counts not, 1 and 1.0 differ.
  bool operator==(const Value& other) const;

  const auto& data() const { return data_; }

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, BigInt, std::string, Array, Object> data_;
};

inline std::size_t Object::size() const { return members_.size(); }
inline bool Object::empty() const { return members_.empty(); }
inline std::vector<Object::Member>::const_iterator Object::begin() const { return members_.begin(); }
inline std::vector<Object::Member>::const_iterator Object::end() const { return members_.end(); }
inline std::vector<Object::Member>::iterator Object::begin() { return members_.begin(); }
inline std::vector<Object::Member>::iterator Object::end() { return members_.end(); }

/// "null", "boolean", "integer", "float", "string", "array" or "object".
std::string_view TypeName(const Value& value);

/// Reads one JSON text as Python's json.loads does: any separators, NaN, Infinity and -Infinity, the last of equal
/// keys wins. Throws Error(kInvalidArgument) with line and column; nesting is limited to 512.
Value Parse(std::string_view text);

enum class Order { kAsIs, kSorted };

/// Writes as Python's json.dumps does with default separators (", " and ": ") and ASCII escapes. Dagster's serdes
/// text is Order::kSorted.
std::string Dump(const Value& value, Order order = Order::kAsIs);
/// With `indent` blanks a level, as json.dumps(indent=…).
std::string DumpPretty(const Value& value, int indent = 2, Order order = Order::kAsIs);

/// The pieces of Dump, for writers that go straight to a buffer.
void AppendQuoted(std::string& out, std::string_view utf8);
void AppendInt(std::string& out, std::int64_t value);
/// Python's repr of a float: the shortest text that reads back, "1.0", "1e-07", "NaN", "Infinity".
void AppendDouble(std::string& out, double value);
void AppendValue(std::string& out, const Value& value, Order order);

}  // namespace tidemill::json
