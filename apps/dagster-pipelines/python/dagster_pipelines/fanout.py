"""Many small steps, to measure what an orchestrator costs a step.

FANOUT_STEPS (default 100) and FANOUT_DEPTH (default 1) are read when the definitions are loaded: FANOUT_STEPS /
FANOUT_DEPTH chains, each of FANOUT_DEPTH steps.
"""

import os

import dagster as dg

STEPS = int(os.environ.get("FANOUT_STEPS", "100"))
DEPTH = int(os.environ.get("FANOUT_DEPTH", "1"))


@dg.op(description="Starts a chain.")
def first() -> int:
    return 1


@dg.op(description="Adds one to what the step before gave.")
def following(number: int) -> int:
    return number + 1


def chains() -> None:
    for chain in range(STEPS // DEPTH):
        number = first.alias(f"s{chain:06d}_0")()
        for depth in range(1, DEPTH):
            number = following.alias(f"s{chain:06d}_{depth}")(number)


@dg.job(executor_def=dg.in_process_executor, description="Chains of small steps.")
def fanout_job():
    chains()


@dg.job(executor_def=dg.multiprocess_executor.configured({"max_concurrent": 2}), description="Chains of small steps.")
def fanout_multiprocess_job():
    chains()


JOBS = [fanout_job, fanout_multiprocess_job]
