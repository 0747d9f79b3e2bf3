"""SavedModels and checkpoints, whose object graph says which tensor is whose, become archives of Keras 3."""

import json
import shutil
from pathlib import Path

import pytest

from kerasarchive import api, formats
from kerasarchive.model.weights import is_of_model

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
TARGET = "keras==3.15.1"
WHOLE = sorted(CORPUS.glob("tf2.*/*.sm"))


def migrated(source, out, **options):
    subject = api.migrate(str(source), to=TARGET, output=str(out), **options).subjects[0]
    assert subject.verdict == "migrated", subject
    return subject


def refused(source, **options):
    subject = api.migrate(str(source), to=TARGET, dry_run=True, **options).subjects[0]
    assert subject.verdict == "refused"
    return subject.plan.refusals[0]


def weights(path):
    with formats.open(path) as archive:
        return {name: archive.weights.read(name).tolist() for name in archive.weights.tensors()}


@pytest.mark.parametrize("source", WHOLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_weight_arrives(source, tmp_path):
    """Whatever the model's own tensors are called in the checkpoint, each is in the output, once, with its values."""
    migrated(source, tmp_path / "m.keras")
    with formats.open(source) as archive:
        keys = [key for key in archive.weights.tensors() if is_of_model(key) and key.endswith("VARIABLE_VALUE")]
        before = sorted(str(archive.weights.read(key).tolist()) for key in keys)
    after = sorted(str(value) for name, value in weights(tmp_path / "m.keras").items() if not name.startswith("optimizer"))
    assert before == after
    assert api.validate(tmp_path / "m.keras").exit_code == 0


@pytest.mark.parametrize("name", ["comp_nested", "normalization_adapted"])
def test_the_same_comes_of_the_hdf5_file_of_the_model(name, tmp_path):
    migrated(CORPUS / "tf2.4" / f"{name}.sm", tmp_path / "a.keras")
    migrated(CORPUS / "tf2.4" / f"{name}.h5", tmp_path / "b.keras")
    changes = api.diff(tmp_path / "a.keras", tmp_path / "b.keras", ignore=("config.json#/compile_config*",)).subjects[1].changes
    assert changes == ()


def test_slots_are_told_by_their_variables(tmp_path):
    """The kernel inside of the nested model is the first that is trained: its moments are the first two slots."""
    source = CORPUS / "tf2.4" / "comp_nested.sm"
    migrated(source, tmp_path / "m.keras")
    with formats.open(source) as archive:
        slot = "layer_with_weights-0/layer_with_weights-0/kernel/.OPTIMIZER_SLOT/optimizer/{}/.ATTRIBUTES/VARIABLE_VALUE"
        wanted = [archive.weights.read(slot.format(name)).tolist() for name in "mv"]
        steps = int(archive.weights.read("optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE"))
    found = weights(tmp_path / "m.keras")
    assert [found["optimizer/vars/2"], found["optimizer/vars/3"]] == wanted
    assert found["optimizer/vars/0"] == steps > 0


def test_vocabularies_come_out_of_the_graph(tmp_path):
    migrated(CORPUS / "tf2.12" / "pp_stringlookup_two_adapted.sm", tmp_path / "m.keras")
    with formats.open(tmp_path / "m.keras") as archive:
        layers = archive.config["config"]["layers"]
        found = [layer["config"]["vocabulary"] for layer in layers if layer["class_name"] == "StringLookup"]
    assert found == [["y", "x"], ["b", "a"]]


def test_custom_classes_keep_what_they_hold_under_its_attributes(tmp_path):
    migrated(CORPUS / "tf2.4" / "subclassed.sm", tmp_path / "m.keras")
    assert {name.rpartition("/vars")[0] for name in weights(tmp_path / "m.keras")} == {
        "d1", "d2", "bn", "blocks/dense", "blocks/dense_1",
    }  # fmt: skip
    with formats.open(tmp_path / "m.keras") as archive:
        assert archive.config["registered_name"] == "labpkg>SubModel"
        assert archive.config["build_config"] == {"input_shape": [None, 4]}


@pytest.mark.parametrize("name", ["comp_nested", "rnn_cells"])
def test_checkpoints_need_an_architecture(name, tmp_path):
    checkpoint, model = CORPUS / "tf2.4" / f"{name}.ckpt" / "weights", CORPUS / "tf2.4" / f"{name}.sm"
    assert "--config" in refused(checkpoint).advice
    migrated(checkpoint, tmp_path / "a.keras", config=str(model))
    migrated(model, tmp_path / "b.keras")
    assert weights(tmp_path / "a.keras") == weights(tmp_path / "b.keras")


def test_an_optimizer_that_the_architecture_does_not_have_is_announced(tmp_path):
    checkpoint = CORPUS / "tf2.4" / "comp_nested.ckpt" / "weights"
    with formats.open(CORPUS / "tf2.4" / "comp_nested.sm") as archive:
        (tmp_path / "m.json").write_text(json.dumps({**archive.config, "keras_version": "2.4.0"}))
    subject = migrated(checkpoint, tmp_path / "a.keras", config=str(tmp_path / "m.json"))
    assert [each.kind for each in subject.plan.announcements] == ["state_dropped"]


def test_a_checkpoint_of_another_model_is_refused():
    checkpoint = CORPUS / "tf2.4" / "comp_nested.ckpt" / "weights"
    assert refused(checkpoint, config=str(CORPUS / "tf2.4" / "rnn_cells.sm")).reason


def test_models_that_keras_says_nothing_of_are_refused():
    assert "says nothing" in refused(CORPUS / "tensorflow" / "module_writes_file.sm").reason


def test_a_lost_variable_is_refused(tmp_path):
    """Without the index there are no weights at all."""
    source = tmp_path / "m.sm"
    shutil.copytree(CORPUS / "tf2.4" / "gru_seq.sm", source)
    (source / "variables" / "variables.index").unlink()
    assert refused(source).reason


def test_a_saved_model_is_not_replaced_in_place(tmp_path):
    source = tmp_path / "m.sm"
    shutil.copytree(CORPUS / "tf2.4" / "gru_seq.sm", source)
    assert api.migrate(str(source), to=TARGET, in_place=True).subjects[0].verdict == "refused"
    assert (source / "saved_model.pb").exists()
