"""The assets of the GraphQL API: each operation of the UI about them, asked of the real server and of ours."""

import re
import sqlite3
from collections.abc import Callable
from functools import lru_cache

import pytest
import ui_operations
from api_reference import Candidate, Reference, differences

# The reference builds these lists from sets.
UNORDERED = frozenset({"dependedBy", "dependencies", "assetsLatestInfo", "requiredResources", "assetsForSameStorageAddress"})

@lru_cache
def operations() -> dict[str, dict[str, str]]:
    return ui_operations.extract(ui_operations.bundle_dir())


@pytest.fixture(scope="session")
def asset_keys(servers: tuple[Reference, Candidate]) -> list[dict]:
    _, body = servers[0].ask("{ assetNodes { assetKey { path } } }")
    return [{"path": node["assetKey"]["path"]} for node in body["data"]["assetNodes"]]


def each(name: str, **more: object) -> Callable[[list[dict]], list[dict]]:
    return lambda keys: [{name: key, **more} for key in keys]


def once(**variables: object) -> Callable[[list[dict]], list[dict]]:
    return lambda _: [variables]


CASES: dict[str, Callable[[list[dict]], list[dict]]] = {
    "FullPartitionsQuery": each("assetKey"),
    "LatestAssetPartitionsQuery": each("assetKey", limit=7),
    "LocationWorkspaceAssetsManifestQuery": once(name="dagster_pipelines"),
    "LocationWorkspaceAssetsQuery": once(name="dagster_pipelines"),
    "PartitionHealthQuery": each("assetKey"),
    "ReportEventPartitionDefinitionQuery": each("assetKey"),
}
DEFINITION = """{ assetNodes {
  id assetKey { path } computeKind graphName groupName opName opNames opVersion jobNames tags { key value } kinds pools
  isVirtual isObservable changedReasons backfillPolicy { maxPartitionsPerRun description policyType }
  automationCondition { label expandedLabel } dependedBy { asset { id } partitionMapping { className } }
  dependedByKeys { path } dependencies { asset { id } partitionMapping { className } } repository { name }
  partitionDefinition { description type dimensionTypes { name description type isPrimaryDimension } name fmt }
  partitionKeys jobs { name } op { name description } opTags { key value } requiredResources { resourceKey }
  configField { configTypeKey isRequired } type { key displayName } partitionStats { numMaterialized numFailed }
  staleStatus dataVersion staleCauses { key { path } category reason dependency { path } dependencyPartitionKey } } }"""
STALE_PARTITIONS = """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  staleStatusByPartition dataVersionByPartition staleCausesByPartition { category reason partitionKey } } } }"""
ASSETS = """{ assetsOrError%s { __typename ... on AssetConnection { cursor nodes { id key { path } definition { id }
  latestEventSortKey latestMaterializationTimestamp latestObservationTimestamp hasDefinitionOrRecord } } } }"""
RECORDS = """{ assetRecordsOrError%s { __typename ... on AssetRecordConnection { cursor assets { id key { path } } } } }"""
PAGES = ("", "(limit: 3)", '(limit: 3, cursor: "[\\"orders\\"]")', '(prefix: ["marts"])')
QUESTIONS = [DEFINITION, *(ASSETS % page for page in PAGES), *(RECORDS % page for page in PAGES)]
# In order, on both; DEFINITION is asked again behind the last.
MUTATIONS = [
    'reportRunlessAssetEvents(eventParams: { eventType: ASSET_MATERIALIZATION, assetKey: { path: ["raw_data"] } })'
    " { ... on ReportRunlessAssetEventsSuccess { assetKey { path } } }",
    'reportRunlessAssetEvents(eventParams: { eventType: ASSET_MATERIALIZATION, assetKey: { path: ["weather_raw"] },'
    ' partitionKeys: ["2015-03-01", "2015-04-01"] }) { ... on ReportRunlessAssetEventsSuccess { assetKey { path } } }',
    'reportRunlessAssetEvents(eventParams: { eventType: ASSET_OBSERVATION, assetKey: { path: ["orders_feed"] } })'
    " { ... on ReportRunlessAssetEventsSuccess { assetKey { path } } }",
    'reportAssetCheckEvaluations(eventParams: { assetKey: { path: ["raw_data"] }, checkName: "c", passed: true })'
    " { ... on ReportAssetCheckEvaluationsSuccess { checkName assetKey { path } } }",
    'wipeAssets(assetPartitionRanges: [{ assetKey: { path: ["customers"] } }])'
    " { ... on AssetWipeSuccess { assetPartitionRanges { assetKey { path } partitionRange { start end } } } }",
    'wipeAssets(assetPartitionRanges: [{ assetKey: { path: ["weather_raw"] }, partitions: { range: {'
    ' start: "2015-03-01", end: "2015-04-01" } } }]) { ... on UnsupportedOperationError { message } }',
    "setAutoMaterializePaused(paused: false)",
]


@pytest.mark.parametrize("name", CASES)
def test_operation(name: str, servers: tuple[Reference, Candidate], asset_keys: list[dict]) -> None:
    reference, candidate = servers
    document = operations()[name]["document"]
    found = []
    for variables in CASES[name](asset_keys):
        expected = reference.ask(document, variables, name)
        answer = candidate.ask(document, variables, name)
        found += [f"{variables}: {line}" for line in differences(expected[1], answer[1], UNORDERED)]
        if expected[0] != answer[0]:
            found.append(f"{variables}: status {expected[0]} and {answer[0]}")
    assert not found, "\n".join(found[:20])


def assert_same(servers: tuple[Reference, Candidate], query: str, variables: dict | None = None) -> None:
    expected, answer = (server.ask(query, variables) for server in servers)
    found = list(differences(expected[1], answer[1], UNORDERED))
    assert expected[0] == answer[0] and not found, "\n".join(found[:20])


@pytest.mark.parametrize("query", QUESTIONS)
def test_question(query: str, servers: tuple[Reference, Candidate]) -> None:
    assert_same(servers, query)


def test_staleness_of_partitions(servers: tuple[Reference, Candidate]) -> None:
    _, body = servers[0].ask("{ assetNodes { assetKey { path } isPartitioned } }")
    keys = [{"path": node["assetKey"]["path"]} for node in body["data"]["assetNodes"] if node["isPartitioned"]]
    assert keys
    for key in keys:
        assert_same(servers, STALE_PARTITIONS, {"key": key})


def stored(home: str) -> list[tuple]:
    """What the mutations wrote, without its times. An empty set of tags may be written as null."""
    database = sqlite3.connect(f"file:{home}/history/runs/index.db?mode=ro", uri=True)
    try:
        events = database.execute("select event, asset_key, partition from event_logs where run_id = '' order by id")
        masked = [(re.sub(r'"timestamp": [\d.]+', "", event).replace('"tags": null', '"tags": {}'), *rest)
                  for event, *rest in events]
        checks = database.execute("select asset_key, check_name, execution_status, partition from asset_check_executions"
                                  " where run_id = ''")
        return masked + list(checks)
    finally:
        database.close()


def test_mutations(servers: tuple[Reference, Candidate]) -> None:
    for mutation in MUTATIONS:
        assert_same(servers, f"mutation {{ {mutation} }}")
    assert_same(servers, DEFINITION)
    rows = [stored(server.home) for server in servers]
    assert rows[0] == rows[1] and len(rows[0]) == 6
