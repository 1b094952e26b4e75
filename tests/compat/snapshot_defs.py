"""Definitions that libs/sdk/testing/snapshot_probe.cc builds in C++, in the same order and with the same words."""

import datetime

import dagster as dg


# ---- Ops


@dg.op(description="Gives a number", tags={"team": "data"})
def one() -> int:
    return 1


@dg.op
def add(a: int, b: int) -> int:
    return a + b


@dg.op
def total(numbers: list[int]) -> int:
    return sum(numbers)


@dg.op(
    config_schema={
        "limit": dg.Field(int, default_value=10, description="Rows at most"),
        "name": str,
        "mode": dg.Field(dg.Noneable(dg.Selector({"fast": {"threads": int}, "slow": dg.Permissive()}))),
    },
    required_resource_keys={"store", "api"},
    pool="db",
    code_version="3",
    retry_policy=dg.RetryPolicy(max_retries=2),
)
def fetch() -> str:
    return ""


@dg.op(
    ins={"width": dg.In(int, default_value=3, metadata={"unit": "characters"}), "text": dg.In(str, description="What to cut")},
    out={
        "right": dg.Out(dict[str, int], metadata={"size": 3, "link": dg.MetadataValue.url("https://example.com")}),
        "left": dg.Out(int, is_required=False, description="Its first number"),
    },
)
def split(text, width):
    yield dg.Output({}, "right")


@dg.op(ins={"after": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def report():
    return None


@dg.op(required_resource_keys={"store"}, out=dg.Out(dg.Nothing))
def keep():
    return None


@dg.op
def anything(x, pair: tuple[int, str], maybe: dict = {}):  # noqa: B006
    return x


@dg.graph(description="One more")
def increment(x: int) -> int:
    return add(x, one())


@dg.graph(tags={"level": "2"}, out={"sum": dg.GraphOut(), "first": dg.GraphOut()})
def twice(x, y):
    a = increment(x)
    return {"sum": add(a, increment.alias("again")(y)), "first": a}


# ---- Resources


@dg.resource(config_schema={"path": dg.Field(dg.StringSource, description="Where")}, description="Keeps rows")
def store(context):
    return None


@dg.resource(required_resource_keys={"store"})
def api(context):
    return None


@dg.resource
def unused(context):
    return None


@dg.resource(description="Keeps rows of one job")
def own_store(context):
    return None


# ---- Jobs of ops


@dg.job(executor_def=dg.in_process_executor, tags={"b": "2", "a": "1"})
def simple():
    add(one(), one.alias("two")())


@dg.job(
    description="Everything an op job may have",
    run_tags={"r": "1"},
    metadata={"owner": "me"},
    config={"ops": {"fetch": {"config": {"name": "x"}}}, "resources": {"store": {"config": {"path": "here"}}}},
)
def everything():
    text = fetch()
    right, left = split(text)
    summed, first = twice(left, add(one(), left))
    total([summed, first, one.alias("three")()])
    report(after=right)


@dg.job(executor_def=dg.in_process_executor, resource_defs={"store": own_store})
def own_resource():
    keep()


@dg.job(executor_def=dg.multiprocess_executor.configured({"max_concurrent": 4}))
def unconnected():
    add()
    anything(x=one())
    twice()


# ---- Assets

daily = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin", end_offset=1)


@dg.asset(
    partitions_def=daily,
    required_resource_keys={"store"},
    group_name="ingest",
    owners=["team:data", "me@example.com"],
    kinds={"python", "csv"},
    tags={"tier": "gold"},
    description="The raw rows",
    metadata={"rows": 10},
    code_version="1",
    config_schema={"seed": dg.Field(int, default_value=7)},
    backfill_policy=dg.BackfillPolicy.multi_run(7),
    op_tags={"heavy": "yes"},
)
def raw() -> list[int]:
    return []


@dg.asset(
    partitions_def=daily,
    deps=[dg.AssetDep("raw", partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1))],
    check_specs=[dg.AssetCheckSpec("complete", asset="clean", blocking=True, description="No row is missing")],
    automation_condition=dg.AutomationCondition.missing(),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(hours=2)),
    pool="db",
)
def clean():
    yield dg.Output(1)
    yield dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=raw, blocking=True)
def not_empty():
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=raw, description="Looks at the rows", additional_deps=["clean"])
def sorted_rows(raw: list[int]):
    return dg.AssetCheckResult(passed=True)


@dg.observable_source_asset(group_name="ingest")
def feed():
    return dg.DataVersion("1")


external = dg.AssetSpec(["shop", "orders"], group_name="shop", deps=["feed"], metadata={"table": "orders"})


@dg.asset(key_prefix=["mart"], ins={"orders": dg.AssetIn(["shop", "orders"])})
def daily_sums(clean: dict, orders) -> dict[str, int]:
    return {}


@dg.multi_asset(
    specs=[dg.AssetSpec("left", skippable=True), dg.AssetSpec("right", skippable=True, deps=["feed"])],
    check_specs=[dg.AssetCheckSpec("fits", asset="left")],
    can_subset=True,
)
def halves(context):
    yield dg.MaterializeResult("left")


@dg.multi_asset(outs={"m1": dg.AssetOut(), "m2": dg.AssetOut(dagster_type=int)})
def together(left):
    return 1, 2


defs = dg.Definitions(
    assets=[raw, clean, feed, external, daily_sums, halves, together],
    asset_checks=[not_empty, sorted_rows],
    jobs=[
        simple,
        everything,
        own_resource,
        unconnected,
        dg.define_asset_job("rows", selection=["raw", "clean"], description="Rows only", tags={"k": "v"}),
        dg.define_asset_job("left_only", selection=["left"]),
        dg.define_asset_job("unpartitioned", selection=["left", "right", "m1", "m2"], executor_def=dg.in_process_executor),
    ],
    resources={"store": store, "api": api, "unused": unused},
    metadata={"version": "1"},
)

OP_SUBSETS = {
    "simple:*add": ("simple", ["*add"]),
    "simple:two": ("simple", ["two", "one"]),
    "everything:fetch+": ("everything", ["fetch+", "report"]),
    "everything:nested": ("everything", ["twice.increment", "fetch"]),
    "simple:all": ("simple", ["*"]),
}
ASSET_SUBSETS = {
    "rows:clean": ("rows", [["clean"]], None),
    "rows:no_checks": ("rows", [["raw"]], []),
    "unpartitioned:left": ("unpartitioned", [["left"]], None),
    "implicit:sums": ("__ASSET_JOB", [["mart", "daily_sums"], ["clean"]], None),
    "implicit:check": ("__ASSET_JOB", [], [["raw", "sorted_rows"]]),
}
