#pragma once

#include <variant>

#include "tidemill/assets/partition_mapping.h"

namespace tidemill::assets {

struct IdentityMapping {};
struct AllMapping {};
struct LastMapping {};
struct SpecificMapping {
  std::vector<std::string> keys;
};
struct TimeWindowMapping {
  std::int64_t start_offset = 0;
  std::int64_t end_offset = 0;
  bool allow_nonexistent_upstream = false;
};
struct StaticMapping {
  std::map<std::string, std::set<std::string>> downstream_by_upstream;
};
struct MultiToSingleMapping {
  std::optional<std::string> dimension;
};
struct MultiMapping {
  std::vector<PartitionMapping::Dimension> dimensions;
};

struct PartitionMapping::Rep {
  std::variant<IdentityMapping, AllMapping, LastMapping, SpecificMapping, TimeWindowMapping, StaticMapping,
               MultiToSingleMapping, MultiMapping>
      data;
};

/// The stretches of `to` that those of `from` meet. `upstream` says that `to` is the upstream side: only then the
/// offsets count in windows of `from`.
UpstreamPartitions MapWindows(const TimeWindowMapping& mapping, const PartitionsSubset& from,
                              const PartitionsDefinition& to, bool upstream, const PartitionsContext& context);

/// One side of a dependency between dimensions; no name stands for a definition that is no product.
struct DimensionLink {
  std::optional<std::string> upstream;
  std::optional<std::string> downstream;
  PartitionMapping mapping;
};

/// Which dimension of a product the other definition is; nothing if that cannot be told.
std::optional<DimensionLink> FindLink(const PartitionsDefinition& upstream, const PartitionsDefinition& downstream,
                                      const std::optional<std::string>& dimension);

/// The links of a MultiToSingleMapping or MultiMapping. Throws Error(kInvalidArgument) if they do not fit.
std::vector<DimensionLink> Links(const MultiToSingleMapping& mapping, const PartitionsDefinition& upstream,
                                 const PartitionsDefinition& downstream);
std::vector<DimensionLink> Links(const MultiMapping& mapping, const PartitionsDefinition& upstream,
                                 const PartitionsDefinition& downstream);

/// Maps key by key along the links. `upstream` says that `to` is the upstream side.
UpstreamPartitions MapDimensions(const std::vector<DimensionLink>& links, const PartitionsSubset& from,
                                 const PartitionsDefinition& to, bool upstream, const PartitionsContext& context);

}  // namespace tidemill::assets
