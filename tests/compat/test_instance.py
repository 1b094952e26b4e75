"""dagster.yaml means the same to both: equal InstanceRefs for what Dagster accepts, an error for what it refuses."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from tidemill import ROOT

BUILD = os.environ.get("TIDEMILL_BUILD", os.path.join(ROOT, "build", "release"))
PROBE = os.path.join(BUILD, "libs", "instance", "tidemill_instance_probe")

ACCEPTED = {
    "empty": "",
    "settings": """
telemetry: {enabled: false}
nux: {enabled: yes}
freshness: {enabled: true}
run_retries: {enabled: true, max_retries: 3}
run_monitoring: {enabled: true, start_timeout_seconds: 60, free_slots_after_run_end_seconds: 5}
code_servers: {local_startup_timeout: 30, reload_timeout: 40, wait_for_local_processes_on_shutdown: true}
retention: {schedule: {purge_after_days: 90}, sensor: {purge_after_days: {skipped: 1, started: 2}}}
backfills: {use_threads: true, num_workers: 2, num_submit_workers: 3}
sensors: {}
auto_materialize: {run_tags: {team: data}, minimum_interval_seconds: 20}
python_logs: {managed_python_loggers: [root], python_log_level: DEBUG}
""",
    "run queue": """
run_queue:
  max_concurrent_runs: {env: HOME}
  tag_concurrency_limits:
  - {key: a, limit: 1}
  - {key: b, value: {applyLimitPerUniqueValue: true}, limit: 2}
  - {key: c, value: "3", limit: 4}
  block_op_concurrency_limited_runs: {enabled: true}
""",
    "coordinator": "run_coordinator: {module: dagster, class: DefaultRunCoordinator}",
    "launcher": "run_launcher: {module: dagster_k8s, class: K8sRunLauncher, config: {job_namespace: x, labels: {a: 'true'}}}",
    "storage in a folder": "storage: {sqlite: {base_dir: /srv/with space/and 'quote'}}",
    "storage from the environment": "storage: {sqlite: {base_dir: {env: HOME}}}",
    "logs": """
compute_logs:
  module: dagster._core.storage.local_compute_log_manager
  class: LocalComputeLogManager
  config: {base_dir: /srv/logs, polling_timeout: 1.5}
local_artifact_storage: {module: dagster._core.storage.root, class: LocalArtifactStorage, config: {base_dir: /srv/x}}
scheduler: {module: dagster._core.scheduler, class: DagsterDaemonScheduler, config: {max_catchup_runs: 3}}
""",
    "concurrency": """
concurrency:
  pools: {default_limit: 5, granularity: run, op_granularity_run_buffer: 1}
  runs: {max_concurrent_runs: 4, tag_concurrency_limits: [{key: a, limit: 1}]}
""",
}

REFUSED = {
    "unknown key": "run_retires: {enabled: true}",
    "unknown inner key": "run_retries: {max_retrys: 1}",
    "wrong type": "run_monitoring: {start_timeout_seconds: soon}",
    "quoted boolean": "telemetry: {enabled: 'true'}",
    "no mapping": "- a",
    "two storages": "storage: {sqlite: {base_dir: /a}, mysql: {}}",
    "old and new storage": "{storage: {sqlite: {base_dir: /a}}, run_storage: {module: a, class: b, config: {}}}",
    "queue and coordinator": "{run_queue: {}, run_coordinator: {module: a, class: b, config: {}}}",
    "queue and concurrency": "{run_queue: {max_concurrent_runs: 1}, concurrency: {runs: {max_concurrent_runs: 2}}}",
    "limit too high": "concurrency: {pools: {default_limit: 1001}}",
    "bad granularity": "concurrency: {pools: {granularity: step}}",
    "limit without a key": "run_queue: {tag_concurrency_limits: [{limit: 1}]}",
    "launcher without a class": "run_launcher: {module: a}",
}

REF_SCRIPT = """
import sys
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import serialize_value
print(serialize_value(InstanceRef.from_dir(sys.argv[1])))
"""


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ, HOME="/7"))


def tidemill_ref(home: str) -> subprocess.CompletedProcess:
    return run(PROBE, home)


def dagster_ref(home: str) -> subprocess.CompletedProcess:
    return run(sys.executable, "-W", "ignore", "-c", REF_SCRIPT, home)


def home_with(text: str, tmp_path) -> str:
    (tmp_path / "dagster.yaml").write_text(text)
    return str(tmp_path)


def with_parsed_yaml(text: str):
    """Configurations compare as values: PyYAML has its own taste in quotes."""
    ref = json.loads(text)
    for part in ref.values():
        if isinstance(part, dict) and "config_yaml" in part:
            part["config_yaml"] = yaml.safe_load(part["config_yaml"])
    return ref


@pytest.mark.parametrize("name", ACCEPTED)
def test_both_find_the_same_instance(name: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ACCEPTED[name]
    if "max_concurrent_runs: {env" in text:
        text = text.replace("HOME", "SLOTS")
        monkeypatch.setenv("SLOTS", "7")
    home = home_with(text, tmp_path)
    ours, theirs = tidemill_ref(home), dagster_ref(home)
    assert theirs.returncode == 0, theirs.stderr
    assert ours.returncode == 0, ours.stderr
    assert with_parsed_yaml(ours.stdout) == with_parsed_yaml(theirs.stdout)
    if name in ("empty", "settings"):
        assert ours.stdout == theirs.stdout


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(name: str, tmp_path) -> None:
    home = home_with(REFUSED[name], tmp_path)
    ours, theirs = tidemill_ref(home), dagster_ref(home)
    assert theirs.returncode != 0
    assert ours.returncode == 1
    assert f"{home}/dagster.yaml:1: " in ours.stderr
