"""definitions_home.py: fills the home $DAGSTER_HOME as the real daemon would, through the real storage.

States of schedules and sensors, ticks of each status with what they logged, and evaluations of automation.
"""

import json
import os
import time
import warnings

import dagster as dg
from dagster._core.definitions.sensor_definition import SensorType
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.storage.compute_log_manager import ComputeIOType
from dagster._utils.error import SerializableErrorInfo

warnings.filterwarnings("ignore")

LOG_KEY = ["__repository__", "counting_sensor", "1"]


def origin_of(port: int, name: str) -> RemoteInstigatorOrigin:
    location = GrpcServerCodeLocationOrigin(host="localhost", port=port, location_name="compat_defs")
    return RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), name)


def add_states(instance: dg.DagsterInstance, port: int) -> None:
    states = [
        ("pipeline_schedule", InstigatorType.SCHEDULE, InstigatorStatus.RUNNING,
         ScheduleInstigatorData("0 3 * * *", time.time() - 3600)),
        ("showcase_schedule", InstigatorType.SCHEDULE, InstigatorStatus.DECLARED_IN_CODE,
         ScheduleInstigatorData(["0 * * * *", "30 12 * * 1"])),
        ("counting_sensor", InstigatorType.SENSOR, InstigatorStatus.RUNNING,
         SensorInstigatorData(time.time() - 60, "key", 3600, "cursor 1", sensor_type=SensorType.STANDARD)),
        ("skipping_sensor", InstigatorType.SENSOR, InstigatorStatus.STOPPED,
         SensorInstigatorData(min_interval=3600, sensor_type=SensorType.STANDARD)),
    ]
    for name, kind, status, data in states:
        instance.add_instigator_state(InstigatorState(origin_of(port, name), kind, status, data))


def add_ticks(instance: dg.DagsterInstance, port: int) -> None:
    error = SerializableErrorInfo("it broke\n", ["  a line\n"], "ValueError", None, None)
    asked = dg.RunRequest(partition_key="eu", asset_selection=[dg.AssetKey("region_totals"), dg.AssetKey("raw_data")])
    ticks = [
        ("counting_sensor", TickStatus.SKIPPED, {"skip_reason": "nothing new", "cursor": "1"}),
        ("counting_sensor", TickStatus.FAILURE, {"error": error, "failure_count": 1}),
        ("counting_sensor", TickStatus.SUCCESS, {"run_requests": [asked], "run_ids": ["backfill"], "run_keys": ["a", "b"],
                                                 "log_key": LOG_KEY}),
        ("counting_sensor", TickStatus.STARTED, {}),
        ("pipeline_schedule", TickStatus.SUCCESS, {"run_ids": []}),
        ("pipeline_schedule", TickStatus.SKIPPED, {}),
    ]
    now = time.time()
    for age, (name, status, fields) in enumerate(ticks):
        kind = InstigatorType.SENSOR if name.endswith("sensor") else InstigatorType.SCHEDULE
        origin = origin_of(port, name)
        instance.create_tick(TickData(
            instigator_origin_id=origin.get_id(), selector_id=origin.get_selector().get_id(), instigator_name=name,
            instigator_type=kind, status=status, timestamp=now - 1000 * (age + 1) - 0.123456789, end_timestamp=now,
            **fields,
        ))


def add_log(instance: dg.DagsterInstance) -> None:
    lines = [
        {"created": 1700000000.5, "levelno": 20, "dagster_meta": {"orig_message": "looked"}},
        {"created": 1700000001.5, "levelno": 40, "dagster_meta": {"orig_message": "failed"}, "exc_info": "Traceback"},
    ]
    with instance.compute_log_manager.open_log_stream(LOG_KEY, ComputeIOType.STDERR) as out:
        for line in lines:
            out.write(json.dumps(line) + "\n")


def add_evaluations(instance: dg.DagsterInstance) -> None:
    import compat_defs

    found = dg.evaluate_automation_conditions(compat_defs.defs, instance).results
    for evaluation_id in (7, 9):
        instance.schedule_storage.add_auto_materialize_asset_evaluations(
            evaluation_id, [each.serializable_evaluation.with_run_ids({f"run{evaluation_id}"}) for each in found]
        )


with dg.DagsterInstance.get() as home:
    server_port = int(os.environ["COMPAT_PORT"])
    add_states(home, server_port)
    add_ticks(home, server_port)
    add_log(home)
    add_evaluations(home)
