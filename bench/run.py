#!/usr/bin/env python3
"""Tidemill beside the pinned Dagster: the same definitions, one machine, one run of this script.

  run.py [--quick] [--only NAME]... [--results FOLDER]

Each figure is measured from outside: wall time from the start of the process to its end, memory of the whole process
tree, steps a second between PIPELINE_START and PIPELINE_SUCCESS as each side wrote them to its own event log. Both sides
commit every event to SQLite in a fresh home on the same disk. Prints a table and writes <date>-<host>.json and .md.
--quick takes fewer steps and repetitions; its figures are for a look, not for the record.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass

from measure import ROOT, Dagster, Tidemill, commit_seconds, median


@dataclass
class Row:
    """One line of the table. `ratio` is how many times better Tidemill is; empty where Dagster was not measured."""

    name: str
    unit: str
    dagster: float | None
    tidemill: float
    ratio: float | None
    note: str = ""


def row(name: str, unit: str, dagster: float | None, tidemill: float, more_is_better: bool, note: str = "") -> Row:
    ratio = None
    if dagster is not None:
        ratio = tidemill / dagster if more_is_better else dagster / tidemill
    return Row(name, unit, dagster, tidemill, ratio, note)


def in_process(dagster: Dagster, tidemill: Tidemill, quick: bool) -> list[Row]:
    steps, repeats = (200, 1) if quick else (1000, 3)
    theirs = dagster.fanout(steps)
    ours = [tidemill.fanout(steps) for _ in range(repeats)]
    many = tidemill.fanout(10 * steps)
    rate = median(run.steps_per_second for run in ours)
    return [
        row(f"steps a second, in process, {steps:,} steps", "1/s", theirs.steps_per_second, rate, True),
        row(f"steps a second, in process, {10 * steps:,} steps", "1/s", None, many.steps_per_second, True),
        row(f"start to exit, in process, {steps:,} steps", "s", theirs.seconds, median(run.seconds for run in ours), False),
        row(f"peak memory of the processes, {steps:,} steps", "MiB", theirs.peak_mib, median(run.peak_mib for run in ours), False),
        row(f"peak memory of the processes, {10 * steps:,} steps", "MiB", None, many.peak_mib, False),
    ]


def multi_process(dagster: Dagster, tidemill: Tidemill, quick: bool) -> list[Row]:
    steps = 4 if quick else 20
    theirs, ours = dagster.fanout(steps, multiprocess=True), tidemill.fanout(steps, multiprocess=True)
    many = tidemill.fanout(50 * steps, multiprocess=True)
    return [
        row(f"steps a second, a process each, {steps} steps", "1/s", theirs.steps_per_second, ours.steps_per_second, True),
        row(f"steps a second, a process each, {50 * steps:,} steps", "1/s", None, many.steps_per_second, True),
    ]


def three_assets(dagster: Dagster, tidemill: Tidemill, quick: bool) -> list[Row]:
    rows = []
    for label, config in (("a process each", {}), ("in process", {"execution": {"config": {"in_process": {}}}})):
        theirs = [dagster.job("data_pipeline_job", config) for _ in range(1 if quick else 3)]
        ours = [tidemill.job("data_pipeline_job", config) for _ in range(3 if quick else 20)]
        seconds = median(run.seconds for run in theirs), median(run.seconds for run in ours)
        peaks = median(run.peak_mib for run in theirs), median(run.peak_mib for run in ours)
        rows += [
            row(f"3 assets and a check, {label}: start to exit", "s", *seconds, False),
            row(f"3 assets and a check, {label}: peak memory", "MiB", *peaks, False),
        ]
    theirs_failure = dagster.job("test_failure_job", {})
    ours_failure = median(tidemill.job("test_failure_job", {}).seconds for _ in range(5))
    rows.append(row("the failing job: start to exit", "s", theirs_failure.seconds, ours_failure, False))
    return rows


def cost_of_an_event(dagster: Dagster, tidemill: Tidemill, quick: bool) -> list[Row]:
    ladder = [1_000, 10_000] if quick else [1_000, 10_000, 100_000]
    limit = 200 if quick else 2_000
    rows = []
    for steps in sorted({limit, *ladder}):
        theirs = dagster.fanout(steps) if steps <= limit else None
        ours = tidemill.fanout(steps)
        note = "" if theirs else f"Dagster is measured up to {limit:,} steps, which takes it minutes"
        rows.append(
            row(f"time an event, {steps:,} steps", "µs", theirs and theirs.microseconds_an_event, ours.microseconds_an_event, False, note)
        )
    return rows


BENCHES = {
    "in_process": in_process,
    "multi_process": multi_process,
    "three_assets": three_assets,
    "cost_of_an_event": cost_of_an_event,
}


def figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows: list[Row]) -> str:
    lines = ["| what | unit | Dagster | Tidemill | times better |", "|---|---|---:|---:|---:|"]
    for each in rows:
        name = f"{each.name} ({each.note})" if each.note else each.name
        lines.append(f"| {name} | {each.unit} | {figure(each.dagster)} | {figure(each.tidemill)} | {figure(each.ratio)} |")
    return "\n".join(lines) + "\n"


def machine() -> dict[str, str]:
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {
        "host": platform.node(),
        "cpu": f"{os.cpu_count()} × {models[0] if models else platform.machine()}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "dagster": importlib.metadata.version("dagster"),
        "tidemill": commit.stdout.strip() or "unknown",
        "one durable write (4 KiB, fdatasync)": f"{commit_seconds() * 1e3:.2f} ms",
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=sorted(BENCHES), help="may be repeated")
    parser.add_argument("--results", default=os.path.join(ROOT, "bench", "results"))
    options = parser.parse_args()

    about = machine()
    rows: list[Row] = []
    for name, bench in BENCHES.items():
        if options.only and name not in options.only:
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += bench(Dagster(), Tidemill(), options.quick)

    text = table(rows) + "\n" + "\n".join(f"- {key}: {value}" for key, value in about.items()) + "\n"
    print(text)
    date = datetime.date.today().isoformat()
    os.makedirs(options.results, exist_ok=True)
    base = os.path.join(options.results, f"{date}-{about['host']}" + ("-quick" if options.quick else ""))
    with open(base + ".json", "w") as file:
        json.dump({"machine": about, "quick": options.quick, "rows": [asdict(each) for each in rows]}, file, indent=1)
    with open(base + ".md", "w") as file:
        file.write(f"# {date}, {about['host']}\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
