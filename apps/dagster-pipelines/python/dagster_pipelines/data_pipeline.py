"""Simulated readings, their statistics, and a report: the smallest pipeline worth looking at."""

import math
from dataclasses import dataclass
from typing import Any

import dagster as dg

from .charts import bar_chart
from .reports import ReportFolder


@dataclass
class Reading:
    id: int
    value: float


@dataclass
class Summary:
    count: int
    mean: float
    deviation: float
    low: float
    high: float
    histogram: list[int]


# Dagster names a dataclass by its Python module; Any keeps the job snapshots equal to those of C++.
Readings = list[Any]  # of Reading


class FetchConfig(dg.Config):
    rows: int = 1000
    seed: int = 7


def noise(state: int) -> int:
    """The next state of a small linear congruential generator."""
    return (state * 1103515245 + 12345) % 2147483648


@dg.asset(
    group_name="pipeline",
    kinds={"simulation"},
    owners=["team:data"],
    tags={"tier": "raw"},
    code_version="1",
    description="Readings of a simulated sensor; one seed always gives the same rows.",
)
def raw_data(context: dg.AssetExecutionContext, config: FetchConfig) -> Readings:
    context.log.info(f"simulating {config.rows} readings from seed {config.seed}")
    state = config.seed
    readings = []
    for i in range(config.rows):
        state = noise(state)
        readings.append(Reading(i, 20.0 + 5.0 * math.sin(i / 40.0) + state / 2147483648.0))
    context.add_output_metadata({"rows": len(readings)})
    return readings


@dg.asset(
    group_name="pipeline",
    kinds={"statistics"},
    owners=["team:data"],
    code_version="1",
    description="Mean, spread and histogram of the readings.",
)
def processed_data(context: dg.AssetExecutionContext, raw_data: Readings) -> Any:
    values = [reading.value for reading in raw_data]
    total = 0.0
    for value in values:
        total += value
    mean = total / len(values)
    squares = 0.0
    for value in values:
        squares += (value - mean) * (value - mean)
    low, high = min(values), max(values)
    histogram = [0] * 12
    for value in values:
        histogram[min(int((value - low) / (high - low) * 12), 11)] += 1
    summary = Summary(len(values), mean, math.sqrt(squares / len(values)), low, high, histogram)
    context.add_output_metadata({"count": summary.count, "mean": summary.mean})
    return summary


@dg.asset_check(asset=processed_data, description="Every reading lies in the sensor's range.")
def readings_in_range(processed_data: Any) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=processed_data.low >= 14.0 and processed_data.high <= 27.0,
        metadata={"low": processed_data.low, "high": processed_data.high},
    )


@dg.asset(
    group_name="pipeline",
    kinds={"markdown"},
    owners=["team:data"],
    code_version="1",
    description="The statistics as a page to read, with a chart.",
)
def report(processed_data: Any, reports: ReportFolder) -> dg.MaterializeResult:
    summary: Summary = processed_data
    labels = [f"{summary.low + (summary.high - summary.low) * i / 12:.1f}" for i in range(12)]
    text = (
        "# Sensor report\n\n"
        "| readings | mean | deviation | low | high |\n|---|---|---|---|---|\n"
        f"| {summary.count} | {summary.mean:.3f} | {summary.deviation:.3f} | {summary.low:.3f} | {summary.high:.3f} |\n\n"
        + bar_chart("Distribution of the readings", labels, [float(n) for n in summary.histogram])
        + "\n"
    )
    path = reports.write("data_pipeline.md", text)
    return dg.MaterializeResult(metadata={"report": dg.MetadataValue.md(text), "path": dg.MetadataValue.path(path)})


@dg.op(description="Fails on purpose, with the error that caused the failure.")
def always_fails() -> None:
    try:
        raise ValueError("the sensor returned no rows")
    except ValueError as error:
        raise RuntimeError("cannot read the sensor") from error


@dg.job(description="Shows how a failed run looks.")
def test_failure_job():
    always_fails()


data_pipeline_job = dg.define_asset_job(
    "data_pipeline_job",
    selection=[raw_data, processed_data, report],
    description="Readings, statistics and report in one run.",
    tags={"team": "data"},
)

ASSETS = [raw_data, processed_data, report]
CHECKS = [readings_in_range]
JOBS = [data_pipeline_job, test_failure_job]
