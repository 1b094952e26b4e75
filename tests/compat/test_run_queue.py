"""Which queued runs start: the module daemon and the pinned Dagster's run coordinator choose the same, in order.

Questions are random but seeded: TIDEMILL_SEED asks others, TIDEMILL_QUESTIONS multiplies how many.
"""

import json
import os
import random
import subprocess
from datetime import datetime
from types import SimpleNamespace
from unittest import mock

import pytest
from dagster._core.instance.config import ConcurrencyConfig, PoolConfig, PoolGranularity
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.run_coordinator import QueuedRunCoordinator
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig
from dagster._core.storage.dagster_run import DagsterRun, DagsterRunStatus, RunOpConcurrency
from dagster._core.storage.event_log.base import PoolLimit
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon
from dagster._serdes import serialize_value
from dagster._utils.concurrency import ConcurrencyKeyInfo, PendingStepInfo

SEED = int(os.environ.get("TIDEMILL_SEED", "1"))
QUESTIONS = int(3000 * float(os.environ.get("TIDEMILL_QUESTIONS", "1")))
NOW = 1_800_000_000.0
POOLS = ["cpu", "gpu", "net"]
TAGS = {"team": ["x", "y", "z"], "tier": ["1", "2"], "solo": [""]}
PRIORITIES = ["-1", "0", "3", "10", "high", " 2 ", "1_0", "", "+4", "1.5"]


def random_run(rng, number, status):
    tags = {key: rng.choice(values) for key, values in TAGS.items() if rng.random() < 0.5}
    if rng.random() < 0.4:
        tags["dagster/priority"] = rng.choice(PRIORITIES)
    concurrency = None
    if rng.random() < 0.6:
        roots = {pool: rng.randint(1, 2) for pool in rng.sample(POOLS, rng.randint(0, 2))}
        others = rng.sample(POOLS, rng.randint(0, 2))
        pools = set(roots) | set(others)
        if pools:
            concurrency = RunOpConcurrency(
                root_key_counts=roots, has_unconstrained_root_nodes=rng.random() < 0.3, all_pools=pools
            )
    origin = None
    if status == DagsterRunStatus.QUEUED or rng.random() < 0.9:
        location = GrpcServerCodeLocationOrigin(host="h", port=1, location_name=rng.choice(["one", "two"]))
        origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "job")
    return DagsterRun(
        job_name="job",
        run_id=f"00000000-0000-0000-0000-{number:012}",
        status=status,
        tags=tags,
        run_op_concurrency=concurrency,
        remote_job_origin=origin,
    )


def random_limits(rng):
    limits = []
    for _ in range(rng.randint(0, 3)):
        key = rng.choice(list(TAGS))
        limit = {"key": key, "limit": rng.randint(0, 3)}
        kind = rng.random()
        if kind < 0.3:
            limit["value"] = rng.choice(TAGS[key])
        elif kind < 0.7:
            limit["value"] = {"applyLimitPerUniqueValue": rng.random() < 0.8}
        limits.append(limit)
    return limits


