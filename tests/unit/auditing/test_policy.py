"""A policy: what loosens an audit counts only where the user named it; what makes it stricter counts from around as well."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kerasarchive import KavError, Policy, api
from kerasarchive._policy import ambient, strictest
from kerasarchive.cli.audit import COMMAND

CUSTOM = {"class_name": "Scale", "module": "labpkg", "config": {}, "registered_name": "labpkg>Scale"}
WRAPPER = {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "x"}, "registered_name": None}


@pytest.fixture
def model(tmp_path):
    def write(config):
        path = tmp_path / "models" / "a.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(config))
        return path

    return write


@pytest.fixture
def config(tmp_path):
    def write(text, name="policy.toml"):
        path = tmp_path / name
        path.write_text("[tool.kav.audit]\n" + text)
        return path

    return write


def waiver(path, **edit):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    fields = {"sha256": f'"{digest}"', "rule": '"KAV104"', "until": "2999-01-01", "reason": '"looked at"'} | edit
    return "waivers = [{" + ", ".join(f"{key} = {value}" for key, value in fields.items()) + "}]"


def test_the_table_is_read(config):
    text = 'fail-on = "high"\nallow = ["pkg>*"]\nignore = ["KAV2"]\nselect = ["KAV1"]\nfor = ["keras==3.15.1"]\ndeep = true\n'
    assert Policy.read(config(text)) == Policy("high", ("pkg>*",), ("KAV2",), ("KAV1",), ("keras==3.15.1",), deep=True)


def test_a_named_file_may_loosen(model, config):
    path = model(CUSTOM)
    assert api.audit(path).exit_code == 1
    assert api.audit(path, config=config('allow = ["labpkg>*"]')).exit_code == 0
    assert api.audit(path, config=config('fail-on = "high"')).exit_code == 0
    assert api.audit(path, config=config('fail-on = "high"'), fail_on="medium").exit_code == 1


def test_waivers(model, config):
    path = model(WRAPPER)
    report = api.audit(path, config=config(waiver(path)))
    assert (report.exit_code, report.subjects[0].findings[0].severity) == (0, "info")
    assert len(report.subjects) == 1


@pytest.mark.parametrize(
    ("edit", "said"),
    [({"rule": '"KAV101"'}, "nothing"), ({"sha256": f'"{"0" * 64}"'}, "nothing"), ({"until": '"2020-01-01"'}, "ended on")],
)
def test_waivers_that_waive_nothing_are_said(model, config, edit, said):
    path = model(WRAPPER)
    report = api.audit(path, config=config(waiver(path, **edit)))
    (finding,) = report.subjects[-1].findings
    assert (report.exit_code, finding.rule, finding.severity) == (1, "KAV111", "low")
    assert said in finding.message


@pytest.mark.parametrize(
    "text",
    ["fail_on = 'high'", "fail-on = 'none'", "fail-on = 3", "allow = 'pkg'", "allow = [1]", "deep = 1", "waivers = 3", "more = 1",
     "waivers = [{rule = 'KAV101'}]", "allow = ["],
)  # fmt: skip
def test_a_config_that_is_wrong_fails(model, config, text):
    with pytest.raises(KavError):
        api.audit(model(CUSTOM), config=config(text))


def test_no_config(model, tmp_path):
    (tmp_path / "other.toml").write_text("[tool.other]\n")
    for name in ("other.toml", "none.toml"):
        with pytest.raises(KavError):
            api.audit(model(CUSTOM), config=tmp_path / name)


@pytest.mark.parametrize("name", [".kav.toml", "pyproject.toml"])
def test_what_lies_around_only_makes_it_stricter(model, config, tmp_path, monkeypatch, name):
    path = model(CUSTOM)
    config('allow = ["labpkg>*"]\nignore = ["KAV1"]\nfail-on = "critical"\n', name)
    monkeypatch.chdir(path.parent)
    done = CliRunner().invoke(COMMAND, [str(path)], standalone_mode=False)
    assert done.return_value == 1
    assert done.stderr.count("loosens an audit") == 3
    config('fail-on = "info"\nfor = ["keras==3.15.1"]\n', name)
    found = ambient(Path.cwd(), {})
    assert (found.fail_on, found.for_, found.unheard) == (("info",), ("keras==3.15.1",), ())


def test_the_nearest_wins(config, tmp_path):
    config('fail-on = "info"', ".kav.toml")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "pyproject.toml").write_text('[tool.kav.audit]\nfail-on = "low"\n')
    assert ambient(tmp_path / "inner", {}).fail_on == ("low",)
    assert ambient(tmp_path, {}).fail_on == ("info",)


def test_variables(tmp_path):
    found = ambient(tmp_path, {"KAV_FAIL_ON": "low", "KAV_FOR": "keras==3.15.1, keras==3.8.0", "KAV_DEEP": "1"})
    assert (found.fail_on, found.for_, found.deep) == (("low",), ("keras==3.15.1", "keras==3.8.0"), True)
    assert ambient(tmp_path, {"KAV_FAIL_ON": "critical", "KAV_DEEP": "0"}).fail_on == ()
    with pytest.raises(KavError):
        ambient(tmp_path, {"KAV_FAIL_ON": "never"})


def test_the_strictest_counts():
    assert [strictest(()), strictest(("high", "low")), strictest(("critical",))] == ["medium", "low", "critical"]


def test_the_command_line_goes_before_what_lies_around(model, config, tmp_path, monkeypatch):
    path = model(CUSTOM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAV_FAIL_ON", "info")
    loose = str(config('fail-on = "high"'))
    codes = [
        CliRunner().invoke(COMMAND, [str(path), *more], standalone_mode=False).return_value
        for more in ([], ["--config", loose], ["--config", loose, "--fail-on", "high"])
    ]
    assert codes == [1, 1, 0]
