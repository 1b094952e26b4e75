#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/sdk/snapshots.h>

#include "complete_job.h"

namespace tidemill::sdk {
namespace snapshots {
namespace {

using model::AssetCheckKey;
using model::AssetKey;

/// What a job makes of one op.
struct SelectedOp {
  const AssetOp* op = nullptr;
  std::set<AssetKey> assets;
  std::set<AssetCheckKey> checks;
  std::string node_name;
};

std::string KeysText(const std::set<AssetKey>& assets, const std::set<AssetCheckKey>& checks) {
  std::string text;
  for (const AssetKey& key : assets) text += " " + key.ToUserString();
  for (const AssetCheckKey& key : checks) text += " " + key.ToUserString();
  return text;
}

class AssetJobBuilder final {
 public:
  explicit AssetJobBuilder(const AssetJobSpec& spec) : spec_(spec) {
    Select();
    NameNodes();
  }

  bool HasNode(const std::string& name) const {
    return std::any_of(selected_.begin(), selected_.end(), [&](const auto& each) { return each.node_name == name; });
  }

  engine::JobDefinition Build(const IgnoredNodes& ignored, bool is_subset,
                              std::optional<model::JobLineageSnap> lineage) const {
    engine::JobDefinition job;
    job.name = spec_.name;
    job.structure.description = spec_.description;
    job.structure.tags = spec_.tags;
    job.structure.run_tags = spec_.run_tags;
    job.structure.metadata = spec_.metadata;
    job.structure.owners = spec_.owners;
    job.structure.lineage = std::move(lineage);
    job.resources = spec_.resources;
    job.executor = spec_.executor;
    job.default_run_config = spec_.default_run_config;
    job.op_retry_policy = spec_.op_retry_policy;
    job.partitions = CommonPartitions();
    for (const SelectedOp& selected : selected_) AddNode(selected, job);
    CompleteSubset(job, ignored, is_subset);
    return job;
  }

 private:
  void Select() {
    std::set<AssetKey> unknown = spec_.assets;
    std::set<AssetCheckKey> unknown_checks = spec_.checks.value_or(std::set<AssetCheckKey>{});
    for (const auto& op : spec_.ops) {
      SelectedOp selected{op.get(), {}, {}, {}};
      for (const auto& [name, asset] : op->asset_outputs) {
        if (spec_.assets.contains(asset.key)) selected.assets.insert(asset.key);
        unknown.erase(asset.key);
      }
      for (const auto& [name, check] : op->check_outputs) {
        bool chosen = spec_.checks ? spec_.checks->contains(check.key) : spec_.assets.contains(check.key.asset_key);
        if (chosen) selected.checks.insert(check.key);
        unknown_checks.erase(check.key);
      }
      if (selected.assets.empty() && selected.checks.empty()) continue;
      CheckWhole(selected);
      selected_.push_back(std::move(selected));
    }
    if (!unknown.empty() || !unknown_checks.empty()) {
      throw Error(Code::kInvalidArgument, fmt::format("job \"{}\" selects what no op of this location makes:{}",
                                                      spec_.name, KeysText(unknown, unknown_checks)));
    }
  }

  void CheckWhole(const SelectedOp& selected) const {
    const AssetOp& op = *selected.op;
    if (op.can_subset) return;
    std::set<AssetKey> assets;
    std::set<AssetCheckKey> checks;
    for (const auto& [name, asset] : op.asset_outputs) assets.insert(asset.key);
    for (const auto& [name, check] : op.check_outputs) checks.insert(check.key);
    if (assets == selected.assets && checks == selected.checks) return;
    throw Error(Code::kInvalidArgument,
                fmt::format("job \"{}\" selects a part of what the op \"{}\" makes at once; select all of:{}",
                            spec_.name, op.op->name, KeysText(assets, checks)));
  }

  /// In the order of the assets; a repeated op gets a number.
  void NameNodes() {
    std::stable_sort(selected_.begin(), selected_.end(),
                     [](const auto& a, const auto& b) { return a.assets < b.assets; });
    std::map<std::string, int> uses;
    for (SelectedOp& selected : selected_) {
      const std::string& name = selected.op->op->name;
      int use = ++uses[name];
      selected.node_name = use == 1 ? name : fmt::format("{}_{}", name, use);
      for (const auto& [output, asset] : selected.op->asset_outputs) {
        if (selected.assets.contains(asset.key))
          makers_.insert_or_assign(asset.key, model::OutputHandleSnap{selected.node_name, output});
      }
      for (const auto& [output, check] : selected.op->check_outputs) {
        if (check.blocking && selected.checks.contains(check.key)) {
          blocking_[check.key.asset_key].push_back({selected.node_name, output});
        }
      }
    }
    for (auto& [key, outputs] : blocking_) {
      std::stable_sort(outputs.begin(), outputs.end(),
                       [](const auto& a, const auto& b) { return a.output_name < b.output_name; });
    }
  }

