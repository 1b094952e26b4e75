"""Compares what two homes and two sets of definitions hold, field by field, after masking what no two runs share."""

import json
import os
import re
import sqlite3
import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import yaml

MISSING = "<missing>"
HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Difference:
    path: str
    reference: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.path}\n    reference: {_short(self.reference)}\n    ours:      {_short(self.ours)}"


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return text if len(text) <= 400 else text[:400] + f"… ({len(text)} characters)"


def diff(path: str, reference: Any, ours: Any) -> list[Difference]:
    """Every leaf at which the two JSON values differ; lists are compared by position."""
    if isinstance(reference, dict) and isinstance(ours, dict):
        found = []
        for key in sorted(set(reference) | set(ours)):
            found += diff(f"{path}.{key}", reference.get(key, MISSING), ours.get(key, MISSING))
        return found
    if isinstance(reference, list) and isinstance(ours, list):
        found = [] if len(reference) == len(ours) else [Difference(f"{path}.length", reference, ours)]
        for i, pair in enumerate(zip(reference, ours)):
            found += diff(f"{path}.{i}", *pair)
        return found
    if reference == ours and isinstance(reference, bool) == isinstance(ours, bool):
        return []
    return [Difference(path, reference, ours)]


class AllowedDifferences:
    """The list in differences.yaml: each entry a reason and a path pattern, and what narrows it: patterns of both values,
    or `renamed`, the texts that stand for each other. There the reference's value with its texts replaced must be ours."""

    def __init__(self, file: str = os.path.join(HERE, "differences.yaml")):
        with open(file) as text:
            self.entries = yaml.safe_load(text) or []
        self.used: set[str] = set()

    def unexpected(self, differences: list[Difference]) -> list[Difference]:
        return [difference for difference in differences if not self._allows(difference)]

    def _allows(self, difference: Difference) -> bool:
        for entry in self.entries:
            if (
                re.fullmatch(entry["path"], difference.path)
                and _matches(entry.get("reference"), difference.reference)
                and _matches(entry.get("ours"), difference.ours)
                and _renamed(entry.get("renamed"), difference)
            ):
                self.used.add(entry["name"])
                return True
        return False

    def unused(self) -> list[str]:
        return [entry["name"] for entry in self.entries if entry["name"] not in self.used]


def _matches(pattern: str | None, value: Any) -> bool:
    return pattern is None or re.fullmatch(pattern, value if isinstance(value, str) else json.dumps(value)) is not None


def _renamed(names: dict[str, str] | None, difference: Difference) -> bool:
    if names is None:
        return True
    if not isinstance(difference.reference, str):
        return False
    text = difference.reference
    for theirs, ours in names.items():
        text = text.replace(theirs, ours)
    return text == difference.ours


# ---------------------------------------------------------------- masking

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RANDOM_LOG_KEY = re.compile(r"[a-z]{8}")
TEXT_MASKS = [
    (re.compile(r"pid: \d+"), "pid: <pid>"),
    (re.compile(r"\b(in|after) \d+(\.\d+)?(ms|s)\b|\b(in|after) \d+m\d+s\b"), r"\1\4 <duration>"),
    (re.compile(r"^\d+(\.\d+)?(ms|s)$"), "<duration>"),
]
TIME_FIELDS = {"timestamp", "create_timestamp", "update_timestamp", "start_time", "end_time", "last_materialization_timestamp",
               "evaluation_event_timestamp", "event_timestamp"}  # fmt: skip
ID_FIELDS = {"storage_id", "evaluation_event_storage_id", "materialization_event_storage_id"}


