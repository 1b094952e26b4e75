"""Schedules, sensors, resources, run configuration, partition sets, backfills and automation over GraphQL.

One real code server stands behind a real web server and behind our API, so that also ids must be equal.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import ui_operations
from api_reference import Candidate, Reference, differences, free_port

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "compat_defs"}
JOBS = ["__ASSET_JOB", "data_pipeline_job", "daily_job", "letters_job", "needs_config_job", "reporting_job", "showcase_job"]
SCHEDULES = ["pipeline_schedule", "daily_schedule", "showcase_schedule", "no_such_schedule"]
SENSORS = ["counting_sensor", "customer_sensor", "skipping_sensor", "both_assets_sensor", "analytics_automation",
           "default_automation_condition_sensor", "no_such_sensor"]
ASSETS = ["region_totals", "processed_data", "dashboard", "raw_data", "daily_orders"]
# The reference builds these lists from sets, and the messages of wrong configurations are our own.
UNORDERED = frozenset({"assetKeys", "steps", "partitionKeys", "partitionNames", "targetingInstigators", "assetBackfillStatuses", "recursiveConfigTypes",
                       "requestedAssetKeys", "requiredResources", "runIds", "truePartitionsForAutomationConditionEvaluationNode"})
OWN_WORDS = (".message:",)
# Of the implicit job the reference hashes sets in their order of the moment.
UNSTABLE = ("modes[0].id",)


class DefinitionsReference(Reference):
    def __init__(self, home: str, code_server: int):
        self.home = home
        self.port = free_port()
        self.log = open(f"{home}/webserver.log", "w")
        server = {"host": "localhost", "port": code_server, "location_name": "compat_defs"}
        Path(home, "workspace.yaml").write_text(json.dumps({"load_from": [{"grpc_server": server}]}))
        program = os.path.join(os.path.dirname(sys.executable), "dagster-webserver")
        self.process = subprocess.Popen(
            [program, "-w", f"{home}/workspace.yaml", "-p", str(self.port)],
            env=dict(os.environ, DAGSTER_HOME=home), stdout=self.log, stderr=self.log,
        )


class DefinitionsCandidate(Candidate):
    def __init__(self, home: str, build: str, code_server: int):
        self.home = home
        self.process = subprocess.Popen(
            [os.path.join(build, "libs", "api", "tidemill_api_probe"), home, f"compat_defs={code_server}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def ask(self, query: str, variables: dict | None = None, operation: str | None = None) -> tuple[int, Any]:
        request = {"query": query, "variables": variables or {}, "operationName": operation}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer["body"]


@pytest.fixture(scope="module")
def code_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("code_server")
    port = free_port()
    program = os.path.join(os.path.dirname(sys.executable), "dagster")
    with open(folder / "log.txt", "w") as log:
        process = subprocess.Popen(
            [program, "api", "grpc", "-p", str(port), "-h", "localhost", "-f", f"{HERE}/compat_defs.py", "-d", HERE,
             "--location-name", "compat_defs"],
            env=dict(os.environ, COMPAT_API_TOKEN="x", DAGSTER_HOME=str(folder)), stdout=log, stderr=log,
        )
        try:
            wait_for_port(process, port)
            yield port
        finally:
            process.kill()
            process.wait(timeout=30)


def wait_for_port(process: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the code server did not start")


@pytest.fixture(scope="module")
def both(
    code_server: int, build_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reference, Candidate]]:
    folder = tmp_path_factory.mktemp("definitions")
    home = folder / "reference"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = dict(os.environ, DAGSTER_HOME=str(home), COMPAT_PORT=str(code_server), COMPAT_API_TOKEN="x")
    subprocess.run([sys.executable, f"{HERE}/definitions_home.py"], env=environment, check=True, cwd=HERE)
    reference = DefinitionsReference(str(home), code_server)
    try:
        reference.wait()
        for params in BACKFILLS:
            reference.ask(LAUNCH, {"params": params})
        shutil.copytree(home, folder / "candidate")
        candidate = DefinitionsCandidate(str(folder / "candidate"), str(build_dir), code_server)
        yield reference, candidate
        candidate.close()
    finally:
        reference.close()


@lru_cache
def operations() -> dict[str, dict[str, str]]:
    return ui_operations.extract(ui_operations.bundle_dir())


def of(name: str) -> dict:
    return {**REPOSITORY, "pipelineName": name}


def keys(*names: str) -> list[dict]:
    return [{"path": [name]} for name in names]


LAUNCH = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) { __typename
  ... on LaunchBackfillSuccess { backfillId } ... on PartitionKeysNotFoundError { partitionKeys } } }"""
