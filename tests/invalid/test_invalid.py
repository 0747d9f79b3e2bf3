"""Drop a JSON file into this folder and it is a test.

``release`` is the release that judges, ``config`` one serialized object or, with ``archive``, the archive's root;
``written_by`` makes it an archive of that release (else it is judged as its own). ``expect`` lists every finding above
info: its rule, its location and, optionally, a part of its message and of its remedy.
"""

import json
from pathlib import Path

import pytest

from kerasarchive import schema
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_json
from kerasarchive.validation import RULES, validate

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_invalid(path):
    case = json.loads(path.read_text())
    loaded = schema.target(case["release"])
    archive = Archive(
        path.name, "keras-zip", config=case["config"], config_at=in_json("config.json"),
        metadata={"keras_version": case.get("written_by", loaded.version)})
    findings = [finding for finding in validate(archive, schema.load(loaded)) if finding.severity != "info"]
    assert [(finding.rule, str(finding.location)) for finding in findings] == [
        (expected["rule"], f"config.json#{expected['at']}") for expected in case["expect"]]
    for finding, expected in zip(findings, case["expect"], strict=True):
        assert expected.get("message", "") in finding.message
        assert expected.get("remedy", "") in finding.remedy


def test_every_rule_has_a_case():
    covered = {expected["rule"] for path in CASES for expected in json.loads(path.read_text())["expect"]}
    informative = {rule.code for rule in RULES if rule.severity == "info"}
    assert {rule.code for rule in RULES} - informative == covered
