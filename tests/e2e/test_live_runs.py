"""A run over the web server of `tidemill dev`: launched by GraphQL, watched live to its end."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tidemill import LOCATION, Dev, Tidemill

REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "dagster-pipelines"}
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId status } } ... on PythonError { message } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
LOG = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on MessageEvent { eventType stepKey timestamp } ... on LogsCapturedEvent { fileKey } } } } }"""
WATCH = """subscription($id: ID!, $cursor: String) { pipelineRunLogs(runId: $id, cursor: $cursor) {
  __typename ... on PipelineRunLogsSubscriptionSuccess { cursor hasMorePastEvents messages {
    ... on MessageEvent { eventType stepKey timestamp } ... on LogsCapturedEvent { fileKey } } }
  ... on PipelineRunLogsSubscriptionFailure { message missingRunId } } }"""
OUTPUT = """subscription($key: [String!]!) { capturedLogs(logKey: $key) { stdout stderr cursor } }"""
ENDED = {"RUN_SUCCESS", "RUN_FAILURE", "RUN_CANCELED"}
PATIENCE = 20


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(Tidemill(str(tmp_path_factory.mktemp("live") / "home")), "-l", LOCATION) as dev:
        dev.wait_for_locations()
        yield dev


def payloads(dev: Dev, query: str, variables: dict) -> Iterator[Any]:
    """What a subscription brings, until it is complete or the reader leaves."""
    with connect(dev.url.replace("http", "ws", 1) + "/graphql", subprotocols=["graphql-ws"], max_size=None) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {}}))
        socket.send(json.dumps({"id": "1", "type": "start", "payload": {"query": query, "variables": variables}}))
        while True:
            message = json.loads(socket.recv(timeout=PATIENCE))
            if message["type"] == "complete":
                return
            if message["type"] == "data":
                assert not message["payload"].get("errors"), message
                yield next(iter(message["payload"]["data"].values()))
            else:
                assert message["type"] in ("connection_ack", "ka"), message


def launch(dev: Dev, job: str, **more: Any) -> str:
    params = {"selector": {**REPOSITORY, "pipelineName": job}, "mode": "default", **more}
    result = dev.query(LAUNCH, {"params": params})["launchRun"]
    assert result["__typename"] == "LaunchRunSuccess", result
    return result["run"]["runId"]


def watch(dev: Dev, run_id: str, cursor: str | None = None) -> list[dict]:
    """The run's events as they come, up to its end."""
    events: list[dict] = []
    for payload in payloads(dev, WATCH, {"id": run_id, "cursor": cursor}):
        events += payload["messages"]
        if any(event["eventType"] in ENDED for event in payload["messages"]):
            break
    return events


@pytest.mark.parametrize("job,end", [("data_pipeline_job", "RUN_SUCCESS"), ("test_failure_job", "RUN_FAILURE")])
def test_a_run_is_launched_and_watched_to_its_end(dev: Dev, job: str, end: str) -> None:
    run_id = launch(dev, job)
    events = watch(dev, run_id)
    assert [event["eventType"] for event in events].count(end) == 1
    log = dev.query(LOG, {"id": run_id})["logsForRun"]["events"]
    assert events == log[: len(events)]


def test_from_a_cursor_only_later_events_come(dev: Dev) -> None:
    run_id = launch(dev, "data_pipeline_job")
    events = watch(dev, run_id)
    first = next(payloads(dev, WATCH, {"id": run_id, "cursor": None}))
    assert first["messages"][: len(events)] == events
    assert not first["hasMorePastEvents"]
    later = next(payloads(dev, WATCH, {"id": run_id, "cursor": first["cursor"]}))
    assert later["messages"] == []


def test_an_unknown_run_is_said_and_that_is_all(dev: Dev) -> None:
    (answer,) = payloads(dev, WATCH, {"id": "none", "cursor": None})
    assert answer == {
        "__typename": "PipelineRunLogsSubscriptionFailure",
        "message": "Could not load run with id none",
        "missingRunId": "none",
    }


def test_what_a_step_writes_is_streamed_until_it_ends(dev: Dev) -> None:
    run_id = launch(dev, "data_pipeline_job")
    captured = next(event for event in watch(dev, run_id) if "fileKey" in event)
    pieces = list(payloads(dev, OUTPUT, {"key": [run_id, "compute_logs", captured["fileKey"]]}))
    assert pieces
    whole = "".join(piece["stderr"] or "" for piece in pieces)
    question = "query($key: [String!]!) { capturedLogs(logKey: $key) { stderr } }"
    log_key = [run_id, "compute_logs", captured["fileKey"]]
    assert whole == (dev.query(question, {"key": log_key})["capturedLogs"]["stderr"] or "")


def test_whoever_watches_from_the_head_sees_a_queued_run_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("concurrency: {runs: {max_concurrent_runs: 0}}\n")
    with Dev(Tidemill(str(home)), "-l", LOCATION) as dev:
        dev.wait_for_locations()
        run_id = launch(dev, "data_pipeline_job")
        assert dev.query(STATUS, {"id": run_id})["runOrError"]["status"] == "QUEUED"
        with ThreadPoolExecutor(1) as pool:
            watched = pool.submit(watch, dev, run_id, "HEAD")
            time.sleep(0.5)  # Nothing tells that the subscription has begun.
            dev.query('mutation { terminateRun(runId: "%s") { __typename } }' % run_id)
            assert [event["eventType"] for event in watched.result()] == ["RUN_CANCELING", "RUN_CANCELED"]
        assert dev.query(STATUS, {"id": run_id})["runOrError"]["status"] == "CANCELED"