DAILY_SET = {"partitionSetName": "daily_job_partition_set", "repositorySelector": REPOSITORY}
BACKFILLS = [
    {"selector": DAILY_SET, "partitionNames": ["2024-01-02", "2024-01-03"], "tags": [{"key": "a", "value": "b"}],
     "title": "two days", "description": "why"},
    {"selector": DAILY_SET, "allPartitions": True, "fromFailure": True},
    {"assetSelection": keys("daily_orders", "rolling_orders"), "partitionNames": ["2024-01-02", "2024-01-05"]},
    {"partitionsByAssets": [{"assetKey": {"path": ["daily_orders"]}, "partitions": {"range": {
        "start": "2024-01-02", "end": "2024-01-06"}}}], "runConfigData": "{ops: {}}"},
]
WRONG_BACKFILLS = [
    {"selector": {**DAILY_SET, "partitionSetName": "no_such_set"}, "partitionNames": ["2024-01-02"]},
    {"selector": DAILY_SET, "partitionNames": ["1999-01-01"]},
    {"assetSelection": keys("daily_orders")},
    {"partitionNames": ["2024-01-02"]},
    {"assetSelection": keys("monthly_orders", "daily_orders"), "partitionNames": ["2024-01-02"]},
]
CONFIGS = ["{}", "{", "ops: {nothing: {config: 1}}", "ops: {configured: {config: {real: x, flag: {}, either: {file: a, tb: 3}}}}",
           "ops: {configured: {config: {integer: 1, numbers: [1, x], by_name: {a: b}, colour: GREEN, nested: 3}}}"]

CASES: dict[str, list[dict]] = {
    "PreviewConfigQuery": [{"pipeline": of(job), "runConfigData": text, "mode": "default"} for job in JOBS for text in CONFIGS],
    "ResourceRootQuery": [{"resourceSelector": {**REPOSITORY, "resourceName": name}} for name in ("api", "warehouse", "none")],
    "LaunchpadRootQuery": [of(job) for job in JOBS],
    "ScheduleRootQuery": [{"scheduleSelector": {**REPOSITORY, "scheduleName": name}} for name in SCHEDULES],
    "SingleScheduleQuery": [{"selector": {**REPOSITORY, "scheduleName": name}} for name in SCHEDULES],
    "ScheduleAssetSelectionQuery": [{"scheduleSelector": {**REPOSITORY, "scheduleName": name}} for name in SCHEDULES],
    "SensorRootQuery": [{"sensorSelector": {**REPOSITORY, "sensorName": name}} for name in SENSORS],
    "SingleSensorQuery": [{"selector": {**REPOSITORY, "sensorName": name}} for name in SENSORS],
    "TickHistoryQuery": [
        {"instigationSelector": {**REPOSITORY, "name": name}, "limit": 3, **more}
        for name in ("counting_sensor", "pipeline_schedule", "nothing")
        for more in ({}, {"statuses": ["FAILURE", "SUCCESS"]}, {"dayRange": 1})
    ],
    "TickTimelineQuery": [
        {"instigationSelector": {**REPOSITORY, "name": name}, "limit": 9} for name in ("counting_sensor", "pipeline_schedule")
    ],
    "GetEvaluationsQuery": [
        *({"assetKey": {"path": [name]}, "limit": 5} for name in ASSETS),
        {"assetKey": {"path": ["region_totals"]}, "limit": 1, "cursor": "9"},
        {"assetKey": {"path": ["report"]}, "assetCheckKey": {"assetKey": {"path": ["report"]}, "name": "report_is_short"},
         "limit": 5},
    ],
    "GetSlimEvaluationsQuery": [{"assetKey": {"path": [name]}, "limit": 5} for name in ASSETS],
    "GetEvaluationsSpecificPartitionQuery": [
        {"assetKey": {"path": ["region_totals"]}, "evaluationId": "7", "partition": name} for name in ("eu", "us")
    ],
    "AssetAutomationQuery": [{"assetKeys": keys(*ASSETS)}],
    "BackfillPreviewQuery": [
        {"assetKeys": keys("daily_orders", "rolling_orders"), "partitionNames": ["2024-01-02", "2024-01-05"]}
    ],
    "ConfigPartitionSelectionQuery": [
        {"repositorySelector": REPOSITORY, "partitionSetName": "letters_job_partition_set", "partitionName": "a"}
    ],
    "ConfigPartitionsQuery": [
        {"repositorySelector": REPOSITORY, "partitionSetName": name}
        for name in ("letters_job_partition_set", "daily_job_partition_set", "none")
    ],
    "GetAutoMaterializePausedQuery": [{}],
    "WorkspaceResourcesQuery": [{"selector": REPOSITORY}],
}

