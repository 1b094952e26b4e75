"""Definitions that make the real Dagster write as many of its serdes classes as it can."""

import enum
from datetime import datetime, timedelta, timezone

import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-10", timezone="Europe/Berlin")
weeks = dg.WeeklyPartitionsDefinition(start_date="2024-01-01", timezone="Europe/Berlin")
letters = dg.StaticPartitionsDefinition(["a", "b", "c"])
grid = dg.MultiPartitionsDefinition({"letter": letters, "day": days})
names = dg.DynamicPartitionsDefinition(name="names")


class Store(dg.ConfigurableResource):
    host: str = "h"
    port: int = 1


class Client(dg.ConfigurableResource):
    store: Store
    token: str


class FixedIO(dg.ConfigurableIOManager):
    prefix: str = "p"

    def handle_output(self, context, obj):
        context.add_output_metadata({"at": f"{self.prefix}/{context.name}"})

    def load_input(self, context):
        context.add_input_metadata({"from": "fixed"})
        return 1


SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("id", "int", "key", dg.TableColumnConstraints(nullable=False, unique=True, other=["id > 0"])),
        dg.TableColumn("price", "float", tags={"unit": "eur", "a": ""}),
    ],
    constraints=dg.TableConstraints(other=["sum > 0"]),
)

METADATA = {
    "text": "wörld \U0001f600 \"quoted\" \\ \x7f \u2028\n\t",
    "url": dg.MetadataValue.url("https://example.com/?a=b&c"),
    "path": dg.MetadataValue.path("a/b"),
    "notebook": dg.MetadataValue.notebook("n.ipynb"),
    "markdown": dg.MetadataValue.md("# x"),
    "json": {"z": [1, 1.0, None, True, 1e-7, 1e22, {"é": {}}], "a": []},
    "int": 3,
    "big": 10**30,
    "negative": -7,
    "float": 0.1,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "whole": 3.0,
    "nan": float("nan"),
    "infinity": float("-inf"),
    "yes": True,
    "null": None,
    "timestamp": dg.MetadataValue.timestamp(datetime(2024, 1, 2, tzinfo=timezone.utc)),
    "artifact": dg.MetadataValue.python_artifact(enum.Enum),
    "asset": dg.AssetKey(["x", "y"]),
    "job": dg.MetadataValue.job("plain_job", location_name="here", repository_name="r"),
    "job_only": dg.MetadataValue.job("plain_job", location_name="here"),
    "run": dg.MetadataValue.dagster_run("00000000-0000-0000-0000-000000000000"),
    "table": dg.MetadataValue.table([dg.TableRecord({"price": 2.5, "id": 1}), dg.TableRecord({"price": None, "id": "x"})], schema=SCHEMA),
    "schema": SCHEMA,
    "lineage": dg.TableColumnLineage(
        {
            "z": [dg.TableColumnDep(asset_key=dg.AssetKey("x"), column_name="c")],
            "a": [dg.TableColumnDep(asset_key=dg.AssetKey("y"), column_name="d")],
        }
    ),
    "code": dg.CodeReferencesMetadataValue(code_references=[dg.LocalFileCodeReference(file_path="f.py", line_number=3)]),
    "pool": dg.MetadataValue.pool("p1") if hasattr(dg.MetadataValue, "pool") else "p1",
}

feed = dg.AssetSpec("feed", kinds={"kafka"}, owners=["team:a"], tags={"b": "1", "a": ""}, metadata=METADATA)


@dg.asset(
    deps=[feed],
    group_name="first",
    kinds={"python", "duckdb"},
    owners=["a@example.com", "team:b"],
    tags={"tier": "gold"},
    metadata={"rows": 1, "dagster/column_schema": SCHEMA},
    code_version="v1",
    op_tags={"o": "1"},
)
def source(context: dg.AssetExecutionContext) -> list:
    context.log.warning("a line with é and 'quotes'")
    context.add_output_metadata(METADATA)
    return [1]


