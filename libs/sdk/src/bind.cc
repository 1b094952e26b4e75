#include <algorithm>

#include <fmt/format.h>

#include <tidemill/sdk/call.h>

#include "assembly.h"

namespace tidemill::sdk::detail {
namespace {

using engine::AssetInput;
using engine::InputDefinition;
using engine::OpDefinition;
using engine::OutputDefinition;

bool IsMultiAsset(const NodeRecord& node) { return node.kind == NodeKind::kAsset && !node.name.empty(); }

/// Without configuration of its own Dagster lets a multi-asset take none, and anything else take whatever is given.
config::Field ConfigOf(const NodeRecord& node) {
  if (node.function.config != nullptr) return node.function.config();
  if (IsMultiAsset(node)) return config::Field::Of(config::ConfigType::Shape({}));
  return config::Field::Optional(config::ConfigType::Any());
}

/// What every kind of node has: configuration, resources, policies, and the call of the user's function.
std::shared_ptr<OpDefinition> MakeOp(const NodeRecord& node, const ResourceScope& resources,
                                     std::shared_ptr<BoundFunction> bound) {
  auto op = std::make_shared<OpDefinition>();
  op->name = OpName(node);
  op->description = node.description;
  op->tags = node.op_tags;
  op->pool = node.pool;
  op->retry_policy = node.retry;
  op->config = ConfigOf(node);
  bound->owner = OwnerName(node);
  for (const auto& parameter : node.function.resources) {
    std::string key = resources.Resolve(parameter, bound->owner);
    if (std::ranges::find(op->required_resource_keys, key) == op->required_resource_keys.end()) {
      op->required_resource_keys.push_back(key);
    }
    bound->resources.push_back(std::move(key));
  }
  std::ranges::sort(op->required_resource_keys);
  bound->function = std::make_shared<const Function>(node.function);
  op->compute = [bound = std::shared_ptr<const BoundFunction>(std::move(bound))](engine::StepContext& step) {
    Call call(step, *bound);
    bound->function->invoke(call);
  };
  return op;
}

InputDefinition MakeInput(std::string name, const engine::ValueType* type) {
  InputDefinition input;
  input.name = std::move(name);
  input.type = type;
  return input;
}

/// The inputs of one asset op or check op.
class AssetInputs final {
 public:
  AssetInputs(const NodeRecord& node, const std::map<model::AssetKey, const AssetRecord*>& all)
      : node_(node), all_(all) {}

  /// One input for each parameter, named like the upstream asset.
  void AddValues(AssetOp& made, OpDefinition& op, BoundFunction& bound) {
    const auto& types = node_.function.inputs;
    if (types.size() != node_.from.size()) {
      throw Error(
          Code::kInvalidArgument,
          fmt::format("{} takes {} inputs (the first is of type {}), but From() names {}; add .From(…) with one "
                      "asset for each, or derive a parameter that is configuration from tidemill::sdk::Config",
                      bound.owner, types.size(), types.empty() ? "none" : types.front()->cpp_name, node_.from.size()));
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
      const std::string name = NewName(KeyOf(node_.from[i]).path.back(), node_.from[i]);
      Add(made, op, name, node_.from[i], types[i], false);
      bound.inputs.push_back(name);
    }
  }

  void AddDependency(AssetOp& made, OpDefinition& op, const Edge& edge) {
    const model::AssetKey& key = KeyOf(edge);
    if (seen_.contains(key)) return;
    Add(made, op, NewName(fmt::format("{}", fmt::join(key.path, "_")), edge), edge, &ValueTypeOf<Nothing>(), true);
  }

  /// So that a subset of the op's assets can follow an asset of the same op that an earlier run made.
  void AddSubsetInput(AssetOp& made, OpDefinition& op, const AssetRecord& upstream) {
    if (seen_.contains(upstream.key)) return;
    Add(made, op, fmt::format("__subset_input__{}", upstream.output_name), {&upstream, {}, {}}, &ValueTypeOf<Nothing>(),
        true);
  }

