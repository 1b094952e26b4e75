"""SIGKILL of the run worker at seeded points of a run: nothing acknowledged is lost, and the rest can be made up for.

After each kill the files are whole, they hold every acknowledged event in order, and a re-execution from the failure ends
in success without running a finished step again. KILL_POINTS (200) and KILL_SEED (7) choose how many points and which.
"""

import json
import os
import random
import sqlite3
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tidemill import LOCATION, Tidemill

HERE = os.path.dirname(os.path.abspath(__file__))
POINTS = int(os.environ.get("KILL_POINTS", "200"))
SEED = int(os.environ.get("KILL_SEED", "7"))
AT_ONCE = 3  # Each with a home of its own, so that what is written before a kill is read after many others.


@dataclass(frozen=True)
class Shape:
    """The run that is killed: chains of steps, so that a re-execution loads outputs of the run that was killed."""

    job: str
    steps: int
    depth: int

    @property
    def environment(self) -> dict[str, str]:
        return {"FANOUT_STEPS": str(self.steps), "FANOUT_DEPTH": str(self.depth)}


IN_PROCESS = Shape("fanout_job", 1000, 10)
MULTIPROCESS = Shape("fanout_multiprocess_job", 100, 5)


def read(home: str, file: str, query: str, *parameters: str) -> list[tuple]:
    database = sqlite3.connect(f"{home}/history/{file}", timeout=30)
    try:
        return database.execute(query, parameters).fetchall()
    finally:
        database.close()


def steps_of(home: str, run_id: str, event_type: str) -> set[str]:
    query = "select step_key from event_logs where dagster_event_type = ?"
    return {row[0] for row in read(home, f"runs/{run_id}.db", query, event_type)}


def kill_once(tidemill: Tidemill, shape: Shape, point: dict[str, str]) -> tuple[str, list[dict]]:
    """Starts a run whose worker is killed at the point; gives its id and the events that were acknowledged."""
    run_id = str(uuid.uuid4())
    acknowledged = f"{tidemill.home}/acknowledged-{run_id}"
    killing = Tidemill(
        tidemill.home,
        dict(shape.environment, **point, KILL_LOCATION=LOCATION, KILL_ACKNOWLEDGED=acknowledged),
    )
    location = os.path.join(HERE, "killing_location.py")
    done = killing.run("job", "execute", "-j", shape.job, "--location", location, "--run-id", run_id, check=False)
    assert done.returncode in (0, 1), f"exit {done.returncode}: {done.stdout}{done.stderr}"
    lines = Path(acknowledged).read_bytes().split(b"\n")[:-1] if os.path.exists(acknowledged) else []
    return run_id, [json.loads(line)["event"] for line in lines]


def check_files_are_whole(home: str, run_id: str) -> None:
    for file in ("runs.db", "runs/index.db", f"runs/{run_id}.db"):
        if os.path.exists(f"{home}/history/{file}"):
            assert read(home, file, "pragma integrity_check") == [("ok",)], f"{file} is damaged"


def check_acknowledged_is_stored(home: str, run_id: str, acknowledged: list[dict]) -> None:
    rows = read(home, f"runs/{run_id}.db", "select event from event_logs order by id")
    stored = [json.loads(row[0]) for row in rows]
    if not acknowledged:
        return
    assert acknowledged[0] in stored, "the first acknowledged event is lost"
    start = stored.index(acknowledged[0])
    kept = stored[start : start + len(acknowledged)]
    assert kept == acknowledged, f"of {len(acknowledged)} acknowledged events, {len(kept)} are stored, or their order differs"


def check_reexecution_finishes(tidemill: Tidemill, shape: Shape, run_id: str) -> None:
    finished = steps_of(tidemill.home, run_id, "STEP_SUCCESS")
    again = Tidemill(tidemill.home, shape.environment)
    done = again.run("run", "reexecute", run_id, "--from-failure", "--location", LOCATION, check=False)
    if len(finished) == shape.steps:  # Killed between the last step's end and the run's: nothing is left to do.
        assert done.returncode == 2 and "has no step that failed or did not run" in done.stderr, done.stderr
        return
    assert done.returncode == 0, f"re-execution: exit {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    child, status = read(
        tidemill.home, "runs.db",
        "select run_id, status from runs where run_id in (select run_id from run_tags where key = 'dagster/parent_run_id' and value = ?)",
        run_id,
    )[0]  # fmt: skip
    assert status == "SUCCESS"
    made_up = steps_of(tidemill.home, child, "STEP_SUCCESS")
    assert not finished & steps_of(tidemill.home, child, "STEP_START"), "a finished step ran again"
    assert len(finished | made_up) == shape.steps


def seconds_of_a_run(tidemill: Tidemill, shape: Shape) -> float:
    timed = Tidemill(tidemill.home, shape.environment)
    start = time.monotonic()
    timed.run("job", "execute", "-j", shape.job, "--location", LOCATION)
    return time.monotonic() - start


def events_of_newest_run(home: str) -> int:
    ((run_id,),) = read(home, "runs.db", "select run_id from runs order by id desc limit 1")
    return read(home, f"runs/{run_id}.db", "select count(*) from event_logs")[0][0]


def points_of(count: int, seconds: float, events: int) -> list[dict[str, str]]:
    """Half of them after a number of acknowledged events, half after a time."""
    chosen = random.Random(SEED)
    points = []
    for i in range(count):
        if i % 2 == 0:
            points.append({"KILL_AFTER_EVENTS": str(chosen.randrange(events))})
        else:
            points.append({"KILL_AFTER_SECONDS": f"{chosen.uniform(0, seconds):.4f}"})
    return points


def attempt(tidemill: Tidemill, shape: Shape, point: dict[str, str]) -> tuple[str | None, str]:
    """What went wrong, if anything, and how the killed run stands."""
    try:
        run_id, acknowledged = kill_once(tidemill, shape, point)
        check_files_are_whole(tidemill.home, run_id)
        check_acknowledged_is_stored(tidemill.home, run_id, acknowledged)
        shown = tidemill.json("run", "show", run_id)
        if shown["status"] == "SUCCESS":  # The run was quicker than the kill.
            assert len(steps_of(tidemill.home, run_id, "STEP_SUCCESS")) == shape.steps
            return None, "finished"
        check_reexecution_finishes(tidemill, shape, run_id)
        return None, "killed"
    except Exception as error:  # noqa: BLE001: each point reports by itself
        return f"{point}: {type(error).__name__}: {error}", "broken"


@pytest.mark.parametrize("shape, count", [(IN_PROCESS, POINTS), (MULTIPROCESS, max(POINTS // 20, 1))], ids=["in_process", "multiprocess"])
def test_a_killed_run_loses_nothing_acknowledged(shape: Shape, count: int, tmp_path: Path) -> None:
    homes = [Tidemill(str(tmp_path / f"home{i}")) for i in range(AT_ONCE)]
    seconds = min(seconds_of_a_run(home, shape) for home in homes)
    points = points_of(count, seconds, events_of_newest_run(homes[0].home))

    def share(number: int) -> list[tuple[str | None, str]]:
        return [attempt(homes[number], shape, point) for point in points[number::AT_ONCE]]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = [result for results in pool.map(share, range(AT_ONCE)) for result in results]

    broken = [message for message, _ in results if message]
    assert not broken, f"{len(broken)} of {count} points\n" + "\n".join(broken[:5])
    killed = sum(state == "killed" for _, state in results)
    print(f"{killed} of {count} points hit a living run", file=sys.stderr)
    assert killed >= count // 2, f"only {killed} of {count} points hit a living run; choose earlier points"
