"""Homes change hands: real Dagster opens what Tidemill wrote, Tidemill reads what real Dagster wrote."""

import collections
import json
import os
import shutil
import subprocess
import sys

import pytest
from comparison import Home
from scenarios import ENVIRONMENT, SCENARIOS
from tidemill import Tidemill

PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "open_with_dagster.py")


def probe(home: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, PROBE, home, *arguments], capture_output=True, text=True, timeout=300)


def test_dagster_opens_a_home_of_tidemill(
    tidemill_home: tuple[str, dict[str, str]], reference_folder: str, tmp_path
) -> None:
    """With the same statuses, event types, step results and materializations as in its own home."""
    home, runs = tidemill_home
    theirs, ours = str(tmp_path / "theirs"), str(tmp_path / "ours")
    shutil.copytree(f"{reference_folder}/home", theirs)
    shutil.copytree(home, ours)  # Opening a home lets Dagster repair it; the copy keeps the original as it is.

    with open(f"{reference_folder}/runs.json") as file:
        reference_runs = json.load(file)
    dumped = json.loads(probe(theirs, "--dump").stdout)["runs"]
    wanted = {}
    for name, run_id in reference_runs.items():
        run = dumped[run_id]
        wanted[runs[name]] = {
            "status": run["status"], "steps": run["steps"], "materializations": run["materializations"],
            "types": {kind: n for kind, n in run["types"].items() if not kind.startswith("RESOURCE_INIT")},
        }  # fmt: skip
        # Ours is a process of its own, which says so when it starts.
        wanted[runs[name]]["types"]["ENGINE_EVENT"] = run["types"].get("ENGINE_EVENT", 0) + 1
    expectations = tmp_path / "expect.json"
    expectations.write_text(json.dumps({"runs": wanted}))

    done = probe(ours, "--expect", str(expectations), "--min-runs", str(len(SCENARIOS)))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def dagster_home(reference_folder: str) -> tuple[Tidemill, Home]:
    with open(f"{reference_folder}/runs.json") as file:
        runs = json.load(file)
    home = f"{reference_folder}/home"
    return Tidemill(home, ENVIRONMENT), Home(home, runs)


def test_tidemill_lists_the_runs_of_dagster(dagster_home: tuple[Tidemill, Home]) -> None:
    tidemill, home = dagster_home
    listed = {run["run_id"]: run["status"] for run in tidemill.json("run", "list", "--limit", "1000")}
    assert listed == {home.runs[scenario.name]: scenario.status for scenario in SCENARIOS}


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_tidemill_reads_the_events_of_dagster(scenario: str, dagster_home: tuple[Tidemill, Home]) -> None:
    tidemill, home = dagster_home
    stored = home.rows(f"runs/{home.runs[scenario]}.db", "select dagster_event_type from event_logs order by id")

    output = tidemill.run("run", "logs", home.runs[scenario], "--json").stdout
    read = [json.loads(line)["event_type"] for line in output.splitlines()]

    assert read == [row["dagster_event_type"] for row in stored]


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_tidemill_shows_a_run_of_dagster(scenario: str, dagster_home: tuple[Tidemill, Home]) -> None:
    tidemill, home = dagster_home
    rows = home.rows(
        f"runs/{home.runs[scenario]}.db", "select dagster_event_type, step_key from event_logs where step_key is not null"
    )
    last = {row["step_key"]: row["dagster_event_type"] for row in rows if (row["dagster_event_type"] or "") in STEP_ENDS}

    shown = tidemill.json("run", "show", home.runs[scenario])

    assert collections.Counter(step["status"] for step in shown["steps"] if step["status"] in STEP_ENDS.values()) == (
        collections.Counter(STEP_ENDS[kind] for kind in last.values())
    )


STEP_ENDS = {"STEP_SUCCESS": "SUCCESS", "STEP_FAILURE": "FAILURE", "STEP_SKIPPED": "SKIPPED"}
