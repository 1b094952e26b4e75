#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/assets/partitions.h>
#include <tidemill/assets/partitions_subset.h>
#include <tidemill/base/json.h>

namespace tidemill::assets {

/// The upstream partitions that some downstream partitions read.
struct UpstreamPartitions {
  PartitionsSubset subset;
  /// What the mapping asks for but the upstream asset does not have: a run of these cannot succeed.
  PartitionsSubset required_but_nonexistent;
};

/// Which partitions of an upstream asset a partition of a downstream asset reads. An immutable value, cheap to copy,
/// safe from any thread.
class PartitionMapping final {
 public:
  /// The partition of the same key.
  static PartitionMapping Identity();
  /// All partitions.
  static PartitionMapping All();
  /// The last partition.
  static PartitionMapping Last();
  /// These partitions.
  static PartitionMapping Specific(std::vector<std::string> keys);
  /// Every partition whose window overlaps the downstream window, its ends first moved by this many downstream windows.
  /// Unless `allow_nonexistent_upstream`, windows beyond the upstream set are required_but_nonexistent.
  static PartitionMapping TimeWindows(std::int64_t start_offset = 0, std::int64_t end_offset = 0,
                                      bool allow_nonexistent_upstream = false);
  /// Downstream keys by upstream key.
  static PartitionMapping Static(std::map<std::string, std::set<std::string>> downstream_by_upstream);
  /// Between a product and one of its dimensions, whichever is upstream: all keys with that part.
  static PartitionMapping MultiToSingle(std::optional<std::string> dimension = std::nullopt);

  struct Dimension;
  /// Between two products, dimension by dimension; all keys of a dimension without a mapping.
  static PartitionMapping Multi(std::vector<Dimension> dimensions);

  /// What Dagster takes when none is declared; a null definition is an asset without partitions.
  static PartitionMapping Default(const PartitionsDefinition* downstream, const PartitionsDefinition* upstream);
  /// The declared mapping of an AssetDependencySnap, or the default if it is null.
  static PartitionMapping Of(const json::Value& declared, const PartitionsDefinition* downstream,
                             const PartitionsDefinition* upstream);

  /// Dagster's serdes JSON, e.g. {"__class__": "LastPartitionMapping"}. Throws Error(kInvalidArgument) for an unknown
  /// class or a missing field.
  static PartitionMapping FromJson(const json::Value& value);
  json::Value ToJson() const;
  /// "TimeWindowPartitionMapping".
  std::string_view ClassName() const;
  /// One sentence for people.
  std::string Description() const;

  /// Throws Error(kInvalidArgument) that says what does not fit if this mapping cannot stand between such assets.
  void Validate(const PartitionsDefinition& upstream, const PartitionsDefinition* downstream) const;

  /// What the partitions of `downstream` read; null is an asset without partitions, which All, Last and Specific serve.
  /// Throws Error(kInvalidArgument) where Validate would.
  UpstreamPartitions Upstream(const PartitionsSubset* downstream, const PartitionsDefinition& upstream,
                              const PartitionsContext& context) const;
  /// The downstream partitions that read any of `upstream`.
  PartitionsSubset Downstream(const PartitionsSubset& upstream, const PartitionsDefinition& downstream,
                              const PartitionsContext& context) const;

  struct Rep;

 private:
  explicit PartitionMapping(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}

  std::shared_ptr<const Rep> rep_;
};

/// How one dimension of an upstream product serves one of a downstream product.
struct PartitionMapping::Dimension {
  std::string upstream;
  std::string downstream;
  PartitionMapping mapping;
};

}  // namespace tidemill::assets
