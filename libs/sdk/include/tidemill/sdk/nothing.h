#pragma once

namespace tidemill::sdk {

/// The value of an asset or op that hands no value on: downstream waits for it, but loads nothing.
struct Nothing {
  bool operator==(const Nothing&) const = default;
};

/// Base of a described struct that is configuration: a parameter of a type derived from it is filled from the run's
/// configuration, any other described struct is an input.
///
///   struct FetchConfig : Config { std::int64_t limit = 1000; };
///   BOOST_DESCRIBE_STRUCT(FetchConfig, (), (limit))
struct Config {
  bool operator==(const Config&) const = default;
};

}  // namespace tidemill::sdk