class Mask:
    """Replaces run ids, process ids, times, durations, storage ids, stack traces and the home's path.

    `texts` are further texts to replace. A pointer to an event becomes the event's name in `pointers`.
    """

    def __init__(self, home: str, runs: dict[str, str], texts: dict[str, str], pointers: dict[str, str]):
        self._texts = {run_id: f"<run {name}>" for name, run_id in runs.items()} | texts
        self._texts[os.path.realpath(home)] = "<home>"
        self._texts[home] = "<home>"
        self._pointers = pointers

    def __call__(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            if value.get("__class__") == "EventMetadataEntry" and value.get("label") == "pid":
                return dict(value, entry_data="<pid>")
            return {name: self(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return f"<{'stack' if value else 'empty stack'}>" if key == "stack" else [self(item) for item in value]
        if isinstance(value, str):
            return self._text(value, key)
        if value is None or isinstance(value, bool):
            return value
        if key in TIME_FIELDS:
            return "<time>"
        if key in ID_FIELDS:
            return "<id>"
        if key == "pid":
            return "<pid>"
        if key == "duration_ms":
            return "<duration>"
        return value

    def _text(self, text: str, key: str) -> str:
        if key in TIME_FIELDS:
            return "<time>"
        if key.startswith("dagster/input_event_pointer/"):
            return self._pointers.get(text, f"<no materialization {text}>")
        if key == "log_key" and RANDOM_LOG_KEY.fullmatch(text):
            return "<log key>"
        for known, name in self._texts.items():
            text = text.replace(known, name)
        for pattern, name in TEXT_MASKS:
            text = pattern.sub(name, text)
        return UUID.sub("<uuid>", text)


# ---------------------------------------------------------------- homes


RUN_ENDS = {"PIPELINE_SUCCESS", "PIPELINE_FAILURE", "PIPELINE_CANCELED"}


class Home:
    """A DAGSTER_HOME on SQLite, read without Dagster; `runs` gives each run's scenario.

    Two kinds of events are passed over, since they tell who started the run and not how it went: `dagster job execute`
    executes in its own process and initialises the resources once more after the run's end, to read results; ours is a
    worker process that announces itself, as those of Dagster's own launchers do.
    """

    def __init__(self, path: str, runs: dict[str, str]):
        self.path = path
        self.runs = runs
        self.mask = Mask(path, runs, *self._materializations())

    def _materializations(self) -> tuple[dict[str, str], dict[str, str]]:
        """Names for the data versions that depend on a run's id, and for materializations by their storage id.

        An asset without a code version has the run's id for one; its data version is a hash of that and of its inputs'.
        Named after the materialization that made it, such a version is compared without knowing the hash.
        """
        names = {run_id: name for name, run_id in self.runs.items()}
        versions: dict[str, str] = {}
        pointers: dict[str, str] = {}
        known: set[str] = set()
        query = "select id, run_id, asset_key, partition, event from event_logs where dagster_event_type = ? order by id"
        for row in self.rows("runs/index.db", query, "ASSET_MATERIALIZATION"):
            made = f"{row['asset_key']} {row['partition']} in {names.get(row['run_id'])}"
            pointers[str(row["id"])] = f"<materialization of {made}>"
            tags = json.loads(row["event"])["dagster_event"]["event_specific_data"]["materialization"]["tags"]
            inputs = [value for key, value in tags.items() if key.startswith("dagster/input_data_version/")]
            for value in inputs:
                if value not in known:
                    versions[value] = "<data version of several partitions>"
            known.add(tags["dagster/data_version"])
            if tags.get("dagster/code_version") == row["run_id"] or any(value in versions for value in inputs):
                versions.setdefault(tags["dagster/data_version"], f"<data version of {made}>")
        return versions, pointers

    def rows(self, file: str, query: str, *parameters: Any) -> list[dict[str, Any]]:
        database = sqlite3.connect(f"file:{self.path}/history/{file}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in database.execute(query, parameters)]
        finally:
            database.close()

    def run(self, scenario: str) -> dict[str, Any]:
        """The run's row, its body parsed, its tags, and its execution plan in place of the plan's hash."""
        run_id = self.runs[scenario]
        (row,) = self.rows("runs.db", "select * from runs where run_id = ?", run_id)
        row.pop("id")
        row["run_body"] = json.loads(row["run_body"])
        tags = self.rows("runs.db", "select key, value from run_tags where run_id = ?", run_id)
        plan = self.snapshot(row["run_body"].pop("execution_plan_snapshot_id"))
        return self.mask({"row": row, "tags": {tag["key"]: tag["value"] for tag in tags}, "plan": plan})

    def snapshot(self, snapshot_id: str | None) -> Any:
        rows = self.rows("runs.db", "select snapshot_body from snapshots where snapshot_id = ?", snapshot_id)
        return json.loads(zlib.decompress(rows[0]["snapshot_body"])) if rows else f"<no snapshot {snapshot_id}>"

    def events(self, scenario: str) -> dict[str, list[tuple[str, Any]]]:
        """By step ("run" for those of no step): each event's type and masked body and columns, in order."""
        by_step: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        rows = self.rows(f"runs/{self.runs[scenario]}.db", "select * from event_logs order by id")
        ended = False
        for row in rows:
            entry = json.loads(row["event"])
            event = entry["dagster_event"] or {}
            ended = ended or row["dagster_event_type"] in RUN_ENDS
            if ended and (row["dagster_event_type"] or "").startswith("RESOURCE_INIT"):
                continue
            if (event.get("message") or "").startswith("Started process for run"):
                continue
            data = event.get("event_specific_data") or {}
            step = entry["step_key"]
            if step is None and len(data.get("step_keys") or []) == 1:
                step = data["step_keys"][0]
            columns = {name: row[name] for name in ("dagster_event_type", "timestamp", "step_key", "asset_key", "partition")}
            by_step[step or "run"].append((event.get("event_type_value", "LOG"), self.mask({"columns": columns, "entry": entry})))
        return by_step

    def assets(self) -> dict[str, Any]:
        """The asset tables, each row by its key, bodies parsed."""
        found: dict[str, Any] = {}
        for row in self.rows("runs/index.db", "select * from asset_keys"):
            row.pop("id")
            row["last_materialization"] = json.loads(row["last_materialization"] or "null")
            found[f"asset_keys {row['asset_key']}"] = row
        tags: dict[str, list[Any]] = defaultdict(list)
        for row in self.rows("runs/index.db", "select asset_key, key, value from asset_event_tags order by event_id, key"):
            tags[f"asset_event_tags {row['asset_key']}"].append({row["key"]: row["value"]})
        names = {run_id: name for name, run_id in self.runs.items()}
        for row in self.rows("runs/index.db", "select * from asset_check_executions"):
            row.pop("id")
            row["evaluation_event"] = json.loads(row["evaluation_event"] or "null")
            key = f"checks {row['asset_key']} {row['check_name']} {row['partition']} {names.get(row['run_id'])}"
            found[key] = row
        return self.mask(found | tags)


def diff_events(scenario: str, reference: Home, ours: Home) -> list[Difference]:
    """Compares step by step: first the types in order, then each event with the one of its type and number."""
    expected, actual = reference.events(scenario), ours.events(scenario)
    found: list[Difference] = []
    for step in sorted(set(expected) | set(actual)):
        left, right = expected.get(step, []), actual.get(step, [])
        path = f"events.{scenario}.{step}"
        left_types, right_types = [kind for kind, _ in left], [kind for kind, _ in right]
        if left_types != right_types:
            found.append(Difference(f"{path}.types", left_types, right_types))
        for kind in dict.fromkeys(left_types):
            pairs = zip([body for k, body in left if k == kind], [body for k, body in right if k == kind])
            for number, (before, after) in enumerate(pairs):
                found += diff(f"{path}.{kind}.{number}", before, after)
    return found


# ---------------------------------------------------------------- definitions


def by_name(items: list[dict[str, Any]], *fields: str) -> dict[str, Any]:
    """A list of named things as a dict, so that one missing thing is one difference."""

    def text(value: Any) -> str:
        return "/".join(value["path"]) if isinstance(value, dict) else str(value)

    return {" ".join(text(item[field]) for field in fields): item for item in items}


class ConfigSchema:
    """Writes a config type out in place of its key, so that a difference names the field instead of a hash."""

    def __init__(self, schema: dict[str, Any]):
        self._types = schema["all_config_snaps_by_key"]

    def expand(self, key: str, above: tuple[str, ...] = ()) -> Any:
        if key in above:
            return f"<recursive {key}>"
        snap = self._types.get(key)
        if snap is None:
            return f"<no such type {key}>"
        inner = (*above, key)
        fields = {
            field["name"]: dict(field, type_key=self.expand(field["type_key"], inner)) for field in snap["fields"] or []
        }
        parameters = [self.expand(parameter, inner) for parameter in snap["type_param_keys"] or []]
        return dict(snap, key=key.partition(".")[0], fields=fields, type_param_keys=parameters)

    def expand_field(self, field: Any) -> Any:
        return field and dict(field, type_key=self.expand(field["type_key"]))


def job_view(job: dict[str, Any]) -> dict[str, Any]:
    """A job snapshot with its lists by name and its configuration written out."""
    schema = ConfigSchema(job["config_schema_snapshot"])
    view = dict(job)
    view.pop("config_schema_snapshot")
    types = job["dagster_type_namespace_snapshot"]["all_dagster_type_snaps_by_key"]
    view["dagster_type_namespace_snapshot"] = {
        key: dict(
            snap,
            loader_schema_key=snap["loader_schema_key"] and schema.expand(snap["loader_schema_key"]),
            materializer_schema_key=snap["materializer_schema_key"] and schema.expand(snap["materializer_schema_key"]),
        )
        for key, snap in types.items()
    }
    nodes = job["solid_definitions_snapshot"]
    for kind in ("solid_def_snaps", "composite_solid_def_snaps"):
        view[kind] = {
            name: dict(snap, config_field_snap=schema.expand_field(snap["config_field_snap"]))
            for name, snap in by_name(nodes[kind], "name").items()
        }
    view.pop("solid_definitions_snapshot")
    view["dep_structure_snapshot"] = by_name(job["dep_structure_snapshot"]["solid_invocation_snaps"], "solid_name")
    (mode,) = job["mode_def_snaps"]
    view["mode_def_snaps"] = dict(
        mode,
        root_config_key=schema.expand(mode["root_config_key"]),
        resource_def_snaps={
            name: dict(snap, config_field_snap=schema.expand_field(snap["config_field_snap"]))
            for name, snap in by_name(mode["resource_def_snaps"], "name").items()
        },
        logger_def_snaps={
            name: dict(snap, config_field_snap=schema.expand_field(snap["config_field_snap"]))
            for name, snap in by_name(mode["logger_def_snaps"], "name").items()
        },
    )
    return view


def resource_view(resource: dict[str, Any]) -> dict[str, Any]:
    schema = ConfigSchema(resource["config_schema_snap"])
    view = dict(resource)
    view.pop("config_schema_snap")
    snap = resource["resource_snapshot"]
    view["resource_snapshot"] = dict(snap, config_field_snap=schema.expand_field(snap["config_field_snap"]))
    view["config_field_snaps"] = {
        field["name"]: schema.expand_field(field) for field in resource["config_field_snaps"]
    }
    return view
