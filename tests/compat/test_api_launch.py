"""Runs launched, executed again, terminated and deleted over GraphQL: the same requests to the real server and to ours.

Neither has a daemon here, so that runs stay in the queue."""

import re
from typing import Any

import pytest
from api_reference import REPOSITORY, Candidate, Reference, differences
from run_questions import EVENT, RUN

UNORDERED = frozenset({"assetSelection", "assetCheckSelection", "resolvedOpSelection", "assetChecks", "tags", "steps"})
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Of the moment, of the process, or of a location's own origin.
OWN = frozenset({"creationTime", "updateTime", "startTime", "endTime", "enqueuedTime", "timestamp", "id", "stack", "cursor", "failure"})

RESULT = (
    """__typename ... on LaunchRunSuccess { run { %s } }
  ... on PipelineNotFoundError { message pipelineName repositoryName } ... on InvalidSubsetError { pipeline { name } }
  ... on RunConfigValidationInvalid { pipelineName errors { __typename reason path } }
  ... on PresetNotFoundError { message preset } ... on ConflictingExecutionParamsError { message }
  ... on PythonError { failure: message }"""
    % RUN
)
LAUNCH = "mutation($params: ExecutionParams!) { launchRun(executionParams: $params) { %s } }" % RESULT
LAUNCH_ALL = (
    "mutation($params: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $params) {"
    " __typename ... on LaunchMultipleRunsResult { launchMultipleRunsResult { %s } } } }" % RESULT
)
AGAIN = (
    "mutation($params: ExecutionParams, $again: ReexecutionParams) {"
    " launchRunReexecution(executionParams: $params, reexecutionParams: $again) { %s } }" % RESULT
)
TERMINATED = "__typename ... on TerminateRunSuccess { run { status canTerminate } } ... on TerminateRunFailure { message run { status } } ... on RunNotFoundError { message }"
TERMINATE = (
    "mutation($id: String!, $policy: TerminateRunPolicy) { terminateRun(runId: $id, terminatePolicy: $policy) { %s } }"
    % TERMINATED
)
TERMINATE_ALL = (
    "mutation($ids: [String!]!) { terminateRuns(runIds: $ids) {"
    " __typename ... on TerminateRunsResult { terminateRunResults { %s } } } }" % TERMINATED
)
DELETE = "mutation($id: String!) { deleteRun(runId: $id) { __typename ... on RunNotFoundError { message } } }"
EVENTS = "query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { %s } } } }" % EVENT


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items() if key not in OWN}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return UUID.sub("<id>", value) if isinstance(value, str) else value


class Both:
    """Asks both servers, and fails where they answer differently."""

    def __init__(self, servers: tuple[Reference, Candidate]):
        self.servers = servers

    def ask(self, query: str, variables: list[dict]) -> list[Any]:
        answers = [server.ask(query, of_one) for server, of_one in zip(self.servers, variables)]
        assert answers[0][0] == answers[1][0], answers
        data = [answer[1]["data"] for answer in answers]
        assert all(data), answers
        assert list(differences(masked(data[0]), masked(data[1]), UNORDERED)) == [], answers[1][1].get("errors")
        return [next(iter(of_one.values())) for of_one in data]

    def launched(self, query: str, **variables: Any) -> list[str]:
        """The ids of the run that was launched, on the reference and on ours."""
        results = self.ask(query, [variables, variables])
        assert results[0]["__typename"] == "LaunchRunSuccess", results[0]
        ids = [result["run"]["runId"] for result in results]
        self.ask(EVENTS, [{"id": run_id} for run_id in ids])
        return ids


@pytest.fixture(scope="module")
def both(own_servers: tuple[Reference, Candidate]) -> Both:
    return Both(own_servers)


def params(job: str, **more: Any) -> dict:
    selector = {**REPOSITORY, "pipelineName": job, **more.pop("selector", {})}
    return {"selector": selector, "mode": "default", **more}


ROWS = {"ops": {"raw_data": {"config": {"rows": 50, "seed": 3}}}}
LAUNCHES = {
    "whole job": params("data_pipeline_job"),
    "configured": params("data_pipeline_job", runConfigData=ROWS),
    "YAML": params("data_pipeline_job", runConfigData="ops: {raw_data: {config: {rows: 7}}}"),
    "tags": params(
        "data_pipeline_job", executionMetadata={"tags": [{"key": "note", "value": "a"}, {"key": "dagster/priority", "value": "3"}]}
    ),
    "partition": params(
        "weather_month_job", executionMetadata={"tags": [{"key": "dagster/partition", "value": "2014-02-01"}]}
    ),
    "assets": params("__ASSET_JOB", selector={"assetSelection": [{"path": ["processed_data"]}, {"path": ["report"]}], "assetCheckSelection": []}),
    "ops": params("nested_job", selector={"solidSelection": ["one", "sixteenfold"]}),
    "steps": params("data_pipeline_job", stepKeys=["raw_data"]),
}
REFUSED = {
    "no such job": params("nothing_job"),
    "no such field": params("data_pipeline_job", runConfigData={"ops": {"raw_data": {"config": {"lines": 1}}}}),
    "wrong type": params("data_pipeline_job", runConfigData={"ops": {"raw_data": {"config": {"rows": "x"}}}}),
    "no YAML": params("data_pipeline_job", runConfigData="{"),
    "no such op": params("nested_job", selector={"solidSelection": ["nothing"]}),
    "no such step": params("data_pipeline_job", stepKeys=["nothing"]),
    "no such preset": {**params("data_pipeline_job", preset="nothing"), "mode": None},
    "preset and mode": params("data_pipeline_job", preset="nothing"),
}


