"""The command line as its users meet it: output, JSON, exit codes, signals, terminals."""

import json
import os
import pty
import select
import signal
import stat
import struct
import subprocess
import termios
import time
import fcntl
import uuid
from pathlib import Path

import pytest
from tidemill import LOCATION, TIDEMILL, Tidemill

OK, RUN_FAILED, USAGE, STORAGE, LOCATION_FAILED, CANCELLED = 0, 1, 2, 3, 4, 130
ASSETS = "raw_data,processed_data,report"


@pytest.fixture
def tidemill(tmp_path: Path) -> Tidemill:
    return Tidemill(str(tmp_path / "home"), {"TIDEMILL_LOCATION": LOCATION, "TZ": "UTC"})


def having(tidemill: Tidemill, **variables: str) -> Tidemill:
    """The same home with more environment variables."""
    other = Tidemill(tidemill.home)
    other.environment = dict(tidemill.environment, **variables)
    return other


def script(path: Path, body: str) -> str:
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def error_of(done: subprocess.CompletedProcess) -> str:
    assert done.stderr.startswith("error: "), done.stderr
    return done.stderr.splitlines()[0]


def wait_for(condition, what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.01)


# Runs


def test_materialize_shows_what_happens_line_by_line_in_a_pipe(tidemill: Tidemill) -> None:
    done = tidemill.run("asset", "materialize", "--select", ASSETS)
    lines = done.stdout.splitlines()
    assert any(line.endswith("raw_data started") for line in lines)
    assert any("raw_data: simulating 1000 readings from seed 7" in line for line in lines)
    assert any(line.endswith("raw_data materialized") for line in lines)
    assert any("check processed_data:readings_in_range passed" in line for line in lines)
    assert " succeeded in " in lines[-1] and "4 succeeded" in lines[-1]
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_materialize_gives_its_result_as_json(tidemill: Tidemill) -> None:
    run_id = str(uuid.uuid4())
    result = tidemill.json(
        "asset", "materialize", "--select", ASSETS, "--run-id", run_id, "--tags", "team=core", "--tags", '{"n": 1}',
        "--config", "{ops: {raw_data: {config: {rows: 50}}}}",
    )  # fmt: skip
    assert result["run_id"] == run_id
    assert result["status"] == "SUCCESS"
    assert result["tags"]["team"] == "core" and result["tags"]["n"] == "1"
    assert [step["status"] for step in result["steps"]] == ["SUCCESS"] * 4
    assert {step["key"] for step in result["steps"]} > set(ASSETS.split(","))
    assert sorted(made["asset_key"] for made in result["materializations"]) == sorted([name] for name in ASSETS.split(","))
    (check,) = result["checks"]
    assert check["passed"] and check["name"] == "readings_in_range"
    rows = [event for event in events(tidemill, run_id) if event["event_type"] == "ASSET_MATERIALIZATION"]
    assert rows[0]["metadata"]["rows"] == 50
    assert tidemill.json("run", "show", run_id) == result


def events(tidemill: Tidemill, run_id: str) -> list[dict]:
    return [json.loads(line) for line in tidemill.run("run", "logs", run_id, "--json").stdout.splitlines()]


def test_a_failed_run_is_exit_code_1_and_says_why(tidemill: Tidemill) -> None:
    done = tidemill.run("job", "execute", "-j", "failing_job", check=False)
    assert done.returncode == RUN_FAILED
    assert " failed in " in done.stdout and "reexecute" in done.stdout
    shown = tidemill.json("run", "list")[0]
    assert shown["status"] == "FAILURE"
    failed = [step for step in tidemill.json("run", "show", shown["run_id"])["steps"] if step["status"] == "FAILURE"]
    assert failed and failed[0]["error"]["message"]


def test_reexecution_goes_on_from_the_failure(tidemill: Tidemill) -> None:
    tidemill.run("job", "execute", "-j", "failing_job", check=False)
    parent = tidemill.json("run", "list")[0]["run_id"]
    tidemill.run("run", "reexecute", parent, "--from-failure", check=False)
    child = tidemill.json("run", "list")[0]
    assert child["parent_run_id"] == parent and child["root_run_id"] == parent
    done = {step["key"] for step in tidemill.json("run", "show", parent)["steps"] if step["status"] == "SUCCESS"}
    again = {step["key"] for step in tidemill.json("run", "show", child["run_id"])["steps"]}
    assert not done & again


