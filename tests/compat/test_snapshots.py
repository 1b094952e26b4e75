"""The snapshot builders of the SDK and the pinned Dagster show the same definitions in the same words, field by field."""

import json
import subprocess
import warnings

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

warnings.filterwarnings("ignore")
import snapshot_defs  # noqa: E402

# The twins in C++ stand for the condition and the policy by their class alone.
CONDITION = "MissingAutomationCondition"


@pytest.fixture(scope="module")
def ours(build_dir):
    program = build_dir / "libs" / "sdk" / "src" / "snapshots" / "tidemill_snapshot_probe"
    assert program.exists(), f"{program} is not there: build the target tidemill_snapshot_probe"
    done = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def repository():
    return snapshot_defs.defs.get_repository_def()


def snap_of(value):
    return json.loads(serialize_value(value))


def differences(ours, theirs, path="$"):
    """Each place where the two differ, with both values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(set(ours) | set(theirs)):
            if name not in ours or name not in theirs:
                yield f"{path}.{name}: only {'theirs' if name in theirs else 'ours'}"
            else:
                yield from differences(ours[name], theirs[name], f"{path}.{name}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (a, b) in enumerate(zip(ours, theirs)):
            name = a.get("name", index) if isinstance(a, dict) else index
            yield from differences(a, b, f"{path}[{name}]")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{path}: ours {json.dumps(ours)[:300]} theirs {json.dumps(theirs)[:300]}"


def assert_same(ours, theirs):
    found = list(differences(ours, theirs))
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])


def by_name(items):
    return {item["name"]: item for item in items}


@pytest.mark.parametrize("name", [job.name for job in snapshot_defs.defs.get_repository_def().get_all_jobs()])
def test_a_job(ours, repository, name):
    job = by_name(ours["repository"]["external_pipeline_datas"])[name]
    assert_same(job["pipeline_snapshot"], snap_of(repository.get_job(name).get_job_snapshot()))


def test_the_repository(ours, repository):
    theirs = snap_of(RepositorySnap.from_def(repository, defer_snapshots=False))
    for side in (ours["repository"], theirs):
        for job in side["external_pipeline_datas"]:
            del job["pipeline_snapshot"]
    for node in theirs["external_asset_graph_data"]:
        if node["auto_materialize_policy"]:
            condition = node["auto_materialize_policy"]["asset_condition"]
            node["auto_materialize_policy"]["asset_condition"] = {"__class__": condition["__class__"]}
    assert_same(ours["repository"], theirs)


def test_references_to_jobs(ours, repository):
    theirs = snap_of(RepositorySnap.from_def(repository, defer_snapshots=True))
    assert_same(ours["deferred"]["external_job_refs"], theirs["external_job_refs"])
    assert ours["deferred"]["external_pipeline_datas"] is None


@pytest.mark.parametrize("name", list(snapshot_defs.OP_SUBSETS))
def test_a_part_by_ops(ours, repository, name):
    job, selection = snapshot_defs.OP_SUBSETS[name]
    part = repository.get_job(job).get_subset(op_selection=selection)
    assert_same(ours["op_subsets"][name]["snapshot"], snap_of(part.get_job_snapshot()))
    assert ours["op_subsets"][name]["id"] == part.get_job_snapshot_id()


@pytest.mark.parametrize("name", list(snapshot_defs.ASSET_SUBSETS))
def test_a_part_by_assets(ours, repository, name):
    job, assets, checks = snapshot_defs.ASSET_SUBSETS[name]
    part = repository.get_job(job).get_subset(
        asset_selection=frozenset(dg.AssetKey(path) for path in assets),
        asset_check_selection=None
        if checks is None
        else frozenset(dg.AssetCheckKey(dg.AssetKey(path[:-1]), path[-1]) for path in checks),
    )
    assert_same(ours["asset_subsets"][name]["snapshot"], snap_of(part.get_job_snapshot()))
    assert ours["asset_subsets"][name]["id"] == part.get_job_snapshot_id()
