"""The demo code location for the Python Dagster: the same definitions as the C++ executable dagster-pipelines."""

import dagster as dg

from . import data_pipeline, fanout, tour_assets, tour_automation, tour_ops, weather
from .reports import ReportFolder

defs = dg.Definitions(
    assets=[*data_pipeline.ASSETS, *weather.ASSETS, *tour_assets.ASSETS],
    asset_checks=[*data_pipeline.CHECKS, *weather.CHECKS, *tour_assets.CHECKS],
    jobs=[*data_pipeline.JOBS, *weather.JOBS, *tour_assets.JOBS, *tour_ops.JOBS, *fanout.JOBS],
    schedules=tour_automation.SCHEDULES,
    sensors=tour_automation.SENSORS,
    resources={
        "reports": ReportFolder(),
        **weather.RESOURCES,
        **tour_assets.RESOURCES,
        **tour_ops.RESOURCES,
    },
)
