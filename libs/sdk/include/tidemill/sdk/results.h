#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tidemill/model/events.h>
#include <tidemill/sdk/metadata.h>
#include <tidemill/sdk/nothing.h>

namespace tidemill::sdk {

using Severity = model::CheckSeverity;

/// How an asset check ended.
struct CheckResult {
  bool passed = false;
  std::optional<AssetKey> asset_key = {};  ///< Needed only where the function runs several checks.
  std::optional<std::string> check_name = {};
  Severity severity = Severity::kError;  ///< Of a check that did not pass.
  std::optional<std::string> description = {};
  Metadata metadata = {};
};

/// What an asset's function returns if it stored the asset itself, or has nothing for an IO manager.
struct MaterializeResult {
  std::optional<AssetKey> asset_key = {};  ///< Needed only where the function makes several assets.
  Metadata metadata = {};
  std::optional<std::string> data_version = {};
  Tags tags = {};
  std::vector<CheckResult> checks = {};
};

/// A value with what shall be told of it.
template <class T>
struct Output {
  T value;
  Metadata metadata = {};
  std::optional<std::string> data_version = {};
  Tags tags = {};
  std::vector<CheckResult> checks = {};
};

/// One of several outputs that the function may leave out; what is downstream of it is skipped then.
template <class T>
struct OptionalOutput : std::optional<Output<T>> {
  OptionalOutput() = default;
  OptionalOutput(std::nullopt_t) {}  // NOLINT(google-explicit-constructor)
  OptionalOutput(T value)
      : std::optional<Output<T>>(Output<T>{std::move(value)}) {}  // NOLINT(google-explicit-constructor)
  OptionalOutput(Output<T> output) : std::optional<Output<T>>(std::move(output)) {}  // NOLINT
};

/// The version of an observed source, returned by an observable asset's function.
struct DataVersion {
  std::string value;
};

}  // namespace tidemill::sdk