def test_a_run_without_failure_has_nothing_to_go_on_from(tidemill: Tidemill) -> None:
    tidemill.run("job", "execute", "-j", "fan_in_job")
    run_id = tidemill.json("run", "list")[0]["run_id"]
    done = tidemill.run("run", "reexecute", run_id, "--from-failure", check=False)
    assert done.returncode == USAGE and "no failure to go on from" in error_of(done)


def test_asset_check_runs_checks_only(tidemill: Tidemill) -> None:
    tidemill.run("asset", "materialize", "--select", ASSETS)
    result = tidemill.json("asset", "check", "--select", "processed_data")
    assert result["status"] == "SUCCESS" and result["materializations"] == []
    assert [check["name"] for check in result["checks"]] == ["readings_in_range"]


def test_a_failed_check_is_exit_code_1(tidemill: Tidemill) -> None:
    tidemill.run("asset", "materialize", "--select", "suspicious_data", check=False)
    done = tidemill.run("asset", "check", "--check", "suspicious_data:is_positive", check=False)
    assert done.returncode == RUN_FAILED
    assert "is_positive did not pass" in done.stdout


def test_partitions_are_asked_for_checked_and_run_one_by_one(tidemill: Tidemill) -> None:
    missing = tidemill.run("asset", "materialize", "--select", "region_sales", check=False)
    assert missing.returncode == USAGE and "--partition" in error_of(missing)
    unknown = tidemill.run("asset", "materialize", "--select", "region_sales", "--partition", "mars", check=False)
    assert unknown.returncode == USAGE and "mars" in error_of(unknown)
    unwanted = tidemill.run("asset", "materialize", "--select", "raw_data", "--partition", "eu", check=False)
    assert unwanted.returncode == USAGE and "none of the selected assets is partitioned" in error_of(unwanted)
    assert tidemill.json("run", "list") == []

    results = tidemill.json("asset", "materialize", "--select", "region_sales", "--partition-range", "eu...us")
    partitions = [result["tags"]["dagster/partition"] for result in results]
    assert partitions[0] == "eu" and partitions[-1] == "us"
    listed = {tuple(asset["key"]): asset for asset in tidemill.json("asset", "list")}
    assert listed[("region_sales",)]["last_materialization"]["partition"] == "us"


# The worker's end


def test_a_killed_worker_leaves_a_failed_run_and_its_signal_is_named(tidemill: Tidemill, tmp_path: Path) -> None:
    location = script(tmp_path / "pipelines", f'[ "$1" = serve-stdio ] && exec {LOCATION} serve-stdio\nkill -KILL $$\n')
    done = tidemill.run("job", "execute", "-j", "fan_in_job", "--location", location, check=False)
    assert done.returncode == RUN_FAILED
    assert "was killed by signal 9 (SIGKILL)" in error_of(done)
    assert tidemill.json("run", "list")[0]["status"] == "FAILURE"


def start_long_run(tidemill: Tidemill, run_id: str, **options) -> subprocess.Popen:
    """Hundreds of processes: longer than any of these tests."""
    slow = having(tidemill, FANOUT_STEPS="2000", FANOUT_DEPTH="10")
    process = slow.popen("job", "execute", "-j", "fanout_multiprocess_job", "--run-id", run_id, **options)
    wait_for(lambda: status_of(tidemill, run_id) == "STARTED", "the start of the run")
    return process


def status_of(tidemill: Tidemill, run_id: str) -> str | None:
    done = tidemill.run("run", "show", run_id, "--json", check=False)
    return json.loads(done.stdout)["status"] if done.returncode == OK else None


def test_ctrl_c_cancels_the_run(tidemill: Tidemill) -> None:
    run_id = str(uuid.uuid4())
    process = start_long_run(tidemill, run_id, stdout=subprocess.PIPE, text=True)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == CANCELLED
    assert "SIGINT: ending the run" in out and "was cancelled" in out
    assert status_of(tidemill, run_id) == "CANCELED"


def test_cancel_ends_a_run_from_elsewhere(tidemill: Tidemill) -> None:
    run_id = str(uuid.uuid4())
    process = start_long_run(tidemill, run_id, stdout=subprocess.DEVNULL)
    done = tidemill.run("run", "cancel", run_id)
    assert f"run {run_id} is CANCEL" in done.stdout
    assert process.wait(60) == CANCELLED
    assert status_of(tidemill, run_id) == "CANCELED"
    again = tidemill.run("run", "cancel", run_id, check=False)
    assert again.returncode == USAGE and "has ended already" in error_of(again)


