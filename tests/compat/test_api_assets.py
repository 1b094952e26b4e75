"""The assets of the GraphQL API: each operation of the UI about them, asked of the real server and of ours."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache

import pytest
import ui_operations
from api_reference import REPOSITORY, Candidate, Reference, differences

# The reference builds these lists from sets.
UNORDERED = frozenset({
    "dependedBy", "dependencies", "assetsLatestInfo", "requiredResources", "assetsForSameStorageAddress",
    "assetMaterializationUsedData", "rules", "recursiveConfigTypes",
})
EVERY_KIND = ["MATERIALIZATION", "OBSERVATION", "FAILED_TO_MATERIALIZE"]


@lru_cache
def operations() -> dict[str, dict[str, str]]:
    return ui_operations.extract(ui_operations.bundle_dir())


@pytest.fixture(scope="session")
def known(servers: tuple[Reference, Candidate]) -> "Known":
    return Known(servers[0])


class Known:
    """What there is to ask about, as the reference says."""

    def __init__(self, reference: Reference):
        _, body = reference.ask(FACTS)
        nodes = body["data"]["assetNodes"]
        self.keys = [{"path": node["assetKey"]["path"]} for node in nodes]
        self.partitions = [(key, node["partitionKeys"]) for key, node in zip(self.keys, nodes) if node["partitionKeys"]]
        self.checks = [
            (key, check["name"]) for key, node in zip(self.keys, nodes)
            for check in node["assetChecksOrError"].get("checks", [])
        ]
        self.made = [
            (key, node["assetMaterializations"][0]["timestamp"]) for key, node in zip(self.keys, nodes)
            if node["assetMaterializations"]
        ]
        self.jobs = sorted({job for node in nodes for job in node["jobNames"]})


FACTS = """{ assetNodes { assetKey { path } partitionKeys jobNames assetMaterializations(limit: 1) { timestamp }
  assetChecksOrError { ... on AssetChecks { checks { name } } } } }"""
Variables = Callable[[Known], list[dict]]


def each(name: str, **more: object) -> Variables:
    return lambda known: [{name: key, **more} for key in known.keys]


def every(name: str, **more: object) -> Variables:
    return lambda known: [{name: known.keys, **more}]


def once(**variables: object) -> Variables:
    return lambda _: [variables]


def each_check(**more: object) -> Variables:
    return lambda known: [{"assetKey": key, "checkName": name, **more} for key, name in known.checks]


def partitions(name: str, select: Callable[[list[str]], object]) -> Variables:
    return lambda known: [{"assetKey": key, name: select(keys)} for key, keys in known.partitions]


def each_made(name: str) -> Variables:
    return lambda known: [{"assetKey": key, name: timestamp} for key, timestamp in known.made]


def each_job(name: str) -> Variables:
    return lambda known: [{name: {**REPOSITORY, "pipelineName": job}} for job in known.jobs]


CASES: dict[str, Variables] = {
    "AssetCheckDetailsQuery": each_check(limit=25),
    "AssetCheckPartitionDetailQuery": lambda known: [
        {"assetKey": key, "checkName": name, "partitionKey": partition}
        for key, name in known.checks for asset, keys in known.partitions if asset == key for partition in keys[:3]
    ],
    "AssetCheckPartitionHealthQuery": each_check(),
    "AssetChecksQuery": each("assetKey"),
    "AssetDefinitionCollisionQuery": every("assetKeys"),
    "AssetForNavigationQuery": each("key"),
    "AssetGraphLiveQuery": every("assetKeys"),
    "AssetGroupAndLocationQuery": each("assetKey"),
    "AssetHealthQuery": every("assetKeys"),
    "AssetMaterializationUpstreamQuery": each_made("timestamp"),
    "AssetOverviewMetadataEventsQuery": each("assetKey"),
    "AssetPartitionDetailQuery": partitions("partitionKey", lambda keys: keys[0]),
    "AssetPartitionEventsQuery": partitions("partitions", lambda keys: keys[:400]),
    "AssetPartitionStaleQuery": partitions("partitionKey", lambda keys: keys[-1]),
    "AssetRecordsQuery": once(limit=100),
    "AssetStaleStatusDataQuery": every("assetKeys"),
    "AssetsFreshnessInfoQuery": every("assetKeys"),
    "AssetsOverviewRootQuery": each("assetKey"),
    "AssetsPermissionsQuery": every("assetKeys"),
    "FreshnessStatusQuery": each("assetKey"),
    "FullPartitionsQuery": each("assetKey"),
    "LatestAssetPartitionsQuery": each("assetKey", limit=7),
    "LaunchAssetCheckUpstreamQuery": every("assetKeys"),
    "LaunchAssetLoaderJobQuery": each_job("job"),
    "LaunchAssetLoaderQuery": every("assetKeys"),
    "LocationWorkspaceAssetsManifestQuery": once(name="dagster_pipelines"),
    "LocationWorkspaceAssetsQuery": once(name="dagster_pipelines"),
    "OverduePopoverQuery": each_made("timestamp"),
    "PartitionHealthQuery": each("assetKey"),
    "RecentAssetEventsForCatalogViewQuery": each("assetKey", limit=20, eventTypeSelectors=EVERY_KIND),
    "RecentAssetEventsQuery": each("assetKey", limit=20, eventTypeSelectors=EVERY_KIND),
    "ReportEventPartitionDefinitionQuery": each("assetKey"),
    "OpsRootQuery": once(repositorySelector=REPOSITORY),
    "SidebarAssetQuery": each("assetKey"),
    "SingleNonSDAAssetQuery": each("input"),
    "WorkspaceGraphsQuery": once(selector=REPOSITORY),
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
def test_operation(name: str, servers: tuple[Reference, Candidate], known: Known) -> None:
    reference, candidate = servers
    document = operations()[name]["document"]
    found = []
    for variables in CASES[name](known):
        expected = reference.ask(document, variables, name)
        answer = candidate.ask(document, variables, name)
        found += [f"{str(variables):.80}: {line}" for line in differences(expected[1], answer[1], UNORDERED)]
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


WRITER = """
import sys
from dagster import AssetMaterialization, DagsterInstance
from dagster._core.instance.ref import InstanceRef
for home in sys.argv[1:]:
    with DagsterInstance.from_ref(InstanceRef.from_dir(home)) as instance:
        for day in ("2024-01-02", "2024-01-04"):
            instance.report_runless_asset_event(AssetMaterialization("daily_orders", partition=day))
"""


def test_partitions_follow_what_python_writes(servers: tuple[Reference, Candidate]) -> None:
    variables = {"assetKey": {"path": ["daily_orders"]}}
    document = operations()["PartitionHealthQuery"]["document"]
    assert_same(servers, document, variables)
    subprocess.run([sys.executable, "-c", WRITER, *(server.home for server in servers)], check=True)
    assert_same(servers, document, variables)
