"""Real Dagster's clients use a C++ code location over gRPC: load it, validate it, launch its runs, cancel them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._grpc.__generated__ import dagster_api_pb2
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import (
    CancelExecutionRequest,
    CancelExecutionResult,
    GetCurrentRunsResult,
    PartitionSetExecutionParamArgs,
)
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._serdes import deserialize_value
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from scenarios import SCENARIOS
from tidemill import LOCATION, ROOT

# Hundreds of processes, one a step.
SLOW_JOB = "fanout_multiprocess_job"
CONFIG = next(scenario.config for scenario in SCENARIOS if scenario.job == "config_job")
HERE = os.path.dirname(os.path.abspath(__file__))
DAGSTER = os.path.join(os.path.dirname(sys.executable), "dagster")
# Runs are launched by who submits them: there is no daemon here.
DAGSTER_YAML = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
telemetry:
  enabled: false
"""


def test_our_messages_are_dagsters(tmp_path: Path) -> None:
    ours_file = tmp_path / "ours.binpb"
    proto = os.path.join(ROOT, "libs", "dagster_api", "proto")
    subprocess.run(["protoc", f"-I{proto}", f"--descriptor_set_out={ours_file}", "dagster_api.proto"], check=True)
    ours = FileDescriptorSet.FromString(ours_file.read_bytes()).file[0]
    theirs = FileDescriptorProto()
    dagster_api_pb2.DESCRIPTOR.CopyToProto(theirs)

    def messages(file: FileDescriptorProto) -> dict:
        return {m.name: [(f.name, f.number, f.type, f.label) for f in m.field] for m in file.message_type}

    def calls(file: FileDescriptorProto) -> dict:
        (service,) = file.service
        return {m.name: (m.input_type, m.output_type, m.client_streaming, m.server_streaming) for m in service.method}

    assert messages(ours) == messages(theirs)
    assert calls(ours) == calls(theirs)
    assert (ours.package, ours.service[0].name) == (theirs.package, theirs.service[0].name)


