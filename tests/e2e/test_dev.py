"""`tidemill dev`: serves C++ and unchanged Python locations, and ends when it is told to."""

import os
import subprocess
import sys
import textwrap

import pytest

from tidemill import LOCATION, TIDEMILL, Dev, Tidemill

PYTHON = dict(PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])


@pytest.fixture
def tidemill(tmp_path):
    return Tidemill(str(tmp_path / "home"))


def jobs_of(location):
    return {job["name"] for repository in location["repositories"] for job in repository["jobs"]}


def python_file(folder, text):
    path = folder / "project_defs.py"
    path.write_text(textwrap.dedent(text))
    return str(path)


def test_a_cpp_and_a_python_location_are_served_side_by_side(tidemill, tmp_path):
    file = python_file(
        tmp_path,
        """
        import dagster as dg
        @dg.asset
        def from_python(): ...
        defs = dg.Definitions(assets=[from_python], jobs=[dg.define_asset_job("python_job")])
        """,
    )
    with Dev(tidemill, "-l", LOCATION, "-f", file, environment=PYTHON) as dev:
        locations = dev.wait_for_locations()
        assert "data_pipeline_job" in jobs_of(locations["dagster-pipelines"])
        assert "python_job" in jobs_of(locations["project_defs.py"])
        assert dev.stop() == 0


def test_an_import_error_is_shown_beside_what_loads(tidemill, tmp_path):
    file = python_file(tmp_path, "raise ValueError('no luck')\n")
    with Dev(tidemill, "-l", LOCATION, "-f", file, environment=PYTHON) as dev:
        locations = dev.wait_for_locations()
        assert "no luck" in locations["project_defs.py"]["causes"][0]["message"]
        assert "data_pipeline_job" in jobs_of(locations["dagster-pipelines"])


def test_a_workspace_file_names_the_locations(tidemill, tmp_path):
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(f"load_from:\n  - executable: {{path: {LOCATION}, location_name: native}}\n")
    with Dev(tidemill, "-w", str(workspace)) as dev:
        assert "test_failure_job" in jobs_of(dev.wait_for_locations()["native"])


def test_a_mistake_in_a_workspace_file_ends_the_start_with_its_line(tidemill, tmp_path):
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text("load_from:\n  - python_fil: a.py\n")
    done = tidemill.run("dev", "-p", "0", "-w", str(workspace), check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f'error: {workspace}:2: unknown key "python_fil" in load_from[0]; did you mean "python_file"?\n'
    )


def test_a_taken_port_is_named(tidemill):
    with Dev(tidemill, "-l", LOCATION) as dev:
        port = dev.url.rsplit(":", 1)[1]
        done = subprocess.run(
            [TIDEMILL, "dev", "-p", port, "-l", LOCATION], env=tidemill.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode != 0
        assert f"127.0.0.1:{port}" in done.stderr


def test_locations_end_with_the_server(tidemill):
    with Dev(tidemill, "-l", LOCATION) as dev:
        dev.wait_for_locations()
        children = subprocess.run(["pgrep", "-P", str(dev.pid)], capture_output=True, text=True).stdout.split()
        assert children
        dev.stop()
        assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]