  std::optional<assets::PartitionsDefinition> CommonPartitions() const {
    std::optional<assets::PartitionsDefinition> common;
    for (const SelectedOp& selected : selected_) {
      for (const auto& [name, asset] : selected.op->asset_outputs) {
        if (!asset.partitions || !selected.assets.contains(asset.key)) continue;
        if (common && !(*common == *asset.partitions)) {
          if (spec_.name == kImplicitAssetJobName) return std::nullopt;
          throw Error(Code::kInvalidArgument,
                      fmt::format("job \"{}\" makes assets of different partitions, e.g. {}; make a job for each",
                                  spec_.name, asset.key.ToUserString()));
        }
        common = asset.partitions;
      }
    }
    return common;
  }

  /// The assets whose making the op waits for: what its selected assets depend on and what its checks check. An op of
  /// checks alone waits for all of its inputs.
  static std::optional<std::set<AssetKey>> WaitsFor(const SelectedOp& selected) {
    if (selected.assets.empty()) return std::nullopt;
    std::set<AssetKey> keys;
    for (const auto& [name, asset] : selected.op->asset_outputs) {
      if (selected.assets.contains(asset.key)) keys.insert(asset.dependencies.begin(), asset.dependencies.end());
    }
    for (const AssetCheckKey& check : selected.checks) keys.insert(check.asset_key);
    return keys;
  }

  model::InputDependencySnap Connect(const SelectedOp& selected, const std::string& input,
                                     const AssetKey& upstream) const {
    model::InputDependencySnap dependency;
    dependency.input_name = input;
    bool checks_it = std::any_of(selected.checks.begin(), selected.checks.end(),
                                 [&](const AssetCheckKey& check) { return check.asset_key == upstream; });
    auto blocking = blocking_.find(upstream);
    if (!checks_it && blocking != blocking_.end()) dependency.upstream_outputs = blocking->second;
    if (auto maker = makers_.find(upstream); maker != makers_.end())
      dependency.upstream_outputs.push_back(maker->second);
    return dependency;
  }

  void AddNode(const SelectedOp& selected, engine::JobDefinition& job) const {
    const AssetOp& op = *selected.op;
    job.ops.emplace(op.op->name, op.op);
    model::NodeInvocationSnap node;
    node.node_name = selected.node_name;
    node.node_def_name = op.op->name;
    std::optional<std::set<AssetKey>> waits_for = WaitsFor(selected);
    for (const auto& [input, asset] : op.asset_inputs) {
      job.asset_inputs.emplace(engine::Port{selected.node_name, input}, asset);
      bool own = selected.assets.contains(asset.key);
      if (!own && (!waits_for || waits_for->contains(asset.key))) {
        node.input_dependencies.push_back(Connect(selected, input, asset.key));
      }
    }
    for (const auto& [output, asset] : op.asset_outputs) {
      auto& added = job.asset_outputs.emplace(engine::Port{selected.node_name, output}, asset).first->second;
      added.selected = selected.assets.contains(asset.key);
    }
    for (const auto& [output, check] : op.check_outputs) {
      auto& added = job.check_outputs.emplace(engine::Port{selected.node_name, output}, check).first->second;
      added.selected = selected.checks.contains(check.key);
    }
    job.structure.dependencies.node_invocations.push_back(std::move(node));
  }

  const AssetJobSpec& spec_;
  std::vector<SelectedOp> selected_;
  std::map<AssetKey, model::OutputHandleSnap> makers_;
  std::map<AssetKey, std::vector<model::OutputHandleSnap>> blocking_;
};

}  // namespace
}  // namespace snapshots

engine::JobDefinition BuildAssetJob(const AssetJobSpec& spec) {
  return snapshots::AssetJobBuilder(spec).Build({}, false, std::nullopt);
}

engine::JobDefinition SubsetByAssets(const engine::JobDefinition& full, const AssetJobSpec& spec,
                                     const std::set<model::AssetKey>& assets,
                                     const std::optional<std::set<model::AssetCheckKey>>& checks) {
  AssetJobSpec part = spec;
  part.assets = assets;
  part.checks = checks;
  part.owners.reset();
  model::JobLineageSnap lineage;
  lineage.asset_selection.emplace(assets.begin(), assets.end());
  // Dagster's hosts give frozen sets, and an unfrozen one where they give none.
  lineage.asset_selection_frozen = !assets.empty();
  if (checks) lineage.asset_check_selection.emplace(checks->begin(), checks->end());

  snapshots::AssetJobBuilder builder(part);
  snapshots::IgnoredNodes ignored;
  if (spec.name != kImplicitAssetJobName) {
    ignored.job = &full;
    for (const auto& node : full.structure.dependencies.node_invocations) {
      if (!builder.HasNode(node.node_name)) ignored.names.push_back(node.node_name);
    }
  }
  return builder.Build(ignored, true, std::move(lineage));
}

}  // namespace tidemill::sdk
