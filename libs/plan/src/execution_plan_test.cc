#include <gmock/gmock.h>

#include <tidemill/base/error.h>
#include <tidemill/plan/execution_plan.h>

namespace tidemill::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::OpDefSnap Op(std::string name, std::vector<model::InputDefSnap> inputs = {},
                    std::vector<model::OutputDefSnap> outputs = {{"result", "Int", {}, true, false, {}}}) {
  model::OpDefSnap op;
  op.name = std::move(name);
  op.inputs = std::move(inputs);
  op.outputs = std::move(outputs);
  return op;
}

model::InputDefSnap In(std::string name, std::string type = "Int") {
  return {std::move(name), std::move(type), {}, {}};
}

model::NodeInvocationSnap Node(std::string name, std::string op, std::vector<model::InputDependencySnap> inputs = {}) {
  model::NodeInvocationSnap node;
  node.node_name = std::move(name);
  node.node_def_name = std::move(op);
  node.input_dependencies = std::move(inputs);
  return node;
}

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ExecutionPlanTest, StepsFollowLevelsAndNestedGraphsStandInTheirPlace) {
  model::JobSnap job;
  job.op_defs = {Op("one"), Op("add", {In("a"), In("b")}), Op("neg", {In("x")})};
  model::GraphDefSnap inner;
  inner.name = "inner";
  inner.inputs = {In("value")};
  inner.outputs = {{"out", "Int", {}, true, false, {}}};
  inner.dependencies.node_invocations = {Node("neg", "neg"), Node("again", "neg", {{"x", {{"neg", "result"}}, false}})};
  inner.input_mappings = {{"neg", "x", "value"}};
  inner.output_mappings = {{"again", "result", "out"}};
  job.graph_defs = {inner};
  job.dependencies.node_invocations = {
      Node("z_sum", "add", {{"a", {{"sub", "out"}}, false}, {"b", {{"b_one", "result"}}, false}}),
      Node("sub", "inner", {{"value", {{"c_one", "result"}}, false}}), Node("c_one", "one"), Node("b_one", "one")};

  const ExecutionPlan plan = BuildExecutionPlan(job, {}, "in_process");

  EXPECT_THAT(plan.step_keys_to_execute(), ElementsAre("b_one", "c_one", "sub.neg", "sub.again", "z_sum"));
  const auto& neg = plan.step(*plan.Find("sub.neg"));
  EXPECT_EQ(neg.op_name, "neg");
  EXPECT_THAT(neg.snap.inputs.at(0).upstream_output_handles,
              ElementsAre(model::StepOutputHandle{"c_one", "result", {}}));
  const auto& sum = plan.step(*plan.Find("z_sum"));
  EXPECT_THAT(sum.snap.inputs.at(0).upstream_output_handles,
              ElementsAre(model::StepOutputHandle{"sub.again", "result", {}}));
  const model::PlanSnap snap = plan.Snap("id");
  EXPECT_EQ(snap.steps.front().key, "b_one");
  EXPECT_EQ(snap.steps.at(2).key, "sub.again") << "sorted by key in the snapshot";
}

TEST(ExecutionPlanTest, AnUnconnectedInputComesFromAnAssetADefaultOrNowhere) {
  model::JobSnap job;
  job.op_defs = {Op("use", {In("asset"), In("given"), In("after", "Nothing")})};
  job.dependencies.node_invocations = {Node("use", "use")};
  PortAnnotations ports;
  ports.asset_inputs = {{"use", "asset"}};
  ports.default_inputs = {{"use", "given"}};

  const ExecutionPlan plan = BuildExecutionPlan(job, ports, "in_process");

  const auto& inputs = plan.step(0).snap.inputs;
  ASSERT_EQ(inputs.size(), 2u) << "a Nothing that waits for nobody is no input";
  EXPECT_TRUE(std::holds_alternative<model::input_source::LoadableAsset>(inputs[0].source));
  EXPECT_TRUE(std::holds_alternative<model::input_source::DefaultValue>(inputs[1].source));

  EXPECT_THAT(ErrorOf([&] { BuildExecutionPlan(job, {}, "in_process"); }),
              HasSubstr("input \"asset\" of use gets no value"));
}

