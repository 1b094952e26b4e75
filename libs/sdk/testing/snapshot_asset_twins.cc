#include <utility>

#include <tidemill/base/json.h>

#include "snapshot_twins.h"

namespace tidemill::sdk::testing {
namespace {

using config::ConfigType;
using config::Field;
using model::AssetCheckKey;
using model::AssetKey;

assets::PartitionsDefinition Daily() {
  assets::TimeWindowOptions options;
  options.timezone = "Europe/Berlin";
  options.end_offset = 1;
  return assets::PartitionsDefinition::Daily("2026-01-01", options);
}

AssetKey Orders() { return AssetKey({"shop", "orders"}); }

engine::AssetOutput Makes(AssetKey key, std::vector<AssetKey> dependencies = {},
                          std::optional<assets::PartitionsDefinition> partitions = {}) {
  engine::AssetOutput output;
  output.key = std::move(key);
  output.dependencies = std::move(dependencies);
  output.partitions = std::move(partitions);
  return output;
}

engine::CheckOutput Checks(AssetKey key, std::string name, bool blocking = false) {
  engine::CheckOutput output;
  output.key = {std::move(key), std::move(name)};
  output.blocking = blocking;
  return output;
}

engine::AssetInput Reads(AssetKey key, bool is_nothing = false,
                         std::optional<assets::PartitionsDefinition> partitions = {}) {
  engine::AssetInput input;
  input.key = std::move(key);
  input.is_nothing = is_nothing;
  input.partitions = std::move(partitions);
  return input;
}

std::shared_ptr<const AssetOp> Share(AssetOp asset_op, engine::OpDefinition op) {
  asset_op.op = std::make_shared<const engine::OpDefinition>(std::move(op));
  return std::make_shared<const AssetOp>(std::move(asset_op));
}

std::shared_ptr<const AssetOp> Raw() {
  engine::OpDefinition op = MakeOp("raw", {}, {Out("result", IntListValueType())});
  op.description = "The raw rows";
  op.tags = {{"heavy", "yes"}};
  op.required_resource_keys = {"store"};
  op.config = Field::Of(ConfigType::Shape({{"seed", Field::WithDefault(ConfigType::Int(), 7)}}));
  AssetOp asset;
  asset.asset_outputs = {{"result", Makes("raw", {}, Daily())}};
  return Share(std::move(asset), std::move(op));
}

std::shared_ptr<const AssetOp> Clean() {
  engine::OpDefinition op = MakeOp("clean", {In("raw", NothingValueType())},
                                   {Out("result", AnyValueType()), Out("clean_complete", AnyValueType())});
  op.pool = "db";
  AssetOp asset;
  asset.asset_outputs = {{"result", Makes("clean", {"raw"}, Daily())}};
  asset.check_outputs = {{"clean_complete", Checks("clean", "complete", true)}};
  asset.asset_inputs = {{"raw", Reads("raw", true, Daily())}};
  return Share(std::move(asset), std::move(op));
}

std::shared_ptr<const AssetOp> NotEmpty() {
  AssetOp asset;
  asset.check_outputs = {{"result", Checks("raw", "not_empty", true)}};
  asset.asset_inputs = {{"raw", Reads("raw", true)}};
  return Share(std::move(asset),
               MakeOp("raw_not_empty", {In("raw", NothingValueType())}, {Out("result", AnyValueType())}));
}

std::shared_ptr<const AssetOp> SortedRows() {
  AssetOp asset;
  asset.check_outputs = {{"result", Checks("raw", "sorted_rows")}};
  asset.asset_inputs = {{"raw", Reads("raw")}, {"clean", Reads("clean", true)}};
  return Share(std::move(asset),
               MakeOp("raw_sorted_rows", {In("raw", IntListValueType()), In("clean", NothingValueType())},
                      {Out("result", AnyValueType())}));
}

std::shared_ptr<const AssetOp> Feed() {
  AssetOp asset;
  asset.asset_outputs = {{"result", Makes("feed")}};
  asset.asset_outputs.at("result").execution_type = model::AssetExecutionType::kObservation;
  return Share(std::move(asset), MakeOp("feed", {}, {Out("result", NothingValueType())}));
}

std::shared_ptr<const AssetOp> DailySums() {
  AssetOp asset;
  asset.asset_outputs = {{"result", Makes(AssetKey({"mart", "daily_sums"}), {"clean", Orders()})}};
  asset.asset_inputs = {{"clean", Reads("clean", false, Daily())}, {"orders", Reads(Orders())}};
  return Share(std::move(asset),
               MakeOp("mart__daily_sums", {In("clean", DictValueType()), In("orders", AnyValueType())},
                      {Out("result", IntDictValueType())}));
}

std::shared_ptr<const AssetOp> Halves() {
  std::vector<engine::OutputDefinition> outputs = {Out("left", NothingValueType()), Out("right", NothingValueType()),
                                                   Out("left_fits", AnyValueType())};
  for (engine::OutputDefinition& output : outputs) output.is_required = false;
  engine::OpDefinition op = MakeOp("halves", {In("feed", NothingValueType())}, std::move(outputs));
  op.config = Field::Of(ConfigType::Shape({}));
  AssetOp asset;
  asset.can_subset = true;
  asset.asset_outputs = {{"left", Makes("left")}, {"right", Makes("right", {"feed"})}};
  asset.check_outputs = {{"left_fits", Checks("left", "fits")}};
  asset.asset_inputs = {{"feed", Reads("feed", true)}};
  return Share(std::move(asset), std::move(op));
}

std::shared_ptr<const AssetOp> Together() {
  engine::OpDefinition op =
      MakeOp("together", {In("left", AnyValueType())}, {Out("m1", AnyValueType()), Out("m2", IntValueType())});
  op.config = Field::Of(ConfigType::Shape({}));
  AssetOp asset;
  asset.asset_outputs = {{"m1", Makes("m1", {"left"})}, {"m2", Makes("m2", {"left"})}};
  asset.asset_inputs = {{"left", Reads("left")}};
  return Share(std::move(asset), std::move(op));
}

AssetDescription Describe(AssetKey key, std::vector<engine::AssetInput> dependencies = {}) {
  AssetDescription description;
  description.key = std::move(key);
  description.dependencies = std::move(dependencies);
  return description;
}

AssetDescription DescribeRaw() {
  AssetDescription raw = Describe("raw");
  raw.partitions = Daily();
  raw.group_name = "ingest";
  raw.owners = {"team:data", "me@example.com"};
  raw.tags = {{"tier", "gold"}, {"dagster/kind/python", ""}, {"dagster/kind/csv", ""}};
  raw.description = "The raw rows";
  raw.metadata = {{"rows", model::metadata::Int{10}}};
  raw.code_version = "1";
  raw.backfill_policy = model::BackfillPolicy{7};
  return raw;
}

AssetDescription DescribeClean() {
  engine::AssetInput raw = Reads("raw", true, Daily());
  raw.mapping = assets::PartitionMapping::TimeWindows(-1, -1);
  AssetDescription clean = Describe("clean", {raw});
  clean.partitions = Daily();
  // What dg.AutomationCondition.missing() and the freshness policy are as serdes JSON.
  clean.automation_condition = json::Parse(R"({"__class__": "MissingAutomationCondition"})");
  clean.freshness_policy = json::Parse(R"({"__class__": "TimeWindowFreshnessPolicy",
      "fail_window": {"__class__": "SerializableTimeDelta", "days": 0, "microseconds": 0, "seconds": 7200},
      "warn_window": null})");
  return clean;
}

}  // namespace

