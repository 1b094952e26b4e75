"""Ops and graphs: outputs, order, retries, configuration, resources, executors."""

from enum import Enum
from typing import Optional

import dagster as dg

# ---------------------------------------------------------------- outputs, order, fan-in


@dg.op(
    out={"even": dg.Out(int, is_required=False), "odd": dg.Out(int, is_required=False), "all": dg.Out(int)},
    description="Gives its number to one of two outputs, and to a third in any case.",
)
def sort_number(context: dg.OpExecutionContext):
    yield dg.Output(4, "even", metadata={"digits": 1})
    yield dg.Output(4, "all")


@dg.op(description="Doubles.")
def double(number: int) -> int:
    return number * 2


@dg.op(description="Adds two numbers.")
def add(left: int, right: int) -> int:
    return left + right


@dg.op(description="Adds all numbers.")
def total(numbers: list[int]) -> int:
    return sum(numbers)


@dg.job(executor_def=dg.in_process_executor, description="An output that is not given skips what follows it.")
def branch_job():
    even, odd, all_numbers = sort_number()
    double.alias("double_even")(even)
    double.alias("double_odd")(odd)
    double.alias("double_all")(all_numbers)


@dg.op(description="Gives one.")
def one() -> int:
    return 1


@dg.op(tags={"cost": "low"}, description="Gives two.")
def two() -> int:
    return 2


@dg.job(executor_def=dg.in_process_executor, description="Several steps feed one input.")
def fan_in_job():
    total([one(), two(), double(two.alias("another_two")())])


@dg.op(description="Prepares without a result.")
def prepare() -> None:
    pass


@dg.op(ins={"start": dg.In(dg.Nothing)}, description="Waits for its turn.")
def finish() -> int:
    return 0


@dg.job(executor_def=dg.in_process_executor, description="Order without data.")
def order_job():
    finish(start=[prepare(), prepare.alias("prepare_more")()])


@dg.graph(description="Doubles twice.")
def quadruple(number):
    return double.alias("second")(double.alias("first")(number))


@dg.graph(description="Doubles four times.")
def sixteenfold(number):
    return quadruple.alias("outer")(quadruple.alias("inner")(number))


@dg.job(executor_def=dg.in_process_executor, description="Graphs inside graphs.")
def nested_job():
    add(sixteenfold(one()), quadruple(two()))


# ---------------------------------------------------------------- retries and failures


@dg.op(retry_policy=dg.RetryPolicy(max_retries=2, delay=0.01), description="Succeeds at the second try.")
def flaky(context: dg.OpExecutionContext) -> int:
    if context.retry_number == 0:
        raise RuntimeError("not yet")
    return 1


@dg.op(description="Asks by itself to be tried again.")
def asks_again(context: dg.OpExecutionContext) -> int:
    if context.retry_number == 0:
        raise dg.RetryRequested(max_retries=1, seconds_to_wait=0)
    return 1


@dg.job(executor_def=dg.in_process_executor, description="Both ways to try again.")
def retry_job():
    add(flaky(), asks_again())


@dg.op(description="Fails with metadata.")
def fails_with_metadata() -> int:
    raise dg.Failure("the disk is full", metadata={"free_bytes": 0, "path": dg.MetadataValue.path("data")})


@dg.job(executor_def=dg.in_process_executor, description="One step fails, one is skipped for it, one is not touched.")
def failing_job():
    double(fails_with_metadata())
    one()


# ---------------------------------------------------------------- configuration and resources


class Colour(Enum):
    RED = "RED"
    BLUE = "BLUE"


class Window(dg.Config):
    first: int = 0
    last: int = 9


class TourConfig(dg.Config):
    count: int
    ratio: float = 0.5
    label: str = "tour"
    verbose: bool = False
    colour: Colour = Colour.RED
    numbers: list[int] = [1, 2]
    limits: dict[str, int] = {}
    maybe: Optional[int] = None
    window: Window = Window()


class Warehouse(dg.ConfigurableResource):
    host: str = "localhost"
    port: int = 5432
    read_only: bool = False


@dg.op(description="Takes every type of configuration.")
def configured(context: dg.OpExecutionContext, config: TourConfig) -> int:
    context.log.info(
        f"{config.count} {config.ratio} {config.label} {config.colour.name} {len(config.numbers)} {len(config.limits)}"
        f" {config.window.last}"
    )
    return config.count


@dg.op(description="Uses the warehouse.")
def connected(context: dg.OpExecutionContext, warehouse: Warehouse, number: int) -> int:
    context.log.info(f"{warehouse.host}:{warehouse.port}")
    return number


@dg.job(executor_def=dg.in_process_executor, description="Configuration and a resource.")
def config_job():
    connected(number=configured())


# ---------------------------------------------------------------- executors, tags


@dg.job(
    executor_def=dg.multiprocess_executor.configured({"max_concurrent": 2}),
    tags={"team": "data", "tour": "processes"},
    description="Each step in a process of its own.",
)
def processes_job():
    add(double.alias("double_one")(one()), double.alias("double_two")(two()))


JOBS = [
    branch_job, fan_in_job, order_job, nested_job, retry_job, failing_job, config_job, processes_job,
]  # fmt: skip
RESOURCES = {"warehouse": Warehouse(host="db.example.com")}
