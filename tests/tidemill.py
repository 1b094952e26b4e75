"""Drives bin/tidemill and the demo code location as their users do: processes, files, exit codes."""

import json
import os
import socket
import subprocess
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
