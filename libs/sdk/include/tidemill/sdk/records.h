#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <typeindex>
#include <unordered_set>
#include <vector>

#include <tidemill/assets/partition_mapping.h>
#include <tidemill/assets/partitions.h>
#include <tidemill/config/config_type.h>
#include <tidemill/engine/definitions.h>
#include <tidemill/model/repository_snap.h>
#include <tidemill/sdk/value_types.h>

/// What the builders write down and the location is assembled from. No part of the user's interface.
namespace tidemill::sdk::detail {

class Call;

struct ResourceParameter {
  std::type_index type;
  std::string type_name;
  std::string key;  ///< Empty: the only resource of this type.
};

struct OutputSlot {
  std::string name;  ///< Empty where the types do not say it.
  const engine::ValueType* type = nullptr;
  bool is_required = true;
};

/// A user's function without its types.
struct Function {
  std::vector<const engine::ValueType*> inputs;
  std::vector<ResourceParameter> resources;
  config::Field (*config)() = nullptr;  ///< Null: takes none.
  std::vector<OutputSlot> outputs;
  std::function<void(Call&)> invoke;
};

/// A function in its place: the names that its parameters and outputs have there.
struct BoundFunction {
  std::shared_ptr<const Function> function;
  std::string owner;  ///< `asset "raw_data"`, for messages.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> resources;
  std::vector<model::AssetKey> assets;  ///< Made or checked.
  std::vector<model::AssetCheckKey> checks;
};

struct AssetRecord;

struct Edge {
  const AssetRecord* asset = nullptr;
  model::AssetKey key;  ///< Where `asset` is null.
  std::optional<assets::PartitionMapping> mapping;
};

/// One asset.
struct AssetRecord {
  model::AssetKey key;
  std::optional<std::string> description;
  std::string group = "default";
  std::vector<std::string> owners;
  model::Tags tags;
  std::optional<std::string> code_version;
  model::Metadata metadata;
  std::optional<assets::PartitionsDefinition> partitions;
  std::string io_manager_key = "io_manager";
  std::optional<model::BackfillPolicy> backfill_policy;
  std::vector<Edge> deps;     ///< Without a value.
  bool has_own_deps = false;  ///< Of several assets: `deps` are all it depends on.
  bool is_required = true;
  const engine::ValueType* type = nullptr;
  std::string output_name = "result";
  model::AssetExecutionType execution_type = model::AssetExecutionType::kMaterialization;
  std::optional<double> auto_observe_minutes;
  json::Value automation_condition;
  json::Value freshness_policy;
};

struct CheckRecord {
  const AssetRecord* asset = nullptr;
  std::string name;
  bool blocking = false;
  std::optional<std::string> description;
  std::vector<const AssetRecord*> additional_assets;
  std::optional<assets::PartitionsDefinition> partitions;
  json::Value automation_condition;
};

enum class NodeKind { kAsset, kCheck, kOp };

/// One op with what it makes.
struct NodeRecord {
  NodeKind kind = NodeKind::kAsset;
  std::string name;  ///< Of a multi-asset or op; assets and checks are named by their keys.
  Function function;
  std::optional<std::string> description;
  std::vector<Edge> from;                ///< For the inputs of assets and checks.
  std::vector<std::string> input_names;  ///< Of ops; empty: by position.
  std::vector<std::string> nothing_inputs;
  std::vector<std::unique_ptr<AssetRecord>> assets;
  std::vector<std::unique_ptr<CheckRecord>> checks;
  model::Tags op_tags;
  std::optional<engine::RetryPolicy> retry;
  std::optional<std::string> pool;
  bool can_subset = false;
  std::map<std::string, std::string> output_managers;  ///< Of ops, by output name.
};

struct GraphRecord;

/// Where a value inside of a graph comes from.
struct Source {
  std::size_t node = kGraphInput;  ///< Index of the node in the graph.
  std::size_t output = 0;          ///< Index of its output, or of the graph's input.
  static constexpr std::size_t kGraphInput = static_cast<std::size_t>(-1);
};

struct NodeUse {
  std::string name;
  const NodeRecord* op = nullptr;                                           ///< Either an op
  const GraphRecord* graph = nullptr;                                       ///< or a graph.
  std::vector<std::vector<Source>> inputs;                                  ///< By position.
  std::vector<std::pair<std::string, std::vector<Source>>> nothing_inputs;  ///< By name.
  model::Tags tags;
  std::optional<engine::RetryPolicy> retry;
};

struct GraphRecord {
  std::string name;
  std::optional<std::string> description;
  model::Tags tags;
  std::vector<NodeUse> nodes;
  std::unordered_set<std::string> node_names;
  std::vector<std::string> duplicates;  ///< Names that .As() gave twice.
  std::vector<std::pair<std::string, const engine::ValueType*>> inputs;
  std::vector<std::pair<OutputSlot, Source>> outputs;
};

/// A resource of the location or of one job.
struct ResourceRecord {
  std::vector<ResourceParameter> resources;  ///< That it is made of.
  std::optional<std::string> description;
  std::type_index type = typeid(void);
  std::string type_name;
  bool is_io_manager = false;
  json::Value configured = json::Object{};
  std::function<config::Field()> config;  ///< Empty: takes none.
  /// With the keys of the resources that it is made of.
  std::function<engine::ResourceRef(engine::ResourceInitContext&, const std::vector<std::string>&)> create;
};

struct JobRecord {
  std::string name;
  std::optional<std::string> description;
  model::Tags tags;
  std::optional<model::Tags> run_tags;
  model::Metadata metadata;
  std::optional<std::vector<std::string>> owners;
  json::Value run_config = json::Object{};
  std::optional<engine::ExecutorDefinition> executor;
  std::optional<engine::RetryPolicy> op_retry;
  /// Of assets: handles, or Dagster's selection syntax.
  std::vector<const AssetRecord*> assets;
  std::optional<std::string> selection;
  /// Of ops.
  std::unique_ptr<GraphRecord> graph;
  std::map<std::string, ResourceRecord, std::less<>> resources;
  std::optional<assets::PartitionsDefinition> partitions;
  std::function<json::Value(const std::string&)> config_for_partition;
  std::function<model::Tags(const std::string&)> tags_for_partition;
  std::optional<model::BackfillPolicy> backfill_policy;
};

}  // namespace tidemill::sdk::detail
