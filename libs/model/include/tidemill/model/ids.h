#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::model {

/// Names one asset: one or more path components.
struct AssetKey {
  std::vector<std::string> path;

  AssetKey() = default;
  explicit AssetKey(std::vector<std::string> components) : path(std::move(components)) {}
  /// A key of one component.
  AssetKey(const char* name) : path{name} {}  // NOLINT(google-explicit-constructor): keys are written as literals

  auto operator<=>(const AssetKey&) const = default;

  /// "a/b": components joined by '/'; a slash or backslash inside a component is escaped by '\'.
  std::string ToUserString() const;
  static AssetKey FromUserString(std::string_view text);

  /// The text of the storage column: `["a", "b"]`.
  std::string ToColumn() const;
  /// Nothing if `column` is not a JSON array of strings.
  static std::optional<AssetKey> FromColumn(std::string_view column);
};

/// Names one check of an asset.
struct AssetCheckKey {
  AssetKey asset_key;
  std::string name;

  auto operator<=>(const AssetCheckKey&) const = default;

  /// "a/b:name".
  std::string ToUserString() const;
};

/// Where a node stands in a job's nested graphs: its own name and the graphs around it, outermost first in text.
struct NodeHandle {
  /// From the outermost graph to the node, never empty.
  std::vector<std::string> path;

  auto operator<=>(const NodeHandle&) const = default;

  const std::string& name() const { return path.back(); }
  /// "outer.inner.op".
  std::string ToString() const;
  static NodeHandle FromString(std::string_view text);
  /// The node `name` inside of this graph node.
  NodeHandle Child(std::string_view name) const;
};

}  // namespace tidemill::model

template <>
struct std::hash<tidemill::model::AssetKey> {
  std::size_t operator()(const tidemill::model::AssetKey& key) const noexcept;
};