@pytest.mark.parametrize("case", LAUNCHES)
def test_a_launched_run(case: str, both: Both) -> None:
    both.launched(LAUNCH, params=LAUNCHES[case])


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_launch(case: str, both: Both) -> None:
    results = both.ask(LAUNCH, [{"params": REFUSED[case]}] * 2)
    assert results[0]["__typename"] != "LaunchRunSuccess"


def test_several_runs_at_once(both: Both) -> None:
    wanted = [LAUNCHES["configured"], REFUSED["no such job"], LAUNCHES["assets"]]
    results = both.ask(LAUNCH_ALL, [{"params": wanted}] * 2)
    assert len(results[0]["launchMultipleRunsResult"]) == 3


def test_a_queued_run_is_terminated_and_executed_again(both: Both) -> None:
    for job in (LAUNCHES["tags"], LAUNCHES["assets"], LAUNCHES["steps"]):
        ids = both.launched(LAUNCH, params=job)
        both.ask(TERMINATE, [{"id": run_id} for run_id in ids])
        both.ask(EVENTS, [{"id": run_id} for run_id in ids])
        both.ask(TERMINATE, [{"id": run_id} for run_id in ids])
        for strategy in ("ALL_STEPS", "FROM_FAILURE", "FROM_ASSET_FAILURE"):
            again = {"strategy": strategy, "extraTags": [{"key": "why", "value": strategy}]}
            both.ask(AGAIN, [{"again": {"parentRunId": run_id, **again}} for run_id in ids])
        plain = {"strategy": "ALL_STEPS", "useParentRunTags": False}
        both.ask(AGAIN, [{"again": {"parentRunId": run_id, **plain}} for run_id in ids])


def test_steps_of_a_run_that_failed_are_executed_again(both: Both) -> None:
    question = '{ runsOrError(filter: { pipelineName: "failing_job", statuses: [FAILURE] }) { ... on Runs { results { runId } } } }'
    parent = both.servers[0].ask(question)[1]["data"]["runsOrError"]["results"][-1]["runId"]
    metadata = {"parentRunId": parent, "rootRunId": parent}
    resumed = {**metadata, "tags": [{"key": "dagster/is_resume_retry", "value": "true"}]}
    both.launched(AGAIN, params=params("failing_job", executionMetadata=resumed))
    both.launched(AGAIN, params=params("failing_job", executionMetadata=metadata))
    both.launched(AGAIN, params=params("failing_job", executionMetadata=metadata, stepKeys=["fails_with_metadata"]))


def test_what_cannot_be_executed_again(both: Both) -> None:
    ids = both.launched(LAUNCH, params=LAUNCHES["whole job"])
    for variables in (
        [{"again": {"parentRunId": run_id, "strategy": "FROM_FAILURE"}} for run_id in ids],
        [{"again": {"parentRunId": "none", "strategy": "ALL_STEPS"}}] * 2,
        [{}] * 2,
    ):
        assert both.ask(AGAIN, variables)[0]["__typename"] == "PythonError"


def test_runs_are_terminated_by_force_and_several_at_once(both: Both) -> None:
    ids = both.launched(LAUNCH, params=LAUNCHES["whole job"])
    both.ask(TERMINATE, [{"id": run_id, "policy": "MARK_AS_CANCELED_IMMEDIATELY"} for run_id in ids])
    both.ask(EVENTS, [{"id": run_id} for run_id in ids])
    others = both.launched(LAUNCH, params=LAUNCHES["ops"])
    both.ask(TERMINATE_ALL, [{"ids": [one, other, "none"]} for one, other in zip(others, ids)])


def test_a_deleted_run_is_gone(both: Both) -> None:
    ids = both.launched(LAUNCH, params=LAUNCHES["whole job"])
    for _ in range(2):
        both.ask(DELETE, [{"id": run_id} for run_id in ids])
    both.ask("query($id: ID!) { runOrError(runId: $id) { __typename } }", [{"id": run_id} for run_id in ids])
