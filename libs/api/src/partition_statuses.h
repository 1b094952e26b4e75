#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tidemill/assets/partitions_subset.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// Whose partitions have a status: the schema has types of its own for checks.
enum class StatusSubject { kAsset, kCheck };

/// A stretch of time whose partitions share a status.
template <StatusSubject kSubject>
struct TimeStatusRange {
  double start_time = 0;
  double end_time = 0;
  std::string start_key;
  std::string end_key;
  std::string_view status;
};
template <StatusSubject kSubject>
struct TimeStatuses {
  std::vector<TimeStatusRange<kSubject>> ranges;
};

/// Sorted keys by status; those of assets also what has no status.
template <StatusSubject kSubject>
struct KeyStatuses {
  std::map<std::string_view, std::vector<std::string>> keys;
  std::vector<std::string> without_status;
};

/// Neighbours in the first dimension whose partitions of the second one have the same statuses.
template <StatusSubject kSubject>
struct MultiStatusRange {
  std::string start_key;
  std::string end_key;
  std::optional<double> start_time;
  std::optional<double> end_time;
  std::variant<TimeStatuses<kSubject>, KeyStatuses<kSubject>> secondary;
};
template <StatusSubject kSubject>
struct MultiStatuses {
  std::vector<MultiStatusRange<kSubject>> ranges;
  std::string primary_dimension;
};

template <StatusSubject kSubject>
using PartitionStatuses = std::variant<TimeStatuses<kSubject>, KeyStatuses<kSubject>, MultiStatuses<kSubject>>;

/// Subsets of one definition by status; for assets, what stands earlier hides what stands later.
using SubsetsByStatus = std::vector<std::pair<std::string_view, assets::PartitionsSubset>>;

/// The statuses in the form that suits the definition. Instantiated for both subjects.
template <StatusSubject kSubject>
PartitionStatuses<kSubject> StatusesOf(const SubsetsByStatus& subsets, const assets::PartitionsDefinition& definition,
                                       const assets::PartitionsContext& context);

void BindPartitionStatuses(graphql::Schema& schema);

}  // namespace tidemill::api