class Served:
    """`dagster-pipelines serve` on one home."""

    def __init__(self, home: Path, *arguments: str, **environment: str):
        self.home = home
        self.environment = dict(os.environ, DAGSTER_HOME=str(home), **environment)
        self.process = subprocess.Popen(
            [LOCATION, "serve", *arguments], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert " listens on " in line, f"no address: {line!r}"
        self.address = line.split(" listens on ")[1].strip()
        if self.address.startswith("unix:"):
            self.where = {"host": "localhost", "socket": self.address[5:]}
        else:
            host, _, port = self.address.rpartition(":")
            self.where = {"host": host, "port": int(port)}
        self.client = DagsterGrpcClient(**self.where)
        entry = "\n".join(f"      {key}: {value}" for key, value in {**self.where, "location_name": "cpp"}.items())
        self.workspace = home / "workspace.yaml"
        self.workspace.write_text(f"load_from:\n  - grpc_server:\n{entry}\n")

    def dagster(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [DAGSTER, *arguments, "-w", str(self.workspace)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120)

    def repository_origin(self) -> RemoteRepositoryOrigin:
        return RemoteRepositoryOrigin(GrpcServerCodeLocationOrigin(location_name="cpp", **self.where), "__repository__")

    def launch(self, job: str) -> str:
        """By Dagster's own command, which asks the server to start the run."""
        done = self.dagster("job", "launch", "-j", job)
        assert done.returncode == 0, done.stdout + done.stderr
        with DagsterInstance.from_config(str(self.home)) as instance:
            return next(iter(instance.get_runs(limit=1))).run_id

    def wait_for(self, run_id: str, *statuses: DagsterRunStatus, seconds: float = 20) -> DagsterRunStatus:
        deadline = time.monotonic() + seconds
        with DagsterInstance.from_config(str(self.home)) as instance:
            while True:
                status = instance.get_run_by_id(run_id).status
                if status in statuses or time.monotonic() > deadline:
                    return status
                time.sleep(0.02)

    def events(self, run_id: str) -> list[str]:
        with DagsterInstance.from_config(str(self.home)) as instance:
            return [e.dagster_event.event_type_value for e in instance.all_logs(run_id) if e.dagster_event]

    def worker_of(self, run_id: str) -> int:
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    command = Path("/proc", entry, "cmdline").read_bytes()
                except OSError:
                    continue
                if b"\0execute_run\0" in command and run_id.encode() in command:
                    return int(entry)
        raise AssertionError(f"run {run_id} has no process")

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "dagster.yaml").write_text(DAGSTER_YAML)
    at_port = getattr(request, "param", "socket") == "port"
    arguments = ["--port", "0"] if at_port else ["--socket", str(tmp_path / "grpc")]
    server = Served(tmp_path, *arguments, FANOUT_STEPS="3000")
    yield server
    if server.process.poll() is None:
        assert server.stop() == 0


@pytest.mark.parametrize("served", ["socket", "port"], indirect=True)
def test_dagsters_client_loads_all(served: Served) -> None:
    command = [
        sys.executable, os.path.join(HERE, "load_location.py"), served.address, "--partition", "weather_month_job=2012-02-01",
        "--config", f"config_job={json.dumps(CONFIG)}",
    ]  # fmt: skip
    done = subprocess.run(command, env=served.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_dagsters_commands_accept_it(served: Served) -> None:
    listed = served.dagster("job", "list")
    assert listed.returncode == 0, listed.stderr
    assert "Job: data_pipeline_job" in listed.stdout
    validated = served.dagster("definitions", "validate")
    assert validated.returncode == 0, validated.stderr


def test_partition_sets_come_with_config_and_tags(served: Served) -> None:
    args = PartitionSetExecutionParamArgs(
        repository_origin=served.repository_origin(),
        partition_set_name="weather_month_job_partition_set",
        partition_names=["2012-02-01", "2012-03-01"],
        instance_ref=None,
    )
    data = deserialize_value(served.client.external_partition_set_execution_params(args))
    assert [p.name for p in data.partition_data] == ["2012-02-01", "2012-03-01"]
    assert [p.tags["dagster/partition"] for p in data.partition_data] == ["2012-02-01", "2012-03-01"]


@pytest.mark.parametrize("served", ["socket", "port"], indirect=True)
def test_runs_start_and_end(served: Served) -> None:
    good = served.launch("data_pipeline_job")
    assert served.wait_for(good, DagsterRunStatus.SUCCESS) == DagsterRunStatus.SUCCESS
    assert "ASSET_MATERIALIZATION" in served.events(good)
    bad = served.launch("test_failure_job")
    assert served.wait_for(bad, DagsterRunStatus.FAILURE) == DagsterRunStatus.FAILURE
    # The process ends a moment after its run.
    deadline = time.monotonic() + 5
    while deserialize_value(served.client.get_current_runs(), GetCurrentRunsResult).current_runs:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_worker_fails_its_run_within_a_second(served: Served) -> None:
    run_id = served.launch(SLOW_JOB)
    served.wait_for(run_id, DagsterRunStatus.STARTED)
    os.kill(served.worker_of(run_id), signal.SIGKILL)
    assert served.wait_for(run_id, DagsterRunStatus.FAILURE, seconds=1) == DagsterRunStatus.FAILURE
    assert served.events(run_id)[-2:] == ["ENGINE_EVENT", "PIPELINE_FAILURE"]


def test_a_run_is_cancelled(served: Served) -> None:
    run_id = served.launch(SLOW_JOB)
    served.wait_for(run_id, DagsterRunStatus.STARTED)
    with DagsterInstance.from_config(str(served.home)) as instance:
        instance.report_run_canceling(instance.get_run_by_id(run_id))
    answer = served.client.cancel_execution(CancelExecutionRequest(run_id=run_id))
    assert deserialize_value(answer, CancelExecutionResult).success
    assert served.wait_for(run_id, DagsterRunStatus.CANCELED) == DagsterRunStatus.CANCELED


def test_shutdown_waits_for_the_runs(served: Served) -> None:
    run_id = served.launch(SLOW_JOB)
    served.client.shutdown_server()
    time.sleep(0.2)
    assert served.process.poll() is None
    served.client.cancel_execution(CancelExecutionRequest(run_id=run_id))
    assert served.process.wait(10) == 0


def test_a_broken_definition_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(DAGSTER_YAML)
    server = Served(tmp_path, "--socket", str(tmp_path / "grpc"), FANOUT_STEPS="many")
    try:
        done = server.dagster("job", "list")
        assert done.returncode != 0
        assert "stoi" in done.stdout + done.stderr
    finally:
        server.stop()
