"""Every kind of asset, partition and check, each as small as it can be."""

import json
import os

import dagster as dg

DAYS = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-11")
REGIONS = dg.StaticPartitionsDefinition(["eu", "us", "apac"])


class TextIOManager(dg.ConfigurableIOManager):
    # Stores each value as one line of text below $DAGSTER_HOME.
    folder: str = "text"

    def _path(self, key: dg.AssetKey) -> str:
        return os.path.join(os.environ.get("DAGSTER_HOME", "."), self.folder, *key.path) + ".txt"

    def handle_output(self, context: dg.OutputContext, obj: int) -> None:
        path = self._path(context.asset_key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(json.dumps(obj))
        context.add_output_metadata({"stored_as": os.path.basename(path)})

    def load_input(self, context: dg.InputContext) -> int:
        with open(self._path(context.asset_key)) as file:
            return json.loads(file.read())


orders_feed = dg.AssetSpec(
    "orders_feed",
    group_name="tour",
    description="Published by the shop; nobody here makes it.",
    kinds={"kafka"},
    owners=["team:platform"],
    tags={"source": "shop"},
    metadata={"topic": "orders", "contract": dg.MetadataValue.url("https://example.com/orders"), "retention_days": 7},
)


@dg.asset(
    group_name="tour",
    deps=[orders_feed],
    kinds={"table", "parquet"},
    owners=["ada@example.com", "team:data"],
    tags={"tier": "gold", "domain": "sales"},
    code_version="3",
    metadata={"rows_expected": 3, "ratio": 0.5, "note": "three rows"},
    description="Three orders.",
)
def orders(context: dg.AssetExecutionContext) -> list[int]:
    context.log.warning("only three orders today")
    return [3, 1, 2]


@dg.asset(key=["marts", "order_total"], group_name="tour", io_manager_key="text_io", description="Kept as text.")
def order_total(orders: list[int]) -> int:
    return sum(orders)


@dg.asset(
    group_name="tour",
    ins={"order_total": dg.AssetIn(key=["marts", "order_total"])},
    retry_policy=dg.RetryPolicy(max_retries=2),
    description="Succeeds when it is tried again.",
)
def shaky_total(context: dg.AssetExecutionContext, order_total: int) -> int:
    if context.retry_number == 0:
        raise RuntimeError("the first try always fails")
    return order_total


@dg.multi_asset(
    specs=[
        dg.AssetSpec("customers", group_name="tour", skippable=True, kinds={"table"}, description="Known customers."),
        dg.AssetSpec("customer_mails", group_name="tour", deps=["customers"], skippable=True, description="Their mails."),
    ],
    check_specs=[dg.AssetCheckSpec("customers_are_unique", asset="customers", description="No customer twice.")],
    can_subset=True,
)
def customer_tables(context: dg.AssetExecutionContext):
    for key in ("customers", "customer_mails"):
        if dg.AssetKey(key) in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata={"rows": 5})
    if context.selected_asset_check_keys:
        yield dg.AssetCheckResult(asset_key="customers", check_name="customers_are_unique", passed=True)


@dg.asset(group_name="tour", partitions_def=DAYS, metadata={"partition_expr": "day"}, description="One day's orders.")
def daily_orders(context: dg.AssetExecutionContext) -> int:
    if context.partition_key == "2024-01-03":
        raise RuntimeError("no orders on that day")
    return int(context.partition_key[8:])


@dg.asset(
    group_name="tour",
    partitions_def=DAYS,
    ins={"daily_orders": dg.AssetIn(partition_mapping=dg.TimeWindowPartitionMapping(-1, -1))},
    backfill_policy=dg.BackfillPolicy.multi_run(2),
    description="What the day before sold.",
)
def previous_orders(daily_orders: int) -> int:
    return daily_orders


@dg.asset(group_name="tour", partitions_def=REGIONS, description="Sales of one region.")
def region_sales(context: dg.AssetExecutionContext) -> int:
    return {"eu": 10, "us": 20, "apac": 30}[context.partition_key]


@dg.asset(group_name="tour", description="Sales of all regions.")
def all_sales(region_sales: dict[str, int]) -> int:
    return sum(region_sales.values())


@dg.asset(group_name="tour", description="Fails its blocking check.")
def suspicious_data() -> int:
    return -1


@dg.asset(group_name="tour", description="Never made, since its source fails a blocking check.")
def guarded_data(suspicious_data: int) -> int:
    return suspicious_data


@dg.asset_check(asset=suspicious_data, blocking=True, description="Stops what comes after.")
def is_positive(suspicious_data: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=suspicious_data > 0, metadata={"value": suspicious_data})


@dg.asset_check(asset=orders, description="Warns, and stops nothing.")
def has_many_orders(orders: list[int]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=len(orders) > 100, severity=dg.AssetCheckSeverity.WARN, description="Fewer than a hundred orders."
    )


tour_assets_job = dg.define_asset_job(
    "tour_assets_job",
    selection=[orders, order_total, shaky_total, customer_tables],
    description="Dependencies, retries and several assets of one step.",
    tags={"team": "data"},
    run_tags={"origin": "tour"},
    owners=["team:data"],
)
days_job = dg.define_asset_job(
    "days_job", selection=[daily_orders, previous_orders], partitions_def=DAYS, description="One day of a daily asset."
)
regions_job = dg.define_asset_job("regions_job", selection=[region_sales], partitions_def=REGIONS)
all_regions_job = dg.define_asset_job("all_regions_job", selection=[all_sales])
blocked_job = dg.define_asset_job(
    "blocked_job", selection=[suspicious_data, guarded_data], description="A blocking check fails."
)

RESOURCES = {"text_io": TextIOManager()}
ASSETS = [
    orders_feed, orders, order_total, shaky_total, customer_tables, daily_orders, previous_orders, region_sales,
    all_sales, suspicious_data, guarded_data,
]  # fmt: skip
CHECKS = [is_positive, has_many_orders]
JOBS = [tour_assets_job, days_job, regions_job, all_regions_job, blocked_job]