 private:
  void Add(AssetOp& made, OpDefinition& op, const std::string& name, const Edge& edge, const engine::ValueType* type,
           bool is_nothing) {
    const model::AssetKey& key = KeyOf(edge);
    AssetInput input;
    input.key = key;
    const auto upstream = all_.find(key);
    if (upstream != all_.end()) {
      input.partitions = upstream->second->partitions;
      input.io_manager_key = upstream->second->io_manager_key;
    }
    input.mapping = edge.mapping;
    input.is_nothing = is_nothing;
    made.asset_inputs.emplace(name, std::move(input));
    op.inputs.push_back(MakeInput(name, type));
    names_.insert(name);
    seen_.insert(key);
  }

  std::string NewName(std::string name, const Edge& edge) const {
    if (!names_.contains(name)) return name;
    name = fmt::format("{}", fmt::join(KeyOf(edge).path, "_"));
    std::string unique = name;
    for (int number = 2; names_.contains(unique); ++number) unique = fmt::format("{}_{}", name, number);
    return unique;
  }

  const NodeRecord& node_;
  const std::map<model::AssetKey, const AssetRecord*>& all_;
  std::set<std::string> names_;
  std::set<model::AssetKey> seen_;
};

void AddAssetOutputs(const NodeRecord& node, AssetOp& made, OpDefinition& op, BoundFunction& bound) {
  for (const auto& asset : node.assets) {
    OutputDefinition output;
    output.name = asset->output_name;
    output.type = asset->type;
    output.is_required = asset->is_required;
    output.io_manager_key = asset->io_manager_key;
    output.code_version = asset->code_version;
    op.outputs.push_back(std::move(output));

    engine::AssetOutput made_asset;
    made_asset.key = asset->key;
    made_asset.partitions = asset->partitions;
    made_asset.execution_type = asset->execution_type;
    made_asset.code_version = asset->code_version;
    made_asset.metadata = asset->metadata;
    for (const Edge* edge : DependenciesOf(node, *asset)) {
      const model::AssetKey& key = KeyOf(*edge);
      auto& keys = made_asset.dependencies;
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
    std::ranges::sort(made_asset.dependencies);
    made.asset_outputs.emplace(asset->output_name, std::move(made_asset));
    bound.assets.push_back(asset->key);
    bound.outputs.push_back(asset->output_name);
  }
}

void AddCheckOutputs(const NodeRecord& node, AssetOp& made, OpDefinition& op, BoundFunction& bound) {
  for (const auto& check : node.checks) {
    OutputDefinition output;
    if (node.kind != NodeKind::kCheck) output.name = fmt::format("{}_{}", PythonName(check->asset->key), check->name);
    output.type = &ValueTypeOf<json::Value>();
    output.is_required = !node.can_subset;

    engine::CheckOutput made_check;
    made_check.key = {check->asset->key, check->name};
    made_check.blocking = check->blocking;
    made_check.description = check->description;
    made_check.partitions = check->partitions;
    made.check_outputs.emplace(output.name, std::move(made_check));
    bound.checks.push_back({check->asset->key, check->name});
    if (node.kind == NodeKind::kCheck) {
      bound.assets.push_back(check->asset->key);
      bound.outputs.push_back(output.name);
    }
    op.outputs.push_back(std::move(output));
  }
}

bool IsMadeBy(const NodeRecord& node, const model::AssetKey& key) {
  return std::ranges::any_of(node.assets, [&key](const auto& asset) { return asset->key == key; });
}

}  // namespace

std::vector<const Edge*> DependenciesOf(const NodeRecord& node, const AssetRecord& asset) {
  std::vector<const Edge*> edges;
  const bool is_part = node.assets.size() > 1;
  if (!is_part || !asset.has_own_deps) {
    for (const auto& edge : node.from) edges.push_back(&edge);
  }
  for (const auto& edge : asset.deps) edges.push_back(&edge);
  return edges;
}

const model::AssetKey& KeyOf(const Edge& edge) { return edge.asset != nullptr ? edge.asset->key : edge.key; }

std::string PythonName(const model::AssetKey& key) { return fmt::format("{}", fmt::join(key.path, "__")); }

std::string OpName(const NodeRecord& node) {
  if (!node.name.empty()) return node.name;
  if (node.kind == NodeKind::kCheck) {
    return fmt::format("{}_{}", PythonName(node.checks.front()->asset->key), node.checks.front()->name);
  }
  return PythonName(node.assets.front()->key);
}

std::string OwnerName(const NodeRecord& node) {
  if (node.kind == NodeKind::kOp) return fmt::format("op \"{}\"", node.name);
  if (node.kind == NodeKind::kCheck) {
    const CheckRecord& check = *node.checks.front();
    return fmt::format("asset check \"{}:{}\"", check.asset->key.ToUserString(), check.name);
  }
  if (IsMultiAsset(node)) return fmt::format("multi-asset \"{}\"", node.name);
  return fmt::format("asset \"{}\"", node.assets.front()->key.ToUserString());
}

std::shared_ptr<const AssetOp> BindAssetOp(const NodeRecord& node, const ResourceScope& resources,
                                           const std::map<model::AssetKey, const AssetRecord*>& all) {
  auto bound = std::make_shared<BoundFunction>();
  BoundFunction& names = *bound;
  const auto op = MakeOp(node, resources, std::move(bound));
  auto made = std::make_shared<AssetOp>();
  made->can_subset = node.can_subset;
  if (node.assets.size() == 1) {
    if (!op->description) op->description = node.assets.front()->description;
    op->code_version = node.assets.front()->code_version;
  }

  AssetInputs inputs(node, all);
  inputs.AddValues(*made, *op, names);
  for (const auto& asset : node.assets) {
    for (const auto& edge : asset->deps) {
      if (!IsMadeBy(node, KeyOf(edge))) {
        inputs.AddDependency(*made, *op, edge);
      } else if (node.can_subset) {
        inputs.AddSubsetInput(*made, *op, *all.at(KeyOf(edge)));
      }
    }
  }
  if (node.kind == NodeKind::kCheck) {
    inputs.AddDependency(*made, *op, {node.checks.front()->asset, {}, {}});
    for (const auto* asset : node.checks.front()->additional_assets) inputs.AddDependency(*made, *op, {asset, {}, {}});
  }
  AddAssetOutputs(node, *made, *op, names);
  AddCheckOutputs(node, *made, *op, names);
  made->op = op;
  return made;
}

std::vector<std::string> OpInputNames(const NodeRecord& node) {
  const std::size_t count = node.function.inputs.size();
  if (!node.input_names.empty()) {
    if (node.input_names.size() != count) {
      throw Error(Code::kInvalidArgument,
                  fmt::format("op \"{}\" takes {} inputs, but InputNames() has {}; name each one", node.name, count,
                              node.input_names.size()));
    }
    return node.input_names;
  }
  if (count == 1) return {"input"};
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= count; ++i) names.push_back(fmt::format("input_{}", i));
  return names;
}

std::vector<std::string> OpOutputNames(const NodeRecord& node) {
  std::vector<std::string> names;
  const auto& outputs = node.function.outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string fallback = outputs.size() == 1 ? "result" : fmt::format("result_{}", i + 1);
    names.push_back(outputs[i].name.empty() ? fallback : outputs[i].name);
  }
  return names;
}

std::shared_ptr<const engine::OpDefinition> BindOp(const NodeRecord& node, const ResourceScope& resources) {
  auto bound = std::make_shared<BoundFunction>();
  bound->inputs = OpInputNames(node);
  bound->outputs = OpOutputNames(node);
  BoundFunction& names = *bound;
  const auto op = MakeOp(node, resources, std::move(bound));
  for (std::size_t i = 0; i < names.inputs.size(); ++i) {
    op->inputs.push_back(MakeInput(names.inputs[i], node.function.inputs[i]));
  }
  for (const auto& name : node.nothing_inputs) op->inputs.push_back(MakeInput(name, &ValueTypeOf<Nothing>()));
  for (std::size_t i = 0; i < names.outputs.size(); ++i) {
    OutputDefinition output;
    output.name = names.outputs[i];
    output.type = node.function.outputs[i].type;
    output.is_required = node.function.outputs[i].is_required;
    for (const auto& name : {std::string(), output.name}) {
      const auto manager = node.output_managers.find(name);
      if (manager != node.output_managers.end()) output.io_manager_key = manager->second;
    }
    op->outputs.push_back(std::move(output));
  }
  return op;
}

}  // namespace tidemill::sdk::detail