TEST(ExecutionPlanTest, ABlockingCheckGatesAnInputThatLoadsOneValue) {
  model::JobSnap job;
  job.op_defs = {Op("up"), Op("check", {In("up")}), Op("down", {In("up")})};
  job.dependencies.node_invocations = {Node("up", "up"), Node("check", "check", {{"up", {{"up", "result"}}, false}}),
                                       Node("down", "down", {{"up", {{"check", "result"}, {"up", "result"}}, false}})};
  PortAnnotations ports;
  ports.check_outputs[{"check", "result"}] = {model::AssetCheckKey{"up", "check"}, true};

  const ExecutionPlan plan = BuildExecutionPlan(job, ports, "in_process");

  const auto* gated =
      std::get_if<model::input_source::GatedSource>(&plan.step(*plan.Find("down")).snap.inputs.at(0).source);
  ASSERT_NE(gated, nullptr);
  EXPECT_EQ(gated->sources.size(), 2u);
  EXPECT_EQ(std::get<model::input_source::StepOutput>(gated->source_to_load_from).handle.step_key, "up");
  EXPECT_EQ(plan.step(*plan.Find("check")).snap.outputs.at(0).properties.asset_check_key->name, "check");
}

TEST(ExecutionPlanTest, WhereOnlyTheCheckRunsTheStoredAssetGivesTheValue) {
  model::JobSnap job;
  job.op_defs = {Op("check", {In("up")}), Op("down", {In("up")})};
  job.dependencies.node_invocations = {Node("check", "check"),
                                       Node("down", "down", {{"up", {{"check", "result"}}, false}})};
  PortAnnotations ports;
  ports.check_outputs[{"check", "result"}] = {model::AssetCheckKey{"up", "check"}, true};
  ports.asset_inputs = {{"check", "up"}, {"down", "up"}};

  const ExecutionPlan plan = BuildExecutionPlan(job, ports, "in_process");

  const auto* gated =
      std::get_if<model::input_source::GatedSource>(&plan.step(*plan.Find("down")).snap.inputs.at(0).source);
  ASSERT_NE(gated, nullptr);
  EXPECT_EQ(gated->sources.size(), 2u);
  const auto* stored = std::get_if<model::input_source::LoadableAsset>(&gated->source_to_load_from);
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->node_handle.ToString(), "down");
  EXPECT_EQ(stored->input_name, "up");
}

TEST(ExecutionPlanTest, SeveralOutputsFanInAndOneDoesIfMarked) {
  model::JobSnap job;
  job.op_defs = {Op("one"), Op("sum", {In("all")})};
  job.dependencies.node_invocations = {Node("a", "one"), Node("b", "one"),
                                       Node("two", "sum", {{"all", {{"b", "result"}, {"a", "result"}}, false}}),
                                       Node("single", "sum", {{"all", {{"a", "result"}}, false}}),
                                       Node("plain", "sum", {{"all", {{"a", "result"}}, false}})};
  PortAnnotations ports;
  ports.fan_in_inputs = {{"single", "all"}};

  const ExecutionPlan plan = BuildExecutionPlan(job, ports, "in_process");

  const auto sources = [&](const char* key) {
    const auto* several =
        std::get_if<model::input_source::MultipleSources>(&plan.step(*plan.Find(key)).snap.inputs.at(0).source);
    return several == nullptr ? 0u : several->sources.size();
  };
  EXPECT_EQ(sources("two"), 2u);
  EXPECT_EQ(sources("single"), 1u);
  EXPECT_EQ(sources("plain"), 0u);
}

TEST(ExecutionPlanTest, ASelectionKeepsItsOrderAndNamesWhatIsUnknown) {
  model::JobSnap job;
  job.op_defs = {Op("one")};
  job.dependencies.node_invocations = {Node("a", "one"), Node("b", "one")};
  const ExecutionPlan plan = BuildExecutionPlan(job, {}, "in_process");

  EXPECT_THAT(plan.WithSteps({"b", "a", "b"}).step_keys_to_execute(), ElementsAre("b", "a"));
  EXPECT_THAT(ErrorOf([&] { plan.WithSteps({"a", "gone"}); }), HasSubstr("no step gone"));
}

TEST(ExecutionPlanTest, ACircleIsNamed) {
  EXPECT_THAT(ErrorOf([] { TopologicalLevels({{"a", {"b"}}, {"b", {"a"}}, {"c", {}}}); }), HasSubstr("a, b"));
  EXPECT_THAT(TopologicalLevels({}), IsEmpty());
}

}  // namespace
}  // namespace tidemill::plan
