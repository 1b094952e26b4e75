#include "asset_nodes.h"

#include <algorithm>
#include <utility>

#include <tidemill/base/hash.h>
#include <tidemill/base/json.h>

namespace tidemill::sdk {
namespace snapshots {
namespace {

constexpr std::string_view kComputeKindTag = "dagster/compute_kind";

/// Python's repr of a str, without the rare escapes: keys hold no control characters.
std::string PythonRepr(std::string_view text) {
  bool double_quoted = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  char quote = double_quoted ? '"' : '\'';
  std::string repr(1, quote);
  for (char c : text) {
    if (c == '\\' || c == quote) repr += '\\';
    repr += c;
  }
  return repr + quote;
}

std::string PythonRepr(const model::AssetKey& key) {
  std::string repr = "AssetKey([";
  for (const std::string& part : key.path) {
    if (&part != &key.path.front()) repr += ", ";
    repr += PythonRepr(std::string_view(part));
  }
  return repr + "])";
}

/// A condition as the policy that carries it on the wire; null stays null.
json::Value PolicyOf(const json::Value& condition) {
  if (condition.is_null()) return nullptr;
  return json::Object{{"__class__", "AutoMaterializePolicy"},
                      {"asset_condition", condition},
                      {"max_materializations_per_minute", nullptr},
                      {"rules", json::Object{{"__frozenset__", json::Array{}}}},
                      {"time_window_partition_scope_minutes", 1e-06}};
}

std::vector<model::AssetDependencySnap> SnapDependencies(const AssetDescription& asset) {
  std::vector<model::AssetDependencySnap> dependencies;
  for (const engine::AssetInput& input : asset.dependencies) {
    model::AssetDependencySnap dependency;
    dependency.upstream_asset_key = input.key;
    if (input.mapping && (asset.partitions || input.partitions)) dependency.partition_mapping = input.mapping->ToJson();
    dependencies.push_back(std::move(dependency));
  }
  std::sort(dependencies.begin(), dependencies.end(),
            [](const auto& a, const auto& b) { return a.upstream_asset_key < b.upstream_asset_key; });
  return dependencies;
}

/// What only an asset that a job makes has.
void AddMaker(const AssetUses& uses, model::AssetNodeSnap& node) {
  const AssetUses::Maker* maker = uses.MakerOf(node.asset_key);
  if (maker == nullptr || node.job_names.empty()) return;
  const engine::OpDefinition& op = *maker->op->op;
  node.op_name = uses.NodeName(node.asset_key);
  node.op_names = {*node.op_name};
  node.node_definition_name = op.name;
  node.output_name = maker->output_name;
  if (op.pool) node.pools = {*op.pool};
  if (const std::string* kind = model::FindTag(op.tags, kComputeKindTag)) node.compute_kind = *kind;
  node.required_top_level_resources = op.required_resource_keys;
  std::sort(node.required_top_level_resources.begin(), node.required_top_level_resources.end());
}

}  // namespace

AssetUses::AssetUses(const RepositoryDescription& description) {
  for (const auto& op : description.ops) {
    std::set<model::AssetKey> assets;
    std::set<model::AssetCheckKey> checks;
    for (const auto& [output, asset] : op->asset_outputs) {
      makers_.emplace(asset.key, Maker{op.get(), output});
      assets.insert(asset.key);
    }
    for (const auto& [output, check] : op->check_outputs) checks.insert(check.key);
    if (op->can_subset) continue;
    std::string id = AtomicExecutionUnitId(assets, checks);
    if (assets.size() > 1 || !checks.empty()) {
      for (const auto& key : assets) units_.emplace(key, id);
    }
    for (const auto& key : checks) check_units_.emplace(key, id);
  }
  std::map<std::string_view, const engine::JobDefinition*> by_name;
  for (const engine::JobDefinition* job : description.jobs) by_name.emplace(job->name, job);
  for (const auto& [name, job] : by_name) {
    for (const auto& [port, asset] : job->asset_outputs) {
      if (!asset.selected) continue;
      jobs_[asset.key].insert(job->name);
      node_names_.emplace(asset.key, port.first);
    }
    for (const auto& [port, check] : job->check_outputs) {
      if (check.selected) check_jobs_[check.key].insert(job->name);
    }
  }
}

const AssetUses::Maker* AssetUses::MakerOf(const model::AssetKey& key) const {
  auto found = makers_.find(key);
  return found == makers_.end() ? nullptr : &found->second;
}

const std::string& AssetUses::NodeName(const model::AssetKey& key) const {
  static const std::string kNone;
  auto found = node_names_.find(key);
  return found == node_names_.end() ? kNone : found->second;
}

std::vector<std::string> AssetUses::JobsOf(const model::AssetKey& key) const {
  auto found = jobs_.find(key);
  return found == jobs_.end() ? std::vector<std::string>{}
                              : std::vector<std::string>(found->second.begin(), found->second.end());
}

std::vector<std::string> AssetUses::JobsOf(const model::AssetCheckKey& key) const {
  auto found = check_jobs_.find(key);
  return found == check_jobs_.end() ? std::vector<std::string>{}
                                    : std::vector<std::string>(found->second.begin(), found->second.end());
}

std::optional<std::string> AssetUses::UnitId(const model::AssetKey& key) const {
  auto found = units_.find(key);
  return found == units_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> AssetUses::UnitId(const model::AssetCheckKey& key) const {
  auto found = check_units_.find(key);
  return found == check_units_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<model::AssetNodeSnap> SnapAssets(const RepositoryDescription& description, const AssetUses& uses) {
  std::vector<model::AssetNodeSnap> nodes;
  nodes.reserve(description.assets.size());
  for (const AssetDescription& asset : description.assets) {
    model::AssetNodeSnap node;
    node.asset_key = asset.key;
    node.dependencies = SnapDependencies(asset);
    node.execution_type = asset.execution_type;
    node.code_version = asset.code_version;
    node.description = asset.description;
    node.job_names = uses.JobsOf(asset.key);
    if (asset.partitions) node.partitions = asset.partitions->ToSnap();
    node.metadata = asset.metadata;
    node.tags = asset.tags;
    node.group_name = asset.group_name;
    node.freshness_policy = asset.freshness_policy;
    node.is_source = asset.execution_type != model::AssetExecutionType::kMaterialization;
    node.is_observable = asset.execution_type == model::AssetExecutionType::kObservation;
    node.is_virtual = false;
    node.atomic_execution_unit_id = uses.UnitId(asset.key);
    node.auto_materialize_policy = PolicyOf(asset.automation_condition);
    node.backfill_policy = asset.backfill_policy;
    if (asset.auto_observe_interval_minutes) node.auto_observe_interval_minutes = *asset.auto_observe_interval_minutes;
    node.owners = asset.owners;
    AddMaker(uses, node);
    nodes.push_back(std::move(node));
  }
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.asset_key < b.asset_key; });
  return nodes;
}

std::vector<model::AssetCheckSnap> SnapChecks(const RepositoryDescription& description, const AssetUses& uses) {
  std::vector<model::AssetCheckSnap> checks;
  for (const CheckDescription& check : description.checks) {
    model::AssetCheckSnap snap;
    snap.name = check.key.name;
    snap.asset_key = check.key.asset_key;
    snap.description = check.description;
    snap.atomic_execution_unit_id = uses.UnitId(check.key);
    snap.job_names = uses.JobsOf(check.key);
    snap.blocking = check.blocking;
    snap.additional_asset_keys = check.additional_assets;
    snap.automation_condition = check.automation_condition;
    if (check.partitions) snap.partitions = check.partitions->ToSnap();
    checks.push_back(std::move(snap));
  }
  std::sort(checks.begin(), checks.end(),
            [](const auto& a, const auto& b) { return std::tie(a.asset_key, a.name) < std::tie(b.asset_key, b.name); });
  return checks;
}

}  // namespace snapshots

std::string AtomicExecutionUnitId(const std::set<model::AssetKey>& assets,
                                  const std::set<model::AssetCheckKey>& checks) {
  std::vector<std::string> members;
  for (const model::AssetKey& key : assets) members.push_back(snapshots::PythonRepr(key));
  for (const model::AssetCheckKey& key : checks) {
    members.push_back("AssetCheckKey(asset_key=" + snapshots::PythonRepr(key.asset_key) +
                      ", name=" + snapshots::PythonRepr(std::string_view(key.name)) + ")");
  }
  std::sort(members.begin(), members.end());
  json::Array list;
  for (std::string& member : members) list.emplace_back(std::move(member));
  return Md5Hex(json::Dump(list)).substr(0, 8);
}

}  // namespace tidemill::sdk
