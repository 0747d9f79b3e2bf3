import hashlib
import shutil

import pytest


@pytest.fixture
def archive(corpus, tmp_path):
    return shutil.copy(corpus / "tf2.15" / "comp_nested.keras", tmp_path / "old.keras")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


TO = ("--to", "keras==3.15.1")


def test_migrate_writes_what_the_target_accepts(report, archive):
    before, out = digest(archive), archive.with_name("new.keras")
    document = report("migrate", archive, *TO, "-o", out)
    (subject,) = document["subjects"]
    assert (subject["verdict"], document["exit_code"]) == ("migrated", 0)
    assert subject["output"] == {"path": str(out), "format": "keras-zip"}
    assert subject["sha256"] == before == digest(archive)
    assert subject["plan"]["steps"]
    assert subject["changes"]
    assert report("validate", out)["subjects"][0]["written_by"][0]["release"] == "3.15.1"
    assert report("audit", out, "--for", "keras==3.15.1")["exit_code"] == 0


def test_migrating_twice_changes_nothing(report, archive):
    new, again = archive.with_name("new.keras"), archive.with_name("again.keras")
    report("migrate", archive, *TO, "-o", new)
    document = report("migrate", new, *TO, "-o", again)
    assert document["subjects"][0]["verdict"] == "clean"
    assert digest(new) == digest(again)


def test_dry_run_and_check_write_nothing(report, archive):
    for option in ("--dry-run", "--check"):
        document = report("migrate", archive, *TO, option)
        assert (document["subjects"][0]["verdict"], document["exit_code"]) == ("pending", 1)
    assert [path.name for path in archive.parent.iterdir()] == ["old.keras"]


def test_check_of_an_archive_that_needs_nothing(report, corpus):
    assert report("migrate", corpus / "k3.15.1" / "comp_nested.keras", *TO, "--check")["exit_code"] == 0


def test_existing_outputs_are_kept(report, archive):
    out = archive.with_name("new.keras")
    out.write_text("precious")
    document = report("migrate", archive, *TO, "-o", out)
    assert (document["subjects"][0]["verdict"], document["exit_code"]) == ("refused", 1)
    assert out.read_text() == "precious"
    assert report("migrate", archive, *TO, "-o", out, "--force")["exit_code"] == 0


def test_the_input_is_no_output(report, archive):
    before = digest(archive)
    assert report("migrate", archive, *TO, "-o", archive)["subjects"][0]["verdict"] == "refused"
    assert digest(archive) == before


def test_in_place_with_backup(report, archive):
    before = digest(archive)
    document = report("migrate", archive, *TO, "--in-place", "--backup", ".old")
    assert document["exit_code"] == 0
    assert digest(archive.with_name("old.keras.old")) == before
    assert digest(archive) != before
    assert report("migrate", archive, *TO, "--check")["exit_code"] == 0


def test_many_at_once(report, archive, corpus):
    shutil.copy(corpus / "tf2.15" / "lambda_py.keras", archive.with_name("refused.keras"))
    archive.with_name("broken.keras").write_text("x")
    out = archive.parent / "out"
    document = report("migrate", archive.parent, *TO, "--output-dir", out, "--jobs", 2)
    found = {subject["path"].rpartition("/")[2]: subject["verdict"] for subject in document["subjects"]}
    assert found == {"old.keras": "migrated", "refused.keras": "refused", "broken.keras": "failed"}
    assert document["exit_code"] == 2
    assert [path.name for path in out.iterdir()] == ["old.keras"]


def test_refusals_say_where_and_why(report, corpus, tmp_path):
    out = tmp_path / "new.keras"
    document = report("migrate", corpus / "tf2.15" / "lambda_py.keras", *TO, "-o", out)
    refusal = document["subjects"][0]["plan"]["refusals"][0]
    assert refusal["location"].startswith("config.json#/config/layers/1")
    assert document["exit_code"] == 1
    assert not out.exists()


