"""Whole-model HDF5 as the output: what Keras 3 reads back from it, and what it would lose or mix up."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import api, formats
from kerasarchive.errors import MigrationError
from kerasarchive.formats.hdf5.rebuild import set_texts
from kerasarchive.layout.hdf5 import model_config
from kerasarchive.layout.listing import texts
from kerasarchive.layout.lower import Lowered
from kerasarchive.model.location import Location, in_json
from tests.unit.legacy.conftest import dense

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
TARGET = "keras==3.15.1"
WHOLE = [
    path
    for pattern in ("k2.3.1/*.h5", "tf2.4/*.h5", "tf2.15/*.h5", "tf2.15/*.keras", "k3.8.0/*.keras")
    for path in sorted(CORPUS.glob(pattern))
    if not path.name.endswith(".weights.h5")
]
REFUSED = {"lambda_py": "bytecode", "pp_stringlookup_two_adapted": "vocabularies"}
ONE_WAY = {"rnn_customcell"}
"""A cell of somebody's own: the file does not say under which attribute its weights go back."""


def migrated(source, out, **options):
    return api.migrate(str(source), to=TARGET, output=str(out), **options).subjects[0]


def reasons(subject):
    assert subject.verdict == "refused", subject
    return " ".join(refusal.reason for refusal in subject.plan.refusals)


@pytest.mark.parametrize("source", WHOLE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_way_over_hdf5_is_the_direct_way(source, tmp_path):
    """What is written is bound again by the reader of Keras's own files: every weight to the object that it came from."""
    over = migrated(source, tmp_path / "over.h5", drop_training_state=True)
    direct = migrated(source, tmp_path / "direct.keras", drop_training_state=True)
    if source.stem in REFUSED or direct.verdict == "refused":
        assert REFUSED.get(source.stem, "") in reasons(over)
        return
    assert over.verdict == "migrated", over
    if source.stem in ONE_WAY:
        return
    assert migrated(tmp_path / "over.h5", tmp_path / "over.keras").verdict == "migrated"
    differences = api.diff(tmp_path / "direct.keras", tmp_path / "over.keras", ignore=("metadata.json#*", "*!metrics*"))
    changes = differences.subjects[1].changes
    assert [change for change in changes if not str(change.location).startswith("config.json#/compile_config/loss")] == []
    assert api.validate(tmp_path / "over.h5").exit_code == 0


def test_a_second_time_there_is_nothing_to_do(tmp_path):
    source = CORPUS / "tf2.15" / "comp_nested.h5"
    migrated(source, tmp_path / "a.h5", drop_training_state=True)
    again = migrated(tmp_path / "a.h5", tmp_path / "b.h5")
    assert again.verdict == "clean"
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_state_that_keras_would_not_restore_is_not_left_behind_unasked(tmp_path):
    """Keras 3.15.1 takes two of the optimizer's variables, and refuses to train on: ``Unknown variable``."""
    source = CORPUS / "tf2.15" / "comp_nested.h5"
    subject = migrated(source, tmp_path / "a.h5")
    assert "does not restore an optimizer's state" in reasons(subject)
    assert "--drop-training-state" in subject.plan.refusals[0].advice
    dropped = migrated(source, tmp_path / "a.h5", drop_training_state=True)
    assert [said.kind for said in dropped.plan.announcements] == ["state_dropped"]
    with h5py.File(tmp_path / "a.h5") as file:
        assert "optimizer_weights" not in file
        training = json.loads(file.attrs["training_config"])
    assert training["optimizer_config"]["class_name"] == "Adam"
    assert "loss_weights" in training


def test_an_optimizer_that_took_no_step_has_nothing_to_lose(write, tmp_path, random):
    adam = {"class_name": "Adam", "config": {"name": "Adam", "lr": 0.1}}
    training = {"optimizer_config": adam, "loss": "mse", "metrics": ["mae"], "loss_weights": None}
    weights = {"d": [("d/kernel:0", random(3, 2)), ("d/bias:0", random(2))]}
    layers = [dense("d", 3, 2, batch_input_shape=[None, 3])]
    for steps, verdict in ((0, "migrated"), (4, "refused")):
        slots = [("Adam/iterations:0", np.int64(steps))]
        shapes = {"kernel": (3, 2), "bias": (2,)}
        slots += [(f"Adam/{slot}/d/{name}:0", random(*shapes[name])) for slot in "mv" for name in shapes]
        slots += [(f"Adam/vhat{index}:0", np.zeros(1, "float32")) for index in range(2)]
        path = write(layers, weights, training=training, slots=slots, name=f"{steps}.h5")
        assert migrated(path, tmp_path / f"{steps}-new.h5").verdict == verdict
    with h5py.File(tmp_path / "0-new.h5") as file:
        # `losses.deserialize` finds the short name and cannot make it.
        assert json.loads(file.attrs["training_config"])["loss"] == "mean_squared_error"


def test_lists_follow_the_graph_not_the_config(write, tmp_path, random):
    """Keras 3 matches layers by their order in ``model.layers``, which it computes from the graph."""
    first, second = dense("first", 3, 3), dense("second", 3, 3)
    nodes = {"second": [[["first", 0, 0, {}]]], "first": [[["in", 0, 0, {}]]], "in": []}
    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 3], "dtype": "float32"}}
    layers = [{**layer, "name": layer["config"]["name"]} for layer in (second, start, first)]
    layers = [{**layer, "inbound_nodes": nodes[layer["name"]]} for layer in layers]
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [["second", 0, 0]]}
    model = {"class_name": "Model", "config": {"name": "m", "layers": layers, **ends}}
    weights = {name: [(f"{name}/kernel:0", random(3, 3)), (f"{name}/bias:0", random(3))] for name in ("second", "first")}
    path = write(None, {"in": [], **weights}, model=model)
    assert migrated(path, tmp_path / "new.h5").verdict == "migrated"
    with h5py.File(tmp_path / "new.h5") as file:
        assert [name.decode() for name in file["model_weights"].attrs["layer_names"]] == ["in", "first", "second"]
        assert np.array_equal(file["model_weights/first/first/kernel"], weights["first"][0][1])


