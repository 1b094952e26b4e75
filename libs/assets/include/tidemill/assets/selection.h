#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemill/assets/asset_graph.h>
#include <tidemill/base/json.h>
#include <tidemill/model/ids.h>

namespace tidemill::assets {

/// What a selection may ask of an asset that its graph does not know.
enum class AssetAttribute {
  kCodeLocation,  ///< "location" or "repository@location".
  kSensor,        ///< Targets the asset.
  kSchedule,      ///< Targets the asset.
  kStatus,
  kColumn,
  kColumnTag,
  kTableName,
  kChangedInBranch,
  kAutomationType,
};

/// "code_location", "sensor", …
std::string_view AttributeName(AssetAttribute attribute);

/// Answers such questions; the server has the code locations, the runs and the metadata for it.
class AssetFacts {
 public:
  virtual ~AssetFacts() = default;
  /// Whether the asset has the attribute with this value; no value stands for "<null>". `key` is set for kColumnTag
  /// only.
  virtual bool Has(const AssetGraph& graph, AssetId asset, AssetAttribute attribute,
                   const std::optional<std::string>& value, const std::string& key) const = 0;
};

struct SelectionOptions {
  /// Whether "*", "not", tags, groups and kinds also select assets that no run can materialize.
  bool include_external = false;
};

/// A question which assets are meant, in Dagster's selection syntax:
///
///     key:"raw/*" or +tag:tier=gold and not (kind:dbt or owner:"a@b.c")      roots(group:ingest)   2+key:a+1
///
/// with the attributes key, tag, group, kind, owner, is, partitions, job and those of AssetAttribute; or one item of
/// the older list syntax ("*a", "a/b++", "tag:k=v"). Immutable, cheap to copy, safe from any thread.
class AssetSelection final {
 public:
  /// Throws Error(kInvalidArgument) that names the column, counted from 1, and what could stand there.
  static AssetSelection Parse(std::string_view text, SelectionOptions options = {});
  /// The union of several selections. Throws Error(kInvalidArgument) if the list is empty.
  static AssetSelection ParseList(const std::vector<std::string>& texts, SelectionOptions options = {});
  /// The argument of `asset materialize --select`: selections separated by commas.
  static AssetSelection ParseCommaSeparated(std::string_view text, SelectionOptions options = {});

  static AssetSelection All(SelectionOptions options = {});
  static AssetSelection Keys(std::vector<model::AssetKey> keys);
  /// The serdes JSON that schedules and sensors carry, e.g. {"__class__": "KeysAssetSelection", …}; it may also select
  /// checks. Throws Error(kInvalidArgument) for an unknown class or a missing field.
  static AssetSelection FromJson(const json::Value& value);
  /// What both select.
  AssetSelection And(const AssetSelection& other) const;
  /// The assets of one code location.
  static AssetSelection CodeLocation(std::string name);

  /// The assets that are meant, ascending. Throws Error(kNotFound) for a key that was spelled out and does not exist,
  /// Error(kUnimplemented) for an attribute of AssetAttribute without `facts`.
  std::vector<AssetId> Resolve(const AssetGraph& graph, const AssetFacts* facts = nullptr) const;
  /// The checks that are meant, sorted by asset and name: those of the selected assets, unless FromJson read which.
  std::vector<const model::AssetCheckSnap*> ResolveChecks(const AssetGraph& graph,
                                                          const AssetFacts* facts = nullptr) const;

  /// The text that parses to this selection. What the syntax cannot say is in words of its own.
  std::string ToString() const;

  struct Node;

 private:
  explicit AssetSelection(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace tidemill::assets
