#include <utility>

#include <tidemill/base/json.h>

#include "snapshot_twins.h"

namespace tidemill::sdk::testing {
namespace {

using config::ConfigType;
using config::Field;
using model::DagsterTypeKind;

engine::ValueType MakeType(std::string name, DagsterTypeKind kind, std::string key, std::string display_name,
                           std::vector<std::string> parameters = {}, std::vector<const engine::ValueType*> inner = {}) {
  engine::ValueType type{.type = typeid(void), .cpp_name = std::move(name)};
  type.dagster_type.kind = kind;
  type.dagster_type.key = std::move(key);
  type.dagster_type.display_name = std::move(display_name);
  type.dagster_type.type_param_keys = std::move(parameters);
  for (const engine::ValueType* each : inner) type.inner_types.push_back(each->dagster_type);
  return type;
}

engine::InputDefinition InWithMetadata(std::string name, const engine::ValueType* type, model::Metadata metadata) {
  engine::InputDefinition input = In(std::move(name), type);
  input.metadata = std::move(metadata);
  return input;
}

engine::OpDefinition Fetch() {
  engine::OpDefinition fetch = MakeOp("fetch", {}, {Out("result", StringValueType())});
  auto threads = ConfigType::Shape({{"threads", Field::Of(ConfigType::Int())}});
  auto mode = ConfigType::Selector({{"fast", Field::Of(threads)}, {"slow", Field::Of(ConfigType::Permissive())}});
  fetch.config = Field::Of(ConfigType::Shape({{"limit", Field::WithDefault(ConfigType::Int(), 10, "Rows at most")},
                                              {"name", Field::Of(ConfigType::String())},
                                              {"mode", Field::Of(ConfigType::Noneable(mode))}}));
  fetch.required_resource_keys = {"store", "api"};
  fetch.pool = "db";
  fetch.code_version = "3";
  fetch.retry_policy.emplace().max_retries = 2;
  return fetch;
}

engine::OpDefinition Keep() {
  engine::OpDefinition keep = MakeOp("keep", {}, {Out("result", NothingValueType())});
  keep.required_resource_keys = {"store"};
  return keep;
}

engine::OpDefinition Split() {
  engine::InputDefinition text = In("text", StringValueType());
  text.description = "What to cut";
  engine::InputDefinition width =
      InWithMetadata("width", IntValueType(), {{"unit", model::metadata::Text{"characters"}}});
  width.default_value = engine::AnyValue(*IntValueType(), std::make_shared<std::int64_t>(3));
  engine::OutputDefinition left = Out("left", IntValueType());
  left.is_required = false;
  left.description = "Its first number";
  engine::OutputDefinition right = Out("right", IntDictValueType());
  right.metadata = {{"size", model::metadata::Int{3}}, {"link", model::metadata::Url{"https://example.com"}}};
  return MakeOp("split", {text, width}, {right, left});
}

void AddOps(engine::JobDefinition& job) {
  engine::OpDefinition one = MakeOp("one", {}, {Out("result", IntValueType())});
  one.description = "Gives a number";
  one.tags = {{"team", "data"}};
  engine::InputDefinition maybe = In("maybe", DictValueType());
  maybe.default_value = engine::AnyValue(*DictValueType(), std::make_shared<int>(0));
  std::vector<engine::OpDefinition> ops = {
      one,
      MakeOp("add", {In("a", IntValueType()), In("b", IntValueType())}, {Out("result", IntValueType())}),
      MakeOp("total", {In("numbers", IntListValueType())}, {Out("result", IntValueType())}),
      Fetch(),
      Split(),
      MakeOp("report", {In("after", NothingValueType())}, {Out("result", NothingValueType())}),
      Keep(),
      MakeOp("anything", {In("x", AnyValueType()), In("pair", PairValueType()), maybe},
             {Out("result", AnyValueType())})};
  for (engine::OpDefinition& op : ops) {
    std::string name = op.name;
    job.ops.emplace(std::move(name), std::make_shared<const engine::OpDefinition>(std::move(op)));
  }
}

model::OutputDefSnap GraphOutput(std::string name, std::string type_key) {
  model::OutputDefSnap output;
  output.name = std::move(name);
  output.dagster_type_key = std::move(type_key);
  return output;
}

void AddGraphs(engine::JobDefinition& job) {
  model::GraphDefSnap increment;
  increment.name = "increment";
  increment.description = "One more";
  increment.inputs = {{"x", "Int", {}, {}}};
  increment.outputs = {GraphOutput("result", "Int")};
  increment.dependencies.node_invocations = {Node("one", "one"), Node("add", "add", {{"b", {"one.result"}}})};
  increment.input_mappings = {{"add", "a", "x"}};
  increment.output_mappings = {{"add", "result", "result"}};

  model::GraphDefSnap twice;
  twice.name = "twice";
  twice.tags = {{"level", "2"}};
  twice.inputs = {{"x", "Int", {}, {}}, {"y", "Int", {}, {}}};
  twice.outputs = {GraphOutput("sum", "Any"), GraphOutput("first", "Any")};
  twice.dependencies.node_invocations = {Node("increment", "increment"), Node("again", "increment"),
                                         Node("add", "add", {{"a", {"increment.result"}}, {"b", {"again.result"}}})};
  twice.input_mappings = {{"again", "x", "y"}, {"increment", "x", "x"}};
  twice.output_mappings = {{"add", "result", "sum"}, {"increment", "result", "first"}};
  job.structure.graph_defs = {twice, increment};
}

engine::JobDefinition Base(std::string name) {
  engine::JobDefinition job;
  job.name = std::move(name);
  job.resources = MakeResources();
  AddOps(job);
  AddGraphs(job);
  return job;
}

engine::JobDefinition Simple() {
  engine::JobDefinition job = Base("simple");
  job.executor.kind = engine::ExecutorDefinition::Kind::kInProcess;
  job.structure.tags = {{"b", "2"}, {"a", "1"}};
  job.structure.dependencies.node_invocations = {Node("add", "add", {{"a", {"one.result"}}, {"b", {"two.result"}}}),
                                                 Node("one", "one"), Node("two", "one")};
  return job;
}

engine::JobDefinition Everything() {
  engine::JobDefinition job = Base("everything");
  job.structure.description = "Everything an op job may have";
  job.structure.run_tags = model::Tags{{"r", "1"}};
  job.structure.metadata = {{"owner", model::metadata::Text{"me"}}};
  job.default_run_config = json::Parse(
      R"({"ops": {"fetch": {"config": {"name": "x"}}}, "resources": {"store": {"config": {"path": "here"}}}})");
  job.structure.dependencies.node_invocations = {
      Node("fetch", "fetch"),
      Node("split", "split", {{"text", {"fetch.result"}}}),
      Node("one", "one"),
      Node("add", "add", {{"b", {"split.left"}}, {"a", {"one.result"}}}),
      Node("twice", "twice", {{"x", {"split.left"}}, {"y", {"add.result"}}}),
      Node("three", "one"),
      Node("total", "total", {{"numbers", {"twice.sum", "twice.first", "three.result"}}}),
      Node("report", "report", {{"after", {"split.right"}}})};
  return job;
}

/// All that it needs is its own.
engine::JobDefinition OwnResource() {
  engine::JobDefinition job = Base("own_resource");
  job.executor.kind = engine::ExecutorDefinition::Kind::kInProcess;
  engine::ResourceDefinition& store = job.resources.at("store");
  store.description = "Keeps rows of one job";
  store.config = Field::Optional(ConfigType::Any());
  job.structure.dependencies.node_invocations = {Node("keep", "keep")};
  return job;
}

engine::JobDefinition Unconnected() {
  engine::JobDefinition job = Base("unconnected");
  job.executor.kind = engine::ExecutorDefinition::Kind::kMultiprocess;
  job.executor.config = json::Object{{"max_concurrent", 4}};
  job.structure.dependencies.node_invocations = {Node("add", "add"),
                                                 Node("anything", "anything", {{"x", {"one.result"}}}),
                                                 Node("one", "one"), Node("twice", "twice")};
  return job;
}

}  // namespace

const engine::ValueType* AnyValueType() {
  static const auto type = MakeType("any", DagsterTypeKind::kAny, "Any", "Any");
  return &type;
}
const engine::ValueType* IntValueType() {
  static const auto type = MakeType("int", DagsterTypeKind::kScalar, "Int", "Int");
  return &type;
}
const engine::ValueType* StringValueType() {
  static const auto type = MakeType("string", DagsterTypeKind::kScalar, "String", "String");
  return &type;
}
const engine::ValueType* NothingValueType() {
  static const auto type = MakeType("nothing", DagsterTypeKind::kNothing, "Nothing", "Nothing");
  return &type;
}
const engine::ValueType* DictValueType() {
  static const auto type = MakeType("dict", DagsterTypeKind::kRegular, "PythonDict", "dict");
  return &type;
}
const engine::ValueType* IntListValueType() {
  static const auto type = MakeType("ints", DagsterTypeKind::kList, "List.Int", "[Int]", {"Int"}, {IntValueType()});
  return &type;
}
const engine::ValueType* IntDictValueType() {
  static const auto type = MakeType("counts", DagsterTypeKind::kRegular, "TypedPythonDict.String.Int",
                                    "Dict[String,Int]", {"String", "Int"}, {StringValueType(), IntValueType()});
  return &type;
}
const engine::ValueType* PairValueType() {
  static const auto type = MakeType("pair", DagsterTypeKind::kRegular, "TypedPythonTupleInt.String",
                                    "Tuple[Int,String]", {"Int", "String"}, {IntValueType(), StringValueType()});
  return &type;
}

engine::OpDefinition MakeOp(std::string name, std::vector<engine::InputDefinition> inputs,
                            std::vector<engine::OutputDefinition> outputs) {
  engine::OpDefinition op;
  op.name = std::move(name);
  op.inputs = std::move(inputs);
  op.outputs = std::move(outputs);
  op.config = Field::Optional(ConfigType::Any());
  return op;
}

engine::InputDefinition In(std::string name, const engine::ValueType* type) {
  engine::InputDefinition input;
  input.name = std::move(name);
  input.type = type;
  return input;
}

engine::OutputDefinition Out(std::string name, const engine::ValueType* type) {
  engine::OutputDefinition output;
  output.name = std::move(name);
  output.type = type;
  return output;
}

model::NodeInvocationSnap Node(std::string name, std::string definition,
                               std::vector<std::pair<std::string, std::vector<std::string>>> inputs) {
  model::NodeInvocationSnap node;
  node.node_name = std::move(name);
  node.node_def_name = std::move(definition);
  for (auto& [input, outputs] : inputs) {
    model::InputDependencySnap dependency;
    dependency.input_name = input;
    for (const std::string& output : outputs) {
      std::size_t dot = output.find('.');
      dependency.upstream_outputs.push_back({output.substr(0, dot), output.substr(dot + 1)});
    }
    node.input_dependencies.push_back(std::move(dependency));
  }
  return node;
}

Resources MakeResources() {
  engine::ResourceDefinition store;
  store.description = "Keeps rows";
  store.config = Field::Of(ConfigType::Shape({{"path", Field::Required(ConfigType::StringSource(), "Where")}}));
  engine::ResourceDefinition api;
  api.config = Field::Optional(ConfigType::Any());
  api.required_resource_keys = {"store"};
  engine::ResourceDefinition unused;
  unused.config = Field::Optional(ConfigType::Any());
  return {{"store", store}, {"api", api}, {"unused", unused}};
}

std::map<std::string, engine::JobDefinition> MakeOpJobs() {
  std::map<std::string, engine::JobDefinition> jobs;
  for (engine::JobDefinition job : {Simple(), Everything(), OwnResource(), Unconnected()}) {
    std::set<std::string, std::less<>> own_resources;
    if (job.name == "own_resource") own_resources.insert("store");
    CompleteJob(job, own_resources);
    jobs.emplace(job.name, std::move(job));
  }
  return jobs;
}

}  // namespace tidemill::sdk::testing
