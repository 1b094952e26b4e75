"""Runs every scenario under the real Dagster and writes what it defines: the reference of the golden tests.

  reference.py FOLDER      needs dagster and dagster_pipelines on the path

FOLDER/home             the home that the runs were made in
FOLDER/runs.json        {scenario: run id}
FOLDER/repository.json  the repository snapshot with every job's snapshot in it
FOLDER/plans.json       {job: execution plan snapshot}, for jobs that need no configuration or partition
"""

import json
import os
import sys
import warnings

from scenarios import ENVIRONMENT, SCENARIOS, Scenario

warnings.filterwarnings("ignore")


def execute(scenario: Scenario, instance, runs: dict[str, str]) -> str:
    import dagster as dg
    from dagster._core.definitions.reconstruct import ReconstructableRepository

    job = ReconstructableRepository.for_module("dagster_pipelines", "defs").get_reconstructable_job(scenario.job)
    if scenario.reexecute:
        options = dg.ReexecutionOptions.from_failure(runs[scenario.reexecute], instance)
        with dg.execute_job(job, instance=instance, reexecution_options=options) as result:
            return result.run_id
    assets = [dg.AssetKey(key.split("/")) for key in scenario.assets] or None
    tags = dict(scenario.tags)
    if scenario.partition:
        tags.update(job.get_definition().get_tags_for_partition_key(scenario.partition, selected_asset_keys=assets))
    with dg.execute_job(
        job,
        instance=instance,
        run_config=scenario.config,
        tags=tags,
        raise_on_error=False,
        op_selection=list(scenario.ops) or None,
        asset_selection=assets,
    ) as result:
        return result.run_id


def definitions(folder: str) -> None:
    from dagster._core.execution.api import create_execution_plan
    from dagster._core.remote_representation.external_data import RepositorySnap
    from dagster._core.snap.execution_plan_snapshot import snapshot_from_execution_plan
    from dagster._serdes import serialize_value

    import dagster_pipelines

    repository = dagster_pipelines.defs.get_repository_def()
    with open(f"{folder}/repository.json", "w") as file:
        file.write(serialize_value(RepositorySnap.from_def(repository, defer_snapshots=False)))
    plans = {}
    for job in repository.get_all_jobs():
        needs_config = job.name in ("__ASSET_JOB", "config_job")
        if not needs_config:
            plan = create_execution_plan(job)
            plans[job.name] = json.loads(serialize_value(snapshot_from_execution_plan(plan, job.get_job_snapshot_id())))
    with open(f"{folder}/plans.json", "w") as file:
        json.dump(plans, file)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    folder = os.path.abspath(sys.argv[1])
    home = f"{folder}/home"
    os.makedirs(home)
    with open(f"{home}/dagster.yaml", "w") as file:
        file.write("telemetry:\n  enabled: false\n")
    os.environ.update(ENVIRONMENT, DAGSTER_HOME=home)
    import dagster as dg

    definitions(folder)
    runs: dict[str, str] = {}
    with dg.DagsterInstance.get() as instance:
        for scenario in SCENARIOS:
            runs[scenario.name] = execute(scenario, instance, runs)
            status = instance.get_run_by_id(runs[scenario.name]).status.value
            if status != scenario.status:
                print(f"{scenario.name}: the reference itself ended {status}, not {scenario.status}")
                return 1
    with open(f"{folder}/runs.json", "w") as file:
        json.dump(runs, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