SCHEMA = """query($job: PipelineSelector!) { runConfigSchemaOrError(selector: $job) { __typename ... on RunConfigSchema {
  rootDefaultYaml rootConfigType { key } allConfigTypes { key description typeParamKeys } } }
  executionPlanOrError(pipeline: $job, mode: "default") { __typename ... on ExecutionPlan { artifactsPersisted
    assetKeys { path } steps { key kind solidHandleID inputs { name dependsOn { key } } outputs { name } } } } }"""
STATES = """{ %s } """ % "".join(
    f"s{index}: instigationStateOrError(instigationSelector: {{ repositoryName: \"__repository__\","
    f" repositoryLocationName: \"compat_defs\", name: \"{name}\" }}) {{ __typename ... on InstigationState {{ id selectorId"
    " name instigationType status repositoryOrigin { id } runsCount runs { id } runningCount hasStartPermission"
    " typeSpecificData { ... on SensorData { lastTickTimestamp lastRunKey lastCursor } ... on ScheduleData { cronSchedule"
    " startTimestamp } } ticks { id tickId status timestamp endTimestamp skipReason cursor runIds runKeys originRunIds logKey"
    " error { message stack className } logEvents { events { message timestamp level } hasMore } requestedAssetKeys"
    " { path } requestedAssetMaterializationCount requestedMaterializationsForAssets { assetKey { path } partitionKeys }"
    " requestedJobRunCount autoMaterializeAssetEvaluationId instigationType } } ... on InstigationStateNotFoundError { name } }\n"
    for index, name in enumerate([*SCHEDULES, *SENSORS])
)
ALL = """query($repo: RepositorySelector!) { schedulesOrError(repositorySelector: $repo, scheduleStatus: RUNNING) {
    ... on Schedules { results { name } } }
  sensorsOrError(repositorySelector: $repo, sensorStatus: RUNNING) { ... on Sensors { results { name } } }
  scheduler { ... on Scheduler { schedulerClass } }
  utilizedEnvVarsOrError(repositorySelector: $repo) { ... on EnvVarWithConsumersList { results { envVarName
    envVarConsumers { type name } } } }
  repositoryOrError(repositorySelector: $repo) { ... on Repository { schedules { name futureTicks(until: 1900000000, limit: 3,
      cursor: 1800000000) { cursor results { timestamp } } potentialTickTimestamps(startTimestamp: 1800000000, upperLimit: 3,
      lowerLimit: 2) metadataEntries { label } owners { ... on TeamDefinitionOwner { team } } }
    sensors(sensorType: STANDARD) { name targets { pipelineName } metadata { assetKeys { path } } }
    partitionSets { id name pipelineName partitionsOrError(limit: 2, reverse: true) { ... on Partitions { results { name } } }
      partitionStatusesOrError { ... on PartitionStatuses { results { id runStatus } } } backfills(limit: 3) { id } } } } }"""
BACKFILL = """{ partitionBackfillsOrError { ... on PartitionBackfills { results { id status partitionNames numPartitions
  isValidSerialization numCancelable fromFailure partitionSetName timestamp endTimestamp partitionSet { id } runs { id }
  partitionStatuses { results { id partitionName runStatus } } partitionStatusCounts { runStatus count }
  isAssetBackfill assetBackfillData { rootTargetedPartitions { ranges { start end } partitionKeys } assetBackfillStatuses {
    ... on AssetPartitionsStatusCounts { assetKey { path } numPartitionsTargeted numPartitionsInProgress } } }
  user title description tags { key value } jobName assetSelection { path } } } } }"""
QUESTIONS = [*((SCHEMA, {"job": of(job)}) for job in JOBS), (STATES, {}), (ALL, {"repo": REPOSITORY}), (BACKFILL, {})]

