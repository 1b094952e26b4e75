"""Every scenario and every definition, under the real Dagster and under Tidemill, compared field by field.

What may differ is in differences.yaml, each with its reason; an entry that nothing needs any more fails the last test.
"""

import json
from collections.abc import Iterator

import pytest
from comparison import AllowedDifferences, Difference, Home, by_name, diff, diff_events, job_view, resource_view
from scenarios import ENVIRONMENT, SCENARIOS
from tidemill import Location


@pytest.fixture(scope="session")
def allowed() -> AllowedDifferences:
    return AllowedDifferences()


@pytest.fixture(scope="session")
def expected(reference_folder: str) -> Home:
    with open(f"{reference_folder}/runs.json") as file:
        return Home(f"{reference_folder}/home", json.load(file))


@pytest.fixture(scope="session")
def actual(tidemill_home: tuple[str, dict[str, str]]) -> Home:
    return Home(*tidemill_home)


@pytest.fixture(scope="session")
def location() -> Iterator[Location]:
    with Location(ENVIRONMENT) as asked:
        yield asked


@pytest.fixture(scope="session")
def expected_repository(reference_folder: str) -> dict:
    with open(f"{reference_folder}/repository.json") as file:
        return json.load(file)


@pytest.fixture(scope="session")
def actual_repository(location: Location) -> dict:
    return location.repository()


def must_be_equal(differences: list[Difference], allowed: AllowedDifferences) -> None:
    unexpected = allowed.unexpected(differences)
    lines = [str(difference) for difference in unexpected[:40]]
    assert not unexpected, f"{len(unexpected)} differences\n" + "\n".join(lines)


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_events(scenario: str, expected: Home, actual: Home, allowed: AllowedDifferences) -> None:
    must_be_equal(diff_events(scenario, expected, actual), allowed)


@pytest.mark.parametrize("scenario", [scenario.name for scenario in SCENARIOS])
def test_run_row_and_tags(scenario: str, expected: Home, actual: Home, allowed: AllowedDifferences) -> None:
    must_be_equal(diff(f"run.{scenario}", expected.run(scenario), actual.run(scenario)), allowed)


def test_asset_and_check_rows(expected: Home, actual: Home, allowed: AllowedDifferences) -> None:
    must_be_equal(diff("assets", expected.assets(), actual.assets()), allowed)


def test_asset_nodes(expected_repository: dict, actual_repository: dict, allowed: AllowedDifferences) -> None:
    field = "external_asset_graph_data"
    before, after = (by_name(side[field], "asset_key") for side in (expected_repository, actual_repository))
    must_be_equal(diff("asset", before, after), allowed)


@pytest.mark.parametrize(
    "kind, field, names",
    [
        ("check", "external_asset_checks", ("asset_key", "name")),
        ("schedule", "external_schedule_datas", ("name",)),
        ("sensor", "external_sensor_datas", ("name",)),
        ("partition_set", "external_partition_set_datas", ("name",)),
    ],
)
def test_definitions(
    kind: str, field: str, names: tuple[str, ...], expected_repository: dict, actual_repository: dict,
    allowed: AllowedDifferences,
) -> None:  # fmt: skip
    before, after = (by_name(side[field], *names) for side in (expected_repository, actual_repository))
    must_be_equal(diff(kind, before, after), allowed)


def test_resources(expected_repository: dict, actual_repository: dict, allowed: AllowedDifferences) -> None:
    sides = []
    for side in (expected_repository, actual_repository):
        resources = by_name(side["external_resource_data"], "name")
        sides.append({name: resource_view(resource) for name, resource in resources.items()})
    must_be_equal(diff("resource", *sides), allowed)


def test_job_names(expected_repository: dict, actual_repository: dict) -> None:
    before, after = (
        [job["name"] for job in side["external_pipeline_datas"]] for side in (expected_repository, actual_repository)
    )
    assert after == before


def job_names() -> list[str]:
    return sorted({scenario.job for scenario in SCENARIOS} | {"weather_year_job", "weather_report_job", "fanout_multiprocess_job"})


@pytest.mark.parametrize("job", job_names())
def test_job_snapshot(job: str, expected_repository: dict, actual_repository: dict, allowed: AllowedDifferences) -> None:
    sides = []
    for side in (expected_repository, actual_repository):
        data = dict(by_name(side["external_pipeline_datas"], "name")[job])
        data["pipeline_snapshot"] = job_view(data["pipeline_snapshot"])
        sides.append(data)
    must_be_equal(diff(f"job.{job}", *sides), allowed)


@pytest.mark.parametrize("job", [name for name in job_names() if name not in ("__ASSET_JOB", "config_job")])
def test_execution_plan(job: str, reference_folder: str, location: Location, allowed: AllowedDifferences) -> None:
    with open(f"{reference_folder}/plans.json") as file:
        expected = json.load(file)[job]
    must_be_equal(diff(f"plan.{job}", expected, location.plan(job, expected["pipeline_snapshot_id"])), allowed)


def test_every_allowed_difference_is_needed(allowed: AllowedDifferences, request: pytest.FixtureRequest) -> None:
    chosen = [item for item in request.session.items if item.path == request.path]
    if request.config.getoption("-k") or len(chosen) < 2:
        pytest.skip("needs the whole file to run")
    assert allowed.unused() == []
