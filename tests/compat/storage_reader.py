"""Prints what a home holds as real Dagster reads it: the same document as `tidemill_storage_probe read`.

  storage_reader.py HOME
"""

import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")

TICK_STATUSES = ["STARTED", "SKIPPED", "SUCCESS", "FAILURE"]


def read_events(instance, run_id):
    events = []
    for record in instance.event_log_storage.get_records_for_run(run_id).records:
        entry = record.event_log_entry
        event = entry.dagster_event
        type_name = event.event_type_value if event else None
        step_key = event.step_key if event else entry.step_key
        events.append([record.storage_id, type_name, step_key, entry.timestamp, entry.user_message])
    return events


def read_run(instance, record):
    run = record.dagster_run
    stats = instance.get_run_stats(run.run_id)
    steps = {
        step.step_key: [
            step.status.value if step.status else None, step.start_time, step.end_time, step.attempts or 0,
            len(step.materialization_events), len(step.markers),
        ]
        for step in instance.get_run_step_stats(run.run_id)
    }  # fmt: skip
    return {
        "run_id": run.run_id,
        "storage_id": record.storage_id,
        "job_name": run.job_name,
        "status": run.status.value,
        "tags": dict(run.tags),
        "create_time": record.create_timestamp.timestamp(),
        "update_time": record.update_timestamp.timestamp(),
        "start_time": record.start_time,
        "end_time": record.end_time,
        "events": read_events(instance, run.run_id),
        "stats": [
            stats.steps_succeeded, stats.steps_failed, stats.materializations, stats.enqueued_time,
            stats.launch_time, stats.start_time, stats.end_time,
        ],
        "steps": steps,
    }  # fmt: skip


def read_asset(instance, record):
    from dagster import DagsterEventType

    storage = instance.event_log_storage
    entry = record.asset_entry
    key, last = entry.asset_key, entry.last_materialization_record
    of_type = DagsterEventType.ASSET_MATERIALIZATION
    versions = storage.get_latest_tags_by_partition(key, of_type, ["dagster/data_version"])
    return {
        "storage_id": record.storage_id,
        "last_run_id": entry.last_run_id,
        "last_materialization": last.storage_id if last else None,
        "last_materialization_time": last.timestamp if last else None,
        "materializations": [found.storage_id for found in storage.fetch_materializations(key, 1000).records],
        "partitions": dict(storage.get_latest_storage_id_by_partition(key, of_type)),
        "versions": {partition: tags["dagster/data_version"] for partition, tags in versions.items()},
    }


def read_checks(instance):
    storage = instance.event_log_storage
    logged = storage.get_logs_for_all_runs_by_log_id()
    evaluations = [
        entry.dagster_event.event_specific_data
        for entry in logged.values()
        if entry.is_dagster_event and entry.dagster_event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    return {
        evaluation.asset_check_key.to_user_string(): [
            [check.id, check.run_id, check.status.value, check.partition]
            for check in storage.get_asset_check_execution_history(evaluation.asset_check_key, 100)
        ]
        for evaluation in evaluations
    }


def read_instigators(instance):
    return {
        state.selector_id: {
            "origin_id": state.instigator_origin_id,
            "repository_selector_id": state.repository_selector_id,
            "is_running": state.status.value == "RUNNING",
            "ticks": [
                [tick.tick_id, tick.timestamp, TICK_STATUSES.index(tick.status.value), list(tick.run_ids), tick.skip_reason]
                for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)
            ],
        }
        for state in instance.all_instigator_state()
    }


def read_pools(instance):
    storage = instance.event_log_storage
    pools = {}
    for limit in storage.get_pool_limits():
        info = storage.get_concurrency_info(limit.name)
        holders = {(slot.run_id, slot.step_key) for slot in info.claimed_slots}
        claims = [
            [step.run_id, step.step_key, step.priority, (step.run_id, step.step_key) in holders]
            for step in info.pending_steps
        ]
        pools[limit.name] = {"limit": limit.limit, "claims": claims}
    return pools


def read(instance):
    storage = instance.event_log_storage
    return {
        "runs": [read_run(instance, record) for record in instance.get_run_records()],
        "assets": {
            record.asset_entry.asset_key.to_user_string(): read_asset(instance, record)
            for record in storage.get_asset_records()
        },
        "checks": read_checks(instance),
        "instigators": read_instigators(instance),
        "heartbeats": {name: beat.timestamp for name, beat in instance.get_daemon_heartbeats().items()},
        "cursor": instance.run_storage.get_cursor_values({"cursor"}).get("cursor"),
        "pools": read_pools(instance),
        "customers": list(storage.get_dynamic_partitions("customers")),
        "backfills": [
            [backfill.backfill_id, backfill.status.value, backfill.backfill_timestamp]
            for backfill in instance.get_backfills()
        ],
        "unassigned_events": read_events(instance, ""),
    }


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    os.environ["DAGSTER_HOME"] = os.path.abspath(sys.argv[1])
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        print(json.dumps(read(instance)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
