import inspect
import json
import shutil

import click
import pytest

import kerasarchive
from kerasarchive import api
from kerasarchive.cli._group import GROUP

LEAVES = {
    "inspect": "inspect", "validate": "validate", "diff": "diff", "audit": "audit", "migrate": "migrate",
    "verify": "verify", "explain": "explain", "releases": "releases", "schema show": "show_schema",
    "schema build": "build_schema", "schema diff": "diff_schemas", "migration list": "list_migrations",
    "migration show": "show_migration", "migration draft": "draft_migration",
}  # fmt: skip
SHOWN = {"format_", "quiet", "verbose", "color"}


def leaves(group: click.Group, prefix: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found |= leaves(command, f"{prefix}{name} ")
        elif command is not None:
            found[prefix + name] = command
    return found


def test_every_command_is_a_function_of_the_api():
    assert set(leaves(GROUP)) == set(LEAVES)
    assert set(LEAVES.values()) == set(api.__all__)
    assert set(api.__all__) <= set(kerasarchive.__all__)


@pytest.mark.parametrize(
    "command", ["inspect", "validate", "diff", "audit", "migrate", "verify", "explain", "releases"]
)
def test_options_are_the_parameters(command):
    options = {parameter.name for parameter in leaves(GROUP)[command].params} - SHOWN
    assert options == set(inspect.signature(getattr(api, LEAVES[command])).parameters)


def test_every_option_is_explained():
    for name, command in leaves(GROUP).items():
        assert command.help, name
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.help, (name, parameter.name)


@pytest.mark.parametrize("command", ["inspect", "validate", "audit"])
def test_one_archive(report, corpus, command):
    document = report(command, corpus / "tf2.15" / "comp_nested.keras")
    assert document["command"] == command
    (subject,) = document["subjects"]
    assert subject["verdict"] == "clean"
    assert subject["written_by"][0]["release"] == "2.15.0"
    assert document["exit_code"] == 0


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "markdown"])
@pytest.mark.parametrize("command", ["inspect", "validate", "audit"])
def test_every_format(kav, corpus, command, format):
    done = kav(command, corpus / "tf2.15" / "mha_kw.keras", "--format", format)
    assert done.code == 0
    assert "mha_kw.keras" in done.out.replace("\\", "")


def test_audit_flags_bytecode(report, corpus):
    document = report("audit", corpus / "tf2.15" / "lambda_py.keras")
    finding = document["subjects"][0]["findings"][0]
    assert (finding["rule"], finding["severity"]) == ("KAV101", "critical")
    assert document["subjects"][0]["not_assessed"]
    assert document["exit_code"] == 1


def test_fail_on_says_what_flags(report, corpus):
    archive = corpus / "tf2.15" / "rnn_customcell.keras"
    assert report("audit", archive)["exit_code"] == 1
    assert report("audit", archive, "--fail-on", "high")["exit_code"] == 0
    assert report("audit", archive, "--ignore", "KAV1")["subjects"][0]["findings"] == []
    assert report("audit", archive, "--select", "KAV101,KAV2")["exit_code"] == 0
    allowed = report("audit", archive, "--allow", "labpkg>*")
    assert allowed["exit_code"] == 0
    assert {finding["severity"] for finding in allowed["subjects"][0]["findings"]} == {"info"}


def test_audit_foretells(report, corpus):
    document = report("audit", corpus / "tf2.15" / "comp_nested.keras", "--for", "keras==3.15.1", "--for", "2.15")
    new, old = document["subjects"][0]["compatibility"]
    assert (new["target"], new["loads"], new["same_outputs"]) == ("keras==3.15.1", "no", "n/a")
    assert new["because"][0]["release"] == "keras==3.0.0"
    assert new["fix"].startswith("kav migrate ")
    assert (old["loads"], old["same_outputs"], old["keeps_training_state"]) == ("yes", "yes", "yes")
    assert "KAV601" in {finding["rule"] for finding in document["subjects"][0]["findings"]}
    assert document["exit_code"] == 1


