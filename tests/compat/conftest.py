"""The two homes that the tests of this folder compare, each made once a session."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_reference import Candidate, Reference
from scenarios import ASSET_JOB, ENVIRONMENT, SCENARIOS, Scenario
from tidemill import LOCATION, ROOT, Tidemill

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON_DEFINITIONS = os.path.join(ROOT, "apps", "dagster-pipelines", "python")


def _hash_of_inputs() -> str:
    """Of all that the reference depends on: its scripts and definitions, and the contract's version."""
    digest = hashlib.sha256(sys.version.encode())
    files = [os.path.join(HERE, name) for name in ("reference.py", "scenarios.py")]
    package = os.path.join(PYTHON_DEFINITIONS, "dagster_pipelines")
    files += [os.path.join(package, name) for name in sorted(os.listdir(package)) if name.endswith(".py")]
    requirements = os.path.join(ROOT, "contract", "requirements.txt")
    for path in files + ([requirements] if os.path.exists(requirements) else []):
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def reference_folder() -> str:
    """What reference.py writes. It takes a minute, so it is kept in build/ until one of its inputs changes."""
    folder = os.path.join(ROOT, "build", "reference", _hash_of_inputs())
    if not os.path.exists(f"{folder}/runs.json"):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        environment = dict(os.environ, PYTHONPATH=PYTHON_DEFINITIONS)
        with open(f"{folder}/log.txt", "w") as log:
            done = subprocess.run(
                [sys.executable, os.path.join(HERE, "reference.py"), folder], env=environment, stdout=log, stderr=log
            )
        assert done.returncode == 0, f"reference.py failed, see {folder}/log.txt"
    return folder


def arguments_of(scenario: Scenario, runs: dict[str, str]) -> list[str]:
    if scenario.reexecute:
        return ["run", "reexecute", runs[scenario.reexecute], "--from-failure", "--location", LOCATION]
    if scenario.job == ASSET_JOB:
        arguments = ["asset", "materialize", "--select", ",".join(scenario.assets)]
    else:
        arguments = ["job", "execute", "-j", scenario.job]
    arguments += ["--location", LOCATION]
    if scenario.ops:
        arguments += ["--op-selection", ",".join(scenario.ops)]
    if scenario.config:
        arguments += ["--config-json", json.dumps(scenario.config)]
    if scenario.partition:
        arguments += ["--partition", scenario.partition]
    for key, value in scenario.tags.items():
        arguments += ["--tags", f"{key}={value}"]
    return arguments


def newest_run(home: str) -> str:
    database = sqlite3.connect(f"file:{home}/history/runs.db?mode=ro", uri=True)
    try:
        return database.execute("select run_id from runs order by id desc limit 1").fetchone()[0]
    finally:
        database.close()


@pytest.fixture(scope="session")
def tidemill_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A home in which Tidemill ran every scenario, and the scenarios' run ids."""
    tidemill = Tidemill(str(tmp_path_factory.mktemp("tidemill") / "home"), ENVIRONMENT)
    runs: dict[str, str] = {}
    for scenario in SCENARIOS:
        done = tidemill.run(*arguments_of(scenario, runs), check=False)
        expected = 0 if scenario.status == "SUCCESS" else 1
        assert done.returncode == expected, f"{scenario.name}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        runs[scenario.name] = newest_run(tidemill.home)
    return tidemill.home, runs


@pytest.fixture(scope="session")
def build_dir() -> Path:
    """The build whose executables are tested: TIDEMILL_BUILD, else build/release."""
    directory = Path(os.environ.get("TIDEMILL_BUILD", os.path.join(ROOT, "build", "release"))).resolve()
    if not directory.is_dir():
        pytest.fail(f"no build at {directory}: build the release preset, or name another build in TIDEMILL_BUILD")
    return directory


@contextmanager
def started(reference_folder: str, build_dir: Path, folder: Path) -> Iterator[tuple[Reference, Candidate]]:
    """The real web server and our API, each on a copy of the home that the real Dagster ran the scenarios in."""
    homes = [str(shutil.copytree(f"{reference_folder}/home", folder / name)) for name in ("reference", "candidate")]
    reference, candidate = Reference(homes[0]), Candidate(homes[1], str(build_dir))
    try:
        reference.wait()
        yield reference, candidate
    finally:
        candidate.close()
        reference.close()


@pytest.fixture(scope="session")
def servers(
    reference_folder: str, build_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reference, Candidate]]:
    """Both, for tests that change nothing."""
    with started(reference_folder, build_dir, tmp_path_factory.mktemp("api")) as both:
        yield both


@pytest.fixture(scope="module")
def own_servers(
    reference_folder: str, build_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Reference, Candidate]]:
    """Both, with homes that a module may change."""
    with started(reference_folder, build_dir, tmp_path_factory.mktemp("own_api")) as both:
        yield both