def test_the_run_goes_on_if_tidemill_is_killed(tidemill: Tidemill) -> None:
    run_id = str(uuid.uuid4())
    small = having(tidemill, FANOUT_STEPS="40", FANOUT_DEPTH="4")
    process = small.popen(
        "job", "execute", "-j", "fanout_multiprocess_job", "--run-id", run_id, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: status_of(tidemill, run_id) == "STARTED", "the start of the run")
    process.kill()
    process.wait()
    wait_for(lambda: status_of(tidemill, run_id) == "SUCCESS", "the end of the run", 60)


# Looking


def test_logs_can_be_followed_to_the_runs_end(tidemill: Tidemill) -> None:
    run_id = str(uuid.uuid4())
    small = having(tidemill, FANOUT_STEPS="40", FANOUT_DEPTH="4")
    process = small.popen(
        "job", "execute", "-j", "fanout_multiprocess_job", "--run-id", run_id, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: status_of(tidemill, run_id) is not None, "the run")
    followed = tidemill.run("run", "logs", run_id, "--follow")
    assert process.wait(60) == OK
    assert "PIPELINE_SUCCESS" in followed.stdout
    assert "PIPELINE_START" in followed.stdout


def test_logs_are_filtered_by_level_and_step(tidemill: Tidemill) -> None:
    run_id = tidemill.json("asset", "materialize", "--select", ASSETS)["run_id"]
    info = tidemill.run("run", "logs", run_id, "--level", "INFO").stdout
    assert "simulating 1000 readings" in info and "STEP_START" not in info
    one = [json.loads(line) for line in tidemill.run("run", "logs", run_id, "--step", "report", "--json").stdout.splitlines()]
    assert {event["step_key"] for event in one} == {"report"}


def test_reading_does_not_make_an_instance(tidemill: Tidemill, tmp_path: Path) -> None:
    done = tidemill.run("run", "list", "--home", str(tmp_path / "none"), check=False)
    assert done.returncode == STORAGE and "no folder" in error_of(done)
    assert not (tmp_path / "none").exists()
    done = having(tidemill, DAGSTER_HOME="").run("run", "list", check=False)
    assert done.returncode == USAGE and "--home" in error_of(done)


