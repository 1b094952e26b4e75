#include "test_location.h"

#include <algorithm>

#include <fmt/format.h>

#include <tidemill/base/error.h>
#include <tidemill/base/file.h>

namespace tidemill::engine::testing {
namespace {

ValueType MakeType(std::type_index type, std::string cpp_name, std::string key, model::DagsterTypeKind kind) {
  ValueType value{type, std::move(cpp_name), {}, {}, {}, {}, {}, {}, {}, {}, nullptr};
  value.dagster_type.kind = kind;
  value.dagster_type.key = key;
  value.dagster_type.name = key;
  value.dagster_type.display_name = std::move(key);
  return value;
}

std::filesystem::path AssetPath(const std::filesystem::path& root, const model::AssetKey& key) {
  std::filesystem::path path = root;
  for (const std::string& part : key.path) path /= part;
  return path;
}

}  // namespace

const ValueType& IntType() {
  static const ValueType type = [] {
    ValueType value = MakeType(typeid(std::int64_t), "std::int64_t", "Int", model::DagsterTypeKind::kScalar);
    value.to_json = [](const void* data) { return json::Value(*static_cast<const std::int64_t*>(data)); };
    value.from_json = [](const json::Value& json) { return std::make_shared<const std::int64_t>(json.AsInt()); };
    return value;
  }();
  return type;
}

const ValueType& IntListType() {
  static const ValueType type = [] {
    using List = std::vector<std::int64_t>;
    ValueType value = MakeType(typeid(List), "std::vector<std::int64_t>", "List.Int", model::DagsterTypeKind::kList);
    value.dagster_type.display_name = "[Int]";
    value.item = &IntType();
    value.from_items = [](const std::vector<std::shared_ptr<const void>>& items) {
      List list;
      for (const auto& item : items) list.push_back(*static_cast<const std::int64_t*>(item.get()));
      return std::make_shared<const List>(std::move(list));
    };
    return value;
  }();
  return type;
}

const ValueType& NothingType() {
  static const ValueType type = MakeType(typeid(void), "Nothing", "Nothing", model::DagsterTypeKind::kNothing);
  return type;
}

AnyValue MakeInt(std::int64_t value) { return {IntType(), std::make_shared<const std::int64_t>(value)}; }

std::int64_t IntOf(const AnyValue& value) { return *static_cast<const std::int64_t*>(value.data()); }

void FileIoManager::HandleOutput(OutputContext& context, const AnyValue& value) {
  const std::filesystem::path path = context.asset_key() ? AssetPath(context.storage_root(), *context.asset_key())
                                                         : context.storage_root() / context.step().run_id /
                                                               context.step().step_key / context.output_name();
  context.Log(model::level::kDebug, fmt::format("Writing file at: {} using FileIoManager...", path.string()));
  WriteFileAtomic(path, json::Dump(value.type().to_json(value.data())));
  context.WroteFile(path);
  context.AddMetadata({{"path", model::metadata::Path{path.string()}}});
}

AnyValue FileIoManager::LoadInput(InputContext& context) {
  const std::filesystem::path path = context.asset_key() ? AssetPath(context.storage_root(), *context.asset_key())
                                                         : context.storage_root() / context.upstream_run_id() /
                                                               context.upstream_output()->step_key /
                                                               context.upstream_output()->output_name;
  context.Log(model::level::kDebug, fmt::format("Loading file from: {} using FileIoManager...", path.string()));
  return {context.type(), context.type().from_json(json::Parse(ReadFile(path)))};
}

JobBuilder::JobBuilder(std::string name) {
  job_.name = name;
  job_.structure.name = name;
  job_.structure.graph_def_name = std::move(name);
  job_.executor.kind = ExecutorDefinition::Kind::kInProcess;
  ResourceDefinition io_manager;
  io_manager.is_io_manager = true;
  io_manager.artifact = {"tidemill.testing", "FileIoManager"};
  io_manager.create = [](ResourceInitContext&) {
    return ResourceRef{typeid(IoManager), std::shared_ptr<IoManager>(std::make_shared<FileIoManager>())};
  };
  job_.resources.emplace("io_manager", std::move(io_manager));
}

JobBuilder& JobBuilder::Op(std::string name, std::vector<std::string> inputs, std::vector<std::string> outputs,
                           Compute compute) {
  auto op = std::make_shared<OpDefinition>();
  op->name = name;
  model::OpDefSnap snap;
  snap.name = name;
  for (const std::string& input : inputs) {
    op->inputs.push_back({input, &IntType(), {}, {}, {}, {}});
    snap.inputs.push_back({input, "Int", {}, {}});
  }
  for (std::string output : outputs) {
    const bool is_optional = output.back() == '?';
    if (is_optional) output.pop_back();
    OutputDefinition definition;
    definition.name = output;
    definition.type = &IntType();
    definition.is_required = !is_optional;
    op->outputs.push_back(definition);
    snap.outputs.push_back({output, "Int", {}, !is_optional, false, {}});
  }
  op->compute = std::move(compute);
  job_.structure.op_defs.push_back(std::move(snap));
  ops_[name] = op;
  job_.ops[name] = op;
  return *this;
}

JobBuilder& JobBuilder::Node(std::string name, std::string op, const std::vector<std::string>& dependencies) {
  model::NodeInvocationSnap node;
  node.node_name = std::move(name);
  node.node_def_name = std::move(op);
  for (const std::string& text : dependencies) {
    const auto equals = text.find('=');
    const std::string input = text.substr(0, equals);
    const std::string source = text.substr(equals + 1);
    const auto dot = source.find('.');
    model::OutputHandleSnap output{source.substr(0, dot), dot == std::string::npos ? "result" : source.substr(dot + 1)};
    auto& all = node.input_dependencies;
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.input_name == input; });
    if (same != all.end()) {
      same->upstream_outputs.push_back(std::move(output));
    } else {
      all.push_back({input, {std::move(output)}, false});
    }
  }
  job_.structure.dependencies.node_invocations.push_back(std::move(node));
  return *this;
}