def test_folders_are_walked_and_the_gravest_counts(report, corpus, tmp_path):
    shutil.copy(corpus / "tf2.15" / "mha_kw.keras", tmp_path)
    (tmp_path / "deep").mkdir()
    shutil.copy(corpus / "k3.15.1" / "lambda_py.keras", tmp_path / "deep" / "renamed.bin")
    (tmp_path / "notes.txt").write_text("no archive")
    (tmp_path / "z.keras").write_text("broken")
    document = report("audit", tmp_path)
    found = {subject["path"].rpartition("/")[2]: subject["verdict"] for subject in document["subjects"]}
    assert found == {"mha_kw.keras": "clean", "renamed.bin": "flagged", "z.keras": "failed"}
    assert document["exit_code"] == 2


def test_unpacked_archives_are_no_folders_to_walk(report, corpus):
    document = report("inspect", corpus / "k3.15.1" / "unpacked")
    assert [subject["format"] for subject in document["subjects"]] == ["keras-dir"] * len(document["subjects"])


def test_empty_folders_fail(report, tmp_path):
    assert report("inspect", tmp_path)["exit_code"] == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"<html>", b"{", b"\x80\x04."])
@pytest.mark.parametrize("command", ["inspect", "validate", "audit"])
def test_broken_files_are_findings(report, tmp_path, command, content):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    document = report(command, path)
    assert document["exit_code"] in (1, 2)
    assert document["subjects"][0]["findings"][0]["rule"].startswith("KAV")


def test_missing_file(report):
    document = report("validate", "/does/not/exist.keras")
    assert document["subjects"][0]["findings"][0]["name"] == "missing"
    assert document["exit_code"] == 2


def test_a_release_without_schema_is_said_plainly(report, tmp_path):
    (tmp_path / "old.json").write_text(json.dumps({"class_name": "Sequential", "config": [], "keras_version": "0.3.3"}))
    subject = report("validate", tmp_path / "old.json")["subjects"][0]
    assert "no schema" in subject["skipped"][0]["reason"]


def test_without_a_version_the_releases_that_accept_it_are_named(report, corpus, tmp_path):
    bare = json.loads((corpus / "k1.2.2" / "lstm.json").read_text())
    del bare["keras_version"]
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    subject = report("validate", tmp_path / "bare.json")["subjects"][0]
    assert subject["verdict"] == "clean"
    (written,) = subject["written_by"]
    assert written["certainty"] == "inferred"
    assert written["between"][1] == "1.2.2"


def test_a_release_of_a_flavour_is_a_target(report, corpus):
    subject = report("validate", corpus / "k2.3.1" / "constr_str.h5", "--against", "keras==2.2.4-tf")["subjects"][0]
    assert subject["facts"]["against"] == "keras==2.2.4-tf"


def test_hdf5_of_keras_2_becomes_an_archive_of_keras_3(report, corpus):
    subject = report("migrate", corpus / "k2.3.1" / "bidi_none.h5", "--to", "keras==3.15.1", "--dry-run")["subjects"][0]
    assert subject["verdict"] == "pending"
    moved = {move["to"] for move in subject["plan"]["moves"]}
    assert "layers/bidirectional/backward_layer/cell/vars/2" in moved


def test_hdf5_does_not_become_an_archive_of_keras_2(report, corpus):
    subject = report("migrate", corpus / "k2.3.1" / "bidi_none.h5", "--to", "keras==2.15.0", "--dry-run")["subjects"][0]
    assert subject["verdict"] == "refused"
    assert "keras==2.15.0" in subject["plan"]["refusals"][0]["reason"]


def test_there_is_no_way_to_before_the_first_migration(report, corpus):
    target = ("--to", "keras==2.3.1", "--dry-run")
    subject = report("migrate", corpus / "tf2.15" / "comp_nested.keras", *target)["subjects"][0]
    assert subject["verdict"] == "failed"
    assert "does not write archives for keras==2.3.1" in subject["findings"][0]["message"]


def test_unknown_targets_name_the_nearest(report, corpus):
    document = report("audit", corpus / "tf2.15" / "mha_kw.keras", "--for", "keras==3.15.99")
    assert document["exit_code"] == 2
    assert "3.15.1" in document["subjects"][0]["findings"][0]["remedy"]


def test_validate_against_another_release(report, corpus):
    document = report("validate", corpus / "tf2.15" / "comp_nested.keras", "--against", "keras==3.15.1")
    assert document["subjects"][0]["verdict"] == "invalid"
    assert document["exit_code"] == 1


