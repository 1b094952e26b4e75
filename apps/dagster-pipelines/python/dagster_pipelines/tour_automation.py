"""What starts runs by itself: schedules and sensors."""

import dagster as dg

from .data_pipeline import data_pipeline_job
from .tour_ops import config_job

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=data_pipeline_job,
    cron_schedule="0 3 * * *",
    execution_timezone="Europe/Berlin",
    description="Every night at three.",
    tags={"trigger": "cron"},
)


@dg.schedule(job=config_job, cron_schedule=["0 * * * *", "30 12 * * 1"], description="Hourly, and on Monday at noon.")
def often(context: dg.ScheduleEvaluationContext):
    return dg.RunRequest(
        run_key="fixed",
        run_config={"ops": {"configured": {"config": {"count": 3}}}},
        tags={"from": "often"},
    )


@dg.sensor(job=data_pipeline_job, minimum_interval_seconds=60, description="Starts one run, then counts its ticks.")
def counting_sensor(context: dg.SensorEvaluationContext):
    count = int(context.cursor or 0) + 1
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key="once", tags={"tick": str(count)})], cursor=str(count))


@dg.sensor(job=config_job, minimum_interval_seconds=3600, description="Finds nothing to do.")
def idle_sensor(context: dg.SensorEvaluationContext):
    return dg.SkipReason("nothing new")


SCHEDULES = [nightly, often]
SENSORS = [counting_sensor, idle_sensor]
