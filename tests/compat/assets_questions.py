"""Seeded random questions about assets and partitions, each with real Dagster's answer."""

import itertools
import json
import random
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.partitions.snap import PartitionsSnap
from dagster._core.definitions.partitions.utils.mapping import infer_partition_mapping
from dagster._core.instance import DynamicPartitionsStore
from dagster._serdes import serialize_value
from dagster._utils import schedules
from selection_questions import op_selection, selections

warnings.simplefilter("ignore")

# Dagster looks at the zone's offset of today; whatever the season, the minutes of the zone are what it means.
schedules.has_nonzero_minute_offset = lambda zone: True

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns",
    "Europe/Dublin", "America/Havana", "America/Santiago", "Antarctica/Troll", "Asia/Tokyo", "Africa/Casablanca",
]  # fmt: skip
# Just before the clocks of some of these zones change, and a time beyond the years that the database spells out.
CHANGES = [
    datetime(2024, 3, 31, 0), datetime(2024, 10, 26, 22), datetime(2024, 3, 10, 5), datetime(2024, 11, 3, 4),
    datetime(2024, 10, 5, 14), datetime(2024, 4, 6, 13), datetime(2023, 3, 12, 4), datetime(2044, 10, 29, 22),
]  # fmt: skip


class FakeStore(DynamicPartitionsStore):
    """Dynamic partitions that a question lists."""

    def __init__(self, keys: dict[str, list[str]]):
        self.keys = keys

    def get_paginated_dynamic_partitions(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def get_dynamic_partitions_definition_id(self, partitions_def_name: str) -> str:
        raise NotImplementedError

    def get_dynamic_partitions(self, partitions_def_name: str) -> list[str]:
        return self.keys.get(partitions_def_name, [])

    def has_dynamic_partition(self, partitions_def_name: str, partition_key: str) -> bool:
        return partition_key in self.keys.get(partitions_def_name, [])

    def get_existing_dynamic_partitions(self, partitions_def_name: str, partition_keys: list[str]) -> set[str]:
        return set(self.keys.get(partitions_def_name, [])) & set(partition_keys)


DYNAMIC = {"tenants": ["t3", "t1", "t2"]}
Answer = Callable[[], Any]


def wall_seconds(time: datetime) -> float:
    return time.replace(tzinfo=timezone.utc).timestamp()


def random_time(rng: random.Random) -> datetime:
    if rng.random() < 0.5:
        start = rng.choice(CHANGES)
        return start.replace(tzinfo=timezone.utc) + timedelta(seconds=rng.randrange(12 * 3600))
    time = datetime(2018, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=rng.randrange(12 * 365 * 86400))
    return time if rng.random() < 0.7 else time.replace(minute=0, second=0)


# ---- cron ----

BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()


def random_item(rng: random.Random, field: int, wild: bool) -> str:
    low, high = BOUNDS[field]
    if wild:
        low, high = max(0, low - 1), high + 1
    names = {3: MONTHS, 4: WEEKDAYS}.get(field)

    def value() -> str:
        return rng.choice(names) if names and rng.random() < 0.3 else str(rng.randint(low, high))

    forms = ["*", value(), value(), f"{value()}-{value()}", f"*/{rng.randint(1, high)}", f"{value()}/{rng.randint(1, 9)}",
             f"{value()}-{value()}/{rng.randint(1, 9)}"]  # fmt: skip
    if field == 2:
        forms += ["l", "L", "?"]
    if field == 4:
        forms += ["?", f"{value()}#{rng.randint(1, 5)}", f"l{rng.randint(0, 6)}"]
    if wild:
        forms += ["", "-", "a", "*5", "5-", "-5", "1-2-3", "*/0", "*/a", "5#2", "l", "l8", "1#9", "**", "5/", "?5", "r"[:0]]
    return rng.choice(forms)


def random_field(rng: random.Random, field: int, wild: bool) -> str:
    count = rng.choice([1, 1, 1, 2, 3])
    return ",".join(random_item(rng, field, wild) for _ in range(count))


def random_cron(rng: random.Random, wild: bool = False) -> str:
    shape = rng.random()
    minute, hour = rng.randint(0, 59), rng.randint(0, 23)
    if rng.random() < 0.4:
        minute, hour = rng.choice([0, 15, 30]), rng.choice([0, 1, 2, 3])
    if wild and shape < 0.9:
        return " ".join(random_field(rng, field, rng.random() < 0.3) for field in range(rng.choice([5, 5, 5, 5, 5, 4])))
    regular = [
        "0 0 * * *", "0 * * * *", f"{minute} * * * *", f"{minute} {hour} * * *", f"{minute} {hour} * * {rng.randint(0, 7)}",
        f"{minute} {hour} {rng.randint(1, 28)} * *", f"{minute} {hour} * * mon-fri", "*/15 * * * *", "0,30 * * * *",
        f"{minute} {hour} 29 2 *", "@daily", "@hourly", "@weekly", "@monthly", "@yearly", f"{minute} {hour} 1,15 * 1",
        f"*/20 {hour} * * *", f"{minute} */3 * * *", f"{minute} {hour},13 L * *", "10 1-3 * * *", "*/7 * * * *",
    ]  # fmt: skip
    if shape < 0.6:
        return rng.choice(regular)
    while True:
        cron = " ".join(random_field(rng, field, False) for field in range(5))
        if schedules.is_valid_cron_string(cron):
            return cron


def cron_validity(rng: random.Random) -> tuple[dict, Answer]:
    cron = random_cron(rng, wild=True)
    return {"ask": "valid", "cron": cron}, lambda: schedules.is_valid_cron_string(cron)


def cron_ticks(rng: random.Random) -> tuple[dict, Answer]:
    crons = [random_cron(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    zone, start, ascending = rng.choice(ZONES), random_time(rng), rng.random() < 0.5
    count = rng.choice([3, 8, 30])

    def answer() -> list:
        ticks = schedules.schedule_execution_time_iterator(
            start.timestamp(), crons if len(crons) > 1 else crons[0], zone, ascending
        )
        return [[tick.timestamp(), wall_seconds(tick)] for tick in itertools.islice(ticks, count)]

    question = {"ask": "ticks", "cron": crons, "zone": zone, "from": start.timestamp(), "ascending": ascending}
    return {**question, "count": count}, answer


# ---- partitions ----


def random_windows(rng: random.Random, zone: str | None = None) -> dg.TimeWindowPartitionsDefinition:
    zone = zone or rng.choice(ZONES)
    start = rng.choice(CHANGES).replace(minute=0) + timedelta(days=rng.randint(-20, 20))
    end = start + timedelta(days=rng.randint(1, 40)) if rng.random() < 0.25 else None
    offset = rng.choice([0, 0, 0, 0, 1, 2, -1, -3])
    minute, hour = rng.choice([0, 0, 0, 30]), rng.choice([0, 0, 2, 3])
    kind = rng.randrange(6)
    exclusions: list | None = None
    if rng.random() < 0.3:
        # Never all windows: Dagster would look for one that is left until the end of time.
        crons = {0: ["0 0 * * 0", "0 3 * * *", "0 0 1 * *"], 5: ["30 2 * * 0", "0 0 2 * *"]}
        exclusions = [rng.choice(crons.get(kind, [f"{minute} {hour} * * 0,6", f"{minute} {hour} 1-15 * *"]))]
        if kind in (2, 3):
            exclusions.pop()
        if not exclusions or rng.random() < 0.5:
            exclusions.append(start.replace(hour=0) + timedelta(days=rng.randint(0, 5)))
    shared = {"timezone": zone, "end_offset": offset, "exclusions": exclusions}
    if kind == 0:
        return dg.HourlyPartitionsDefinition(start, end, minute_offset=minute, **shared)
    if kind == 1:
        return dg.DailyPartitionsDefinition(start, end, minute_offset=minute, hour_offset=hour, **shared)
    if kind == 2:
        return dg.WeeklyPartitionsDefinition(start, end, day_offset=rng.randint(0, 6), hour_offset=hour, **shared)
    if kind == 3:
        return dg.MonthlyPartitionsDefinition(start, end, day_offset=rng.randint(1, 28), **shared)
    if kind == 4:
        return dg.DailyPartitionsDefinition(start, end, **shared)
    cron = rng.choice(["*/15 * * * *", "0 */6 * * *", "0 0 * * 1-5", "30 2 * * *", "0 0 L * *", "0 1,2,3 * * *", "0 0 1,15 * *"])
    fmt = rng.choice(["%Y-%m-%d-%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%d/%m/%Y %H.%M"])
    return dg.TimeWindowPartitionsDefinition(start=start, end=end, fmt=fmt, cron_schedule=cron, **shared)


def random_single(rng: random.Random, zone: str | None = None) -> dg.PartitionsDefinition:
    kind = rng.random()
    if kind < 0.55:
        return random_windows(rng, zone)
    if kind < 0.9:
        return dg.StaticPartitionsDefinition(rng.sample(["a", "b", "c", "d", "e f", "ü", "x.y"], rng.randint(1, 6)))
    return dg.DynamicPartitionsDefinition(name="tenants")


def random_definition(rng: random.Random, zone: str | None = None) -> dg.PartitionsDefinition:
    if rng.random() < 0.75:
        return random_single(rng, zone)
    return dg.MultiPartitionsDefinition({"one": random_single(rng, zone), "two": random_single(rng, zone)})


def snap(definition: dg.PartitionsDefinition | None) -> Any:
    return json.loads(serialize_value(PartitionsSnap.from_def(definition))) if definition else None


def now_for(rng: random.Random, definition: dg.PartitionsDefinition | None) -> datetime:
    """A time at which a definition has few partitions."""
    starts = [part.start for part in parts_of(definition) if isinstance(part, dg.TimeWindowPartitionsDefinition)]
    start = rng.choice(starts) if starts else datetime(2024, 1, 1, tzinfo=timezone.utc)
    now = start.astimezone(timezone.utc) + timedelta(seconds=rng.randrange(-86400, 50 * 86400))
    return now if rng.random() < 0.5 else now.replace(minute=0, second=0)


def parts_of(definition: dg.PartitionsDefinition | None) -> list[dg.PartitionsDefinition]:
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return [dimension.partitions_def for dimension in definition.partitions_defs]
    return [definition] if definition else []


def is_too_large(definition: dg.PartitionsDefinition | None, now: datetime) -> bool:
    with partition_loading_context(now, FakeStore(DYNAMIC)):
        return definition is not None and definition.get_num_partitions() > 1500


def ends_before_it_starts(definition: dg.PartitionsDefinition | None, now: datetime) -> bool:
    """With an end inside of the first window, Dagster lists a key that it does not know."""
    with partition_loading_context(now, FakeStore(DYNAMIC)):
        for part in parts_of(definition):
            if isinstance(part, dg.TimeWindowPartitionsDefinition):
                first, last = part.get_first_partition_window(), part.get_last_partition_window()
                if first and last and last.start < first.start:
                    return True
    return False


def wrong_keys(rng: random.Random, keys: list[str]) -> list[str]:
    base = ["", "nonsense", "2024-1-5", "2024-02-30", "1999-01-01", "2199-01-01", "a|b", "a", "2024-03-31-02:00"]
    return base + [key + "+0000" for key in rng.sample(keys, min(2, len(keys)))]


def partitions(rng: random.Random) -> tuple[dict, Answer]:
    definition = random_definition(rng)
    now = now_for(rng, definition)
    if is_too_large(definition, now):
        return partitions(rng)
    store = FakeStore(DYNAMIC)
    with partition_loading_context(now, store):
        keys = list(definition.get_partition_keys())
    candidates = rng.sample(keys, min(5, len(keys))) + wrong_keys(rng, keys)
    question: dict = {"ask": "partitions", "definition": snap(definition), "now": now.timestamp(), "dynamic": DYNAMIC}
    question["candidates"] = candidates
    if len(keys) > 1:
        question["range"] = rng.sample(keys, 2)
    is_windows = isinstance(definition, dg.TimeWindowPartitionsDefinition)
    if is_windows:
        question["around"] = now.timestamp()

    def window_of(key: str) -> Any:
        if not is_windows and not (isinstance(definition, dg.MultiPartitionsDefinition)):
            return None
        try:
            window = definition.time_window_for_partition_key(key)
            return [window.start.timestamp(), window.end.timestamp()]
        except Exception:
            return None

    def answer() -> dict:
        with partition_loading_context(now, store):
            result = {
                "keys": keys, "count": definition.get_num_partitions(),
                "first": definition.get_first_partition_key(), "last": definition.get_last_partition_key(),
                "has": [definition.has_partition_key(key) for key in candidates],
                "windows": [window_of(key) for key in candidates],
            }  # fmt: skip
            if "range" in question:
                result["range"] = list(definition.get_partition_keys_in_range(dg.PartitionKeyRange(*question["range"])))
            if is_windows:
                result["around"] = [
                    definition.get_partition_key_for_timestamp(now.timestamp(), end_closed) for end_closed in (False, True)
                ]
            return result

    return question, answer


# ---- subsets ----


def describe(subset: Any, definition: dg.PartitionsDefinition, with_ranges: bool = True) -> dict:
    keys = list(subset.get_partition_keys())
    windows = getattr(subset, "included_time_windows", None)
    answer: dict = {"keys": keys if windows is not None else sorted(keys), "count": len(subset), "empty": subset.is_empty}
    if windows is not None:
        answer["windows"] = [[window.start_timestamp, window.end_timestamp] for window in windows]
    if with_ranges:
        ranges = [[range_.start, range_.end] for range_ in subset.get_partition_key_ranges(definition)]
        answer["ranges"] = ranges if windows is not None else sorted(ranges)
    return answer


def random_keys(rng: random.Random, keys: list[str]) -> list[str]:
    if not keys or rng.random() < 0.05:
        return []
    if rng.random() < 0.3:
        return rng.sample(keys, rng.randint(0, min(len(keys), 40)))
    runs = []
    for _ in range(rng.randint(1, 3)):
        first = rng.randrange(len(keys))
        runs += keys[first : first + rng.randint(1, 10)]
    return runs


def subsets(rng: random.Random) -> tuple[dict, Answer]:
    definition = random_definition(rng)
    now = now_for(rng, definition)
    if is_too_large(definition, now):
        return subsets(rng)
    store = FakeStore(DYNAMIC)
    with partition_loading_context(now, store):
        keys = list(definition.get_partition_keys())
    a, b = random_keys(rng, keys), random_keys(rng, keys)
    candidates = rng.sample(keys, min(8, len(keys)))
    question = {"ask": "subset", "definition": snap(definition), "now": now.timestamp(), "dynamic": DYNAMIC,
                "a": a, "b": b, "candidates": candidates}  # fmt: skip

    def answer() -> dict:
        with partition_loading_context(now, store):
            left, right = definition.subset_with_partition_keys(a), definition.subset_with_partition_keys(b)
            return {
                "a": describe(left, definition), "or": describe(left | right, definition),
                "and": describe(left & right, definition), "sub": describe(left - right, definition),
                "not_in": list(left.get_partition_keys_not_in_subset(definition)),
                "contains": [key in left for key in candidates],
            }  # fmt: skip

    return question, answer


# ---- mappings ----


def random_mapping(rng: random.Random, upstream: Any, downstream: Any, depth: int = 0) -> dg.PartitionMapping | None:
    choices: list[Callable[[], Any]] = [lambda: None, lambda: None, dg.IdentityPartitionMapping, dg.AllPartitionMapping,
                                        dg.LastPartitionMapping]  # fmt: skip
    is_windows = [isinstance(side, dg.TimeWindowPartitionsDefinition) for side in (upstream, downstream)]
    is_static = [isinstance(side, dg.StaticPartitionsDefinition) for side in (upstream, downstream)]
    is_multi = [isinstance(side, dg.MultiPartitionsDefinition) for side in (upstream, downstream)]
    if all(is_windows):
        choices += [
            lambda: dg.TimeWindowPartitionMapping(rng.randint(-3, 3), rng.randint(-3, 3), rng.random() < 0.5)
        ] * 6
    if all(is_static):
        pairs = {key: rng.sample(downstream.get_partition_keys(), rng.randint(1, len(downstream.get_partition_keys())))
                 for key in rng.sample(upstream.get_partition_keys(), rng.randint(1, len(upstream.get_partition_keys())))}  # fmt: skip
        choices += [lambda: dg.StaticPartitionMapping(pairs)] * 4
    if is_static[0]:
        choices += [lambda: dg.SpecificPartitionsPartitionMapping(rng.sample(upstream.get_partition_keys(), 1))]
    if is_multi.count(True) == 1:
        choices += [dg.MultiToSingleDimensionPartitionMapping] * 4
    if all(is_multi) and depth == 0:
        names = rng.sample(["one", "two"], rng.randint(1, 2))
        targets = rng.sample(["one", "two"], len(names))
        inner = {name: dg.DimensionPartitionMapping(target, random_mapping(
            rng, upstream.get_partitions_def_for_dimension(name), downstream.get_partitions_def_for_dimension(target), 1)
            or dg.AllPartitionMapping()) for name, target in zip(names, targets)}  # fmt: skip
        choices += [lambda: dg.MultiPartitionMapping(inner)] * 6
    return rng.choice(choices)()


def mappings(rng: random.Random) -> tuple[dict, Answer]:
    zone = rng.choice(ZONES)
    upstream = random_definition(rng, zone)
    downstream: dg.PartitionsDefinition | None = rng.choice([upstream, *[random_definition(rng, zone)] * 5])
    if isinstance(upstream, dg.MultiPartitionsDefinition) and rng.random() < 0.4:
        downstream = rng.choice(upstream.partitions_defs).partitions_def
    elif isinstance(upstream, dg.TimeWindowPartitionsDefinition) and rng.random() < 0.4:
        downstream = random_windows(rng, zone)
    now = max(now_for(rng, upstream), now_for(rng, downstream))
    if any(is_too_large(side, now) or ends_before_it_starts(side, now) for side in (upstream, downstream)):
        return mappings(rng)
    to_upstream = rng.random() < 0.5
    mapping = random_mapping(rng, upstream, downstream)
    if to_upstream and rng.random() < 0.05:
        downstream = None
    store = FakeStore(DYNAMIC)
    source = downstream if to_upstream else upstream
    with partition_loading_context(now, store):
        keys = random_keys(rng, list(source.get_partition_keys()) if source else [])
    keys = keys[: 10 if isinstance(source, dg.MultiPartitionsDefinition) else 60]
    question = {"ask": "mapping", "mapping": json.loads(serialize_value(mapping)) if mapping is not None else None,
                "upstream": snap(upstream), "downstream": snap(downstream), "now": now.timestamp(), "dynamic": DYNAMIC,
                "keys": keys, "to_upstream": to_upstream}  # fmt: skip

    def answer() -> dict:
        # As the host sees them: without the subclass of a time-window definition.
        up = PartitionsSnap.from_def(upstream).get_partitions_definition()
        down = PartitionsSnap.from_def(downstream).get_partitions_definition() if downstream else None
        inferred = infer_partition_mapping(mapping, down, up)
        result: dict = {"class": type(inferred).__name__}
        with partition_loading_context(now, store):
            if to_upstream:
                subset = down.subset_with_partition_keys(keys) if down else None
                mapped = inferred.get_upstream_mapped_partitions_result_for_partitions(subset, down, up)
                existing = up.empty_subset() | concrete(mapped.partitions_subset, up)
                result["subset"] = describe(existing, up, False)
                result["missing"] = sorted(mapped.required_but_nonexistent_subset.get_partition_keys())
            else:
                subset = up.subset_with_partition_keys(keys)
                mapped = concrete(inferred.get_downstream_partitions_for_partitions(subset, up, down), down)
                result["subset"] = describe(mapped, down, False)
        return result

    return question, answer


def concrete(subset: Any, definition: dg.PartitionsDefinition) -> Any:
    """The lazy "everything" of Dagster as an ordinary subset."""
    return definition.subset_with_all_partitions() if type(subset).__name__ == "AllPartitionsSubset" else subset


QUESTIONS: dict[str, Callable[[random.Random], tuple[dict, Answer]]] = {
    "cron_validity": cron_validity, "cron_ticks": cron_ticks, "partitions": partitions, "subsets": subsets,
    "mappings": mappings, "selections": selections, "op_selection": op_selection,
}  # fmt: skip