def test_diff(report, corpus):
    old, new = corpus / "tf2.15" / "comp_nested.keras", corpus / "k3.15.1" / "comp_nested.keras"
    same = report("diff", old, old)
    assert (same["exit_code"], [subject["changes"] for subject in same["subjects"]]) == (0, [[], []])
    document = report("diff", old, new)
    first, second = document["subjects"]
    assert (first["verdict"], second["verdict"], document["exit_code"]) == ("clean", "different", 1)
    assert not first["changes"]
    assert second["changes"]
    fewer = report("diff", old, new, "--no-weights", "--ignore", "metadata.json*")["subjects"][1]["changes"]
    assert len(fewer) < len(second["changes"])


def test_diff_of_what_cannot_be_read(report, corpus, tmp_path):
    archive = corpus / "tf2.15" / "mha_kw.keras"
    (tmp_path / "x.keras").write_text("x")
    for pair in ((archive, tmp_path / "x.keras"), (tmp_path / "x.keras", archive)):
        document = report("diff", *pair)
        assert document["exit_code"] == 2
        assert document["subjects"][1]["verdict"] == "failed"


def test_verify_without_an_environment(report, corpus, tmp_path):
    archive = corpus / "k3.15.1" / "mha_kw.keras"
    document = report("verify", archive, archive, "--new-env", "/no/python", "--old-env", "/no/python")
    assert document["exit_code"] == 2
    assert document["subjects"][1]["findings"][0]["name"] == "oracle-unavailable"


def test_verify_shows_figures(report, corpus, monkeypatch):
    from kerasarchive import verification

    figures = {"outputs": {"equal": False, "max_abs": float("nan")}, "verdict": "different"}
    monkeypatch.setattr(verification, "verify", lambda old, new, **options: dict(figures))
    archive = corpus / "k3.15.1" / "mha_kw.keras"
    document = report("verify", archive, archive)
    assert document["subjects"][1]["comparison"] == {"outputs": {"equal": False, "max_abs": "NaN"}}
    assert (document["subjects"][1]["verdict"], document["exit_code"]) == ("different", 1)


def test_explain(report, kav):
    facts = report("explain", "kav101")["subjects"][0]["facts"]
    assert (facts["code"], facts["name"]) == ("KAV101", "lambda-bytecode")
    assert "bytecode" in kav("explain", "lambda-bytecode").out
    assert report("explain", "KAV999")["exit_code"] == 2
    facts = report("explain", "--error", "ValueError: Unknown layer: 'TFOpLambda'. Please ensure ...")["subjects"][0][
        "facts"
    ]
    assert "kav migrate" in facts["best"]["fix"]
    assert report("explain", "--error", "all is well")["exit_code"] == 2


def test_releases_schema_and_migration(report):
    assert report("releases", "keras")["subjects"][0]["facts"]["releases"][-1]["release"] == "keras==3.15.1"
    facts = report("schema", "show", "keras==3.15.1", "Dense")["subjects"][0]["facts"]
    assert facts["class"] == "keras.layers.Dense"
    assert facts["arguments"][0] == {
        "argument": "units", "required": True, "default": "", "types": facts["arguments"][0]["types"], "names of": "",
        "by": "",
    }  # fmt: skip
    assert report("schema", "show", "keras==3.15.1")["exit_code"] == 0
    assert "Dense" in report("schema", "show", "keras==3.15.1", "Dens")["subjects"][0]["findings"][0]["remedy"]
    document = report("schema", "diff", "keras==3.14.0", "keras==3.15.1")
    assert document["exit_code"] == 1
    assert any("GlorotUniform" in change["location"] for change in document["subjects"][0]["changes"])
    migrations = report("migration", "list")["subjects"][0]["facts"]["migrations"]
    assert report("migration", "show", migrations[0]["name"])["subjects"][0]["facts"]["evidence"]
    assert report("migration", "show", "no_such_thing")["exit_code"] == 2


def test_quiet_and_no_color(kav, corpus, monkeypatch):
    archive = corpus / "tf2.15" / "mha_kw.keras"
    assert kav("audit", archive, "-q").out == f"{archive}: clean\n"
    assert "\x1b[" in kav("audit", archive, "--color").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in kav("audit", archive).out


def test_same_input_same_bytes(kav, corpus):
    arguments = ("audit", corpus / "tf2.15" / "comp_nested.keras", "--for", "keras==3.15.1", "--format", "json")
    assert kav(*arguments).out == kav(*arguments).out
