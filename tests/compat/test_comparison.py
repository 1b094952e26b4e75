"""The comparison itself: that it finds what it is there to find."""

import pytest
from comparison import AllowedDifferences, ConfigSchema, Difference, Mask, diff


@pytest.mark.parametrize(
    "reference, ours, path",
    [
        ({"a": 1}, {"a": 2}, "x.a"),
        ({"a": 1}, {}, "x.a"),
        ({}, {"a": None}, "x.a"),
        ({"a": [1]}, {"a": [1, 2]}, "x.a.length"),
        ({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "d"}]}, "x.a.1.b"),
        ({"a": True}, {"a": 1}, "x.a"),
        ({"a": {}}, {"a": []}, "x.a"),
    ],
)
def test_diff_names_the_place(reference: dict, ours: dict, path: str) -> None:
    assert [difference.path for difference in diff("x", reference, ours)] == [path]


def test_equal_values_have_no_difference() -> None:
    value = {"a": [1, 2.5, None, {"b": True}]}
    assert diff("x", value, {"a": [1, 2.5, None, {"b": True}]}) == []


def test_mask_hides_only_what_differs_between_runs() -> None:
    mask = Mask("/homes/one", {"first": "0b0e7a4e-0000-4000-8000-000000000000"}, {}, {"48": "<materialization of x>"})
    assert mask("run 0b0e7a4e-0000-4000-8000-000000000000 at /homes/one/storage") == "run <run first> at <home>/storage"
    assert mask("Finished execution of step \"a\" in 34ms.") == "Finished execution of step \"a\" in <duration>."
    assert mask({"timestamp": 1.5, "pid": 7, "value": 7}) == {"timestamp": "<time>", "pid": "<pid>", "value": 7}
    assert mask({"timestamp": None}) == {"timestamp": None}
    assert mask({"dagster/input_event_pointer/x": "48"}) == {"dagster/input_event_pointer/x": "<materialization of x>"}
    assert mask({"dagster/input_event_pointer/x": "49"}) == {"dagster/input_event_pointer/x": "<no materialization 49>"}


def test_only_listed_differences_are_allowed(tmp_path) -> None:
    file = tmp_path / "differences.yaml"
    file.write_text(
        "- {name: module, path: 'resource\\.[a-z]+\\.type', ours: 'demo::.*', reason: names of a language}\n"
        "- {name: never, path: nothing, reason: not needed}\n"
    )
    allowed = AllowedDifferences(str(file))
    good = Difference("resource.reports.type", "reports.ReportFolder", "demo::ReportFolder")
    wrong_value = Difference("resource.reports.type", "reports.ReportFolder", "other")
    wrong_place = Difference("resource.reports.name", "reports", "demo::x")

    assert allowed.unexpected([good, wrong_value, wrong_place]) == [wrong_value, wrong_place]
    assert allowed.unused() == ["never"]


def test_a_renamed_text_must_be_the_only_difference(tmp_path) -> None:
    (tmp_path / "list.yaml").write_text("- {name: n, reason: r, path: x, renamed: {Python: C++, def: auto}}\n")
    allowed = AllowedDifferences(str(tmp_path / "list.yaml"))
    assert allowed.unexpected([Difference("x", "Python def f", "C++ auto f")]) == []
    for reference, ours in [("Python def f", "C++ auto g"), ("Python", "Python"), (1, 2)]:
        assert allowed.unexpected([Difference("x", reference, ours)])


def test_config_is_compared_by_what_it_says_not_by_its_hash() -> None:
    def schema(key: str, default: str) -> ConfigSchema:
        field = {"name": "rows", "type_key": "Int", "default_value_as_json_str": default}
        return ConfigSchema(
            {"all_config_snaps_by_key": {
                key: {"key": key, "fields": [field], "type_param_keys": None},
                "Int": {"key": "Int", "fields": None, "type_param_keys": None},
            }}
        )  # fmt: skip

    one, same, other = schema("Shape.aa", "1"), schema("Shape.bb", "1"), schema("Shape.aa", "2")
    assert one.expand("Shape.aa") == same.expand("Shape.bb")
    assert [d.path for d in diff("x", one.expand("Shape.aa"), other.expand("Shape.aa"))] == [
        "x.fields.rows.default_value_as_json_str"
    ]
