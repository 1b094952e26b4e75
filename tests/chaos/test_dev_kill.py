"""SIGKILL of `tidemill dev` while runs are queued and running: each run ends, none twice, none is lost."""

import os
import signal
import time
from collections import Counter

from tidemill import LOCATION, TIMEOUT_SECONDS, Dev, Tidemill

KILLS = 3
RUNS_BETWEEN = 17
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}

LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } } }"""
STATUSES = "{ runsOrError { ... on Runs { results { runId status } } } }"
EVENTS = "query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename } } } }"


def launch(dev: Dev, job: str) -> str:
    selector = {"repositoryLocationName": "dagster-pipelines", "repositoryName": "__repository__", "jobName": job}
    answer = dev.query(LAUNCH, {"params": {"selector": selector, "runConfigData": "{}"}})["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return answer["run"]["runId"]


def statuses_once_ended(dev: Dev) -> dict[str, str]:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        statuses = {run["runId"]: run["status"] for run in dev.query(STATUSES)["runsOrError"]["results"]}
        if set(statuses.values()) <= ENDED:
            return statuses
        assert time.monotonic() < deadline, Counter(statuses.values())
        time.sleep(0.1)


def test_no_run_is_lost_or_executed_twice(tmp_path):
    tidemill = Tidemill(str(tmp_path / "home"))
    launched = []
    for kill in range(KILLS):
        with Dev(tidemill, "-l", LOCATION) as dev:
            dev.wait_for_locations()
            launched += [launch(dev, "data_pipeline_job" if i % 3 else "retry_job") for i in range(RUNS_BETWEEN)]
            time.sleep(0.05 * kill)
            os.kill(dev.pid, signal.SIGKILL)
    with Dev(tidemill, "-l", LOCATION) as dev:
        statuses = statuses_once_ended(dev)
        assert set(statuses) == set(launched)
        for run_id in launched:
            events = Counter(event["__typename"] for event in dev.query(EVENTS, {"id": run_id})["logsForRun"]["events"])
            assert (events["RunStartEvent"], events["RunSuccessEvent"] + events["RunFailureEvent"]) == (1, 1), run_id
