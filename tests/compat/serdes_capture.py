"""Has the real Dagster execute serdes_defs and writes each serdes text that it stored or sent.

    python serdes_capture.py DAGSTER_HOME OUTPUT

OUTPUT holds lines `<type>\t<text>`; the type is the name of Tidemill's struct, or Json where Tidemill keeps plain JSON.
"""

import datetime
import glob
import json
import logging
import os
import random
import sqlite3
import sys
import warnings
import zlib
from pathlib import Path

warnings.filterwarnings("ignore")

import dagster as dg
from dagster._core.definitions.events import (
    AssetMaterializationFailure,
    AssetMaterializationFailureReason,
    AssetMaterializationFailureType,
)
from dagster._core.definitions.reconstruct import reconstructable
from dagster._core.events import (
    AssetFailedToMaterializeData,
    AssetMaterializationPlannedData,
    DagsterEvent,
    DagsterEventType,
    EngineEventData,
    JobCanceledData,
)
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.execution.plan.outputs import StepOutputHandle
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.remote_representation.external_data import JobDataSnap, RepositorySnap
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster._core.test_utils import InProcessTestWorkspaceLoadTarget
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._daemon.sensor import execute_sensor_iteration
from dagster._daemon.types import DaemonHeartbeat
from dagster._scheduler.scheduler import launch_scheduled_runs
from dagster._utils.error import serializable_error_info_from_exc_info
from dagster_shared.serdes import serialize_value

import serdes_defs

LOGGER = logging.getLogger("serdes_capture")
FAR_FUTURE = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=8)


def process_job():
    return serdes_defs.process_job


def execute_jobs(instance):
    defs = serdes_defs.defs
    fail_late = {"instance": instance, "raise_on_error": False}
    for name in ("nested_job", "fan_job", "failing_job", "asset_job"):
        defs.get_job_def(name).execute_in_process(**fail_late)
    defs.get_job_def("input_job").execute_in_process(run_config={"inputs": {"x": {"value": 1}}}, **fail_late)
    defs.get_job_def("letter_job").execute_in_process(partition_key="a", **fail_late)
    for key in ("2024-01-01", "2024-01-02"):
        defs.get_job_def("daily_job").execute_in_process(partition_key=key, **fail_late)
    implicit = defs.resolve_implicit_global_asset_job_def()
    run_config = {"resources": {"client": {"config": {"token": "t"}}}}
    selection = {dg.AssetKey(name) for name in ("left", "from_graph")}
    implicit.get_subset(asset_selection=selection).execute_in_process(run_config=run_config, **fail_late)
    implicit.get_subset(asset_selection={dg.AssetKey("gridded")}).execute_in_process(
        run_config=run_config, partition_key="2024-01-02|a", **fail_late
    )
    implicit.get_subset(asset_selection={dg.AssetKey("watched")}).execute_in_process(run_config=run_config, **fail_late)
    failed = instance.get_runs(filters=dg.RunsFilter(job_name="asset_job"))[0]
    defs.get_job_def("asset_job").get_subset(op_selection=["broken", "skipped"]).execute_in_process(
        tags={"again": failed.run_id}, **fail_late
    )
    defs.get_job_def("fan_job").get_subset(op_selection=["*f1"]).execute_in_process(**fail_late)
    with dg.execute_job(reconstructable(process_job), instance=instance, raise_on_error=False):
        pass


def some_error():
    try:
        raise ValueError("from outside")
    except ValueError:
        return serializable_error_info_from_exc_info(sys.exc_info())


def rare_events(job_name):
    """Events that need an accident or a paid service to come about."""
    error = some_error()
    failure = AssetMaterializationFailure(
        asset_key=dg.AssetKey(["deep", "er"]),
        failure_type=AssetMaterializationFailureType.FAILED,
        reason=AssetMaterializationFailureReason.UPSTREAM_FAILED_TO_MATERIALIZE,
        metadata={"m": 1},
        partition="p",
        tags={"t": "1"},
    )
    all_days = serdes_defs.days.subset_with_all_partitions().to_serializable_subset()
    for kind, data in (
        (DagsterEventType.RUN_CANCELED, JobCanceledData(error)),
        (DagsterEventType.RUN_CANCELED, JobCanceledData(None)),
        (DagsterEventType.ENGINE_EVENT, EngineEventData(metadata={"a": dg.MetadataValue.int(1)}, error=error)),
        (DagsterEventType.ASSET_FAILED_TO_MATERIALIZE, AssetFailedToMaterializeData(failure, error)),
        (
            DagsterEventType.ASSET_FAILED_TO_MATERIALIZE,
            AssetFailedToMaterializeData(failure, None, location_name="here", repository_name="r"),
        ),
        (
            DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
            AssetMaterializationPlannedData(serdes_defs.daily.key, partitions_subset=all_days),
        ),
    ):
        yield DagsterEvent(kind.value, job_name, event_specific_data=data, message="m", pid=1)


