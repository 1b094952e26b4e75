#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <stdexcept>

#include "pipelines.h"

namespace demo {
namespace {

using namespace tidemill::sdk;

/// Stores each value as one line of JSON text.
struct TextIoManager final : Config, IoManager {
  std::string folder = "text";  ///< Below $DAGSTER_HOME.

  void HandleOutput(tidemill::engine::OutputContext& context, const tidemill::engine::AnyValue& value) override {
    const std::filesystem::path path = PathOf(context.asset_key().value());
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path);
    file << tidemill::json::Dump(value.type().to_json(value.data()));
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
    context.WroteFile(path);
    context.AddMetadata(Metadata{{"stored_as", path.filename().string()}}.entries());
  }

  tidemill::engine::AnyValue LoadInput(tidemill::engine::InputContext& context) override {
    const std::filesystem::path path = PathOf(context.asset_key().value());
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return {context.type(), context.type().from_json(tidemill::json::Parse(text))};
  }

 private:
  std::filesystem::path PathOf(const AssetKey& key) const {
    const char* home = std::getenv("DAGSTER_HOME");
    std::filesystem::path path = std::filesystem::path(home ? home : ".") / folder;
    for (const std::string& part : key.path) path /= part;
    return path += ".txt";
  }
};
BOOST_DESCRIBE_STRUCT(TextIoManager, (), (folder))

// ---- Dependencies, metadata, retries

std::vector<std::int64_t> Orders(AssetContext& context) {
  context.log().Warning("only three orders today");
  return {3, 1, 2};
}

std::int64_t OrderTotal(const std::vector<std::int64_t>& orders) {
  return std::accumulate(orders.begin(), orders.end(), std::int64_t{0});
}

std::int64_t ShakyTotal(AssetContext& context, std::int64_t total) {
  if (context.retry_number() == 0) throw std::runtime_error("the first try always fails");
  return total;
}

CheckResult HasManyOrders(const std::vector<std::int64_t>& orders) {
  return {.passed = orders.size() > 100, .severity = Severity::kWarn, .description = "Fewer than a hundred orders."};
}

void AddOrders(Definitions& defs) {
  auto feed = defs.ExternalAsset(
      AssetSpec("orders_feed")
          .Group("tour")
          .Description("Published by the shop; nobody here makes it.")
          .Kinds({"kafka"})
          .Owners({"team:platform"})
          .Tags({{"source", "shop"}})
          .Metadata(
              {{"topic", "orders"}, {"contract", metadata::Url{"https://example.com/orders"}}, {"retention_days", 7}}));

  auto orders = defs.Asset("orders", Orders)
                    .Deps({feed})
                    .Group("tour")
                    .Kinds({"table", "parquet"})
                    .Owners({"ada@example.com", "team:data"})
                    .Tags({{"tier", "gold"}, {"domain", "sales"}})
                    .CodeVersion("3")
                    .Metadata({{"rows_expected", 3}, {"ratio", 0.5}, {"note", "three rows"}})
                    .Description("Three orders.");
  defs.AssetCheck("has_many_orders", orders, HasManyOrders).Description("Warns, and stops nothing.");

  auto order_total = defs.Asset("order_total", OrderTotal)
                         .Key(AssetKey({"marts", "order_total"}))
                         .From(orders)
                         .Group("tour")
                         .IoManager("text_io")
                         .Description("Kept as text.");

  auto shaky_total = defs.Asset("shaky_total", ShakyTotal)
                         .From(order_total)
                         .Group("tour")
                         .Retry({.max_retries = 2})
                         .Description("Succeeds when it is tried again.");

  // One function makes two assets and checks one of them; a run may ask for only a part of that.
  auto tables = defs.MultiAsset(
      "customer_tables",
      [](AssetContext& context) {
        for (const char* name : {"customers", "customer_mails"}) {
          if (context.selected_asset_keys().contains(name)) context.Yield(MaterializeResult{name, {{"rows", 5}}});
        }
        if (!context.selected_check_keys().empty()) {
          context.Yield(CheckResult{.passed = true, .asset_key = "customers", .check_name = "customers_are_unique"});
        }
      },
      {AssetSpec("customers").Group("tour").Kinds({"table"}).Description("Known customers.").Skippable(),
       AssetSpec("customer_mails").Group("tour").Deps({"customers"}).Description("Their mails.").Skippable()});
  tables.CanSubset();
  tables.Asset("customers").Check("customers_are_unique", {.description = "No customer twice."});

  defs.Job("tour_assets_job",
           {orders, order_total, shaky_total, tables.Asset("customers"), tables.Asset("customer_mails")})
      .Description("Dependencies, retries and several assets of one step.")
      .Tags({{"team", "data"}})
      .RunTags({{"origin", "tour"}})
      .Owners({"team:data"});
}

// ---- Partitions

std::int64_t DailyOrders(AssetContext& context) {
  if (context.partition_key() == "2024-01-03") throw std::runtime_error("no orders on that day");
  return std::stoi(context.partition_key().substr(8));
}

std::int64_t RegionSales(AssetContext& context) {
  return std::map<std::string, std::int64_t>{{"eu", 10}, {"us", 20}, {"apac", 30}}.at(context.partition_key());
}

std::int64_t AllSales(const PartitionMap<std::int64_t>& regions) {
  std::int64_t sum = 0;
  for (const auto& [region, sales] : regions) sum += sales;
  return sum;
}

void AddPartitioned(Definitions& defs) {
  const auto days = PartitionsDefinition::Daily("2024-01-01", {.end = "2024-01-11"});
  const auto regions = PartitionsDefinition::Static({"eu", "us", "apac"});

  auto daily_orders = defs.Asset("daily_orders", DailyOrders)
                          .Group("tour")
                          .Partitions(days)
                          .Metadata({{"partition_expr", "day"}})
                          .Description("One day's orders.");
  auto previous_orders = defs.Asset("previous_orders", [](std::int64_t orders) { return orders; })
                             .From(daily_orders.Mapped(PartitionMapping::TimeWindows(-1, -1)))
                             .Group("tour")
                             .Partitions(days)
                             .BackfillPolicy({.max_partitions_per_run = 2})
                             .Description("What the day before sold.");
  defs.Job("days_job", {daily_orders, previous_orders}).Description("One day of a daily asset.");

  auto region_sales =
      defs.Asset("region_sales", RegionSales).Group("tour").Partitions(regions).Description("Sales of one region.");
  auto all_sales =
      defs.Asset("all_sales", AllSales).From(region_sales).Group("tour").Description("Sales of all regions.");
  defs.Job("regions_job", {region_sales});
  defs.Job("all_regions_job", {all_sales});
}

// ---- A check that stops what comes after

void AddGuarded(Definitions& defs) {
  auto suspicious = defs.Asset("suspicious_data", [] { return std::int64_t{-1}; })
                        .Group("tour")
                        .Description("Fails its blocking check.");
  defs.AssetCheck("is_positive", suspicious,
                  [](std::int64_t value) {
                    return CheckResult{.passed = value > 0, .metadata = {{"value", value}}};
                  })
      .Blocking()
      .Description("Stops what comes after.");
  auto guarded = defs.Asset("guarded_data", [](std::int64_t value) { return value; })
                     .From(suspicious)
                     .Group("tour")
                     .Description("Never made, since its source fails a blocking check.");
  defs.Job("blocked_job", {suspicious, guarded}).Description("A blocking check fails.");
}

}  // namespace

void AddAssetTour(Definitions& defs) {
  defs.IoManager("text_io", TextIoManager{});
  AddOrders(defs);
  AddPartitioned(defs);
  AddGuarded(defs);
}

}  // namespace demo
