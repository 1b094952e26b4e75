"""The storage alone, without engine or command line: both sides read the same home and must see the same."""

import glob
import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from tidemill import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("TIDEMILL_BUILD", os.path.join(ROOT, "build", "release"))
PROBE = os.path.join(BUILD, "libs", "storage_sqlite", "tidemill_storage_probe")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def read_with_tidemill(home: str):
    return json.loads(run(PROBE, "read", home))


def read_with_dagster(home: str):
    return json.loads(run(sys.executable, os.path.join(HERE, "storage_reader.py"), home))


def copy_of(home: str, tmp_path) -> str:
    """Opening a home may repair it: each reader gets its own."""
    copy = str(tmp_path / f"copy{len(os.listdir(tmp_path))}")
    shutil.copytree(home, copy)
    return copy


@pytest.fixture(scope="module")
def written_home(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = str(tmp_path_factory.mktemp("storage") / "home")
    os.makedirs(home)
    with open(f"{home}/dagster.yaml", "w") as file:
        file.write("telemetry:\n  enabled: false\n")
    run(PROBE, "write", home)
    return home


def test_dagster_reads_what_the_storage_wrote(written_home: str, tmp_path) -> None:
    theirs = read_with_dagster(copy_of(written_home, tmp_path))
    ours = read_with_tidemill(copy_of(written_home, tmp_path))
    assert [run["status"] for run in theirs["runs"]] == ["QUEUED", "FAILURE", "SUCCESS"]
    assert sorted(theirs["assets"]) == ["daily", "external", "shop/orders"]
    assert ours == theirs


def test_dagster_finds_nothing_to_object_to(written_home: str, tmp_path) -> None:
    run(sys.executable, os.path.join(HERE, "open_with_dagster.py"), copy_of(written_home, tmp_path), "--min-runs", "3")


def test_the_storage_reads_what_dagster_wrote(reference_folder: str, tmp_path) -> None:
    theirs = read_with_dagster(copy_of(f"{reference_folder}/home", tmp_path))
    ours = read_with_tidemill(copy_of(f"{reference_folder}/home", tmp_path))
    assert len(theirs["runs"]) > 3
    assert ours == theirs


def test_an_event_of_a_newer_version_is_one_of_the_engine(written_home: str, tmp_path) -> None:
    home = copy_of(written_home, tmp_path)
    for path in glob.glob(f"{home}/history/runs/*.db"):
        database = sqlite3.connect(path)
        with database:
            database.execute(
                "update event_logs set dagster_event_type = 'STEP_TELEPORTED', event = json_set(event,"
                " '$.dagster_event.event_type_value', 'STEP_TELEPORTED') where dagster_event_type = 'STEP_START'"
            )
        database.close()
    theirs, ours = read_with_dagster(copy_of(home, tmp_path)), read_with_tidemill(copy_of(home, tmp_path))
    assert any(event[1] == "ENGINE_EVENT" for run in theirs["runs"] for event in run["events"])
    assert [run["events"] for run in ours["runs"]] == [run["events"] for run in theirs["runs"]]


DOWNGRADE_SCRIPT = """
import sys
from dagster import DagsterInstance
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._core.storage.sql import get_alembic_config, run_alembic_downgrade
instance, revision = DagsterInstance.get(), sys.argv[1]
for module, connect in (
    (sqlite_run_storage, instance.run_storage.connect),
    (sqlite_event_log, instance.event_log_storage.index_connection),
    (sqlite_schedule_storage, instance.schedule_storage.connect),
):
    with connect() as connection:
        run_alembic_downgrade(get_alembic_config(module.__file__), connection, revision)
"""


# A revision, and what the tables that it has not held.
OLDER = {"7e2f3204cf8e": [], "46b412388816": [], "5771160a95ad": ["checks"]}


@pytest.mark.parametrize("revision", OLDER)
def test_a_home_of_an_older_schema_is_migrated(revision: str, written_home: str, tmp_path) -> None:
    """Real Dagster takes the schema back to an older revision; our migration brings it to what it was."""
    home = copy_of(written_home, tmp_path)
    before, schemas_before = read_with_dagster(home), schemas(home)
    environment = dict(os.environ, DAGSTER_HOME=home)
    command = [sys.executable, "-W", "ignore", "-c", DOWNGRADE_SCRIPT, revision]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    refused = subprocess.run([PROBE, "read", home], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert "instance migrate" in refused.stderr

    assert f"revision {revision} is now" in run(PROBE, "migrate", home)
    assert run(PROBE, "migrate", home) == ""
    assert schemas(home) == schemas_before
    kept = {name: value for name, value in before.items() if name not in OLDER[revision]}
    after = read_with_dagster(copy_of(home, tmp_path))
    assert {name: after[name] for name in kept} == kept
    assert read_with_tidemill(home) == after


def schemas(home: str) -> dict[str, list]:
    """Of each file the definitions of tables and indexes, the stamp and the migrations; run logs under one name."""
    found = {}
    paths = glob.glob(f"{home}/history/*.db") + glob.glob(f"{home}/history/runs/*.db") + glob.glob(f"{home}/schedules/*.db")
    for path in paths:
        name = os.path.relpath(path, home)
        if os.path.dirname(name) == "history/runs" and os.path.basename(name) != "index.db":
            name = "a run log"
        database = sqlite3.connect(path)
        try:
            definitions = sorted(database.execute("select type, name, tbl_name, sql from sqlite_master").fetchall(), key=str)
            stamp = database.execute("select version_num from alembic_version").fetchall()
            migrations = [row[0] for row in database.execute("select name from secondary_indexes order by id")]
            pragmas = [database.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "page_size", "encoding")]
        finally:
            database.close()
        found[name] = [definitions, stamp, migrations, pragmas]
    return found


def test_the_files_are_dagsters_own(written_home: str, reference_folder: str, tmp_path) -> None:
    theirs = schemas(copy_of(f"{reference_folder}/home", tmp_path))
    ours = schemas(copy_of(written_home, tmp_path))
    assert sorted(ours) == ["a run log", "history/runs.db", "history/runs/index.db", "schedules/schedules.db"]
    assert ours == theirs
