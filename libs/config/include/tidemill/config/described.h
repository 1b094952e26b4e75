#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include <tidemill/base/error.h>
#include <tidemill/base/json.h>
#include <tidemill/config/config_type.h>

/// Configuration as C++ structs: the schema that Dagster's user interface shows and the values that user code gets both
/// come from one described struct, as they come from one `Config` class in Python.
///
///     struct FetchConfig {
///       config::Required<std::int64_t> seed;           // must be given
///       std::int64_t limit = 10;                       // may be left out: 10
///       std::optional<std::string> region;             // may be left out or null
///       config::Env<std::string> token{"API_TOKEN"};   // may be left out: read from the run's environment
///
///       static constexpr std::string_view kDescription = "What to fetch";
///       static constexpr config::FieldDescription kFieldDescriptions[] = {{"limit", "Rows at most"}};
///     };
///     BOOST_DESCRIBE_STRUCT(FetchConfig, (), (seed, limit, region, token))
///
/// The one rule: a field is required if and only if its type is Required<T>; the default of every other field is what a
/// default-constructed struct holds. Types: integers, double, bool, std::string, enums described by
/// BOOST_DESCRIBE_ENUM (by name), std::optional, std::vector, std::map with string keys, described structs,
/// std::variant of described structs that have a `kSelector` name each (exactly one of them), json::Value (anything).
namespace tidemill::config {

/// Says what a member of the struct is for.
struct FieldDescription {
  std::string_view field;
  std::string_view text;
};

/// A field that must be given. Reads like a T.
template <class T>
class Required {
 public:
  Required() = default;
  Required(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): a T that must be given

  /// Throws Error(kFailedPrecondition) in a struct that was default-constructed and not configured.
  const T& value() const {
    if (!value_) throw Error(Code::kFailedPrecondition, "a required config field was read before it was set");
    return *value_;
  }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  operator const T&() const { return value(); }  // NOLINT(google-explicit-constructor): reads like a T
  bool has_value() const { return value_.has_value(); }

 private:
  std::optional<T> value_;
};

/// A string, integer or boolean whose default is an environment variable of the process that executes the step.
template <class T>
class Env {
 public:
  explicit Env(std::string variable) : variable_(std::move(variable)) {}

  const std::string& variable() const { return variable_; }
  /// Throws Error(kFailedPrecondition) where the configuration was not resolved.
  const T& value() const {
    if (!value_)
      throw Error(Code::kFailedPrecondition, "the config field from " + variable_ + " was read before it was set");
    return *value_;
  }
  const T& operator*() const { return value(); }
  operator const T&() const { return value(); }  // NOLINT(google-explicit-constructor): reads like a T
  void Set(T value) { value_ = std::move(value); }

 private:
  std::string variable_;
  std::optional<T> value_;
};

/// The type of a T, e.g. IntSource for an integer, a shape for a described struct.
template <class T>
ConfigTypePtr TypeOf();

/// A field that holds a T, as the whole configuration of an op or resource does.
template <class T>
Field FieldOf();

/// The resolved configuration as a T. Throws Error(kInvalidArgument) that names the field where it does not fit.
template <class T>
T FromConfig(const json::Value& value);

/// The configuration that FromConfig reads as `value`.
template <class T>
json::Value ToConfig(const T& value);

}  // namespace tidemill::config

#include <tidemill/config/described_impl.h>