def nested(inner, weights, write):
    """A Sequential in a Sequential."""
    config = {"name": "inner", "layers": inner, "build_input_shape": [None, 3]}
    start = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 3], "dtype": "float32"}}
    layers = [start, {"class_name": "Sequential", "config": config}]
    return write(layers, {"inner": weights}, version="2.4.0")


def test_frozen_weights_of_a_nested_model_come_last(write, tmp_path, random):
    inner = [dense("a", 3, 3, trainable=False), dense("b", 3, 3)]
    a, b = ([(f"{name}/kernel:0", random(3, 3)), (f"{name}/bias:0", random(3))] for name in "ab")
    path = nested(inner, [*b, *a], write)
    assert migrated(path, tmp_path / "new.h5").verdict == "migrated"
    with h5py.File(tmp_path / "new.h5") as file:
        group = file["model_weights/inner"]
        listed = [group[name][()] for name in texts({"n": [n.decode() for n in group.attrs["weight_names"]]}, "n")]
    for found, (_, wanted) in zip(listed, [*b, *a], strict=True):
        assert np.array_equal(found, wanted)


def test_statistics_inside_of_another_model_are_refused(write, tmp_path, random):
    """The loader makes the statistics of outermost layers ready, and of no others: Keras computes with zeros and ones."""
    axis = {"class_name": "Normalization", "config": {"name": "n", "trainable": True, "dtype": "float32", "axis": [-1]}}
    weights = [("n/mean:0", random(3)), ("n/variance:0", np.abs(random(3))), ("n/count:0", np.int64(9))]
    assert "adapted" in reasons(migrated(nested([axis], weights, write), tmp_path / "new.h5"))
    assert migrated(nested([axis], weights, write), tmp_path / "new.keras").verdict == "migrated"


def test_what_the_json_reader_turns_into_objects_is_refused():
    """``json_utils.decode`` makes an Ellipsis of it, which ``deserialize_keras_object`` does not know."""
    key = [{"class_name": "__ellipsis__", "config": {}}, 0]
    layers = [{"class_name": "GetItem", "config": {}, "inbound_nodes": [{"args": [key], "kwargs": {}}]}]
    place = "config.json#/config/layers/0"
    lowered = Lowered({"class_name": "Functional", "config": {"layers": layers}}, {place: Location.parse("old.json#/layers/7")})
    with pytest.raises(MigrationError, match="Ellipsis") as raised:
        model_config(lowered, in_json("config.json"))
    assert str(raised.value.location) == "old.json#/layers/7/inbound_nodes/0/args/0/0"


def test_the_shape_of_a_sequential_without_an_input_layer_goes_into_its_config():
    lowered = Lowered({"class_name": "Sequential", "config": {"layers": []}, "build_config": {"input_shape": [None, 3]}})
    assert model_config(lowered, in_json("config.json"))["config"]["build_input_shape"] == [None, 3]


def test_long_lists_are_split_over_several_attributes(tmp_path):
    names = [f"layer_{index:05d}_{'x' * 60}" for index in range(2000)]
    with h5py.File(tmp_path / "f.h5", "w") as file:
        set_texts(file.create_group("model_weights").attrs, {"layer_names": names, "backend": "tensorflow"})
        attributes = file["model_weights"].attrs
        assert "layer_names" not in attributes
        assert max(attributes[key].nbytes for key in attributes if key.startswith("layer_names")) <= 64512
    with formats.open(tmp_path / "f.h5") as archive:
        assert texts(archive.weights.attributes("model_weights"), "layer_names") == names
