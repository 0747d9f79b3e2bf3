"""The formats that other programs read: SARIF by the parts of its schema that matter, JUnit as XML, GitHub's commands."""

import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from kerasarchive import reports
from kerasarchive.model.finding import Finding
from kerasarchive.model.report import Report, Subject

TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 1024}},
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RULE = {
    "type": "object", "required": ["id"],
    "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "shortDescription": TEXT, "help": TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}}, "properties": {"type": "object"},
    },
    "additionalProperties": False,
}  # fmt: skip
PHYSICAL = {
    "type": "object", "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {"type": "object", "properties": {"uri": {"type": "string", "format": "uri-reference"}}},
        "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}},
    },
    "additionalProperties": False,
}  # fmt: skip
RESULT = {
    "type": "object", "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL, "message": TEXT,
        "locations": {"type": "array", "maxItems": 10, "items": {"type": "object", "additionalProperties": False, "properties": {
            "physicalLocation": PHYSICAL, "logicalLocations": {"type": "array"}}}},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}  # fmt: skip
RUN = {
    "type": "object", "required": ["tool"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
            "type": "object", "required": ["name"], "additionalProperties": False,
            "properties": {"name": {}, "version": {}, "semanticVersion": {}, "rules": {"type": "array", "items": RULE}}}}},
        "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
        "automationDetails": {"type": "object"},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "maxItems": 5000, "items": RESULT},
    },
    "additionalProperties": False,
}  # fmt: skip
SARIF = {
    "type": "object", "required": ["version", "runs"],
    "properties": {"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}},
    "additionalProperties": False,
}  # fmt: skip
"""The names and types of sarif-schema-2.1.0 for what kav writes, and GitHub's limits."""


def test_sarif(everything):
    document = json.loads(reports.render(everything, "sarif"))
    jsonschema.Draft202012Validator(SARIF).validate(document)
    (run,) = document["runs"]
    assert run["invocations"][0] == {"executionSuccessful": False, "exitCode": 2}
    assert [result["ruleId"] for result in run["results"]] == ["KAV101", "KAV000", "KAV000", "KAV102"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_keeps_to_the_limits():
    findings = (
        *(Finding("KAV102", "x", "medium", "y" * 5000) for _ in range(6000)),
        Finding("KAV101", "z", "critical", "w"),
    )
    document = json.loads(
        reports.render(Report("audit", (Subject("a b:c.keras", "flagged", findings=findings),), 1), "sarif")
    )
    jsonschema.Draft202012Validator(SARIF).validate(document)
    results = document["runs"][0]["results"]
    assert (len(results), results[0]["ruleId"]) == (5000, "KAV101")
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%3Ac.keras"


def test_an_alert_is_the_same_in_the_next_run(everything):
    first, second = (json.loads(reports.render(everything, "sarif"))["runs"][0]["results"] for _ in range(2))
    assert [each["partialFingerprints"] for each in first] == [each["partialFingerprints"] for each in second]


def test_junit(everything):
    root = ET.fromstring(reports.render(everything, "junit"))
    assert root.attrib == {"tests": "3", "failures": "0", "errors": "2"}
    cases = root.findall("testsuite/testcase")
    assert [case.get("name") for case in cases] == ["models/a.keras", "b.keras", "c.keras"]
    assert "KAV101" in (cases[0].findtext("error") or "")
    assert len(cases[2]) == 0


def test_junit_tells_failures():
    finding = Finding("KAV101", "x", "critical", 'a]]>"<&\x00')
    root = ET.fromstring(
        reports.render(Report("audit", (Subject('<a>&".keras', "flagged", findings=(finding,)),), 1), "junit")
    )
    assert root.get("failures") == "1"
    assert root.find("testsuite/testcase").get("name") == '<a>&".keras'


@pytest.mark.parametrize("path", ["::error::x", "a\n::set-output name=x::y", "%0A::error::x"])
def test_github_reads_no_command_from_an_archive(path):
    finding = Finding("KAV101", "x", "critical", f"{path}\n::stop-commands::z")
    text = reports.render(Report("audit", (Subject(path, "flagged", findings=(finding,)),), 1), "github")
    first, second = text.splitlines()
    assert first.startswith("::error file=")
    assert second.startswith("kav: ")
    assert "%0A" not in text


def test_github_puts_the_gravest_first(everything):
    lines = reports.render(everything, "github").splitlines()
    assert [line.partition(" ")[0] for line in lines[:3]] == ["::error", "::error", "::warning"]