def test_without_a_home_a_run_leaves_nothing_behind(tidemill: Tidemill, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    environment = dict(tidemill.environment, DAGSTER_HOME="")
    done = subprocess.run(
        [TIDEMILL, "job", "execute", "-j", "fan_in_job"], env=environment, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == OK, done.stderr
    assert ".tmp_dagster_home_" in done.stderr
    assert os.listdir(folder) == []


def test_delete_asks_first(tidemill: Tidemill) -> None:
    run_id = tidemill.json("job", "execute", "-j", "fan_in_job")["run_id"]
    refused = subprocess.run(
        [TIDEMILL, "run", "delete", run_id], env=tidemill.environment, input="no\n", capture_output=True, text=True
    )
    assert refused.returncode == USAGE and status_of(tidemill, run_id) == "SUCCESS"
    tidemill.run("run", "delete", run_id, "--force")
    done = tidemill.run("run", "show", run_id, check=False)
    assert done.returncode == USAGE and f"no run {run_id}" in error_of(done)


def test_an_unanswered_question_ends_its_line(tidemill: Tidemill) -> None:
    tidemill.run("asset", "materialize", "--select", ASSETS)
    done = subprocess.run(
        [TIDEMILL, "asset", "wipe", "raw_data"], env=tidemill.environment, input="", capture_output=True, text=True
    )
    assert done.returncode == USAGE
    assert done.stderr.splitlines()[-1] == "error: nothing was wiped"


def test_an_unknown_partition_is_answered_with_those_there_are(tidemill: Tidemill) -> None:
    done = tidemill.run("asset", "materialize", "--select", "region_sales", "--partition", "nope", check=False)
    assert done.returncode == USAGE
    assert "`nope`" in error_of(done) and "`eu`" in error_of(done) and "`apac`" in error_of(done)


def test_wipe_forgets_materializations(tidemill: Tidemill) -> None:
    tidemill.run("asset", "materialize", "--select", ASSETS)
    assert tidemill.json("asset", "wipe", "--noprompt", "raw_data") == {"wiped": [["raw_data"]]}
    listed = {asset["key"][0]: asset for asset in tidemill.json("asset", "list", "--select", ASSETS)}
    assert listed["raw_data"]["last_materialization"] is None
    assert listed["report"]["last_materialization"]["run_id"]
    done = tidemill.run("asset", "wipe", "--noprompt", "nothing", check=False)
    assert done.returncode == USAGE


def test_lists_and_prints_definitions(tidemill: Tidemill) -> None:
    assert "data_pipeline_job" in tidemill.run("job", "list").stdout
    assert {"name", "partitions", "schedules", "sensors"} <= set(tidemill.json("job", "list")[0])
    printed = tidemill.run("job", "print", "-j", "nested_job").stdout
    assert "Ops, in execution order:" in printed and "Run configuration:" in printed
    (valid,) = tidemill.json("definitions", "validate")
    assert valid["valid"] and valid["assets"] > 10 and valid["error"] is None
    table = tidemill.run("asset", "list", "--select", "raw_data").stdout.splitlines()
    assert table[0].startswith("ASSET") and table[1].startswith("raw_data") and "never" in table[1]


def test_instance_info_names_home_and_schema(tidemill: Tidemill) -> None:
    tidemill.run("job", "execute", "-j", "fan_in_job")
    info = tidemill.json("instance", "info")
    assert info["home"] == tidemill.home
    assert all(part["revision"] == part["latest"] for part in info["storage"]) and info["storage"]
    assert "nothing to do" in tidemill.run("instance", "migrate").stdout


# Mistakes


@pytest.mark.parametrize(
    "arguments, code, text",
    [
        (["asset", "materialize"], USAGE, "--select is required"),
        (["aset"], USAGE, "there is no command 'aset'"),
        (["asset", "materialize", "--select", "rwa_data"], USAGE, "raw_data"),
        (["job", "execute", "-j", "none"], USAGE, "no job none; there are: "),
        (["job", "execute"], USAGE, "choose with --job"),
        (["job", "execute", "-j", "fan_in_job", "-o", "none"], USAGE, "none"),
        (["job", "execute", "-j", "fan_in_job", "-c", "/none.yaml"], USAGE, "/none.yaml"),
        (["job", "execute", "-j", "fan_in_job", "--tags", "x"], USAGE, "key=value"),
        (["job", "list", "--location", "/none"], LOCATION_FAILED, "cannot start /none"),
        (["job", "list", "--location", "/bin/false"], LOCATION_FAILED, "exited with code 1"),
        (["run", "logs", "none"], USAGE, "no run none"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_one_line_with_the_remedy(tidemill: Tidemill, arguments: list[str], code: int, text: str) -> None:
    done = tidemill.run(*arguments, check=False)
    assert done.returncode == code, done.stderr
    assert text in error_of(done)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_a_wrong_configuration_is_told_member_by_member(tidemill: Tidemill) -> None:
    config = '{"ops": {"none": {}}}'
    done = tidemill.run("job", "execute", "-j", "config_job", "--config-json", config, check=False)
    assert done.returncode == USAGE and "config_job" in error_of(done)
    assert '"none"' in done.stderr and tidemill.json("run", "list") == []


def test_a_crash_at_load_shows_the_locations_last_words(tidemill: Tidemill, tmp_path: Path) -> None:
    location = script(tmp_path / "broken", "echo 'cannot open units.csv' >&2\nkill -ABRT $$\n")
    done = tidemill.run("job", "list", "--location", location, check=False)
    assert done.returncode == LOCATION_FAILED
    assert "was killed by signal 6 (SIGABRT)" in error_of(done) and "  cannot open units.csv\n" in done.stderr
    (invalid,) = json.loads(tidemill.run("definitions", "validate", "--location", location, "--json", check=False).stdout)
    assert not invalid["valid"] and "SIGABRT" in invalid["error"]


def test_a_corrupt_home_is_exit_code_3(tidemill: Tidemill) -> None:
    os.makedirs(f"{tidemill.home}/history")
    Path(tidemill.home, "history", "runs.db").write_bytes(b"not a database at all" * 500)
    done = tidemill.run("run", "list", check=False)
    assert done.returncode == STORAGE and "runs.db" in error_of(done)


def test_a_wrong_dagster_yaml_is_exit_code_3_and_names_the_line(tidemill: Tidemill) -> None:
    Path(tidemill.home, "dagster.yaml").write_text("telemetry: {enabled: false}\nrun_que: {}\n")
    done = tidemill.run("run", "list", check=False)
    assert done.returncode == STORAGE and "dagster.yaml:2" in error_of(done)


def test_a_reader_that_goes_away_is_no_trouble(tidemill: Tidemill) -> None:
    done = subprocess.run(
        f"{TIDEMILL} job print -j nested_job | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", env=tidemill.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[0] == "Job: nested_job" and done.stderr == ""


# Terminals


def on_a_terminal(arguments: list[str], environment: dict[str, str], rows: int = 24, columns: int = 80) -> tuple[int, str]:
    """The exit code, and all that was written to a terminal of that size."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen([TIDEMILL, *arguments], env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        assert ready, "nothing was written for a minute"
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed.
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    return process.wait(60), written.decode()


def screen_of(written: str, columns: int = 80) -> list[str]:
    """What a terminal shows after that, with everything that scrolled away; the sequences that tidemill uses."""
    lines, row, column, i = [""], 0, 0, 0
    while i < len(written):
        if written[i] == "\x1b":
            end = i + 2
            while not written[end].isalpha():
                end += 1
            argument, command = written[i + 2 : end], written[end]
            if command == "A":
                row = max(0, row - int(argument or 1))
            elif command == "K":
                lines[row] = lines[row][:column]
            elif command == "J":
                lines[row] = lines[row][:column]
                del lines[row + 1 :]
            else:
                assert command in "mhl", f"an unexpected sequence {written[i:end + 1]!r}"
            i = end + 1
            continue
        if written[i] == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif written[i] == "\r":
            column = 0
        else:
            if column == columns:
                row, column = row + 1, 0
                if row == len(lines):
                    lines.append("")
            lines[row] = lines[row][:column].ljust(column) + written[i] + lines[row][column + 1 :]
            column += 1
        i += 1
    return lines


def test_a_terminal_shows_all_steps_in_place(tidemill: Tidemill) -> None:
    environment = dict(tidemill.environment, TERM="xterm-256color")
    environment.pop("NO_COLOR", None)
    code, written = on_a_terminal(["asset", "materialize", "--select", ASSETS], environment)
    assert code == OK
    assert "\x1b[32m" in written
    screen = screen_of(written)
    steps = [line for line in screen if line.startswith("  succeeded  ")]
    assert {line.split()[1] for line in steps} > set(ASSETS.split(","))
    assert sum("raw_data: simulating" in line for line in screen) == 1
    assert "4 succeeded" in screen[-2]


def test_no_color_is_obeyed_on_a_terminal(tidemill: Tidemill) -> None:
    environment = dict(tidemill.environment, TERM="xterm", NO_COLOR="1")
    _, written = on_a_terminal(["asset", "materialize", "--select", "raw_data"], environment)
    assert "\x1b[32m" not in written and "\x1b[K" in written


def test_many_steps_fit_a_small_terminal(tidemill: Tidemill) -> None:
    environment = dict(tidemill.environment, TERM="xterm", FANOUT_STEPS="500", NO_COLOR="1")
    code, written = on_a_terminal(["job", "execute", "-j", "fanout_job"], environment, rows=10, columns=40)
    assert code == OK
    screen = screen_of(written, 40)
    assert len(screen) < 14 and any(line.startswith("  and 49") and line.endswith(" more") for line in screen)


# Completion


def complete(tidemill: Tidemill, *words: str) -> list[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in ("tidemill", *words))
    program = f"""
        source <({TIDEMILL} completion bash)
        COMP_WORDS=({quoted}) COMP_CWORD={len(words)}
        _tidemill
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=tidemill.environment)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_and_values(tidemill: Tidemill, tmp_path: Path) -> None:
    assert complete(tidemill, "as") == ["asset"]
    assert set(complete(tidemill, "asset", "")) >= {"list", "materialize", "check", "wipe"}
    assert complete(tidemill, "asset", "materialize", "--sel") == ["--select"]
    assert complete(tidemill, "run", "logs", "--level", "E") == ["ERROR"]
    assert complete(tidemill, "run", "list", "--home", "/tm") == ["/tmp"]
    assert complete(tidemill, "completion", "z") == ["zsh"]
    assert complete(tidemill, "run", "list", "--job", "") == []


