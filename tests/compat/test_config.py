"""The module config and the pinned Dagster give the same keys, snapshots, verdicts and resolved values.

Types and values are random but seeded: TIDEMILL_SEED asks others, TIDEMILL_QUESTIONS multiplies how many.
"""

import enum
import json
import os
import random
import subprocess
from typing import Any, Literal, Optional, Union

import dagster as dg
import pydantic
import pytest
from dagster._config import process_config
from dagster._config.config_type import Any as Any_
from dagster._config.config_type import Bool, Enum, EnumValue, Float, Int, ScalarUnion, String
from dagster._config.field_utils import Map, Shape
from dagster._config.stack import (
    EvaluationStackListItemEntry,
    EvaluationStackMapKeyEntry,
    EvaluationStackMapValueEntry,
    EvaluationStackPathEntry,
)
from dagster._serdes import serialize_value
from dagster_shared.check import CheckError

SEED = int(os.environ.get("TIDEMILL_SEED", "1"))
TYPES = int(600 * float(os.environ.get("TIDEMILL_QUESTIONS", "1")))
ENVIRONMENT = {"PROBE_TEXT": "text", "PROBE_NUMBER": " 1_2 ", "PROBE_FALSE": "None", "PROBE_TOKEN": "t"}
SCALARS = {
    "Any": Any_(),
    "Int": Int(),
    "Float": Float(),
    "Bool": Bool(),
    "String": String(),
    "IntSource": dg.IntSource,
    "BoolSource": dg.BoolSource,
    "StringSource": dg.StringSource,
}
NAMES = ["alpha", "beta", "gamma", "größe", "x_1"]
# No empty text: Dagster keeps one instance a key, and an empty description gives the key of none.
WORDS = [None, None, None, "some words", "Wörter: 日本"]


class Probe:
    def __init__(self, program):
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question):
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        assert self._process.wait(timeout=10) == 0


@pytest.fixture(scope="module")
def probe(build_dir):
    program = build_dir / "libs" / "config" / "tidemill_config_probe"
    assert program.exists(), f"{program} is not there: build the target tidemill_config_probe"
    probe = Probe(str(program))
    yield probe
    probe.close()


# ---- Random types, in the probe's notation


class Types:
    def __init__(self, rng):
        self.rng = rng

    def fields(self, depth, count):
        fields = []
        for name in self.rng.sample(NAMES, count):
            inner = self.type(depth + 1)
            field = {"name": name, "type": inner, "mode": self.rng.choice(["required", "optional", "auto", "default"])}
            field["description"] = self.rng.choice(WORDS)
            if field["mode"] == "default":
                value = Values(self.rng, mistakes=0).value(inner)
                if "value" in judge(inner, value):
                    field["default"] = value
                else:
                    field["mode"] = "auto"
            fields.append(field)
        return fields

    def fielded(self, kind, depth, least):
        spec = {"kind": kind, "fields": self.fields(depth, self.rng.randint(least, 4))}
        # The key of a bare permissive shape counts no description, so it can have only one.
        spec["description"] = self.rng.choice(WORDS) if spec["fields"] or kind != "permissive" else None
        if kind == "shape":
            named = [field["name"] for field in spec["fields"]]
            spec["aliases"] = {named[0]: "alias"} if named and self.rng.random() < 0.1 else {}
        return spec

    def type(self, depth=0):
        while True:
            spec = self.draw(depth)
            try:
                dg.Field(build(spec))
                return spec
            except CheckError:  # Dagster cannot fill in an optional field whose type has required parts
                continue

    def draw(self, depth):
        kinds = ["scalar"] * 4 + ["enum"]
        if depth < 4:
            kinds += ["array", "noneable", "map", "union", "shape", "shape", "permissive", "selector"]
        kind = self.rng.choice(kinds)
        if kind == "scalar":
            return self.rng.choice(list(SCALARS))
        if kind == "enum":
            return self.rng.choice(
                [
                    {"kind": "enum", "name": "Mode", "values": ["fast", "slow"]},
                    {"kind": "enum", "name": "Level", "values": ["one", "two", "drei"]},
                ]
            )
        if kind in ("array", "noneable"):
            return {"kind": kind, "inner": self.type(depth + 1)}
        if kind == "map":
            key = self.rng.choice(["String", "String", "Int"])
            return {"kind": "map", "key": key, "inner": self.type(depth + 1), "label": self.rng.choice([None, "column"])}
        if kind == "union":
            inner = self.rng.choice(
                [self.fielded("shape", depth, 1), self.fielded("selector", depth, 1), {"kind": "array", "inner": "Int"}]
            )
            return {"kind": "union", "scalar": self.rng.choice(["Int", "String", "Bool", "Float"]), "inner": inner}
        return self.fielded(kind, depth, 1 if kind == "selector" else 0)


