#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tidemill/sdk/snapshots.h>

/// The definitions of tests/compat/snapshot_defs.py, built by hand: what the snapshot builders are fed with.
namespace tidemill::sdk::testing {

/// Value types without code: name, and the Dagster type.
const engine::ValueType* AnyValueType();
const engine::ValueType* IntValueType();
const engine::ValueType* StringValueType();
const engine::ValueType* NothingValueType();
const engine::ValueType* DictValueType();
const engine::ValueType* IntListValueType();
const engine::ValueType* IntDictValueType();
const engine::ValueType* PairValueType();

using Resources = std::map<std::string, engine::ResourceDefinition, std::less<>>;

engine::OpDefinition MakeOp(std::string name, std::vector<engine::InputDefinition> inputs,
                            std::vector<engine::OutputDefinition> outputs);
engine::InputDefinition In(std::string name, const engine::ValueType* type);
engine::OutputDefinition Out(std::string name, const engine::ValueType* type);
/// A node whose input "x" comes from "node.output", of several of them for a fan-in.
model::NodeInvocationSnap Node(std::string name, std::string definition,
                               std::vector<std::pair<std::string, std::vector<std::string>>> inputs = {});

Resources MakeResources();
/// The jobs of ops, completed: "simple", "everything", "own_resource", "unconnected".
std::map<std::string, engine::JobDefinition> MakeOpJobs();
/// The assets' ops.
std::vector<std::shared_ptr<const AssetOp>> MakeAssetOps();
/// The asset jobs: "rows", "left_only", "unpartitioned" and the implicit one.
std::map<std::string, AssetJobSpec> MakeAssetJobSpecs();
std::vector<AssetDescription> DescribeAssets();
std::vector<CheckDescription> DescribeChecks();

}  // namespace tidemill::sdk::testing