@dg.asset(
    key=["deep", "er"],
    retry_policy=dg.RetryPolicy(max_retries=2, delay=0.5),
    automation_condition=dg.AutomationCondition.eager(),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=2)),
)
def inner(source: list) -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata=METADATA, tags={"quality": "good"}, data_version=dg.DataVersion("7"))


@dg.asset(
    deps=[inner],
    io_manager_key="fixed",
    pool="pool_a",
    automation_condition=dg.AutomationCondition.missing() & ~dg.AutomationCondition.in_progress(),
    freshness_policy=dg.FreshnessPolicy.cron("0 9 * * *", timedelta(hours=1)),
)
def stored(store: Store, client: Client) -> int:
    return 1


@dg.asset(deps=[stored])
def broken(context):
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second é") from error
    except ValueError:
        raise RuntimeError("third")


@dg.asset(deps=[broken])
def skipped(): ...


@dg.asset(partitions_def=days, backfill_policy=dg.BackfillPolicy.single_run(), metadata={"partition_expr": "d"})
def daily(context):
    context.log_event(dg.AssetObservation("daily", partition="2024-01-01", description="seen", metadata=METADATA))
    return 1


@dg.asset(
    partitions_def=days,
    deps=[dg.AssetDep(daily, partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1))],
    backfill_policy=dg.BackfillPolicy.multi_run(3),
)
def shifted() -> None: ...


@dg.asset(partitions_def=weeks, deps=[daily])
def weekly() -> None: ...


@dg.asset(partitions_def=letters)
def lettered() -> None: ...


@dg.asset(
    partitions_def=grid,
    deps=[dg.AssetDep(lettered, partition_mapping=dg.MultiToSingleDimensionPartitionMapping("letter"))],
)
def gridded() -> None: ...


@dg.asset(partitions_def=names)
def named() -> None: ...


@dg.multi_asset(
    specs=[dg.AssetSpec("left", skippable=True), dg.AssetSpec("right", deps=["left"], skippable=True)],
    check_specs=[dg.AssetCheckSpec("left_ok", asset="left")],
    can_subset=True,
)
def pair(context):
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key)
    yield dg.AssetCheckResult(asset_key="left", check_name="left_ok", passed=True)


@dg.observable_source_asset(auto_observe_interval_minutes=5)
def watched() -> dg.DataVersion:
    return dg.DataVersion("1")


@dg.op(out={"one": dg.Out(metadata={"m": 1}), "two": dg.Out(is_required=False)})
def two_outputs():
    yield dg.Output(1, "one")


@dg.op
def take(a):
    return a


@dg.graph_asset(group_name="graphs")
def from_graph():
    one, _ = two_outputs()
    return take(one)


@dg.asset_check(asset=source, blocking=True, metadata={"k": 1})
def source_ok(context) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata=METADATA)


@dg.asset_check(asset=source, additional_deps=[inner])
def source_odd() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="odd")


@dg.asset_check(asset=inner, automation_condition=dg.AutomationCondition.eager())
def inner_ok() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=daily, partitions_def=days)
def daily_ok(context) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


Positive = dg.DagsterType(
    name="Positive",
    type_check_fn=lambda _, value: dg.TypeCheck(success=value > 0, description="checked", metadata={"value": value}),
    description="above zero",
    metadata={"unit": "rows"},
)


@dg.resource(config_schema={"retries": dg.Field(int, default_value=3)})
def plain_resource(context):
    return 1