# In order, on both; the states are asked again behind the last.
CHANGES = [
    *('startSchedule(scheduleSelector: %s) { __typename ... on ScheduleStateResult { scheduleState { id status } }'
      ' ... on ScheduleNotFoundError { scheduleName } }' % name for name in SCHEDULES[1:]),
    'resetSchedule(scheduleSelector: pipeline_schedule) { ... on ScheduleStateResult { scheduleState { status } } }',
    'startSensor(sensorSelector: customer_sensor) { ... on Sensor { canReset sensorState { status } } }',
    'startSensor(sensorSelector: counting_sensor) { ... on Sensor { canReset sensorState { status } } }',
    'setSensorCursor(sensorSelector: counting_sensor, cursor: "5") { ... on Sensor { sensorState { status typeSpecificData {'
    ' ... on SensorData { lastCursor lastRunKey } } } } }',
    'resetSensor(sensorSelector: skipping_sensor) { ... on Sensor { canReset sensorState { status } } }',
    'startSensor(sensorSelector: no_such_sensor) { ... on SensorNotFoundError { sensorName } }',
    'scheduleDryRun(selectorData: showcase_schedule, timestamp: 1800000000) { ... on DryRunInstigationTick { timestamp'
    ' evaluationResult { skipReason cursor runRequests { runKey runConfigYaml jobName tags { key value } } } } }',
    'sensorDryRun(selectorData: customer_sensor, cursor: "3") { ... on DryRunInstigationTick { evaluationResult { cursor'
    ' runRequests { runKey assetSelection { path } } dynamicPartitionsRequests { partitionKeys partitionsDefName type } } } }',
    'sensorDryRun(selectorData: skipping_sensor, cursor: null) { ... on DryRunInstigationTick { evaluationResult { skipReason } } }',
]


def compare(both: tuple[Reference, Candidate], document: str, variables: dict, unordered: frozenset[str] = UNORDERED) -> list[str]:
    (status, reference), (own_status, candidate) = (each.ask(document, variables) for each in both)
    found = [] if status == own_status else [f"status: {status} and {own_status} {candidate.get('errors')}"]
    found += differences(reference.get("data"), candidate.get("data"), unordered)
    return [f"{variables}: {each}" for each in found if not any(words in each for words in (*OWN_WORDS, *UNSTABLE))]


@pytest.mark.parametrize("name", CASES)
def test_operation(name: str, both: tuple[Reference, Candidate]) -> None:
    document = operations()[name]["document"]
    assert [line for variables in CASES[name] for line in compare(both, document, variables)] == []


@pytest.mark.parametrize("question", range(len(QUESTIONS)))
def test_question(question: int, both: tuple[Reference, Candidate]) -> None:
    assert compare(both, *QUESTIONS[question]) == []


def test_wrong_backfills_are_refused_alike(both: tuple[Reference, Candidate]) -> None:
    for params in WRONG_BACKFILLS:
        (_, reference), (_, candidate) = (each.ask(LAUNCH, {"params": params}) for each in both)
        assert reference["data"] == candidate["data"], params


def test_launched_backfills_are_written_alike(both: tuple[Reference, Candidate]) -> None:
    stored = []
    for each in both:
        for params in BACKFILLS:
            _, body = each.ask(LAUNCH, {"params": params})
            assert body["data"]["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", (params, body)
        stored.append(written_backfills(each.home)[-len(BACKFILLS) :])
    assert stored[0] == stored[1]


def written_backfills(home: str) -> list[dict]:
    """The rows as they are, but for ids and times; the order of sets and mappings does not count."""
    import sqlite3

    rows = sqlite3.connect(f"{home}/history/runs.db").execute(
        "SELECT status, action_type, selector_id, job_name, body FROM bulk_actions ORDER BY id"
    ).fetchall()
    return [[*row[:4], sorted_sets(json.loads(row[4]))] for row in rows]


def sorted_sets(value: Any) -> Any:
    if isinstance(value, dict):
        changed = {"backfill_id", "backfill_timestamp", "backfill_start_time"}
        return {
            key: sorted(map(json.dumps, map(sorted_sets, item))) if key in ("__set__", "__mapping_items__") else sorted_sets(item)
            for key, item in value.items() if key not in changed
        }
    return [sorted_sets(item) for item in value] if isinstance(value, list) else value


def test_changes_of_schedules_and_sensors(both: tuple[Reference, Candidate]) -> None:
    found = []
    for change in CHANGES:
        found += compare(both, "mutation { %s }" % with_selectors(change), {})
    found += [line for line in compare(both, STATES, {}) if "imestamp" not in line]
    assert found == []


def with_selectors(change: str) -> str:
    for name in [*SCHEDULES, *SENSORS]:
        kind = "scheduleName" if name.endswith("schedule") else "sensorName"
        text = f'{{ repositoryName: "__repository__", repositoryLocationName: "compat_defs", {kind}: "{name}" }}'
        change = change.replace(f"Selector: {name}", f"Selector: {text}").replace(f"Data: {name}", f"Data: {text}")
    return change
