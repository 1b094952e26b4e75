#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <tidemill/sdk/snapshots.h>

namespace tidemill::sdk::snapshots {

/// Which jobs make which asset and check, and the op that makes it. Refers to the description.
class AssetUses final {
 public:
  explicit AssetUses(const RepositoryDescription& description);

  struct Maker {
    const AssetOp* op = nullptr;
    std::string output_name;
  };
  /// Null for an external asset.
  const Maker* MakerOf(const model::AssetKey& key) const;
  /// Of the first job that makes it, "op_2" where one op serves several nodes; empty if none does.
  const std::string& NodeName(const model::AssetKey& key) const;
  /// Sorted.
  std::vector<std::string> JobsOf(const model::AssetKey& key) const;
  std::vector<std::string> JobsOf(const model::AssetCheckKey& key) const;
  /// Nothing for what may be made alone.
  std::optional<std::string> UnitId(const model::AssetKey& key) const;
  std::optional<std::string> UnitId(const model::AssetCheckKey& key) const;

 private:
  std::map<model::AssetKey, Maker> makers_;
  std::map<model::AssetKey, std::string> node_names_;
  std::map<model::AssetKey, std::set<std::string>> jobs_;
  std::map<model::AssetCheckKey, std::set<std::string>> check_jobs_;
  std::map<model::AssetKey, std::string> units_;
  std::map<model::AssetCheckKey, std::string> check_units_;
};

/// Sorted by key. An op serves one code location, so what runs in a job is what the descriptions say.
std::vector<model::AssetNodeSnap> SnapAssets(const RepositoryDescription& description, const AssetUses& uses);
std::vector<model::AssetCheckSnap> SnapChecks(const RepositoryDescription& description, const AssetUses& uses);

}  // namespace tidemill::sdk::snapshots