def test_unknown_suffixes_and_releases_are_told(report, archive):
    for arguments in (("-o", archive.with_suffix(".xyz")), ("-o", archive.with_name("n.keras"), "--from", "yesterday")):
        document = report("migrate", archive, *TO, *arguments)
        assert document["exit_code"] == 2
        assert document["subjects"][0]["findings"][0]["remedy"]
    assert report("migrate", archive, "--to", "keras==9.9", "--check")["exit_code"] == 2


def test_another_format(report, archive):
    folder = archive.with_name("unpacked")
    document = report("migrate", archive, *TO, "-o", folder)
    assert document["subjects"][0]["output"]["format"] == "keras-dir"
    assert (folder / "config.json").is_file()
    assert report("validate", folder)["exit_code"] == 0
    same = archive.with_name("copied")
    document = report("migrate", archive, "--to", "keras==2.15.0", "-o", same)
    assert (document["subjects"][0]["verdict"], document["exit_code"]) == ("migrated", 0)
    assert (same / "config.json").is_file()


def test_a_registered_function_takes_the_place_of_bytecode(report, corpus, tmp_path):
    archive, out = corpus / "tf2.15" / "lambda_py.keras", tmp_path / "new.keras"
    document = report("migrate", archive, *TO, "-o", out, "--map-lambda", "lambda=pkg>double")
    (subject,) = document["subjects"]
    assert (subject["verdict"], document["exit_code"]) == ("migrated", 0)
    place = "config.json#/config/layers/1/config/function"
    (change,) = [change for change in subject["changes"] if change["location"] == place]
    assert change["after"]["config"] == "pkg>double"
    (found,) = report("audit", out, "--for", "keras==3.15.1")["subjects"]
    assert [finding["rule"] for finding in found["findings"]] == ["KAV102"]
    assert found["compatibility"][0]["loads"] == "with-custom-objects"
    assert found["compatibility"][0]["needs"] == ["pkg>double"]


def test_a_layer_that_is_not_there_cannot_be_mapped(report, kav, archive):
    document = report("migrate", archive, *TO, "--dry-run", "--map-lambda", "dance=pkg>double")
    assert document["exit_code"] == 2
    assert "dance" in document["subjects"][0]["findings"][0]["message"]
    assert kav("migrate", archive, *TO, "--dry-run", "--map-lambda", "dance").code == 2


def test_bytecode_of_keras_3_is_refused_named_or_kept(report, corpus, tmp_path):
    archive, out = corpus / "k3.15.1" / "lambda_py.keras", tmp_path / "new.keras"
    older = ("--to", "keras==3.8.0", "-o", out, "--force")
    assert report("migrate", archive, *older)["subjects"][0]["verdict"] == "refused"
    assert report("migrate", archive, *older, "--unsafe")["subjects"][0]["verdict"] == "migrated"
    assert "KAV418" in [finding["rule"] for finding in report("validate", out)["subjects"][0]["findings"]]
    assert report("migrate", archive, *older, "--map-lambda", "lambda=pkg>double")["subjects"][0]["verdict"] == "migrated"
    assert report("validate", out)["exit_code"] == 0


def test_an_activation_is_called_by_one_of_keras_own(report, corpus, tmp_path):
    from kerasarchive import formats

    archive, out = corpus / "k3.8.0" / "multi_io_names.keras", tmp_path / "odd.keras"
    with formats.open(archive) as opened:
        config = opened.config
        dense = next(one for one in config["config"]["layers"] if one["class_name"] == "Dense")
        bare = {"module": "builtins", "class_name": "function", "config": "softmax_v2", "registered_name": "function"}
        dense["config"]["activation"] = bare
        formats.write(opened, out, config=config, format="keras-zip")
    to = (*TO, "-o", tmp_path / "new.keras", "--force")
    (subject,) = report("migrate", out, *to)["subjects"]
    assert "softmax_v2" in subject["plan"]["refusals"][0]["reason"]
    said = report("migrate", out, *to, "--map-lambda", f"{dense['name']}=keras.activations.softmax")
    assert said["subjects"][0]["verdict"] == "migrated"
