#!/usr/bin/env python3
"""Writes the parts of the contract that only the pinned Dagster knows.

    export.py OUT.json OUT.graphql

Run by the build (libs/contract/CMakeLists.txt) with the Python of the contract's environment. The JSON text has the
configuration schemas and descriptions of executors, default loggers and IO managers, the types that every job lists,
the descriptions in the root of a run configuration, and the names of the event types. The other text is the schema of
the GraphQL API in the schema definition language.
"""

import json
import pathlib
import sys

import dagster as dg
from dagster._config.snap import snap_from_config_type, snap_from_field
from dagster._core.definitions.executor_definition import multi_or_in_process_executor
from dagster._core.definitions.job_definition import default_job_io_manager
from dagster._core.events import DagsterEventType
from dagster._core.snap.dagster_types import build_dagster_type_snap
from dagster._core.types.dagster_type import ALL_RUNTIME_BUILTINS, resolve_dagster_type
from dagster._loggers import default_loggers
from dagster._serdes import serialize_value
from dagster_graphql.schema import create_schema
from graphql import print_schema

PINNED = "1.13.27"
EXECUTORS = [dg.in_process_executor, dg.multiprocess_executor, multi_or_in_process_executor]
PYTHON_TYPES = [dict, list, set, tuple, bytes]


def plain(snap):
    """The serdes JSON of a snapshot without class names, enums as their member names."""

    def strip(value):
        if isinstance(value, dict):
            if "__enum__" in value:
                return value["__enum__"].split(".")[1]
            return {k: strip(v) for k, v in value.items() if k != "__class__"}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return strip(json.loads(serialize_value(snap)))


def io_managers():
    """Those that a user can name, and the defaults of a job of ops and of a job of assets, which differ."""

    @dg.asset
    def some_asset(): ...

    asset_job = dg.Definitions(assets=[some_asset]).resolve_implicit_global_asset_job_def()
    return {
        "default": default_job_io_manager,
        "asset_job_default": asset_job.resource_defs["io_manager"],
        "fs_io_manager": dg.fs_io_manager,
        "mem_io_manager": dg.mem_io_manager,
    }


class Export:
    def __init__(self):
        self.config_types = {}

    def add_types(self, config_type):
        for each in config_type.type_iterator():
            self.config_types[each.key] = plain(snap_from_config_type(each))

    def component(self, name, definition):
        field = definition.config_field if definition.has_config_field else None
        if field:
            self.add_types(field.config_type)
        return {
            "name": name,
            "description": definition.description,
            "config_field": plain(snap_from_field("config", field)) if field else None,
        }

    def dagster_type(self, dagster_type):
        if dagster_type.loader:
            self.add_types(dagster_type.loader.schema_type)
        return plain(build_dagster_type_snap(dagster_type))


def root_descriptions():
    """The descriptions in the root of a run configuration, also those of an op that a run leaves out."""

    @dg.op
    def kept(): ...

    @dg.op
    def left_out(number: int): ...

    @dg.job
    def both():
        kept()
        left_out()

    @dg.job(config={"ops": {"kept": {}}})
    def configured():
        kept()

    fields = both.get_subset(op_selection=["kept"]).run_config_schema.config_type.fields
    ignored = fields["ops"].config_type.fields["left_out"]
    return {
        **{name: field.description for name, field in fields.items()},
        "ignored_op": ignored.description,
        "ignored_inputs": ignored.config_type.fields["inputs"].description,
        "with_defaults": configured.run_config_schema.config_type.description,
    }


def export():
    if dg.__version__ != PINNED:
        sys.exit(f"contract/export.py: dagster is {dg.__version__}, the contract is {PINNED}; run `make setup`")
    out = Export()
    types = [*ALL_RUNTIME_BUILTINS, *(resolve_dagster_type(each) for each in PYTHON_TYPES)]
    return {
        "dagster_version": dg.__version__,
        "executors": [out.component(each.name, each) for each in EXECUTORS],
        "loggers": [out.component(name, each) for name, each in default_loggers().items()],
        "io_managers": [out.component(name, each) for name, each in io_managers().items()],
        "dagster_types": [out.dagster_type(each) for each in types],
        "builtin_types": [each.key for each in ALL_RUNTIME_BUILTINS],
        "root_descriptions": root_descriptions(),
        "event_types": [each.value for each in DagsterEventType],
        "config_types": out.config_types,
    }


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(json.dumps(export(), sort_keys=True) + "\n")
    pathlib.Path(sys.argv[2]).write_text(print_schema(create_schema().graphql_schema) + "\n")