class Case:
    def __init__(self, rng):
        self.now = NOW
        self.max_runs = rng.choice([-1, 0, 1, 2, 3, 5, 10])
        self.tag_limits = random_limits(rng)
        self.blocks = rng.random() < 0.8
        self.buffer = rng.choice([0, 0, 1, 2])
        self.granularity = rng.choice([PoolGranularity.OP, PoolGranularity.RUN])
        self.page_size = rng.choice([1, 2, 3, 100])
        self.pools = {pool: (rng.randint(0, 3), rng.randint(0, 2)) for pool in POOLS if rng.random() < 0.7}
        self.paused = [name for name in ("one", "two") if rng.random() < 0.15]
        active = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
        self.in_progress = [
            (
                random_run(rng, 1000 + i, rng.choice(active)),
                rng.choice([None, NOW - 1, NOW - 4.9, NOW - 5.1, NOW - 60]),
            )
            for i in range(rng.randint(0, 4))
        ]
        self.queued = [random_run(rng, i, DagsterRunStatus.QUEUED) for i in range(rng.randint(0, 9))]

    def question(self):
        def limit(given):
            value = given.get("value")
            out = {"key": given["key"], "limit": given["limit"], "per_unique_value": False}
            if isinstance(value, str):
                out["value"] = value
            elif value:
                out["per_unique_value"] = value["applyLimitPerUniqueValue"]
            return out

        def run(dagster_run, start_time=None):
            return {"run": json.loads(serialize_value(dagster_run)), "start_time": start_time}

        return {
            "now": self.now,
            "max_concurrent_runs": self.max_runs,
            "tag_limits": [limit(each) for each in self.tag_limits],
            "blocks_on_pools": self.blocks,
            "slot_buffer": self.buffer,
            "granularity": self.granularity.value,
            "page_size": self.page_size,
            "pools": [
                {"name": name, "slots": slots, "waiting": waiting} for name, (slots, waiting) in self.pools.items()
            ],
            "paused": self.paused,
            "in_progress": [run(*each) for each in self.in_progress],
            "queued": [run(each) for each in self.queued],
        }

    def _info(self, pool):
        slots, waiting = self.pools[pool]
        steps = [
            PendingStepInfo(
                run_id="r", step_key=str(i), enqueued_timestamp=datetime(2027, 1, 15), assigned_timestamp=None, priority=0
            )
            for i in range(waiting)
        ]
        return ConcurrencyKeyInfo(concurrency_key=pool, slot_count=slots, claimed_slots=[], pending_steps=steps)

    def dagster_answer(self):
        instance = mock.MagicMock()
        instance.run_coordinator = QueuedRunCoordinator()
        instance.global_op_concurrency_default_limit = None
        instance.get_run_records.return_value = [
            SimpleNamespace(dagster_run=run, start_time=start) for run, start in self.in_progress
        ]

        def get_runs(_filter, cursor, limit, ascending):
            assert ascending
            ids = [run.run_id for run in self.queued]
            start = ids.index(cursor) + 1 if cursor else 0
            return self.queued[start : start + limit]

        instance.get_runs.side_effect = get_runs
        store = instance.event_log_storage
        store.get_concurrency_keys.return_value = set(self.pools)
        store.get_pool_limits.return_value = [
            PoolLimit(name=name, limit=slots, from_default=False) for name, (slots, _) in self.pools.items()
        ]
        store.get_concurrency_infos.side_effect = lambda pools: {pool: self._info(pool) for pool in pools}
        config = ConcurrencyConfig(
            pool_config=PoolConfig(
                pool_granularity=self.granularity, default_pool_limit=None, op_granularity_run_buffer=None
            ),
            run_queue_config=RunQueueConfig(
                max_concurrent_runs=self.max_runs,
                tag_concurrency_limits=self.tag_limits,
                should_block_op_concurrency_limited_runs=self.blocks,
                op_concurrency_slot_buffer=self.buffer,
            ),
        )
        daemon = QueuedRunCoordinatorDaemon(interval_seconds=5, page_size=self.page_size)
        daemon._location_timeouts = {name: self.now + 60 for name in self.paused}
        daemon._logger = mock.MagicMock()
        with mock.patch(
            "dagster._core.op_concurrency_limits_counter.get_current_timestamp", return_value=self.now
        ):
            runs = daemon._get_runs_to_dequeue(instance, config, fixed_iteration_time=self.now)
        assert not daemon._logger.exception.called
        return [run.run_id for run in runs]


@pytest.fixture(scope="module")
def probe(build_dir):
    program = build_dir / "libs" / "daemon" / "tidemill_run_queue_probe"
    assert program.exists(), f"{program} is not there: build the target tidemill_run_queue_probe"
    process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(question):
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    assert process.wait(timeout=10) == 0


def test_the_same_runs_start_in_the_same_order(probe):
    rng = random.Random(SEED)
    started = 0
    for number in range(QUESTIONS):
        case = Case(rng)
        expected = case.dagster_answer()
        assert probe(case.question()) == expected, f"question {number} of seed {SEED}: {case.question()}"
        started += bool(expected)
    assert started > QUESTIONS / 4