def build(spec):
    """The type in Dagster."""
    if isinstance(spec, str):
        return SCALARS[spec]
    kind = spec["kind"]
    if kind == "array":
        return dg.Array(build(spec["inner"]))
    if kind == "noneable":
        return dg.Noneable(build(spec["inner"]))
    if kind == "map":
        return Map(build(spec["key"]), build(spec["inner"]), key_label_name=spec["label"])
    if kind == "union":
        return ScalarUnion(build(spec["scalar"]), build(spec["inner"]))
    if kind == "enum":
        return Enum(spec["name"], [EnumValue(value) for value in spec["values"]])
    fields = {}
    for field in spec["fields"]:
        options = {"required": {"is_required": True}, "optional": {"is_required": False}, "auto": {}}
        arguments = options.get(field["mode"], {"default_value": field.get("default")})
        fields[field["name"]] = dg.Field(build(field["type"]), description=field["description"], **arguments)
    if kind == "shape":
        return Shape(fields, description=spec["description"], field_aliases=spec["aliases"])
    if kind == "permissive":
        return dg.Permissive(fields, description=spec["description"])
    return dg.Selector(fields, description=spec["description"])


# ---- Random values, some of them wrong


class Values:
    def __init__(self, rng, mistakes=0.12):
        self.rng = rng
        self.mistakes = mistakes

    def anything(self):
        return self.rng.choice(
            [None, True, False, 0, -7, 3.5, 10**25, "", "text", "fast", [], [1], {}, {"alpha": 1}, {"env": "PROBE_TEXT"}]
        )

    def scalar(self, name):
        if name == "Any":
            return self.anything()
        if name.endswith("Source") and self.rng.random() < 0.3:
            known = {"IntSource": "PROBE_NUMBER", "BoolSource": "PROBE_FALSE", "StringSource": "PROBE_TEXT"}[name]
            return {"env": self.rng.choice([known, known, "PROBE_TEXT", "PROBE_MISSING"] if self.mistakes else [known])}
        base = name.removesuffix("Source")
        return self.rng.choice(
            {
                "Int": [0, 5, -3, 10**30],
                "Float": [1, 2.5, -1e300, 10**20, 0.1, True],
                "Bool": [True, False],
                "String": ["", "a", "ü\n"],
            }[base]
        )

    def fields(self, spec):
        value = {}
        for field in spec["fields"]:
            if field["mode"] == "required" or self.rng.random() < 0.6:
                name = spec.get("aliases", {}).get(field["name"], field["name"])
                value[self.rng.choice([name, field["name"]])] = self.value(field["type"])
        for name in list(value):
            if self.rng.random() < self.mistakes / 2:
                del value[name]
        while self.rng.random() < self.mistakes / 2 or (spec["kind"] == "permissive" and self.rng.random() < 0.3):
            value[self.rng.choice(["further", "alpa", "alias"])] = self.anything()
        return value

    def value(self, spec):
        if self.rng.random() < self.mistakes:
            return self.anything()
        if isinstance(spec, str):
            return self.scalar(spec)
        kind = spec["kind"]
        if kind == "enum":
            return self.rng.choice(spec["values"])
        if kind == "array":
            return [self.value(spec["inner"]) for _ in range(self.rng.randint(0, 3))]
        if kind == "noneable":
            return None if self.rng.random() < 0.3 else self.value(spec["inner"])
        if kind == "map":
            return {name: self.value(spec["inner"]) for name in self.rng.sample(NAMES, self.rng.randint(0, 2))}
        if kind == "union":
            return self.value(spec["scalar" if self.rng.random() < 0.5 else "inner"])
        if kind == "selector":
            if self.rng.random() < self.mistakes:
                return self.fields(spec)
            field = self.rng.choice(spec["fields"])
            return {field["name"]: self.value(field["type"])} if self.rng.random() < 0.9 else {}
        return self.fields(spec)


# ---- What Dagster says


def process_config_of(spec, value):
    os.environ.update(ENVIRONMENT)
    return process_config(build(spec), value)


def stack_of(error):
    entries = []
    for entry in error.stack.entries:
        if isinstance(entry, EvaluationStackPathEntry):
            entries.append([0, entry.field_name, 0])
        elif isinstance(entry, EvaluationStackListItemEntry):
            entries.append([1, "", entry.list_index])
        elif isinstance(entry, EvaluationStackMapKeyEntry):
            entries.append([2, entry.map_key, 0])
        else:
            assert isinstance(entry, EvaluationStackMapValueEntry)
            entries.append([3, entry.map_key, 0])
    return entries


def names_of(error):
    data = error.error_data
    names = getattr(data, "field_names", None) or getattr(data, "incoming_fields", None)
    if names is None and hasattr(data, "field_name"):
        names = [data.field_name]
    if names is None and hasattr(data, "aliased_field_name"):
        names = [data.field_name, data.aliased_field_name]
    return sorted(names or [])


