"""A real dagster-webserver and our API over copies of one home, asked the same GraphQL questions."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from scenarios import ENVIRONMENT
from tidemill import LOCATION, ROOT

PYTHON_DEFINITIONS = os.path.join(ROOT, "apps", "dagster-pipelines", "python")
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "dagster_pipelines"}
OUR_LOCATION_NAME = os.path.basename(LOCATION)
# Of one load of a location, not of what it defines.
OF_A_LOAD = {"updatedTimestamp", "versionKey"}
# Made of the location's name, or of its origin.
HASH = re.compile(r"[0-9a-f]{40}")
START_SECONDS = 240  # A busy machine loads Dagster slowly.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Reference:
    """The real web server on the Python twin of the demo location."""

    def __init__(self, home: str):
        self.home = home
        self.port = free_port()
        self.log = open(f"{home}/webserver.log", "w")
        environment = dict(os.environ, **ENVIRONMENT, DAGSTER_HOME=home, PYTHONPATH=PYTHON_DEFINITIONS)
        program = os.path.join(os.path.dirname(sys.executable), "dagster-webserver")
        self.process = subprocess.Popen(
            [program, "-m", "dagster_pipelines", "-p", str(self.port)],
            env=environment, stdout=self.log, stderr=self.log, cwd=PYTHON_DEFINITIONS,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("{ version }")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        raise RuntimeError(f"the web server did not start, see {self.log.name}")

    def ask(self, query: str, variables: dict | None = None, operation: str | None = None) -> tuple[int, Any]:
        body = json.dumps({"query": query, "variables": variables or {}, "operationName": operation}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


class Candidate:
    """Our API on the C++ location; its name is shown as the twin's."""

    def __init__(self, home: str, build: str):
        self.home = home
        probe = os.path.join(build, "libs", "api", "tidemill_api_probe")
        self.process = subprocess.Popen(
            [probe, home, LOCATION], env=dict(os.environ, **ENVIRONMENT),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def ask(self, query: str, variables: dict | None = None, operation: str | None = None) -> tuple[int, Any]:
        request = {"query": query, "variables": variables or {}, "operationName": operation}
        line = json.dumps(request).replace("dagster_pipelines", OUR_LOCATION_NAME)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline().replace(OUR_LOCATION_NAME, "dagster_pipelines"))
        return answer["status"], answer["body"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)


def with_one_name(value: Any) -> Any:
    """Texts as if both locations had the twin's name; paths of files hold ours, too."""
    return value.replace(OUR_LOCATION_NAME, "dagster_pipelines") if isinstance(value, str) else value


def differences(reference: Any, candidate: Any, unordered: frozenset[str], path: str = "data") -> Iterator[str]:
    """Where the answers differ. Lists of `unordered` fields are sorted first."""
    if isinstance(reference, dict) and isinstance(candidate, dict):
        for key in [*reference, *(key for key in candidate if key not in reference)]:
            if key not in reference or key not in candidate:
                yield f"{path}.{key}: only one has it"
            elif key not in OF_A_LOAD:
                yield from differences(reference[key], candidate[key], unordered, f"{path}.{key}")
    elif isinstance(reference, list) and isinstance(candidate, list):
        if len(reference) != len(candidate):
            yield f"{path}: {len(reference)} and {len(candidate)} items"
        if path.rsplit(".", 1)[-1] in unordered:
            reference, candidate = (sorted(x, key=lambda v: json.dumps(v, sort_keys=True)) for x in (reference, candidate))
        for index, (ours, theirs) in enumerate(zip(reference, candidate)):
            yield from differences(ours, theirs, unordered, f"{path}[{index}]")
    elif with_one_name(reference) != with_one_name(candidate) and not (HASH.fullmatch(str(reference)) and HASH.fullmatch(str(candidate))):
        yield f"{path}: {reference!r:.120} and {candidate!r:.120}"
