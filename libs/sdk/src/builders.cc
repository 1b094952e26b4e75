#include <algorithm>

#include <fmt/format.h>

#include <tidemill/sdk/definitions.h>

namespace tidemill::sdk {
namespace detail {

void AddInlineCheck(NodeRecord& node, const AssetRecord& asset, std::string name, CheckOptions options) {
  auto check = std::make_unique<CheckRecord>();
  check->asset = &asset;
  check->name = std::move(name);
  check->blocking = options.blocking;
  check->description = std::move(options.description);
  node.checks.push_back(std::move(check));
}

AssetRecord& FindPart(NodeRecord& node, std::string_view name, const engine::ValueType* type) {
  std::vector<std::string> names;
  for (auto& asset : node.assets) {
    names.push_back(asset->key.ToUserString());
    if (names.back() != name && asset->output_name != name) continue;
    if (type != nullptr && asset->type->type != type->type) {
      throw Error(Code::kInvalidArgument, fmt::format("multi-asset \"{}\": asset \"{}\" is of type {}, not {}",
                                                      node.name, name, asset->type->cpp_name, type->cpp_name));
    }
    return *asset;
  }
  throw Error(Code::kInvalidArgument, fmt::format("multi-asset \"{}\" makes no asset \"{}\"; it makes {}", node.name,
                                                  name, fmt::join(names, ", ")));
}

void NameOutputs(NodeRecord& node, const std::vector<std::string>& names) {
  auto& outputs = node.function.outputs;
  if (names.size() != outputs.size()) {
    throw Error(Code::kInvalidArgument, fmt::format("op \"{}\" returns {} outputs, but {} are named; name each one",
                                                    node.name, outputs.size(), names.size()));
  }
  for (std::size_t i = 0; i < names.size(); ++i) outputs[i].name = names[i];
}

void NameInputs(GraphRecord& graph, const std::vector<std::string>& names) {
  if (names.size() != graph.inputs.size()) {
    throw Error(Code::kInvalidArgument, fmt::format("graph \"{}\" takes {} inputs, but {} are named; name each one",
                                                    graph.name, graph.inputs.size(), names.size()));
  }
  for (std::size_t i = 0; i < names.size(); ++i) graph.inputs[i].first = names[i];
}

void InvocationBase::Rename(std::string name) const {
  graph_->node_names.erase(use().name);
  if (!graph_->node_names.insert(name).second) graph_->duplicates.push_back(name);
  use().name = std::move(name);
}

void InvocationBase::Wait(std::string input, Source source) const {
  auto& inputs = use().nothing_inputs;
  const auto at = std::ranges::find(inputs, input, [](const auto& each) -> const std::string& { return each.first; });
  if (at != inputs.end()) {
    at->second.push_back(source);
  } else {
    inputs.emplace_back(std::move(input), std::vector{source});
  }
}

std::shared_ptr<void> TakeResource(engine::ResourceInitContext& context, const std::string& key,
                                   const ResourceParameter& expected) {
  engine::ResourceRef resource = context.Resource(key);
  if (resource.type != expected.type) {
    throw Error(Code::kInvalidArgument,
                fmt::format("the resource \"{}\" is not of type {}, which a resource made of it takes", key,
                            expected.type_name));
  }
  return std::move(resource.value);
}

}  // namespace detail

AssetSpec::AssetSpec(const char* name) : AssetSpec(AssetKey(name)) {}

AssetSpec::AssetSpec(AssetKey key) {
  record_.key = std::move(key);
  record_.type = &ValueTypeOf<Nothing>();
}

std::size_t GraphBuilder::AddNode(const detail::NodeRecord* op, const detail::GraphRecord* graph,
                                  std::vector<std::vector<detail::Source>> inputs) {
  const std::string& base = op != nullptr ? op->name : graph->name;
  std::string name = base;
  for (int number = 2; !graph_.node_names.insert(name).second; ++number) name = fmt::format("{}_{}", base, number);
  detail::NodeUse use;
  use.name = std::move(name);
  use.op = op;
  use.graph = graph;
  use.inputs = std::move(inputs);
  graph_.nodes.push_back(std::move(use));
  return graph_.nodes.size() - 1;
}

CheckBuilder& CheckBuilder::Blocking(bool blocking) {
  node().checks.front()->blocking = blocking;
  return *this;
}

CheckBuilder& CheckBuilder::Description(std::string text) {
  node().checks.front()->description = std::move(text);
  return *this;
}

CheckBuilder& CheckBuilder::Partitions(PartitionsDefinition partitions) {
  node().checks.front()->partitions = std::move(partitions);
  return *this;
}

CheckBuilder& CheckBuilder::AutomationCondition(json::Value condition) {
  node().checks.front()->automation_condition = std::move(condition);
  return *this;
}

CheckBuilder& CheckBuilder::AdditionalDeps(std::initializer_list<AnyAsset> assets) {
  for (const auto& asset : assets) node().checks.front()->additional_assets.push_back(&asset.record());
  return *this;
}

ResourceBuilder& ResourceBuilder::Configured(json::Object values) {
  if (!record_.configured.is_object()) record_.configured = json::Object{};
  for (auto& [name, value] : values) record_.configured.AsObject().Set(name, std::move(value));
  return *this;
}

ExecutorDefinition InProcess() {
  ExecutorDefinition executor;
  executor.kind = ExecutorDefinition::Kind::kInProcess;
  return executor;
}

ExecutorDefinition Multiprocess(std::optional<std::int64_t> max_concurrent) {
  ExecutorDefinition executor;
  executor.kind = ExecutorDefinition::Kind::kMultiprocess;
  if (max_concurrent) executor.config = json::Object{{"max_concurrent", *max_concurrent}};
  return executor;
}

JobBuilder& JobBuilder::Description(std::string text) {
  record_->description = std::move(text);
  return *this;
}

JobBuilder& JobBuilder::Tags(model::Tags tags) {
  record_->tags = std::move(tags);
  return *this;
}

JobBuilder& JobBuilder::RunTags(model::Tags tags) {
  record_->run_tags = std::move(tags);
  return *this;
}

JobBuilder& JobBuilder::Metadata(const sdk::Metadata& metadata) {
  record_->metadata = metadata.entries();
  return *this;
}

JobBuilder& JobBuilder::Owners(std::vector<std::string> owners) {
  record_->owners = std::move(owners);
  return *this;
}

JobBuilder& JobBuilder::Executor(ExecutorDefinition executor) {
  record_->executor = std::move(executor);
  return *this;
}

JobBuilder& JobBuilder::Config(json::Object run_config) {
  record_->run_config = std::move(run_config);
  return *this;
}

JobBuilder& JobBuilder::SetOpConfig(const std::string& op_name, json::Value config) {
  json::Object& root = record_->run_config.AsObject();
  if (root.Find("ops") == nullptr) root.Set("ops", json::Object{});
  root.Find("ops")->AsObject().Set(op_name, json::Object{{"config", std::move(config)}});
  return *this;
}

JobBuilder& JobBuilder::OpRetry(RetryPolicy policy) {
  record_->op_retry = policy;
  return *this;
}

JobBuilder& JobBuilder::Partitions(PartitionsDefinition partitions) {
  record_->partitions = std::move(partitions);
  return *this;
}

JobBuilder& JobBuilder::ConfigForPartition(std::function<json::Value(const std::string&)> function) {
  record_->config_for_partition = std::move(function);
  return *this;
}

JobBuilder& JobBuilder::TagsForPartition(std::function<model::Tags(const std::string&)> function) {
  record_->tags_for_partition = std::move(function);
  return *this;
}

JobBuilder& JobBuilder::BackfillPolicy(model::BackfillPolicy policy) {
  record_->backfill_policy = policy;
  return *this;
}

ResourceBuilder JobBuilder::AddResource(std::string key, detail::ResourceRecord record) {
  const auto [at, is_new] = record_->resources.emplace(key, std::move(record));
  if (!is_new) {
    throw Error(Code::kInvalidArgument,
                fmt::format("job \"{}\": resource \"{}\" is defined twice; give one of them another "
                            "key",
                            record_->name, key));
  }
  return ResourceBuilder(at->second);
}

ScheduleBuilder& ScheduleBuilder::TimeZone(std::string name) {
  record_->snap.execution_timezone = std::move(name);
  return *this;
}

ScheduleBuilder& ScheduleBuilder::Description(std::string text) {
  record_->snap.description = std::move(text);
  return *this;
}

ScheduleBuilder& ScheduleBuilder::Tags(model::Tags tags) {
  record_->snap.tags = std::move(tags);
  return *this;
}

ScheduleBuilder& ScheduleBuilder::Metadata(const sdk::Metadata& metadata) {
  record_->snap.metadata = metadata.entries();
  return *this;
}

ScheduleBuilder& ScheduleBuilder::Owners(std::vector<std::string> owners) {
  record_->snap.owners = std::move(owners);
  return *this;
}

ScheduleBuilder& ScheduleBuilder::DefaultRunning() {
  record_->snap.default_status = model::InstigatorStatus::kRunning;
  return *this;
}

ScheduleBuilder& ScheduleBuilder::Evaluate(ScheduleFunction function) {
  record_->evaluate = std::move(function);
  return *this;
}

SensorBuilder& SensorBuilder::MinimumInterval(std::chrono::seconds interval) {
  record_->snap.min_interval_seconds = static_cast<double>(interval.count());
  return *this;
}

SensorBuilder& SensorBuilder::Description(std::string text) {
  record_->snap.description = std::move(text);
  return *this;
}

SensorBuilder& SensorBuilder::Tags(model::Tags tags) {
  record_->snap.tags = std::move(tags);
  return *this;
}

SensorBuilder& SensorBuilder::Metadata(const sdk::Metadata& metadata) {
  record_->snap.standard_metadata = metadata.entries();
  return *this;
}

SensorBuilder& SensorBuilder::Owners(std::vector<std::string> owners) {
  record_->snap.owners = std::move(owners);
  return *this;
}

SensorBuilder& SensorBuilder::DefaultRunning() {
  record_->snap.default_status = model::InstigatorStatus::kRunning;
  return *this;
}

}  // namespace tidemill::sdk