@dg.op(
    out=dg.Out(Positive),
    tags={"t": "1"},
    required_resource_keys={"plain"},
    config_schema={
        "integer": dg.Field(int, description="needed"),
        "real": dg.Field(float, default_value=0.5),
        "colour": dg.Field(dg.Enum.from_python_enum(Colour), default_value="RED"),
        "numbers": dg.Field(dg.Array(int), default_value=[1, 2]),
        "by_name": dg.Field(dg.Map(str, int, key_label_name="name"), is_required=False),
        "maybe": dg.Field(dg.Noneable(int), is_required=False),
        "either": dg.Field(dg.Selector({"file": str, "table": {"name": str}}), is_required=False),
        "shape": dg.Field(dg.Shape({"x": int}, field_aliases={"x": "y"}), is_required=False),
        "open": dg.Field(dg.Permissive({"known": dg.Field(str, is_required=False)}), is_required=False),
        "env": dg.Field(dg.StringSource, is_required=False),
        "anything": dg.Field(dg.Any, is_required=False),
        "union": dg.Field(dg.ScalarUnion(int, {"v": int}), is_required=False),
    },
)
def configured(context) -> int:
    yield dg.AssetMaterialization("elsewhere", description="made by an op", metadata={"n": 1}, tags={"a": "b"})
    yield dg.ExpectationResult(success=True, label="fine", metadata={"n": 1})
    yield dg.Output(context.op_config["integer"], metadata=METADATA)


@dg.op(ins={"n": dg.In(Positive, metadata={"unit": "rows"})}, out=dg.DynamicOut(int))
def spread(n):
    for i in range(2):
        yield dg.DynamicOutput(i, mapping_key=f"k{i}")


@dg.op(pool="pool_b")
def double(n: int) -> int:
    return n * 2


@dg.op
def add_one(n: int) -> int:
    """One more."""
    return n + 1


@dg.op(out=dg.Out(dg.List[int]))
def collect(parts: dg.List[int]):
    return parts


@dg.op
def fan_in(parts: list, default: int = 4):
    return 1


@dg.op(ins={"start": dg.In(dg.Nothing)}, out=dg.Out(dg.Optional[str]))
def after():
    return None


@dg.op(retry_policy=dg.RetryPolicy(max_retries=1))
def flaky(context) -> int:
    if context.retry_number == 0:
        raise dg.RetryRequested(max_retries=1, seconds_to_wait=0) from ValueError("again")
    return 1


@dg.op
def fails():
    raise dg.Failure(description="on purpose", metadata={"why": "test"}, allow_retries=False)


@dg.success_hook
def good_hook(context):
    context.log.info("hooked")


@dg.failure_hook
def bad_hook(context):
    raise ValueError("in the hook")


@dg.graph
def add_two(n):
    return add_one.alias("second")(add_one.alias("first")(n))


@dg.graph(config=dg.ConfigMapping(config_fn=lambda c: {}, config_schema={"x": dg.Field(int, is_required=False)}))
def add_four(n):
    return add_two.alias("outer")(add_two.alias("inner")(n))


@dg.job(
    description="nested",
    tags={"z": "1", "a": "2"},
    metadata={"level": 3, "schema": SCHEMA},
    resource_defs={"plain": plain_resource},
    executor_def=dg.in_process_executor,
    hooks={good_hook},
    config={"ops": {"configured": {"config": {"integer": 7}}}},
    owners=["team:b"],
)
def nested_job():
    after(start=collect(spread(configured()).map(lambda n: add_four(double(n))).collect()))


@dg.job(executor_def=dg.in_process_executor)
def fan_job():
    fan_in([take.alias("x")(flaky.alias("f1")()), flaky.alias("f2")()])


@dg.job(executor_def=dg.in_process_executor, hooks={bad_hook})
def failing_job():
    add_one(fails())


@dg.job
def process_job():
    add_one(flaky())


@dg.op
def unloadable(x: dg.Int):
    return x


@dg.job(executor_def=dg.in_process_executor)
def input_job(x: int):
    unloadable(x)


@dg.static_partitioned_config(["a", "b"])
def letter_config(key):
    return {"ops": {"configured": {"config": {"integer": 1}}}}


@dg.job(config=letter_config, resource_defs={"plain": plain_resource}, executor_def=dg.in_process_executor)
def letter_job():
    configured()


