"""Drop a JSON file into this folder and it is a test.

With ``weights``, shapes (or with a dtype: ``["int8", 3, 4]``) by the path of their dataset, it is a whole `.keras` file.
``release`` is the release that judges, ``config`` one serialized object or, with ``archive``, the archive's root;
``written_by`` makes it an archive of that release (else it is judged as its own). ``expect`` lists every finding above
info: its rule, its location and, optionally, a part of its message and of its remedy.
"""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import formats, schema
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_json
from kerasarchive.validation import RULES, validate

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.json"))


def packed(case, version, path):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for name, shape in case["weights"].items():
            dtype = shape[0] if shape and isinstance(shape[0], str) else "float32"
            file[name] = np.zeros(shape[1:] if dtype != "float32" else shape, dtype)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": version}))
        file.writestr("config.json", json.dumps(case["config"]))
        file.writestr("model.weights.h5", weights.getvalue())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_invalid(path, tmp_path):
    case = json.loads(path.read_text())
    loaded = schema.target(case["release"])
    archive = Archive(
        path.name, "keras-zip", config=case["config"], config_at=in_json("config.json"),
        metadata={"keras_version": case.get("written_by", loaded.version)})
    found = validate(archive, schema.load(loaded))
    if "weights" in case:
        packed(case, loaded.version, tmp_path / "a.keras")
        with formats.open(tmp_path / "a.keras") as archive:
            found = validate(archive, schema.load(loaded))
    findings = [finding for finding in found if finding.severity != "info"]
    assert [(finding.rule, str(finding.location).removeprefix("config.json#")) for finding in findings] == [
        (expected["rule"], expected["at"]) for expected in case["expect"]]
    for finding, expected in zip(findings, case["expect"], strict=True):
        assert expected.get("message", "") in finding.message
        assert expected.get("remedy", "") in finding.remedy


def test_every_rule_has_a_case():
    covered = {expected["rule"] for path in CASES for expected in json.loads(path.read_text())["expect"]}
    informative = {rule.code for rule in RULES if rule.severity == "info"}
    assert {rule.code for rule in RULES} - informative == covered
