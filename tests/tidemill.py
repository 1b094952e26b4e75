"""Drives bin/tidemill and the demo code location as their users do: processes, files, exit codes."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIDEMILL = os.environ.get("TIDEMILL_BIN", os.path.join(ROOT, "bin", "tidemill"))
LOCATION = os.environ.get("TIDEMILL_LOCATION", os.path.join(ROOT, "bin", "dagster-pipelines"))
TIMEOUT_SECONDS = 120


class CommandFailed(Exception):
    pass


class Tidemill:
    """The command line on one home."""

    def __init__(self, home: str, environment: dict[str, str] | None = None):
        for program in (TIDEMILL, LOCATION):
            if not os.access(program, os.X_OK):
                raise CommandFailed(f"{program} is not there: run `make build` first")
        self.home = home
        os.makedirs(home, exist_ok=True)
        self.environment = dict(os.environ, DAGSTER_HOME=home, **(environment or {}))

    def popen(self, *arguments: str, **options: Any) -> subprocess.Popen:
        return subprocess.Popen([TIDEMILL, *arguments], env=self.environment, **options)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [TIDEMILL, *arguments], env=self.environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
        if check and done.returncode != 0:
            raise CommandFailed(f"tidemill {' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


class Location:
    """Asks a code location's executable what it defines: `serve-stdio`, one JSON line a request."""

    def __init__(self, environment: dict[str, str] | None = None, executable: str = LOCATION):
        self._socket, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [executable, "serve-stdio"], stdin=theirs, stdout=theirs, env=dict(os.environ, **(environment or {}))
        )
        theirs.close()
        self._file = self._socket.makefile("rwb")

    def __enter__(self) -> "Location":
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()
        self._socket.close()
        self._process.wait(10)

    def ask(self, method: str, arguments: Any) -> Any:
        self._file.write(json.dumps({"method": method, "args": arguments}).encode() + b"\n")
        self._file.flush()
        answer = json.loads(self._file.readline())
        if "error" in answer:
            raise CommandFailed(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    @staticmethod
    def repository_origin(name: str = "__repository__") -> dict[str, Any]:
        location = {"__class__": "GrpcServerRepositoryLocationOrigin", "host": "localhost", "location_name": "test",
                    "port": None, "socket": None}  # fmt: skip
        return {"__class__": "ExternalRepositoryOrigin", "repository_location_origin": location, "repository_name": name}

    def plan(self, job: str, job_snapshot_id: str) -> Any:
        """The execution plan of the whole job without configuration."""
        origin = {"__class__": "ExternalPipelineOrigin", "external_repository_origin": self.repository_origin(),
                  "pipeline_name": job}  # fmt: skip
        arguments = {
            "__class__": "ExecutionPlanSnapshotArgs", "asset_check_selection": None, "asset_selection": None,
            "instance_ref": None, "known_state": None, "pipeline_origin": origin, "pipeline_snapshot_id": job_snapshot_id,
            "run_config": {}, "solid_selection": None, "step_keys_to_execute": None,
        }  # fmt: skip
        return self.ask("ExecutionPlanSnapshot", arguments)

    def repository(self) -> Any:
        return self.ask("ExternalRepository", {"repository_origin": self.repository_origin(), "defer_snapshots": False})


class Dev:
    """`tidemill dev` on a free port; use it in a `with`."""

    def __init__(self, tidemill: Tidemill, *arguments: str, environment: dict[str, str] | None = None):
        self._process = subprocess.Popen(
            [TIDEMILL, "dev", "-p", "0", *arguments],
            env=dict(tidemill.environment, **(environment or {})),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.line = self._process.stdout.readline()
        if not self.line.startswith("Serving "):
            raise CommandFailed(f"tidemill dev said {self.line!r} and {self._process.wait(TIMEOUT_SECONDS)}")
        self.url = self.line.split(" on ")[1].strip()

    def __enter__(self) -> "Dev":
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> int:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(TIMEOUT_SECONDS)

    def query(self, query: str, variables: dict | None = None) -> Any:
        """The answer's data; an answer with errors fails."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        request = urllib.request.Request(self.url + "/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)["data"]

    def wait_for_locations(self) -> dict[str, Any]:
        """By name, what each location loaded or failed with, once none is loading."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            entries = self.query(LOCATIONS)["workspaceOrError"]["locationEntries"]
            if all(entry["loadStatus"] == "LOADED" for entry in entries):
                return {entry["name"]: entry["locationOrLoadError"] for entry in entries}
            time.sleep(0.02)
        raise CommandFailed(f"locations still load after {TIMEOUT_SECONDS} s: {entries}")


LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
  __typename
  ... on RepositoryLocation { repositories { name jobs { name } assetNodes { assetKey { path } } } }
  ... on PythonError { message className causes { message } } } } } } }"""