def judge(spec, value):
    try:
        result = process_config_of(spec, value)
    except Exception as error:  # Dagster itself fails on some values that passed its own check, e.g. float(None)
        return {"crash": repr(error)}
    if result.success:
        return {"value": json.loads(json.dumps(result.value))}
    return {"errors": sorted([error.reason.value, stack_of(error), names_of(error)] for error in result.errors)}


def snaps_of(config_type):
    return {each.key: json.loads(serialize_value(each.snapshot)) for each in config_type.type_iterator()}


def comparable(result):
    if "errors" not in result:
        return result
    collision = "FIELD_ALIAS_COLLISION"
    return {"errors": sorted([e["reason"], e["stack"], [] if e["reason"] == collision else sorted(e["names"])] for e in result["errors"])}


def without_collision_names(verdict):
    if "errors" not in verdict:
        return verdict
    return {"errors": [[r, s, [] if r == "FIELD_ALIAS_COLLISION" else n] for r, s, n in verdict["errors"]]}


@pytest.mark.parametrize("part", range(10))
def test_random_types_and_values(probe, part):
    rng = random.Random(SEED * 1000 + part)
    verdicts = {"value": 0, "errors": 0, "crash": 0}
    for _ in range(TYPES // 10):
        spec = Types(rng).type()
        values = [Values(rng).value(spec) for _ in range(8)]
        answer = probe.ask({"type": spec, "values": values, "environment": ENVIRONMENT})
        assert "error" not in answer, (answer, spec)
        config_type = build(spec)
        assert answer["key"] == config_type.key, spec
        assert answer["types"] == snaps_of(config_type), spec
        for value, result in zip(values, answer["results"]):
            verdict = judge(spec, value)
            verdicts[next(iter(verdict))] += 1
            if "crash" not in verdict:
                assert comparable(result) == without_collision_names(verdict), (spec, value)
    # Neither side may win by always saying the same.
    assert verdicts["value"] > TYPES // 10 and verdicts["errors"] > TYPES // 10, verdicts
    assert verdicts["crash"] < TYPES // 10 // 4, verdicts


# ---- Structs as configuration: the twins of those in libs/config/testing/config_probe.cc


class Color(enum.Enum):
    RED = "RED"
    GREEN = "GREEN"


class Inner(dg.Config):
    """An inner part"""

    x: int
    y: float = 1.5


class AllDefaults(dg.Config):
    x: int = 5


class Cat(dg.Config):
    kind: Literal["cat"] = "cat"
    meows: int


class Dog(dg.Config):
    kind: Literal["dog"] = "dog"
    barks: float


class Everything(dg.Config):
    """All kinds of fields"""

    seed: int
    limit: int = pydantic.Field(default=10, description="Rows at most")
    name: str = "a"
    rate: float = 2.5
    on: bool = True
    region: Optional[str] = None
    words: list[str]
    sizes: list[int] = [1, 2]
    weights: dict[str, float] = {}
    color: Color = Color.RED
    shade: Color
    inner: Inner
    known: Inner = pydantic.Field(default=Inner(x=3), description="A known part")
    plain: AllDefaults
    other: AllDefaults = AllDefaults(x=6)
    parts: list[Inner] = []
    pet: Union[Cat, Dog] = pydantic.Field(discriminator="kind")
    anything: Any = None
    token: str = dg.EnvVar("PROBE_TOKEN")


def test_a_described_struct_is_a_config_class(probe):
    os.environ.update(ENVIRONMENT)
    values = [
        {"seed": 1, "words": ["a"], "shade": "GREEN", "inner": {"x": 1}, "pet": {"cat": {"meows": 2}}},
        {"seed": 1, "words": [], "shade": "RED", "inner": {"x": 1, "y": 2}, "pet": {"dog": {"barks": 2}}, "region": "eu",
         "parts": [{"x": 4}], "weights": {"a": 1}, "anything": [1, {}], "other": {}, "token": "given", "limit": 3},
        {"seed": "x", "shade": "BLUE", "pet": {}},
    ]  # fmt: skip
    answer = probe.ask({"described": "Everything", "values": values, "environment": ENVIRONMENT})
    field = Everything.to_config_schema().as_field()
    assert answer["types"] == snaps_of(field.config_type)
    assert answer["key"] == field.config_type.key
    assert (answer["is_required"], answer["description"]) == (field.is_required, field.description)
    for value, result, read in zip(values, answer["results"], answer["read"]):
        expected = process_config(field.config_type, value)
        assert ("value" in result) == expected.success
        if expected.success:
            assert result["value"] == json.loads(json.dumps(expected.value))
            assert read["seed"] == value["seed"] and read["inner"]["x"] == value["inner"]["x"]
