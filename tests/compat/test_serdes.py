"""Whatever serdes text the real Dagster writes, Tidemill must decode and encode to the same bytes."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

# What the captured instance must hold, so that a definition which stopped working is noticed.
KINDS = {
    "AssetKey", "AssetNodeSnap", "DaemonHeartbeat", "DagsterEvent", "ErrorInfo", "EventLogEntry", "EventLogRecord",
    "InstigatorState", "JobDataSnap", "JobSnap", "Json", "KnownState", "PlanSnap", "RepositorySnap", "Run", "TickData",
}
EVENTS = {
    "ASSET_CHECK_EVALUATION", "ASSET_CHECK_EVALUATION_PLANNED", "ASSET_FAILED_TO_MATERIALIZE", "ASSET_MATERIALIZATION",
    "ASSET_MATERIALIZATION_PLANNED", "ASSET_OBSERVATION", "ENGINE_EVENT", "HANDLED_OUTPUT", "HOOK_COMPLETED",
    "HOOK_ERRORED", "LOADED_INPUT", "LOGS_CAPTURED", "PIPELINE_CANCELED", "PIPELINE_ENQUEUED", "PIPELINE_FAILURE",
    "PIPELINE_START", "PIPELINE_SUCCESS", "RESOURCE_INIT_STARTED", "RESOURCE_INIT_SUCCESS", "STEP_EXPECTATION_RESULT",
    "STEP_FAILURE", "STEP_INPUT", "STEP_OUTPUT", "STEP_RESTARTED", "STEP_START", "STEP_SUCCESS", "STEP_UP_FOR_RETRY",
    "STEP_WORKER_STARTED", "STEP_WORKER_STARTING",
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> list[tuple[str, str]]:
    """Type and text of everything that the real Dagster wrote for serdes_defs."""
    folder = tmp_path_factory.mktemp("serdes")
    script = Path(__file__).with_name("serdes_capture.py")
    result = subprocess.run(
        [sys.executable, script, folder / "home", folder / "texts"], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-4000:]
    lines = (folder / "texts").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t", 1)) for line in lines]


@pytest.fixture(scope="module")
def rewritten(build_dir, written) -> list[str]:
    """The same texts, decoded and encoded by Tidemill."""
    probe = build_dir / "libs" / "serdes" / "tidemill_serdes_probe"
    lines = "".join(f"{kind}\t{text}\n" for kind, text in written)
    return subprocess.run([probe], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_comes_back_byte_for_byte(kind, written, rewritten):
    assert len(written) == len(rewritten)
    pairs = [(text, ours) for (its_kind, text), ours in zip(written, rewritten) if its_kind == kind]
    assert pairs
    for text, ours in pairs:
        assert ours == text
        assert hashlib.sha1(ours.encode()).digest() == hashlib.sha1(text.encode()).digest()


def test_the_instance_holds_all_kinds_of_events(written):
    assert any(json.loads(text)["dagster_event"] is None for kind, text in written if kind == "EventLogEntry")
    assert EVENTS <= {json.loads(text)["event_type_value"] for kind, text in written if kind == "DagsterEvent"}


def test_snapshot_ids_are_those_of_dagster(written, rewritten):
    """A run names its snapshots by the hash of their text."""
    hashes = {hashlib.sha1(ours.encode()).hexdigest() for ours in rewritten}
    runs = [json.loads(text) for kind, text in written if kind == "Run"]
    for column in ("pipeline_snapshot_id", "execution_plan_snapshot_id"):
        ids = {run[column] for run in runs if run[column]}
        assert ids and ids <= hashes
