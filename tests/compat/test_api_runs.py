"""Runs, their events and the instance over GraphQL: the same questions to the real server and to ours."""

import re
from typing import Any

import pytest
import ui_operations
from api_reference import Candidate, Reference, differences
from run_questions import EVENT, PLAN, RUN

# The reference builds these lists from sets.
UNORDERED = frozenset({"assetSelection", "assetCheckSelection", "assetKeys", "assetCheckKeys", "resolvedOpSelection", "steps", "values"})

FILTERS = (
    "",
    "(limit: 2)",
    "(filter: { statuses: [FAILURE, CANCELED] })",
    '(filter: { pipelineName: "data_pipeline_job" })',
    '(filter: { tags: [{ key: "dagster/partition", value: "2015-03-01" }] })',
    "(filter: { createdAfter: 1.5, updatedBefore: 1.5 })",
    '(filter: { runIds: ["none"] })',
    "(filter: { statuses: [] }, limit: 0)",
)
QUESTIONS = [
    *("{ runsOrError%s { __typename ... on Runs { count results { %s } } } }" % (page, RUN) for page in FILTERS),
    *("{ runIdsOrError%s { ... on RunIds { results } } }" % page for page in FILTERS),
    "{ runTagKeysOrError { ... on RunTagKeys { keys } } }",
    '{ runTagsOrError(tagKeys: ["dagster/partition", ".dagster/repository"]) { ... on RunTags { tags { key values } } } }',
    '{ runTagsOrError(tagKeys: ["dagster/partition"], valuePrefix: "2015-0", limit: 2)'
    " { ... on RunTags { tags { key values } } } }",
    '{ runOrError(runId: "none") { __typename ... on RunNotFoundError { runId message } } }',
    '{ runGroupOrError(runId: "none") { __typename ... on RunGroupNotFoundError { runId message } } }',
    '{ logsForRun(runId: "none") { __typename ... on RunNotFoundError { runId message } } }',
    '{ capturedLogs(logKey: ["none", "compute_logs", "none"]) { logKey stdout stderr cursor } }',
    '{ capturedLogs(logKey: ["none", "compute_logs", "none"], cursor: "3:4") { stdout stderr cursor } }',
    "{ instance { id hasInfo runQueuingSupported runLauncher { name } supportsConcurrencyLimits useAutoMaterializeSensors"
    " freshnessEvaluationEnabled minConcurrencyLimitValue maxConcurrencyLimitValue"
    " runQueueConfig { maxConcurrentRuns tagConcurrencyLimitsYaml isOpConcurrencyAware }"
    " poolConfig { poolGranularity defaultPoolLimit opGranularityRunBuffer }"
    " concurrencyLimits { concurrencyKey slotCount limit usingDefaultLimit }"
    " daemonHealth { id allDaemonStatuses { id daemonType required healthy lastHeartbeatErrors { message } }"
    ' daemonStatus(daemonType: "SENSOR") { daemonType required } } } }',
    '{ instance { concurrencyLimit(concurrencyKey: "none") { slotCount activeSlotCount activeRunIds pendingStepCount'
    " pendingStepRunIds assignedStepCount claimedSlots { runId } pendingSteps { runId } } } }",
]
# The reference needs a minute for the plan of a run with so many steps.
MANY_STEPS = 100
# What names the location's origin, and what paths of the copied home hold.
OF_THE_ORIGIN = re.compile(r"repositoryOrigin\.id")


