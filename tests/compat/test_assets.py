"""The module assets and the pinned Dagster answer the same seeded random questions alike.

TIDEMILL_QUESTIONS multiplies how many are asked, TIDEMILL_SEED asks others.
"""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from assets_questions import QUESTIONS

pytestmark = pytest.mark.filterwarnings("ignore")

COUNTS = {"cron_validity": 3000, "cron_ticks": 1500, "partitions": 600, "subsets": 300, "mappings": 600,
          "selections": 60, "op_selection": 300}  # fmt: skip
SEED = os.environ.get("TIDEMILL_SEED", "1")
FACTOR = float(os.environ.get("TIDEMILL_QUESTIONS", "1"))


class Probe:
    def __init__(self, program: str):
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question: dict) -> Any:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        assert self._process.wait(timeout=10) == 0


@pytest.fixture(scope="module")
def probe(build_dir) -> Iterator[Probe]:
    program = build_dir / "libs" / "assets" / "tidemill_assets_probe"
    assert program.exists(), f"{program} is not there: build the target tidemill_assets_probe"
    probe = Probe(str(program))
    yield probe
    probe.close()


def is_error(answer: Any) -> bool:
    return isinstance(answer, dict) and "error" in answer


def in_any_order(kind: str, answer: Any) -> Any:
    """Sorts what Dagster gives as a set."""
    if kind == "op_selection" and not is_error(answer):
        return sorted(answer)
    if kind == "selections" and not is_error(answer):
        selected = [{"error"} if is_error(item) else sorted(item["keys"]) for item in answer["selected"]]
        return {"layers": [sorted(layer) for layer in answer["layers"]], "selected": selected}
    if kind == "mappings" and "missing" in answer:
        answer["missing"] = sorted(answer["missing"])
    if kind == "subsets" and not is_error(answer):
        for part in ("a", "or", "and", "sub"):
            if "windows" not in answer[part]:
                answer[part]["ranges"] = sorted(answer[part]["ranges"])
    return answer


@pytest.mark.parametrize("kind", QUESTIONS)
def test_answers_like_dagster(kind: str, probe: Probe) -> None:
    rng = random.Random(f"{kind} {SEED}")
    asked = refused = 0
    for _ in range(int(COUNTS[kind] * FACTOR)):
        question, answer = QUESTIONS[kind](rng)
        try:
            expected = answer()
        except Exception as error:
            expected = {"error": f"{type(error).__name__}: {error}"}
        actual = probe.ask(question)
        asked += 1
        if is_error(expected):
            refused += 1
            continue
        expected, actual = in_any_order(kind, expected), in_any_order(kind, actual)
        assert actual == expected, json.dumps(question)
    # Dagster fails on some questions itself; most of them must count.
    assert refused < asked / 3
