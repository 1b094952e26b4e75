#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/graphql/schema.h>

namespace tidemill::api {

/// The keys of dynamic partitions as the storage has them; each set is read once a request.
class StoredDynamicPartitions final : public assets::DynamicPartitionsSource {
 public:
  explicit StoredDynamicPartitions(const RequestContext& context) : events_(context.storage().events()) {}

  std::vector<std::string> Keys(std::string_view name) const override { return Read(name); }
  bool Has(std::string_view name, std::string_view key) const override;

 private:
  const std::vector<std::string>& Read(std::string_view name) const;

  storage::EventStorage& events_;
  mutable std::map<std::string, std::vector<std::string>, std::less<>> keys_;
};

/// The definition with the name of its time dimension, else of its first one, and that of the other.
struct DimensionOrder {
  std::size_t primary = 0;
  std::size_t secondary = 1;
};
DimensionOrder OrderOf(const assets::PartitionsDefinition& definition);

/// PartitionDefinition.
struct PartitionDefinition {
  const model::PartitionsSnap* snap;
};

/// "TIME_WINDOW", "STATIC", "MULTIPARTITIONED" or "DYNAMIC".
std::string_view PartitionTypeOf(const model::PartitionsSnap& snap);

/// DimensionPartitionKeys.
struct DimensionPartitionKeys {
  std::string name;
  std::string_view type;
  std::vector<std::string> keys;
};
/// The keys of each dimension; of windows only those from index `begin` to before `end`, where both are given and not
/// 0.
std::vector<DimensionPartitionKeys> KeysByDimension(const std::optional<model::PartitionsSnap>& snap,
                                                    const graphql::Arguments& arguments, const RequestContext& context);

/// Definitions of partitions and their keys, on assets.
void BindAssetPartitions(graphql::Schema& schema);

}  // namespace tidemill::api
