#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemill/api/api.h>
#include <tidemill/storage/event_storage.h>

#include "asset_node.h"
#include "asset_status.h"

namespace tidemill::api {

/// An asset, or one partition of it.
struct AssetPartition {
  model::AssetKey key;
  std::optional<std::string> partition;

  auto operator<=>(const AssetPartition&) const = default;
};

/// Why something that was made is not what it would be if it were made now.
struct StaleCause {
  AssetPartition subject;
  std::string_view category;  ///< "CODE", "DATA" or "DEPENDENCIES".
  std::string reason;
  std::optional<AssetPartition> dependency;
  std::vector<StaleCause> children;  ///< What is behind it; itself if empty.
};

/// Compares the versions that a materialization was made of with those of now, as Dagster's data versions do.
/// Remembers what it read: one for a field of a request.
class Staleness final {
 public:
  /// Reads the records of `subjects` and their dependencies at once.
  Staleness(const RequestContext& context, const std::vector<AssetNode>& subjects);

  /// "MISSING", "STALE" or "FRESH"; an asset with partitions as a whole is always fresh.
  std::string_view StatusOf(const AssetPartition& subject);
  /// Where it began: causes whose own cause is not known.
  std::vector<StaleCause> RootCausesOf(const AssetPartition& subject);
  /// Nothing if there is no data.
  std::optional<std::string> DataVersionOf(const AssetPartition& subject);

 private:
  using Event = std::optional<storage::StoredEvent>;
  struct Provenance {
    std::string code_version;
    std::map<model::AssetKey, std::string> input_versions;
    std::map<model::AssetKey, std::int64_t> input_storage_ids;
    bool is_user_provided = false;
  };

  const Event& Latest(const AssetPartition& subject);
  Event ReadLatest(const AssetPartition& subject);
  std::vector<StaleCause> CausesOf(const AssetPartition& subject);
  void CompareWith(const AssetPartition& subject, const AssetPartition& dependency,
                   const std::optional<Provenance>& provenance, double made_at, std::vector<StaleCause>& causes);
  std::optional<Provenance> ProvenanceOf(const AssetPartition& subject);
  bool IsUpdated(const Provenance& provenance, const AssetPartition& dependency);
  bool SaysDataVersion(const AssetPartition& dependency);
  std::vector<AssetPartition> DependenciesOf(const AssetPartition& subject);
  std::vector<AssetPartition> PartitionsRead(const AssetPartition& subject, const model::AssetKey& upstream);
  /// The assets with data behind a virtual one, or behind the virtual dependencies of one.
  std::vector<model::AssetKey> DataBehind(const model::AssetKey& key) const;
  void AddCausesBehindVirtual(const AssetPartition& subject, double made_at, std::vector<StaleCause>& causes);
  bool IsMissing(const AssetPartition& subject);
  std::optional<StaleCause> CodeCause(const AssetPartition& subject);
  const model::AssetNodeSnap& SnapOf(const model::AssetKey& key) const;

  const RequestContext& context_;
  AssetStatus status_;
  std::map<AssetPartition, Event> latest_;
};

void BindAssetStaleness(graphql::Schema& schema);

}  // namespace tidemill::api