def found(reference: tuple[int, Any], candidate: tuple[int, Any]) -> list[str]:
    assert reference[0] != 400, f"no question of this schema: {reference[1]['errors']}"
    if reference[0] != candidate[0]:
        return [f"status {reference[0]} and {candidate[0]}: {candidate[1].get('errors')}"]
    return [
        difference
        for difference in differences(reference[1]["data"], candidate[1]["data"], UNORDERED)
        if not OF_THE_ORIGIN.search(difference)
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_question(question: str, servers: tuple[Reference, Candidate]) -> None:
    assert found(*(server.ask(question) for server in servers)) == []


@pytest.fixture(scope="session")
def run_ids(servers: tuple[Reference, Candidate]) -> list[str]:
    _, body = servers[0].ask("{ runsOrError { ... on Runs { results { runId } } } }")
    ids = [run["runId"] for run in body["data"]["runsOrError"]["results"]]
    assert ids
    return ids


FEED_FILTERS = (
    None,
    {},
    {"statuses": ["FAILURE"]},
    {"statuses": ["QUEUED"]},
    {"tags": [{"key": "dagster/backfill", "value": "none"}]},
    {"pipelineName": "data_pipeline_job"},
)


@pytest.fixture(scope="session")
def operations() -> dict[str, dict[str, str]]:
    return ui_operations.extract(ui_operations.bundle_dir())


@pytest.mark.parametrize("view", ["RUNS", "ROOTS", "BACKFILLS"])
@pytest.mark.parametrize("name", ["RunsFeedRootQuery", "RunsFeedQuery", "RunFeedTabsCountQuery"])
def test_the_feed(name: str, view: str, servers: tuple[Reference, Candidate], operations: dict) -> None:
    for wanted in FEED_FILTERS:
        variables = {
            "limit": 7, "cursor": None, "view": view, "filter": wanted,
            "queuedFilter": wanted or {}, "inProgressFilter": {"statuses": ["STARTED"]},
        }
        assert found(*(server.ask(operations[name]["document"], variables, name) for server in servers)) == []


def test_the_feed_in_pages(servers: tuple[Reference, Candidate]) -> None:
    question = """query($after: String) { runsFeedOrError(limit: 3, view: RUNS, cursor: $after) {
      ... on RunsFeedConnection { cursor hasMore results { id creationTime } } } }"""
    after, pages = None, 0
    while True:
        answers = [server.ask(question, {"after": after}) for server in servers]
        assert found(*answers) == []
        feed = answers[0][1]["data"]["runsFeedOrError"]
        after, pages = feed["cursor"], pages + 1
        if not feed["hasMore"]:
            break
    assert pages > 2
    assert found(*(server.ask(question, {"after": "no cursor"}) for server in servers)) == []


def test_all_events_of_all_runs(servers: tuple[Reference, Candidate], run_ids: list[str]) -> None:
    question = "query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { cursor hasMore events { %s } } } }"
    seen: list[str] = []
    for run_id in run_ids:
        seen += found(*(server.ask(question % EVENT, {"id": run_id}) for server in servers))
    assert seen == []


def test_the_plan_of_each_run(servers: tuple[Reference, Candidate], run_ids: list[str]) -> None:
    steps = "query($id: ID!) { runOrError(runId: $id) { ... on Run { stepKeysToExecute } } }"
    question = "query($id: ID!) { runOrError(runId: $id) { ... on Run { %s } } }" % PLAN
    compared = 0
    for run_id in run_ids:
        _, body = servers[0].ask(steps, {"id": run_id})
        if len(body["data"]["runOrError"]["stepKeysToExecute"] or []) > MANY_STEPS:
            continue
        assert found(*(server.ask(question, {"id": run_id}) for server in servers)) == []
        compared += 1
    assert compared > 1


def test_events_in_pages(servers: tuple[Reference, Candidate], run_ids: list[str]) -> None:
    question = """query($id: ID!, $after: String) { runOrError(runId: $id) { ... on Run {
      eventConnection(afterCursor: $after, limit: 7) { cursor hasMore events { __typename } } } } }"""
    after, pages = None, 0
    while True:
        answers = [server.ask(question, {"id": run_ids[0], "after": after}) for server in servers]
        assert found(*answers) == []
        connection = answers[0][1]["data"]["runOrError"]["eventConnection"]
        after, pages = connection["cursor"], pages + 1
        if not connection["hasMore"]:
            break
    assert pages > 1


def test_the_group_of_each_run(servers: tuple[Reference, Candidate], run_ids: list[str]) -> None:
    question = "query($id: ID!) { runGroupOrError(runId: $id) { ... on RunGroup { rootRunId runs { runId } } } }"
    for run_id in run_ids:
        assert found(*(server.ask(question, {"id": run_id}) for server in servers)) == []


def test_captured_logs(servers: tuple[Reference, Candidate], run_ids: list[str]) -> None:
    events = "query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on LogsCapturedEvent { fileKey } } } } }"
    question = "query($key: [String!]!, $cursor: String, $limit: Int) { capturedLogs(logKey: $key, cursor: $cursor, limit: $limit) { logKey stdout stderr cursor } }"
    texts = 0
    for run_id in run_ids:
        _, body = servers[0].ask(events, {"id": run_id})
        for event in body["data"]["logsForRun"]["events"]:
            if "fileKey" not in event:
                continue
            for cursor, limit in ((None, None), (None, 5), ("3:0", 4)):
                variables = {"key": [run_id, "compute_logs", event["fileKey"]], "cursor": cursor, "limit": limit}
                answers = [server.ask(question, variables) for server in servers]
                assert found(*answers) == []
                texts += answers[0][1]["data"]["capturedLogs"]["stderr"] is not None
    assert texts > 0
