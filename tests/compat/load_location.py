#!/usr/bin/env python3
"""Load a code location over gRPC with the real Dagster client, as webserver and daemon do.

  load_location.py HOST:PORT | unix:PATH  [--name NAME] [--jobs N] [--assets N]
                   [--schedule NAME] [--sensor NAME] [--plan JOB] [--partition JOB=KEY] [--config JOB=JSON]

Checks: health service says SERVING; Ping echoes; server id is stable; the location loads with the
real GrpcServerCodeLocation (ListRepositories, ExternalRepository, ExternalJob per job); the streamed
repository equals the unary one; each job's recomputed snapshot id equals the one in its reference;
config schemas have no dangling type keys; asset dependencies and job names resolve; an execution
plan for each job (or --plan JOB) comes back with the same snapshot id; named schedule/sensor ticks
evaluate; unknown names come back as typed errors, not as gRPC failures.
Exit 0: no difference; 1: differences, one a line; 2: cannot load.
"""
import argparse
import json
import os
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("address")
    p.add_argument("--name", default="probe")
    p.add_argument("--jobs", type=int)
    p.add_argument("--assets", type=int)
    p.add_argument("--schedule", action="append", default=[])
    p.add_argument("--sensor", action="append", default=[])
    p.add_argument("--plan", action="append")
    p.add_argument("--partition", action="append", default=[])
    p.add_argument("--config", action="append", default=[], help="run configuration of a job that needs one")
    a = p.parse_args()
    bad = []
    configs = {job: json.loads(text) for job, _, text in (given.partition("=") for given in a.config)}

    from dagster import DagsterInstance
    from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
    from dagster._core.remote_representation.external_data import (
        PartitionExecutionErrorSnap, RepositorySnap, ScheduleExecutionErrorSnap, SensorExecutionErrorSnap)
    from dagster._core.snap import ExecutionPlanSnapshot
    from dagster._grpc.__generated__ import dagster_api_pb2
    from dagster._grpc.types import (
        CanCancelExecutionRequest, CanCancelExecutionResult, CancelExecutionRequest, CancelExecutionResult,
        ExecutionPlanSnapshotArgs, ExternalScheduleExecutionArgs, GetCurrentRunsResult, PartitionArgs,
        PartitionNamesArgs, SensorExecutionArgs)
    from dagster._serdes import deserialize_value, serialize_value

    if a.address.startswith("unix:"):
        where = dict(host="localhost", socket=a.address[5:])
    else:
        host, _, port = a.address.rpartition(":")
        where = dict(host=host or "localhost", port=int(port))
    origin = GrpcServerCodeLocationOrigin(location_name=a.name, **where)

    def check(ok, msg):
        if not ok:
            bad.append(msg)

    def guard(what, fn):
        try:
            return fn()
        except Exception as e:  # noqa: BLE001
            c = e.__cause__
            bad.append(f"{what}: {type(e).__name__}: {(str(c) or str(e)).strip().splitlines()[0] if (str(c) or str(e)).strip() else ''}")
            return None

    with tempfile.TemporaryDirectory() as d:
        os.environ.setdefault("DAGSTER_HOME", d)
        inst = DagsterInstance.get()
        t0 = time.time()
        try:
            loc = GrpcServerCodeLocation(origin, inst, watch_server=False, **where)
        except Exception as e:  # noqa: BLE001
            print(f"cannot load: {type(e).__name__}: {str(e).strip().splitlines()[0] if str(e).strip() else ''}")
            return 2
        took = time.time() - t0
        c = loc.client
        check(c.health_check_query() == "SERVING", "health service does not say SERVING for DagsterApi")
        check(c.ping("x")["echo"] == "x" and c.heartbeat("y") == "y", "Ping/Heartbeat do not echo")
        check(c.get_server_id() == loc.server_id and loc.server_id, "server id changes or is empty")
        got = [e["sequence_number"] for e in c.streaming_ping(3, "z")]
        check(got == [0, 1, 2], f"StreamingPing numbers {got}")
        for name, repo in loc.get_repositories().items():
            ro = RemoteRepositoryOrigin(origin, name)
            snap = repo.repository_snap
            jobs = {j.name: j for j in repo.get_all_jobs()}
            nodes = list(snap.asset_nodes)
            print(f"repository {name}: {len(jobs)} jobs, {len(nodes)} assets, {len(snap.asset_check_nodes or [])} checks, "
                  f"{len(repo.get_schedules())} schedules, {len(repo.get_sensors())} sensors, loaded in {took:.2f}s")
            print("  jobs:", " ".join(sorted(jobs))[:600])
            print("  assets:", " ".join(n.asset_key.to_user_string() for n in nodes)[:600])
            check(a.jobs is None or len(jobs) == a.jobs, f"{len(jobs)} jobs, expected {a.jobs}")
            check(a.assets is None or len(nodes) == a.assets, f"{len(nodes)} assets, expected {a.assets}")
            unary = guard("ExternalRepository", lambda: c.external_repository(ro, defer_snapshots=True))
            chunks = guard("StreamingExternalRepository", lambda: list(c._streaming_query(
                "StreamingExternalRepository", dagster_api_pb2.ExternalRepositoryRequest,
                serialized_repository_python_origin=serialize_value(ro), defer_snapshots=True, timeout=180)))
            if chunks is not None and unary is not None:
                check("".join(x.serialized_external_repository_chunk for x in chunks) == unary, "streamed repository differs from the unary one")
                check([x.sequence_number for x in chunks] == list(range(len(chunks))), "chunk numbers do not count from 0")
                check(unary == serialize_value(deserialize_value(unary, RepositorySnap)), "repository text is not canonical (re-serializing it gives other bytes)")
            keys = {n.asset_key for n in nodes}
            for n in nodes:
                for dep in n.parent_edges:
                    check(dep.parent_asset_key in keys, f"asset {n.asset_key.to_user_string()}: unknown upstream {dep.parent_asset_key.to_user_string()}")
                for j in n.job_names:
                    check(j in jobs, f"asset {n.asset_key.to_user_string()}: unknown job {j}")
            refs = {r.name: r for r in (snap.job_refs or [])}
            for j in jobs.values():
                js = j._job_index.job_snapshot  # noqa: SLF001
                if j.name in refs:
                    check(js.snapshot_id == refs[j.name].snapshot_id, f"job {j.name}: snapshot id {js.snapshot_id[:8]} recomputed, {refs[j.name].snapshot_id[:8]} referenced")
                ct = js.config_schema_snapshot.all_config_snaps_by_key
                for k, t in ct.items():
                    for need in [*(t.type_param_keys or []), *[f.type_key for f in (t.fields or [])]]:
                        if need not in ct:
                            bad.append(f"job {j.name}: config type {k} refers to unknown {need}")
                check(js.mode_def_snaps[0].root_config_key in ct, f"job {j.name}: root config type is missing")
                if (a.plan and j.name not in a.plan) or (j.name.startswith("__") and not a.plan):
                    continue
                ans = guard(f"ExecutionPlanSnapshot {j.name}", lambda: deserialize_value(c.execution_plan_snapshot(ExecutionPlanSnapshotArgs(
                    job_origin=RemoteJobOrigin(ro, j.name), op_selection=[], run_config=configs.get(j.name, {}), step_keys_to_execute=None,
                    job_snapshot_id=js.snapshot_id, instance_ref=inst.get_ref()))))
                if isinstance(ans, ExecutionPlanSnapshot):
                    check(ans.job_snapshot_id == js.snapshot_id, f"job {j.name}: plan is for snapshot {ans.job_snapshot_id[:8]}")
                    have = {s.key for s in ans.steps}
                    check(set(ans.step_keys_to_execute) <= have, f"job {j.name}: steps to execute that the plan lacks")
                elif ans is not None:
                    bad.append(f"job {j.name}: no plan: {ans.error.message.strip()[:120]}")
            for s in a.schedule:
                r = guard(f"schedule {s}", lambda: deserialize_value(c.external_schedule_execution(ExternalScheduleExecutionArgs(
                    repository_origin=ro, instance_ref=inst.get_ref(), schedule_name=s, scheduled_execution_timestamp=1767225600.0,
                    scheduled_execution_timezone="UTC", log_key=[name, s, "1"]))))
                if isinstance(r, ScheduleExecutionErrorSnap):
                    bad.append(f"schedule {s}: {r.error.message.strip()[:160]}")
                elif r is not None:
                    print(f"  schedule {s}: {len(r.run_requests)} run requests", [q.run_key for q in r.run_requests], r.skip_message or "")
            for s in a.sensor:
                r = guard(f"sensor {s}", lambda: deserialize_value(c.external_sensor_execution(SensorExecutionArgs(
                    repository_origin=ro, instance_ref=inst.get_ref(), sensor_name=s, log_key=[name, s, "1"]))))
                if isinstance(r, SensorExecutionErrorSnap):
                    bad.append(f"sensor {s}: {r.error.message.strip()[:160]}")
                elif r is not None:
                    print(f"  sensor {s}: {len(r.run_requests)} run requests", [q.run_key for q in r.run_requests], f"cursor {r.cursor}", r.skip_message or "")
            for jk in a.partition:
                job, _, key = jk.partition("=")
                names = guard("partition names", lambda: deserialize_value(c.external_partition_names(PartitionNamesArgs(repository_origin=ro, partition_set_name=f"{job}_partition_set", job_name=job))))
                tags = guard("partition tags", lambda: deserialize_value(c.external_partition_tags(PartitionArgs(repository_origin=ro, partition_set_name=f"{job}_partition_set", partition_name=key, job_name=job, instance_ref=inst.get_ref()))))
                for what, r in (("names", names), ("tags", tags)):
                    if isinstance(r, PartitionExecutionErrorSnap):
                        bad.append(f"partition {what} of {job}: {r.error.message.strip()[:120]}")
                if names is not None and hasattr(names, "partition_names"):
                    check(key in names.partition_names, f"partition {key} not among {job}'s {len(names.partition_names)}")
                if tags is not None and hasattr(tags, "tags"):
                    check(tags.tags.get("dagster/partition") == key, f"partition tags of {job}: {tags.tags}")
            # errors must be typed
            r = guard("unknown schedule", lambda: deserialize_value(c.external_schedule_execution(ExternalScheduleExecutionArgs(repository_origin=ro, instance_ref=inst.get_ref(), schedule_name="no_such_schedule"))))
            check(r is None or isinstance(r, ScheduleExecutionErrorSnap), f"unknown schedule answered with {type(r).__name__}")
            r = guard("unknown job", lambda: c.external_job(ro, "no_such_job"))
            check(r is None or (r.serialized_error and not r.serialized_job_data), "ExternalJob of an unknown job is no error")
        guard("CanCancelExecution", lambda: check(deserialize_value(c.can_cancel_execution(CanCancelExecutionRequest(run_id="none")), CanCancelExecutionResult).can_cancel is False, "can cancel an unknown run"))
        guard("CancelExecution", lambda: check(deserialize_value(c.cancel_execution(CancelExecutionRequest(run_id="none")), CancelExecutionResult).success is False, "cancelled an unknown run"))
        guard("GetCurrentRuns", lambda: deserialize_value(c.get_current_runs(), GetCurrentRunsResult))
        loc.cleanup()
        for m in bad:
            print("DIFF", m)
        print(f"{a.address}: {len(bad)} differences")
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
