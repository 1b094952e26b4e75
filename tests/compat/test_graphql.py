"""The module graphql and graphql-core answer the same seeded random requests alike: data, messages, positions, paths.

TIDEMILL_QUESTIONS multiplies how many are asked, TIDEMILL_SEED asks others.
"""

import json
import os
import subprocess
from collections import Counter
from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, graphql_sync, print_schema
from graphql_questions import Maker, Reference

SEED = int(os.environ.get("TIDEMILL_SEED", "1"))
FACTOR = float(os.environ.get("TIDEMILL_QUESTIONS", "1"))
SCHEMAS = 12
REQUESTS = int(120 * FACTOR)


def ask_ours(program: str, folder: Any, sdl: str, data: dict, requests: list[dict]) -> list[Any]:
    (folder / "schema.graphql").write_text(sdl)
    (folder / "data.json").write_text(json.dumps(data))
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        [program, folder / "schema.graphql", folder / "data.json"], input=lines, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def ordered(answer: Any) -> str:
    """As text, so that the order of members counts too."""
    return json.dumps(answer)


@pytest.fixture(scope="module")
def probe(build_dir) -> str:
    program = build_dir / "libs" / "graphql" / "tidemill_graphql_probe"
    assert program.exists(), f"{program} is not there: build the target tidemill_graphql_probe"
    return str(program)


@pytest.mark.parametrize("number", range(SCHEMAS))
def test_answers_are_alike(number, probe, tmp_path):
    maker = Maker(SEED * 1000 + number)
    sdl = maker.schema()
    data = maker.data(sdl)
    requests = [maker.document() for _ in range(REQUESTS)]
    requests += [maker.broken(request) for request in requests]
    reference = Reference(sdl, data)
    theirs = [reference.ask(request) for request in requests]
    ours = ask_ours(probe, tmp_path, sdl, data, requests)
    assert len(ours) == len(theirs)
    kinds: Counter[str] = Counter()
    different = []
    for request, own, other in zip(requests, ours, theirs):
        kinds["events" if isinstance(other, list) else "errors" if other["data"] is None else "data"] += 1
        if ordered(own) != ordered(other):
            different.append(f"{json.dumps(request)}\n  ours   {ordered(own)}\n  theirs {ordered(other)}")
    assert not different, f"{len(different)} of {len(requests)}, the first:\n" + "\n".join(different[:5])
    assert min(kinds["data"], kinds["errors"]) > REQUESTS // 4, kinds


def without_descriptions(value: Any) -> Any:
    """Of introspection: our own words describe the specification's types."""
    if isinstance(value, dict):
        return {key: without_descriptions(item) for key, item in value.items() if key != "description"}
    return [without_descriptions(item) for item in value] if isinstance(value, list) else value


def test_introspection_of_the_pinned_schema_is_alike(probe, tmp_path):
    from dagster_graphql.schema import create_schema

    sdl = print_schema(create_schema().graphql_schema)
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    request = {"query": query, "variables": None, "operationName": None}
    (ours,) = ask_ours(probe, tmp_path, sdl, {}, [request])
    theirs = graphql_sync(build_schema(sdl), query).formatted
    assert len(ours["data"]["__schema"]["types"]) > 500
    assert ordered(without_descriptions(ours)) == ordered(without_descriptions(theirs))
