import json
import os
from pathlib import Path

import jsonschema
import pytest

from kerasarchive import reports
from kerasarchive.errors import KavError
from kerasarchive.model.report import Report, Subject

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
SUFFIXES = {"text": "txt", "markdown": "md", "github": "github.txt", "junit": "xml"}


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((ROOT / "schemas/kav/report-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_formats_are_found_by_folder():
    assert reports.names() == ("github", "json", "jsonl", "junit", "markdown", "sarif", "text")


@pytest.mark.parametrize("format", sorted(SUFFIXES))
def test_golden(everything, format):
    """``KAV_UPDATE_GOLDEN=1`` writes the files anew."""
    path = GOLDEN / f"report.{SUFFIXES[format]}"
    text = reports.render(everything, format)
    if os.environ.get("KAV_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("format", ["github", "json", "jsonl", "junit", "markdown", "sarif", "text"])
def test_same_report_same_text(everything, format):
    assert reports.render(everything, format) == reports.render(everything, format)


@pytest.mark.parametrize("format", ["github", "json", "jsonl", "junit", "markdown", "sarif", "text"])
def test_nothing_in_an_archive_steers_a_terminal(everything, format):
    text = reports.render(everything, format)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_color_is_asked_for(everything):
    assert "\x1b[" in reports.render(everything, "text", color=True)


def test_json_is_valid(everything, validator):
    document = json.loads(reports.render(everything, "json"), parse_constant=pytest.fail)
    validator.validate(document)
    subject = document["subjects"][0]
    assert subject["facts"]["loss"] == "NaN"
    assert subject["facts"]["bounds"] == ["Infinity", "-Infinity"]
    assert subject["written_by"][1] == {
        "library": "bayesflow", "between": ["2.0.4", "2.0.5"], "certainty": "inferred", "because": ["x"],
    }  # fmt: skip


def test_schema_refuses_what_is_not_in_the_contract(everything, validator):
    document = json.loads(reports.render(everything, "json"))
    document["subjects"][0]["findings"][0]["severity"] = "terrible"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_every_line_of_jsonl_is_a_report(everything, validator):
    lines = reports.render(everything, "jsonl").splitlines()
    assert [json.loads(line)["exit_code"] for line in lines] == [2, 2, 0]
    for line in lines:
        validator.validate(json.loads(line))


def test_quiet_shows_verdicts(everything):
    assert reports.render(everything, "text", verbosity=-1).splitlines() == [
        "models/a.keras: flagged: 1 critical, 1 medium, 5 changes, 1 skipped",
        "b.keras: failed",
        "c.keras: clean",
    ]


def test_long_lists_are_cut_and_say_so():
    facts = {"layers": [{"name": f"dense_{number}"} for number in range(200)]}
    report = Report("inspect", (Subject("a", facts=facts),))
    assert "... and 170 more (-v shows all)" in reports.render(report, "text")
    assert "dense_199" in reports.render(report, "text", verbosity=1)


def test_deep_values_do_not_overflow(validator):
    value: object = 1
    for _ in range(500):
        value = {"a": [value]}
    report = Report("inspect", (Subject("a", facts={"deep": value}),))
    text = reports.render(report, "json")
    validator.validate(json.loads(text))


def test_lone_surrogates_can_be_written():
    report = Report("inspect", (Subject("a\ud800"),))
    for format in reports.names():
        reports.render(report, format).encode("utf-8")


def test_unknown_format_names_the_known():
    with pytest.raises(KavError, match="markdown"):
        reports.render(Report("inspect", ()), "xml")
