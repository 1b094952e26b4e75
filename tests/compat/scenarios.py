"""The runs that real Dagster and Tidemill both execute, in this order, each in one home of its own."""

import importlib.util
import os
from dataclasses import dataclass, field
from typing import Any


def weather_csv() -> str:
    """The weather of Seattle, in the package vega_datasets (found without importing it, which would need pandas)."""
    spec = importlib.util.find_spec("vega_datasets")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package vega_datasets is not installed: pip install vega_datasets")
    return os.path.join(os.path.dirname(spec.origin), "_data", "seattle-weather.csv")



@dataclass(frozen=True)
class Scenario:
    name: str
    job: str
    status: str = "SUCCESS"
    config: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    partition: str | None = None
    assets: tuple[str, ...] = ()  # These assets, "a/b" for a key of two parts, and their checks, by the job of all assets.
    ops: tuple[str, ...] = ()  # Only these ops of the job.
    reexecute: str | None = None  # From the failure of the run of that scenario.


ASSET_JOB = "__ASSET_JOB"

SCENARIOS = [
    Scenario("pipeline", "data_pipeline_job"),
    Scenario(
        "pipeline_configured",
        "data_pipeline_job",
        config={
            "execution": {"config": {"in_process": {}}},
            "ops": {"raw_data": {"config": {"rows": 50, "seed": 3}}},
            "resources": {"reports": {"config": {"folder": "other"}}},
        },
        tags={"note": "fifty rows"},
    ),
    Scenario("pipeline_subset", ASSET_JOB, assets=("processed_data", "report")),
    Scenario("failure", "test_failure_job", status="FAILURE"),
    Scenario("month", "weather_month_job", partition="2014-02-01"),
    Scenario("tour_assets", "tour_assets_job"),
    Scenario("day", ASSET_JOB, partition="2024-01-05", assets=("daily_orders",)),
    Scenario("next_day", "days_job", partition="2024-01-06"),
    Scenario("day_fails", ASSET_JOB, status="FAILURE", partition="2024-01-03", assets=("daily_orders",)),
    Scenario("region_eu", "regions_job", partition="eu"),
    Scenario("region_us", "regions_job", partition="us"),
    Scenario("region_apac", "regions_job", partition="apac"),
    Scenario("all_regions", "all_regions_job"),
    Scenario("blocked", "blocked_job", status="FAILURE"),
    Scenario("branch", "branch_job"),
    Scenario("fan_in", "fan_in_job"),
    Scenario("order", "order_job"),
    Scenario("nested", "nested_job"),
    Scenario("nested_subset", "nested_job", ops=("one", "sixteenfold")),
    Scenario("retry", "retry_job"),
    Scenario("failing", "failing_job", status="FAILURE"),
    Scenario("failing_again", "failing_job", status="FAILURE", reexecute="failing"),
    Scenario(
        "configured",
        "config_job",
        config={
            "ops": {
                "configured": {
                    "config": {
                        "count": 3,
                        "colour": "BLUE",
                        "numbers": [1, 2, 3],
                        "limits": {"a": 1},
                        "maybe": 4,
                        "window": {"last": 5},
                    }
                }
            },
            "resources": {"warehouse": {"config": {"port": 1, "host": {"env": "TOUR_HOST"}}}},
        },
    ),
    # What a run configures of a resource replaces all values that the code gave it.
    Scenario(
        "configured_partly",
        "config_job",
        config={
            "ops": {"configured": {"config": {"count": 1}}},
            "resources": {"warehouse": {"config": {"port": 1}}},
        },
    ),
    Scenario("configured_in_code", "config_job", config={"ops": {"configured": {"config": {"count": 1}}}}),
    Scenario("processes", "processes_job"),
    Scenario("fanout", "fanout_job"),
]
ENVIRONMENT = {"TOUR_HOST": "host.example.com", "SEATTLE_WEATHER_CSV": weather_csv()}
