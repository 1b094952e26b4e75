"""The assets of the GraphQL API: each operation of the UI about them, asked of the real server and of ours."""

from collections.abc import Callable
from functools import lru_cache

import pytest
import ui_operations
from api_reference import Candidate, Reference, differences

# The reference builds these lists from sets.
UNORDERED = frozenset({"dependedBy", "dependencies", "assetsLatestInfo", "requiredResources", "assetsForSameStorageAddress"})
# Paths of fields whose value is each implementation's own, and why.
OWN_WORDS = {
    "partitionMapping.description": "a sentence for people",
    "type.displayName": "the name of a C++ type",
}


@lru_cache
def operations() -> dict[str, dict[str, str]]:
    return ui_operations.extract(ui_operations.bundle_dir())


@pytest.fixture(scope="session")
def asset_keys(servers: tuple[Reference, Candidate]) -> list[dict]:
    _, body = servers[0].ask("{ assetNodes { assetKey { path } } }")
    return [{"path": node["assetKey"]["path"]} for node in body["data"]["assetNodes"]]


def each(name: str) -> Callable[[list[dict]], list[dict]]:
    return lambda keys: [{name: key} for key in keys]


def together(name: str, **more: object) -> Callable[[list[dict]], list[dict]]:
    return lambda keys: [{name: keys, **more}]


def once(**variables: object) -> Callable[[list[dict]], list[dict]]:
    return lambda _: [variables]


CASES: dict[str, Callable[[list[dict]], list[dict]]] = {
    "LocationWorkspaceAssetsQuery": once(name="dagster_pipelines"),
}


@pytest.mark.parametrize("name", CASES)
def test_operation(name: str, servers: tuple[Reference, Candidate], asset_keys: list[dict]) -> None:
    reference, candidate = servers
    document = operations()[name]["document"]
    found = []
    for variables in CASES[name](asset_keys):
        expected = reference.ask(document, variables, name)
        answer = candidate.ask(document, variables, name)
        found += [f"{variables}: {line}" for line in differences(expected[1], answer[1], UNORDERED) if not is_own(line)]
        if expected[0] != answer[0]:
            found.append(f"{variables}: status {expected[0]} and {answer[0]}")
    assert not found, "\n".join(found[:20])


def is_own(line: str) -> bool:
    return any(path in line.split(": ")[0] for path in OWN_WORDS)