def odd_runs():
    """Sets sort by Python's str of their members, so names hold what its repr escapes; numbers are of all sizes."""
    chance = random.Random(1)
    letters = ["a", "b", "_", "Z", "0", " ", "'", '"', "\\", "é", "/", "\n", "\t", "\x01", "\x7f", "\U0001f600", "]", ","]

    def word():
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, 4)))

    def number():
        return chance.choice([chance.random() * 10.0 ** chance.randint(-20, 20), chance.randint(-(10**25), 10**25)])

    def key():
        return dg.AssetKey([word() for _ in range(chance.randint(1, 3))])

    for _ in range(100):
        yield DagsterRun(
            job_name=word(),
            run_id=word(),
            asset_selection=frozenset(key() for _ in range(chance.randint(0, 6))),
            asset_check_selection=frozenset(dg.AssetCheckKey(key(), word()) for _ in range(chance.randint(0, 6))),
            resolved_op_selection=frozenset(word() for _ in range(4)),
            run_config={word(): number() for _ in range(6)},
            tags={word(): word() for _ in range(6)},
        )


def report_rare_rows(instance):
    run = instance.get_runs(limit=1)[0]
    for event in rare_events(run.job_name):
        instance.report_dagster_event(event, run.run_id)
    instance.report_runless_asset_event(dg.AssetMaterialization("feed", metadata=serdes_defs.METADATA, partition="p"))
    instance.report_runless_asset_event(dg.AssetObservation("feed", tags={"dagster/data_version": "3"}))
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(asset_key=dg.AssetKey("source"), check_name="source_ok", passed=True, metadata={})
    )
    instance.add_daemon_heartbeat(DaemonHeartbeat(1.5, "SENSOR", "id", [some_error()]))
    instance.add_daemon_heartbeat(DaemonHeartbeat(FAR_FUTURE.timestamp(), "SCHEDULER", None, None))


def run_daemons(context):
    """Ticks of all schedules and sensors, and backfills, by the daemons' own code."""
    instance = context.instance
    repository = next(iter(context.create_request_context().code_locations)).get_repository("__repository__")
    for schedule in repository.get_schedules():
        instance.start_schedule(schedule)
    for sensor in repository.get_sensors():
        if sensor.name != "automation":
            instance.start_sensor(sensor)
    list(execute_sensor_iteration(context, LOGGER, None, None))
    list(launch_scheduled_runs(context, LOGGER, FAR_FUTURE, {}, max_catchup_runs=1))
    instance.stop_schedule(
        repository.get_schedule("one_cron").get_remote_origin_id(), repository.get_schedule("one_cron").selector_id,
        repository.get_schedule("one_cron"),
    )
    graph = context.create_request_context().asset_graph
    for asset, names in (("daily", ["2024-01-01", "2024-01-02"]), ("lettered", ["a"])):
        instance.add_backfill(
            PartitionBackfill.from_asset_partitions(
                backfill_id=f"backfill_{asset}", asset_graph=graph, partition_names=names,
                asset_selection=[dg.AssetKey(asset)], backfill_timestamp=FAR_FUTURE.timestamp(), tags={"t": "1"},
                dynamic_partitions_store=instance, all_partitions=False, title="t", description="d", run_config=None,
            )
        )
    partition_set = repository.get_partition_set("letter_job_partition_set")
    instance.add_backfill(
        PartitionBackfill(
            backfill_id="backfill_job", partition_set_origin=partition_set.get_remote_origin(),
            status=BulkActionStatus.REQUESTED, partition_names=["a", "b"], from_failure=False, reexecution_steps=None,
            tags={PARTITION_NAME_TAG: "a"}, backfill_timestamp=1.0,
        )
    )
    list(execute_backfill_iteration(context, LOGGER))


