#include "job_text.h"

#include <gmock/gmock.h>

namespace tidemill::cli {
namespace {

model::OpDefSnap Op(const char* name, std::vector<const char*> inputs) {
  model::OpDefSnap op;
  op.name = name;
  for (const char* input : inputs) op.inputs.push_back({input, "Int", {}, {}});
  op.outputs.push_back({"result", "Int", {}, true, false, {}});
  return op;
}

/// add(one, two: one), inside of a graph `sum` for the second half.
model::JobSnap SampleJob() {
  model::JobSnap job;
  job.name = "sums";
  job.description = "Adds numbers.";
  job.tags = {{"team", "core"}};
  job.op_defs = {Op("one", {}), Op("add", {"a", "b"})};
  job.op_defs[1].required_resource_keys = {"db"};
  job.dagster_types["Int"].display_name = "Int";
  job.mode.resources = {{"io_manager", {}, {}}, {"db", {}, {}}};
  model::NodeInvocationSnap add{"add", "add", {}, {}, false};
  add.input_dependencies = {{"a", {{"one", "result"}}, false}, {"b", {{"two", "result"}}, false}};
  job.dependencies.node_invocations = {
      add, {"one", "one", {}, {}, false}, {"two", "one", {}, {}, false}, {"nested", "inner", {}, {}, false}};
  model::GraphDefSnap inner;
  inner.name = "inner";
  inner.dependencies.node_invocations = {{"one", "one", {}, {}, false}};
  job.graph_defs.push_back(inner);

  job.mode.root_config_key = "Root";
  model::ConfigTypeSnap root{model::ConfigTypeKind::kStrictShape, "Root", {}, {}, {}, {}, {}, {}, {}};
  root.fields = {{{"ops", "Ops", false, false, {}, {}, {}}, {"retries", "MaybeInt", false, true, "null", {}, {}}}};
  model::ConfigTypeSnap ops{model::ConfigTypeKind::kStrictShape, "Ops", {}, {}, {}, {}, {}, {}, {}};
  ops.fields = {{{"factor", "Int", true, false, {}, {}, {}}, {"names", "Names", false, true, "[]", {}, {}}}};
  model::ConfigTypeSnap integer{model::ConfigTypeKind::kScalar, "Int", "Int", {}, {}, {}, {}, {}, {}};
  model::ConfigTypeSnap maybe{model::ConfigTypeKind::kNoneable, "MaybeInt", {}, {}, {{"Int"}}, {}, {}, {}, {}};
  model::ConfigTypeSnap names{model::ConfigTypeKind::kArray, "Names", {}, {}, {{"Int"}}, {}, {}, {}, {}};
  for (const auto& type : {root, ops, integer, maybe, names}) job.config_schema[type.key] = type;
  return job;
}

TEST(JobTextTest, ShowsOpsInOrderWithTheirInputsAndConfiguration) {
  EXPECT_EQ(JobText(SampleJob()),
            "Job: sums\n"
            "  Adds numbers.\n"
            "  tag team = core\n"
            "Ops, in execution order:\n"
            "  nested (inner) (graph)\n"
            "      one\n"
            "          out result: Int\n"
            "  one\n"
            "      out result: Int\n"
            "  two (one)\n"
            "      out result: Int\n"
            "  add\n"
            "      in  a: Int from one\n"
            "      in  b: Int from two\n"
            "      out result: Int\n"
            "      needs db\n"
            "Resources: db, io_manager\n"
            "Run configuration:\n"
            "  ops:\n"
            "    factor: Int  (required)\n"
            "    names: list of Int  (default [])\n"
            "  retries: Int or null  (default null)\n");
}

TEST(JobTextTest, JsonHoldsTheGraph) {
  const json::Value job = JobJson(SampleJob());
  const json::Array& nodes = job.AsObject().At("nodes").AsArray();
  ASSERT_EQ(nodes.size(), 4u);
  EXPECT_EQ(json::Dump(nodes[3].AsObject().At("inputs")),
            R"({"a": [{"node": "one", "output": "result"}], "b": [{"node": "two", "output": "result"}]})");
  EXPECT_EQ(nodes[0].AsObject().At("nodes").AsArray().size(), 1u);
}

TEST(JobTextTest, ASchemaThatHoldsItselfIsCut) {
  model::ConfigSchemaSnap schema;
  model::ConfigTypeSnap self{model::ConfigTypeKind::kStrictShape, "Self", {}, {}, {}, {}, {}, {}, {}};
  self.fields = {{{"again", "Self", false, false, {}, {}, {}}}};
  schema["Self"] = self;
  EXPECT_LT(ConfigText(schema, "Self", 0).size(), 1000u);
}

TEST(PartitionsTextTest, SaysWhatPartitionsAre) {
  model::TimeWindowPartitionsSnap daily;
  daily.start = 1767225600;  // 2026-01-01
  daily.cron_schedule = "0 0 * * *";
  EXPECT_EQ(PartitionsText(daily), "daily from 2026-01-01");
  EXPECT_EQ(PartitionsText(model::StaticPartitionsSnap{{"a", "b"}}), "static: a, b");
  EXPECT_EQ(PartitionsText(model::DynamicPartitionsSnap{"names"}), "dynamic: names");
  EXPECT_EQ(PartitionsText(model::MultiPartitionsSnap{{{"date", daily}, {"region", model::StaticPartitionsSnap{}}}}),
            "date x region");
}

}  // namespace
}  // namespace tidemill::cli