std::vector<std::shared_ptr<const AssetOp>> MakeAssetOps() {
  return {Raw(), Clean(), NotEmpty(), SortedRows(), Feed(), DailySums(), Halves(), Together()};
}

std::map<std::string, AssetJobSpec> MakeAssetJobSpecs() {
  AssetJobSpec base;
  base.ops = MakeAssetOps();
  base.resources = MakeResources();

  AssetJobSpec implicit = base;
  implicit.name = kImplicitAssetJobName;
  implicit.assets = {"raw", "clean", "feed", AssetKey({"mart", "daily_sums"}), "left", "right", "m1", "m2"};

  AssetJobSpec rows = base;
  rows.name = "rows";
  rows.description = "Rows only";
  rows.tags = {{"k", "v"}};
  rows.run_tags = rows.tags;
  rows.assets = {"raw", "clean"};

  AssetJobSpec left_only = base;
  left_only.name = "left_only";
  left_only.run_tags.emplace();
  left_only.assets = {"left"};

  AssetJobSpec unpartitioned = base;
  unpartitioned.name = "unpartitioned";
  unpartitioned.run_tags.emplace();
  unpartitioned.assets = {"left", "right", "m1", "m2"};
  unpartitioned.executor.kind = engine::ExecutorDefinition::Kind::kInProcess;

  std::map<std::string, AssetJobSpec> specs;
  for (AssetJobSpec* spec : {&implicit, &rows, &left_only, &unpartitioned}) specs.emplace(spec->name, std::move(*spec));
  return specs;
}

std::vector<AssetDescription> DescribeAssets() {
  AssetDescription feed = Describe("feed");
  feed.group_name = "ingest";
  feed.execution_type = model::AssetExecutionType::kObservation;
  AssetDescription orders = Describe(Orders(), {Reads("feed")});
  orders.group_name = "shop";
  orders.metadata = {{"table", model::metadata::Text{"orders"}}};
  orders.execution_type = model::AssetExecutionType::kUnexecutable;
  return {DescribeRaw(),
          DescribeClean(),
          feed,
          orders,
          Describe(AssetKey({"mart", "daily_sums"}), {Reads("clean", false, Daily()), Reads(Orders())}),
          Describe("left"),
          Describe("right", {Reads("feed")}),
          Describe("m1", {Reads("left")}),
          Describe("m2", {Reads("left")})};
}

std::vector<CheckDescription> DescribeChecks() {
  CheckDescription complete{.key = {"clean", "complete"}, .description = "No row is missing", .blocking = true};
  CheckDescription not_empty{.key = {"raw", "not_empty"}, .blocking = true};
  CheckDescription sorted{.key = {"raw", "sorted_rows"}, .description = "Looks at the rows"};
  sorted.additional_assets = {"clean"};
  CheckDescription fits{.key = {"left", "fits"}};
  return {complete, not_empty, sorted, fits};
}

}  // namespace tidemill::sdk::testing
