"""Runs one job under one side in a fresh home and measures it from outside."""

import atexit
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRATCH = os.path.join(ROOT, "build", "bench")  # On the disk of the repository, not in memory.
POLL_SECONDS = 0.01
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


@dataclass
class Measured:
    seconds: float  # From the start of the process to its end.
    peak_mib: float  # Resident, all processes of the tree together.
    steps: int  # That succeeded.
    events: int
    run_seconds: float  # Between PIPELINE_START and the run's end, by the run's own event log.

    @property
    def steps_per_second(self) -> float:
        return self.steps / self.run_seconds

    @property
    def microseconds_an_event(self) -> float:
        return self.run_seconds / self.events * 1e6


class Side:
    """One orchestrator. Every run gets a fresh home.

    The homes are removed when all is measured: ext4 does not use the inode of a deleted file again for minutes, but looks at
    each when it makes a file, so that a run after the removal of thousands of files would pay for it.
    """

    def command(self, job: str) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def fanout(self, steps: int, multiprocess: bool = False) -> Measured:
        """`steps` steps that depend on nothing."""
        job = "fanout_multiprocess_job" if multiprocess else "fanout_job"
        measured = self.job(job, {}, {"FANOUT_STEPS": str(steps), "FANOUT_DEPTH": "1"})
        if measured.steps != steps:
            raise SystemExit(f"{type(self).__name__}: {measured.steps} of {steps} steps succeeded")
        return measured

    def job(self, job: str, config: dict, environment: dict[str, str] | None = None) -> Measured:
        os.makedirs(SCRATCH, exist_ok=True)
        home = tempfile.mkdtemp(dir=SCRATCH)
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        with open(f"{home}/dagster.yaml", "w") as file:
            file.write("telemetry:\n  enabled: false\n")
        with open(f"{home}/config.yaml", "w") as file:
            json.dump(config, file)  # JSON is YAML.
        variables = dict(os.environ, **self.environment(), **(environment or {}), DAGSTER_HOME=home)
        seconds, peak_mib = _watch([*self.command(job), "-c", f"{home}/config.yaml"], variables, f"{home}/log.txt")
        return _read(home, seconds, peak_mib)


class Dagster(Side):
    def command(self, job: str) -> list[str]:
        return [sys.executable, "-m", "dagster", "job", "execute", "-m", "dagster_pipelines", "-j", job]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": os.path.join(ROOT, "apps", "dagster-pipelines", "python"), "PYTHONWARNINGS": "ignore"}


class Tidemill(Side):
    def command(self, job: str) -> list[str]:
        binaries = os.environ.get("TIDEMILL_BINARIES", os.path.join(ROOT, "bin"))
        return [f"{binaries}/tidemill", "job", "execute", "--location", f"{binaries}/dagster-pipelines", "-j", job]


def _watch(command: list[str], environment: dict[str, str], log: str) -> tuple[float, float]:
    """Runs to the end; how long it took, and the largest memory of its tree (MiB) at any look."""
    with open(log, "w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        peak = 0
        while True:
            peak = max(peak, _resident(process.pid))
            pid, _, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - start
    process.returncode = 0  # Already reaped; how the run ended is read from its home.
    # A look may miss the peak of a short process; the kernel's mark of the largest single process does not.
    return seconds, max(peak, usage.ru_maxrss * 1024) / 2**20


def _resident(root: int) -> int:
    """Of a process and its descendants, in bytes. Asks the kernel for these alone: a look at all processes of the machine
    every few milliseconds would take a good part of a core from what is measured."""
    total = 0
    todo = [str(root)]
    while todo:
        pid = todo.pop()
        try:
            with open(f"/proc/{pid}/statm") as file:
                total += int(file.read().split()[1]) * PAGE_BYTES
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as file:
                    todo += file.read().split()
        except OSError:  # It has ended.
            pass
    return total


def _read(home: str, seconds: float, peak_mib: float) -> Measured:
    found = _runs(home)
    if len(found) != 1 or found[0][1] not in ("SUCCESS", "FAILURE"):
        with open(f"{home}/log.txt") as log:
            raise SystemExit(f"expected one finished run, found {found}; it said:\n{log.read()[-2000:]}")
    events = sqlite3.connect(f"file:{home}/history/runs/{found[0][0]}.db?mode=ro", uri=True)
    count = "select count(*) from event_logs"
    total = events.execute(count).fetchone()[0]
    steps = events.execute(f"{count} where dagster_event_type = 'STEP_SUCCESS'").fetchone()[0]
    bounds = events.execute(
        "select event from event_logs where dagster_event_type in ('PIPELINE_START', 'PIPELINE_SUCCESS', 'PIPELINE_FAILURE')"
        " order by id"
    ).fetchall()
    events.close()
    first, last = (json.loads(event)["timestamp"] for (event,) in bounds)
    return Measured(seconds, peak_mib, steps, total, last - first)


def _runs(home: str) -> list[tuple[str, str]]:
    if not os.path.exists(f"{home}/history/runs.db"):
        return []
    database = sqlite3.connect(f"file:{home}/history/runs.db?mode=ro", uri=True)
    try:
        return database.execute("select run_id, status from runs").fetchall()
    finally:
        database.close()


def commit_seconds(repeats: int = 50) -> float:
    """What one small durable write costs on this disk: the floor of every commit."""
    os.makedirs(SCRATCH, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=SCRATCH) as file:
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
        return median(times)
