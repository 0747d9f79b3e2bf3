"""The formats that other programs read: SARIF by the parts of its schema that matter, JUnit as XML, GitHub's commands."""

import json
import os
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from kerasarchive import reports
from kerasarchive.model.change import Change
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location
from kerasarchive.model.report import Report, Subject
from kerasarchive.reports._escape import safe

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
    (notification,) = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("1,001 more results")
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%3Ac.keras"


@pytest.mark.skipif("KAV_SARIF_SCHEMA" not in os.environ, reason="names a copy of sarif-schema-2.1.0.json, which is OASIS's")
def test_sarif_by_the_official_schema(everything):
    schema = json.loads(Path(os.environ["KAV_SARIF_SCHEMA"]).read_text())
    many = Report("audit", (Subject("a", "flagged", findings=(Finding("KAV1", "x", "low", ""),) * 5001),), 1)
    for report in (everything, many, Report("audit", (Subject("\u202e\x1b \udcff", "failed"),), 2)):
        document = json.loads(reports.render(report, "sarif"))
        jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER).validate(document)


@pytest.mark.parametrize("format_", reports.names())
def test_a_file_may_have_a_name_that_is_no_text(format_):
    report = Report("audit", (Subject("a\udcff.keras", "flagged", findings=(Finding("KAV101", "x", "critical", "\udcff"),)),), 1)
    assert reports.render(report, format_).encode()


class Page(HTMLParser):
    """Collects what a browser would see, and checks that every element is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page(report):
    found = Page()
    found.feed(reports.render(report, "html"))
    assert found.open == []
    return found


def test_html_is_one_page_that_asks_for_nothing(everything):
    found = page(everything)
    assert not {"script", "link", "img", "iframe", "form"} & set(found.tags)
    assert not {"src", "onclick", "onerror"} & {name for name, _ in found.attributes}
    assert all(subject.path in found.text for subject in everything.subjects)
    assert all(safe(finding.message) in found.text for subject in everything.subjects for finding in subject.findings)


def test_nothing_in_an_archive_becomes_html():
    evil = '"><script>alert(1)</script><img src=x onerror=y>\x1b\u202e'
    finding = Finding(evil, evil, "critical", evil, Location(evil, "#", (evil,)), remedy=evil)
    subject = Subject(
        evil, evil, evil, findings=(finding,), facts={evil: evil, "list": [{evil: evil}]}, skipped=(Skipped(evil, evil),),
        changes=(Change("~", Location(evil), evil, evil),), not_assessed=(evil,), comparison={evil: evil},
    )  # fmt: skip
    clean = page(Report("audit", (Subject("a"), Subject("b"))))
    found = page(Report(evil, (subject, subject)))
    assert set(found.tags) - set(clean.tags) <= {"table", "tr", "td", "th", "code", "pre", "h3", "p", "span"}
    assert {name for name, _ in found.attributes} <= {"lang", "charset", "http-equiv", "content", "id", "class", "href"}


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
