"""The routes of `tidemill dev` beside GraphQL, held against the pinned dagster-webserver and its files."""

import gzip
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import dagster_webserver
import pytest
import requests

from tidemill import LOCATION, Dev, Tidemill

WEBAPP = pathlib.Path(dagster_webserver.__file__).parent / "webapp" / "build"
PYTHON = dict(PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"])


@pytest.fixture(scope="module")
def tidemill(tmp_path_factory):
    return Tidemill(str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def dev(tidemill):
    with Dev(tidemill, "-l", LOCATION) as dev:
        dev.wait_for_locations()
        yield dev


@pytest.fixture(scope="module")
def run_id(tidemill):
    """A run that has ended, with events and captured logs."""
    tidemill.run("job", "execute", "--location", LOCATION, "-j", "data_pipeline_job")
    return tidemill.json("run", "list")[0]["run_id"]


@pytest.fixture(scope="module")
def real(tidemill, tmp_path_factory):
    """The pinned webserver on the same home, with nothing loaded."""
    workspace = tmp_path_factory.mktemp("real") / "workspace.yaml"
    workspace.write_text("load_from: []\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [os.path.join(os.path.dirname(sys.executable), "dagster-webserver"), "-p", str(port), "-w", str(workspace)]
    process = subprocess.Popen(command, env=dict(tidemill.environment, **PYTHON), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                requests.get(url + "/server_info", timeout=5)
                break
            except requests.ConnectionError:
                assert process.poll() is None
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def test_every_file_of_the_ui_is_served_as_it_is(dev):
    session = requests.Session()
    files = [file for file in WEBAPP.rglob("*") if file.is_file()]
    assert len(files) > 100
    for file in files:
        answer = session.get(f"{dev.url}/{file.relative_to(WEBAPP)}", timeout=20)
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(file.read_bytes()).digest(), file


def test_files_have_the_real_types_and_are_sent_again_only_if_they_changed(dev, real):
    for path in ["/favicon.svg", "/manifest.json", "/favicon.png", "/csp-header.txt", "/vendor/graphiql/graphiql.min.css",
                 "/vendor/graphiql/graphiql.min.js"]:  # fmt: skip
        ours = requests.get(dev.url + path, timeout=20)
        theirs = requests.get(real + path, timeout=20)
        kinds = [answer.headers["Content-Type"].split(";")[0] for answer in (ours, theirs)]
        assert kinds[0] == kinds[1]
        again = requests.get(dev.url + path, headers={"If-None-Match": ours.headers["ETag"]}, timeout=20)
        assert again.status_code == 304 and again.content == b""


def test_the_page_is_the_real_one(dev, real):
    nonce = r"[0-9a-f]{32}"
    for path in ["/", "/runs", "/locations/a.b/jobs/c", "/asset-groups/"]:
        ours, theirs = (requests.get(url + path, timeout=20) for url in (dev.url, real))
        seen = re.search(f"'nonce-({nonce})'", ours.headers["Content-Security-Policy"]).group(1)
        assert ours.text.count(seen) == theirs.text.count(re.search(f"'nonce-({nonce})'", theirs.headers["Content-Security-Policy"]).group(1))
        same = [re.sub(nonce, "N", answer.text).replace('"telemetryEnabled": true', '"telemetryEnabled": false') for answer in (ours, theirs)]
        assert same[0] == same[1]
        for header in ["Content-Type", "Cache-Control", "Referrer-Policy", "Feature-Policy", "X-Content-Type-Options"]:
            assert ours.headers[header] == theirs.headers[header]
        policies = [re.sub(nonce, "N", answer.headers["Content-Security-Policy"]).strip() for answer in (ours, theirs)]
        assert policies[0] == policies[1]


def test_other_routes_answer_as_the_real_ones(dev, real):
    for path in ["/server_info", "/dagit_info"]:
        assert requests.get(dev.url + path, timeout=20).json() == requests.get(real + path, timeout=20).json()
    for path in ["/_next/none.js", "/logs/no/such/log/out"]:
        assert [requests.get(url + path, timeout=20).status_code for url in (dev.url, real)] == [404, 404]
    for method, path in [("POST", "/runs"), ("GET", "/report_asset_check/a"), ("DELETE", "/graphql")]:
        ours, theirs = (requests.request(method, url + path, timeout=20).status_code for url in (dev.url, real))
        assert ours == theirs, (method, path)
    assert "GraphiQL" in requests.get(dev.url + "/graphql", headers={"Accept": "text/html"}, timeout=20).text
    assert requests.get(dev.url + "/healthz", timeout=20).status_code == 200
    assert requests.get(dev.url + "/readyz", timeout=20).status_code == 200
    assert "tidemill_http_requests_total" in requests.get(dev.url + "/metrics", timeout=20).text


def test_captured_logs_are_downloads(dev, real, tidemill, run_id):
    folder = pathlib.Path(tidemill.home) / "storage" / run_id / "compute_logs"
    files = [file for file in folder.iterdir() if file.suffix in (".out", ".err")]
    assert files
    for file in files:
        path = f"/logs/{run_id}/compute_logs/{file.stem}/{file.suffix[1:]}"
        ours, theirs = (requests.get(url + path, timeout=20) for url in (dev.url, real))
        assert ours.status_code == theirs.status_code == 200
        assert ours.content == theirs.content == file.read_bytes()
        for header in ["Content-Disposition", "Content-Length"]:
            assert ours.headers[header] == theirs.headers[header]


def test_nothing_outside_of_the_logs_is_read(dev, run_id):
    host, port = dev.url.removeprefix("http://").split(":")
    for path in [f"/logs/{run_id}/../../../dagster.yaml/out", "/logs/..%2f..%2fetc%2fpasswd/out", "/logs/%2e%2e/x/out"]:
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(100).split()[1] in (b"400", b"404"), path


def test_the_real_dagster_imports_our_debug_file(dev, tidemill, run_id, tmp_path):
    answer = requests.get(f"{dev.url}/download_debug/{run_id}", timeout=20)
    assert answer.headers["Content-Type"] == "application/gzip"
    events = json.loads(gzip.decompress(answer.content))["event_list"]
    file = tmp_path / "debug.gz"
    file.write_bytes(answer.content)
    other = Tidemill(str(tmp_path / "other"))
    command = [os.path.join(os.path.dirname(sys.executable), "dagster"), "debug", "import", str(file)]
    subprocess.run(command, env=dict(other.environment, **PYTHON), check=True, capture_output=True, timeout=120)
    with Dev(other, "-l", LOCATION) as imported:
        data = imported.query("query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { __typename } } } }", {"id": run_id})
        assert len(data["logsForRun"]["events"]) == len(events)
    assert requests.get(f"{dev.url}/download_debug/none", timeout=20).status_code == 404


REPORTS = [
    ("materialization", "reported/a", {"partition": "p", "data_version": "v1", "metadata": {"n": 1, "t": "x", "j": [1]}}),
    ("materialization", "reported/b", {}),
    ("observation", "reported/a", {"description": "seen", "data_version": "v2"}),
    ("check", "reported/a", {"check_name": "c", "passed": False, "severity": "WARN", "metadata": {"f": 0.5}}),
    ("materialization", "reported/c", {"metadata": 1}),
    ("check", "reported/a", {"passed": True}),
    ("check", "reported/a", {"check_name": "c", "passed": True, "severity": "BAD"}),
]


def stored(home):
    """The events of no run, as the real Dagster reads them, without their time."""
    code = """if True:
        import sys, dagster as dg
        from dagster._serdes import serialize_value
        with dg.DagsterInstance.get() as instance:
            for record in instance.event_log_storage.get_logs_for_run(""):
                print(serialize_value(record._replace(timestamp=0.0)))
    """
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, DAGSTER_HOME=home), capture_output=True, text=True, check=True, timeout=120)
    return [json.loads(line, object_hook=without_empty_tags) for line in done.stdout.splitlines()]


def without_empty_tags(value):
    """Dagster reads no tags and an empty map of them as the same."""
    return {**value, "tags": value["tags"] or None} if "tags" in value else value


def test_reports_are_stored_as_the_real_server_stores_them(dev, real, tidemill):
    """One after the other on the same home: each server's events are those that it added."""
    added = []
    for url in (dev.url, real):
        before = len(stored(tidemill.home))
        statuses = [requests.post(f"{url}/report_asset_{kind}/{key}", json=body, timeout=20).status_code for kind, key, body in REPORTS]
        assert statuses == [200, 200, 200, 200, 400, 400, 400]
        added.append(stored(tidemill.home)[before:])
    assert len(added[0]) == 4
    for ours, theirs in zip(*added, strict=True):
        assert ours == theirs


def test_a_read_only_server_takes_no_reports(tidemill):
    with Dev(tidemill, "-l", LOCATION, "--read-only") as dev:
        answer = requests.post(dev.url + "/report_asset_materialization/a", timeout=20)
        assert (answer.status_code, answer.json()) == (401, {"error": "Not authorized to report runless asset events."})


def test_a_prefix_moves_everything(tidemill):
    with Dev(tidemill, "-l", LOCATION, "--path-prefix", "/data/mill") as dev:
        assert dev.url.endswith("/data/mill")
        page = requests.get(dev.url + "/runs", timeout=20).text
        assert '"pathPrefix": "/data/mill"' in page
        script = re.search(r'src="(/data/mill/_next/[^"]*)"', page).group(1)
        root = dev.url.removesuffix("/data/mill")
        assert requests.get(root + script, timeout=20).status_code == 200
        assert requests.get(root + "/", timeout=20).url == dev.url
        assert requests.get(root + "/server_info", timeout=20).status_code == 404


def test_pages_of_other_sites_are_refused(dev):
    body = {"query": "{ version }"}
    own = {"Origin": dev.url}
    assert requests.post(dev.url + "/graphql", json=body, headers=own, timeout=20).status_code == 200
    assert requests.post(dev.url + "/graphql", json=body, headers={"Origin": "http://evil"}, timeout=20).status_code == 403


def test_a_notebook_of_a_python_location_is_shown(tidemill, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # A location gives notebooks of its own folder only.
    (tmp_path / "defs.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    notebook = tmp_path / "book.ipynb"
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": ["1 < 2"], "outputs": []}], "nbformat": 4}))
    with Dev(tidemill, "-f", str(tmp_path / "defs.py"), environment=PYTHON) as dev:
        dev.wait_for_locations()
        answer = requests.get(dev.url + "/notebook", params={"path": str(notebook), "repoLocName": "defs.py"}, timeout=20)
        assert answer.status_code == 200 and "1 &lt; 2" in answer.text
        outside = requests.get(dev.url + "/notebook", params={"path": "/etc/a.ipynb", "repoLocName": "defs.py"}, timeout=20)
        assert outside.status_code >= 400 and "within the current working directory" in outside.text