model::NodeInvocationSnap& JobBuilder::node(const std::string& name) {
  for (auto& node : job_.structure.dependencies.node_invocations) {
    if (node.node_name == name) return node;
  }
  throw Error(Code::kNotFound, "no node " + name);
}

JobBuilder& JobBuilder::Asset(std::string name, const std::vector<std::string>& upstream, Compute compute) {
  Op(name, upstream, {"result"}, std::move(compute));
  std::vector<std::string> dependencies;
  AssetOutput asset;
  asset.key = model::AssetKey(std::vector<std::string>{name});
  for (const std::string& input : upstream) {
    AssetInput read;
    read.key = model::AssetKey(std::vector<std::string>{input});
    asset.dependencies.push_back(read.key);
    job_.asset_inputs[{name, input}] = read;
    if (job_.asset_outputs.count({input, "result"})) dependencies.push_back(input + "=" + input);
  }
  job_.asset_outputs[{name, "result"}] = asset;
  return Node(name, name, dependencies);
}

JobBuilder& JobBuilder::Check(std::string asset, std::string name, bool blocking, Compute compute) {
  Op(name, {asset}, {"check"}, std::move(compute));
  ops_[name]->outputs[0].type = &NothingType();
  job_.structure.op_defs.back().outputs[0].dagster_type_key = "Nothing";
  const model::AssetKey key(std::vector<std::string>{asset});
  job_.check_outputs[{name, "check"}] = {{key, name}, blocking, {}, {}, true};
  AssetInput read;
  read.key = key;
  job_.asset_inputs[{name, asset}] = read;
  return Node(name, name, {asset + "=" + asset});
}

JobDefinition JobBuilder::Build() { return job_; }

JobDefinition TestLocation::Job(const JobSelector& selector) const {
  const auto found = jobs_.find(selector.job_name);
  if (found == jobs_.end()) throw Error(Code::kNotFound, "there is no job " + selector.job_name);
  return found->second();
}

std::vector<std::string> TestLocation::JobNames() const {
  std::vector<std::string> names;
  for (const auto& [name, maker] : jobs_) names.push_back(name);
  return names;
}

}  // namespace tidemill::engine::testing
