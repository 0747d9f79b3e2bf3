import hashlib
import json

import pytest

from kerasarchive import api

WRAPPER = {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "x"}, "registered_name": None}


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(WRAPPER))
    return path


@pytest.fixture
def audit(hostile, tmp_path):
    def run(**edit):
        digest = hashlib.sha256(hostile.read_bytes()).hexdigest()
        waiver = {"sha256": digest, "rule": "KAV104", "until": "9999-01-01", "reason": "known"} | edit
        (tmp_path / "baseline").write_text(json.dumps({"waivers": [waiver]}))
        return api.audit(hostile, baseline=tmp_path / "baseline")

    return run


def test_waived(audit):
    report = audit()
    (finding,) = report.subjects[0].findings
    assert (report.exit_code, finding.severity) == (0, "info")
    assert finding.message.endswith("(waived until 9999-01-01: known)")
    assert len(report.subjects[0].sha256) == 64


@pytest.mark.parametrize("edit", [{"sha256": "0" * 64}, {"rule": "KAV101"}, {"until": "2020-01-01"}])
def test_waived_no_more(audit, edit):
    report = audit(**edit)
    assert report.exit_code == 1
    assert ("ended on 2020-01-01" in report.subjects[0].findings[0].message) == ("until" in edit)


@pytest.mark.parametrize(
    "edit", [{"sha256": "0"}, {"rule": "KAV1"}, {"until": "soon"}, {"reason": " "}, {"rule": 3}, {"more": "x"}]
)
def test_a_baseline_that_is_wrong_fails(audit, edit):
    assert audit(**edit).exit_code == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"waivers": 3}', "[" * 100_000])
def test_no_baseline(hostile, tmp_path, content):
    (tmp_path / "baseline").write_text(content)
    assert api.audit(hostile, baseline=tmp_path / "baseline").exit_code == 2
    assert api.audit(hostile, baseline=tmp_path / "none").exit_code == 2


def test_exit_zero_is_for_findings_alone(hostile, tmp_path):
    assert api.audit(hostile).exit_code == 1
    assert api.audit(hostile, exit_zero=True).exit_code == 0
    (tmp_path / "b.keras").write_bytes(b"")
    assert api.audit(hostile, tmp_path / "b.keras", exit_zero=True).exit_code == 2