def workspace(instance):
    origin = LoadableTargetOrigin(
        executable_path=sys.executable, python_file=serdes_defs.__file__, attribute="defs",
        working_directory=str(Path(serdes_defs.__file__).parent),
    )
    return WorkspaceProcessContext(
        instance, InProcessTestWorkspaceLoadTarget(InProcessCodeLocationOrigin(origin, location_name="here"))
    )


def snapshots(instance):
    """What a code location sends, and what no row holds."""
    definitions = serdes_defs.defs.get_repository_def()
    for deferred in (True, False):
        yield "RepositorySnap", serialize_value(RepositorySnap.from_def(definitions, defer_snapshots=deferred))
    snapshot = RepositorySnap.from_def(definitions, defer_snapshots=True)
    for node in snapshot.asset_nodes:
        yield "AssetNodeSnap", serialize_value(node)
    for job in definitions.get_all_jobs():
        yield "JobDataSnap", serialize_value(JobDataSnap.from_job_def(job, include_parent_snapshot=True))
        yield "JobSnap", serialize_value(job.get_job_snapshot())
    subset = serdes_defs.defs.get_job_def("asset_job").get_subset(asset_selection={dg.AssetKey("source")})
    yield "JobDataSnap", serialize_value(JobDataSnap.from_job_def(subset, include_parent_snapshot=True))
    for run in odd_runs():
        yield "Run", serialize_value(run)
    for event in rare_events("j"):
        yield "DagsterEvent", serialize_value(event)
    handles = {StepOutputHandle("b", "one"), StepOutputHandle("a", mapping_key="k"), StepOutputHandle("a")}
    yield "KnownState", serialize_value(KnownExecutionState({"a": 2}, ready_outputs=handles))
    yield "KnownState", serialize_value(KnownExecutionState())
    for run in instance.get_runs():
        try:
            yield "KnownState", serialize_value(KnownExecutionState.build_for_reexecution(instance, run))
        except dg.DagsterError:
            pass  # a run without a plan snapshot


def parts(value):
    """The objects inside of a row that are also sent alone."""
    kinds = {"DagsterEvent": "DagsterEvent", "SerializableErrorInfo": "ErrorInfo", "AssetKey": "AssetKey"}
    if isinstance(value, dict):
        if value.get("__class__") in kinds:
            yield kinds[value["__class__"]], json.dumps(value, sort_keys=True)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from parts(item)


def rows(home):
    """Each serdes text in the databases of an instance."""
    columns = (
        ("history/runs.db", "runs", "run_body", "Run"),
        ("history/runs.db", "daemon_heartbeats", "body", "DaemonHeartbeat"),
        ("history/runs.db", "bulk_actions", "body", "Json"),
        ("history/runs/*.db", "event_logs", "event", "EventLogEntry"),
        ("history/runs/.db", "event_logs", "event", "EventLogEntry"),
        ("history/runs/index.db", "asset_keys", "last_materialization", "EventLogRecord"),
        ("history/runs/index.db", "asset_check_executions", "evaluation_event", "EventLogEntry"),
        ("schedules/schedules.db", "instigators", "instigator_body", "InstigatorState"),
        ("schedules/schedules.db", "jobs", "job_body", "InstigatorState"),
        ("schedules/schedules.db", "job_ticks", "tick_body", "TickData"),
    )
    for pattern, table, column, kind in columns:
        for path in glob.glob(os.path.join(home, pattern)):
            with sqlite3.connect(path) as database:
                for (text,) in database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):
                    yield kind, text
                    yield from parts(json.loads(text))
    with sqlite3.connect(os.path.join(home, "history/runs.db")) as database:
        for body, kind in database.execute("SELECT snapshot_body, snapshot_type FROM snapshots"):
            yield {"PIPELINE": "JobSnap", "EXECUTION_PLAN": "PlanSnap"}[kind], zlib.decompress(body).decode()


def main(home, output):
    os.makedirs(home, exist_ok=True)
    os.environ["DAGSTER_HOME"] = home
    os.environ["TOKEN"] = "t"
    with dg.DagsterInstance.get() as instance:
        execute_jobs(instance)
        report_rare_rows(instance)
        with workspace(instance) as context:
            run_daemons(context)
        sent = list(snapshots(instance))
    with open(output, "w", encoding="utf-8") as file:
        for kind, text in [*sent, *rows(home)]:
            file.write(f"{kind}\t{text}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