asset_job = dg.define_asset_job(
    "asset_job",
    selection=dg.AssetSelection.assets("source", ["deep", "er"], "stored", "broken", "skipped"),
    description="five assets",
    tags={"team": "data"},
    run_tags={"origin": "job"},
    metadata={"runbook": dg.MetadataValue.url("https://example.com")},
    owners=["team:b"],
    executor_def=dg.in_process_executor,
    config={"resources": {"client": {"config": {"token": "t"}}}},
)
daily_job = dg.define_asset_job("daily_job", selection=[daily], partitions_def=days, executor_def=dg.in_process_executor)
automated_job = dg.define_asset_job("automated_job", selection=[lettered], executor_def=dg.in_process_executor)

one_cron = dg.ScheduleDefinition(
    name="one_cron",
    job=asset_job,
    cron_schedule="0 3 * * *",
    execution_timezone="Europe/Berlin",
    description="nightly",
    tags={"t": "cron"},
    metadata={"m": 1},
    default_status=dg.DefaultScheduleStatus.RUNNING,
    owners=["team:b"],
)
by_partition = dg.build_schedule_from_partitioned_job(daily_job, name="by_partition", hour_of_day=4)


@dg.schedule(job=fan_job, cron_schedule=["0 * * * *", "30 12 * * 1"])
def two_crons(context):
    return dg.RunRequest(run_key=f"at {context.scheduled_execution_time}", tags={"from": "two_crons"})


@dg.schedule(target=[lettered], cron_schedule="@hourly")
def asset_target(context):
    raise ValueError("schedule fails")


@dg.sensor(job=fan_job, minimum_interval_seconds=30, description="counts", metadata={"m": 1}, tags={"s": "1"})
def counting(context):
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key="once", run_config={"execution": {}}, tags={"from": "counting"})],
        cursor=str(int(context.cursor or 0) + 1),
    )


@dg.sensor(target=[named], default_status=dg.DefaultSensorStatus.RUNNING)
def naming(context):
    return dg.SensorResult(
        run_requests=[dg.RunRequest(partition_key="n1", asset_selection=[dg.AssetKey("named")])],
        dynamic_partitions_requests=[names.build_add_request(["n1"])],
    )


@dg.sensor(asset_selection=[lettered])
def skipping():
    return dg.SkipReason("nothing new")


@dg.sensor(jobs=[fan_job, failing_job])
def raising():
    raise ValueError("sensor fails")


@dg.asset_sensor(asset_key=dg.AssetKey("source"), job=fan_job)
def on_source(context, event):
    return dg.RunRequest(run_key=context.cursor)


@dg.multi_asset_sensor(monitored_assets=[dg.AssetKey("source"), dg.AssetKey("stored")], job=fan_job)
def on_both(context):
    return dg.SkipReason("waits")


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, request_job=fan_job)
def on_success(context):
    return dg.SkipReason("seen")


@dg.run_failure_sensor
def on_failure(context): ...


automation = dg.AutomationConditionSensorDefinition("automation", target=dg.AssetSelection.all())

defs = dg.Definitions(
    assets=[
        feed, source, inner, stored, broken, skipped, daily, shifted, weekly, lettered, gridded, named, pair, watched,
        from_graph,
    ],
    asset_checks=[source_ok, source_odd, inner_ok, daily_ok],
    jobs=[
        nested_job, fan_job, failing_job, process_job, input_job, letter_job, asset_job, daily_job, automated_job,
    ],
    schedules=[one_cron, by_partition, two_crons, asset_target],
    sensors=[counting, naming, skipping, raising, on_source, on_both, on_success, on_failure, automation],
    resources={"store": Store(host="db"), "client": Client(store=Store(), token=dg.EnvVar("TOKEN")), "fixed": FixedIO()},
    metadata={"owner": "test", "n": 1},
)
