"""Models of Keras 1 and 2: what each generation's own reader accepts is valid, what it refuses is named."""

import copy
import json
from pathlib import Path

import pytest

from kerasarchive import api, schema
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import Location
from kerasarchive.validation import validate, validate_config

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
OLD = ("k1.", "k2.", "tf2.4", "tf_keras")
FILES = sorted(path for path in CORPUS.glob("*/*") if path.parent.name.startswith(OLD) and path.suffix in (".h5", ".json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_archive_is_valid_under_its_own_release(path):
    (subject,) = api.validate(path).subjects
    assert subject.verdict == "clean", [str(finding.message) for finding in subject.findings]
    assert subject.written_by[0].certainty == "recorded"


def layer(name, inputs=(), cls="Dense", **config):
    config = {"name": name, "units": 2, **config} if cls == "Dense" else {"name": name, **config}
    return {"class_name": cls, "name": name, "config": config, "inbound_nodes": [list(inputs)] if inputs else []}


def model(*layers, inputs=(("a", 0, 0),), outputs=(("c", 0, 0),)):
    return {"class_name": "Model", "config": {
        "name": "m", "layers": list(layers), "input_layers": [list(one) for one in inputs],
        "output_layers": [list(one) for one in outputs]}}


def plain():
    return model(layer("a", cls="InputLayer", batch_input_shape=[None, 3]), layer("b", [["a", 0, 0, {}]]),
                 layer("c", [["b", 0, 0, {}]]))


def rules(config, release, *, own=True):
    found = validate_config(config, Location(), schema.load(f"keras=={release}"), own=own)
    return [finding.rule for finding in found if finding.severity != "info"]


READERS = ("2.3.1", "2.0.0", "2.4.0", "2.2.4-tf", "2.15.0")


@pytest.mark.parametrize("release", READERS)
def test_a_sound_model(release):
    assert rules(plain(), release) == []


@pytest.mark.parametrize("release", READERS)
@pytest.mark.parametrize(("path", "value", "rule"), [
    ((0, "name"), None, "KAV409"),
    ((1, "inbound_nodes"), {}, "KAV412"),
    ((1, "class_name"), 5, "KAV409"),
    ((1, "inbound_nodes", 0, 0), ["a", 0], "KAV412"),
    ((1, "inbound_nodes", 0, 0), ["a", 0, 0, "no"], "KAV412"),
    ((1, "inbound_nodes", 0, 0), ["nobody", 0, 0, {}], "KAV411"),
    ((1, "inbound_nodes", 0, 0), ["a", 0, 1, {}], "KAV411"),
    ((1, "inbound_nodes", 0, 0), ["a", 0, "0", {}], "KAV411"),
    ((2, "inbound_nodes", 0, 0), ["b", 1, 0, {}], "KAV411"),
    ((1, "inbound_nodes", 0, 0), ["a", 0, 0, {"extra": 1}], "KAV401"),
    ((1, "config", "name"), "a", "KAV414"),
])
def test_what_every_reader_refuses(release, path, value, rule):
    broken = plain()
    holder = broken["config"]["layers"]
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    assert rule in rules(broken, release)


@pytest.mark.parametrize(("release", "accepted"), [("2.3.1", False), ("2.4.0", True), ("2.15.0", True)])
def test_the_index_of_an_input_is_of_no_account_in_tf_keras(release, accepted):
    odd = plain()
    odd["config"]["layers"][1]["inbound_nodes"][0][0][1] = 7
    assert (rules(odd, release) == []) is accepted


@pytest.mark.parametrize(("release", "accepted"), [("2.3.1", True), ("2.4.0", False)])
def test_negative_calls_count_from_the_end_in_standalone_keras(release, accepted):
    odd = plain()
    odd["config"]["layers"][2]["inbound_nodes"][0][0][1] = -1
    assert (rules(odd, release) == []) is accepted


@pytest.mark.parametrize(("release", "accepted"), [("1.2.2", False), ("2.0.0", False), ("2.3.1", True), ("2.4.0", True)])
def test_the_first_readers_make_calls_as_they_come(release, accepted):
    turned = plain()
    turned["config"]["layers"].reverse()
    if release == "1.2.2":
        for one in turned["config"]["layers"]:
            one["inbound_nodes"] = [[reference[:3] for reference in node] for node in one["inbound_nodes"]]
            if one["class_name"] == "Dense":
                one["config"]["output_dim"] = one["config"].pop("units")
    assert (rules(turned, release) == []) is accepted


@pytest.mark.parametrize("release", ["2.3.1", "2.4.0"])
def test_layers_that_wait_for_each_other(release):
    circle = plain()
    circle["config"]["layers"][1]["inbound_nodes"] = [[["c", 0, 0, {}]]]
    assert "KAV413" in rules(circle, release)


@pytest.mark.parametrize("release", ["2.3.1", "2.4.0"])
def test_outputs_must_follow_from_the_inputs(release):
    loose = plain()
    loose["config"]["input_layers"] = [["b", 0, 0]]
    assert "KAV411" in rules(loose, release)


def test_a_list_of_a_text_and_two_numbers_in_keywords_is_a_tensor_in_tf_keras():
    keyword = plain()
    keyword["config"]["layers"][1] = layer("b", [["a", 0, 0, {"value": ["a", 0, 0]}]], cls="Attention")
    assert "KAV411" not in rules(keyword, "2.4.0")
    keyword["config"]["layers"][1] = layer("b", [["a", 0, 0, {"value": ["nobody", 0, 0]}]], cls="Attention")
    assert "KAV411" in rules(keyword, "2.4.0")


SEQUENTIAL = [{"class_name": "Dense", "config": {"name": "a", "units": 2, "batch_input_shape": [None, 3]}},
              {"class_name": "Dense", "config": {"name": "b", "units": 2}}]


@pytest.mark.parametrize(("release", "lists", "objects"), [
    ("2.0.8", True, False), ("2.2.2", True, False), ("2.2.3", False, True), ("2.3.1", True, True), ("2.15.0", True, True)])
def test_a_sequential_model_is_a_list_or_an_object(release, lists, objects):
    assert (rules({"class_name": "Sequential", "config": SEQUENTIAL}, release) == []) is lists
    named = {"name": "s", "layers": SEQUENTIAL}
    assert (rules({"class_name": "Sequential", "config": named}, release) == []) is objects


@pytest.mark.parametrize(("release", "accepted"), [("2.1.6", False), ("2.2.0", True)])
def test_a_first_layer_without_a_shape(release, accepted):
    assert (rules({"class_name": "Sequential", "config": SEQUENTIAL[1:]}, release) == []) is accepted


def test_arguments_of_keras_1_in_keras_2():
    old = {"class_name": "Sequential", "config": [{"class_name": "Convolution2D", "config": {
        "name": "a", "nb_filter": 2, "nb_row": 3, "nb_col": 3, "border_mode": "same", "dim_ordering": "tf",
        "W_regularizer": None, "init": "glorot_uniform", "batch_input_shape": [None, 8, 8, 3]}}]}
    assert rules(old, "2.0.8", own=False) == []
    wrong = copy.deepcopy(old)
    wrong["config"][0]["config"]["init"] = "glorot_unifrom"
    assert rules(wrong, "2.0.8", own=False) == ["KAV407"]
    del old["config"][0]["config"]["nb_filter"]
    assert rules(old, "2.0.8", own=False) == ["KAV402"]
    assert rules(wrong, "2.4.0", own=False) != []


def dense_of_keras_1(**config):
    return {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {
        "name": "a", "output_dim": 2, "batch_input_shape": [None, 3], **config}}]}


@pytest.mark.parametrize(("value", "expected"), [
    ({"name": "WeightRegularizer", "l1": 0.0, "l2": 0.1}, []),
    ({"name": "l2", "l": 0.1}, []),
    ("l2", []),
    ({"name": "WeightRegulariser", "l2": 0.1}, ["KAV405"]),
    ({"name": "WeightRegularizer", "l3": 0.1}, ["KAV401"]),
    ("l1l3", []),
    ("activity_l22", []),
])
def test_small_objects_of_keras_1(value, expected):
    assert rules(dense_of_keras_1(W_regularizer=value), "1.2.2") == expected


@pytest.mark.parametrize("word", ["my_activation", "relu6", "mish", "swish", "<lambda>"])
def test_functions_of_ones_own_are_named_and_no_fault(word):
    config = dense_of_keras_1(activation=word)
    found = validate_config(config, Location(), schema.load("keras==1.2.2"))
    assert [finding.rule for finding in found] == ["KAV410"]


@pytest.mark.parametrize("word", ["relux", "Relu", "Dense", "same", "float32", "keras.layers"])
def test_words_that_mean_something_else_are(word):
    assert rules(dense_of_keras_1(activation=word), "1.2.2") == ["KAV407"]


def trained(release, training):
    record = {"keras_version": release}
    return validate(Archive("x.h5", "h5-model", metadata=record, config=plain(), config_at=Location(), training=training,
                            training_at=Location("training")), schema.load(f"keras=={release}"))


TRAINING = {"optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1}}, "loss": "mse", "metrics": ["accuracy"],
            "loss_weights": None, "sample_weight_mode": None}


@pytest.mark.parametrize(("release", "needed"), [
    ("2.3.1", {"optimizer_config", "loss", "metrics", "loss_weights", "sample_weight_mode"}),
    ("2.4.0", {"optimizer_config", "loss_weights"}),
])
def test_keys_that_the_reader_of_a_training_config_needs(release, needed):
    assert trained(release, TRAINING) == ()
    for key in TRAINING:
        found = trained(release, {name: value for name, value in TRAINING.items() if name != key})
        assert ([finding.rule for finding in found] == ["KAV402"]) is (key in needed)


@pytest.mark.parametrize(("key", "value", "rule"), [
    ("loss", "mean_squared_eror", "KAV407"),
    ("loss", {"b": "mse", "c": "linear"}, "KAV407"),
    ("loss", "my_own_loss", "KAV410"),
    ("loss", 5, "KAV409"),
    ("metrics", [["acuracy"]], "KAV407"),
    ("metrics", {"c": ["mae", {"class_name": "Thing", "config": {}}]}, "KAV410"),
    ("optimizer_config", {"class_name": "SGD"}, "KAV409"),
    ("optimizer_config", {"class_name": "SDG", "config": {}}, "KAV405"),
    ("optimizer_config", {"class_name": "sgd", "config": {"lr": "fast"}}, "KAV403"),
])
def test_a_training_config_is_looked_up_whole(key, value, rule):
    assert [finding.rule for finding in trained("2.3.1", {**TRAINING, key: value})] == [rule]


def test_tf_keras_is_told_by_its_number_or_its_modules():
    sequential = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}
    functional = {"class_name": "Functional", "module": "tf_keras.src.engine.functional", "config": {}}
    for version, config, library in [
        ("2.19.0", sequential, "tf_keras"), ("2.14.1", sequential, "tf_keras"), ("2.22.0", sequential, "tf_keras"),
        ("2.15.0", sequential, "keras"), ("2.15.0", functional, "tf_keras"), ("3.0.0", sequential, "keras"),
    ]:
        (found,) = schema.written_with(Archive("x", "config-json", metadata={"keras_version": version}, config=config))
        assert (found.library, found.release.label) == (library, version)
        assert found.release.library == library


def test_every_location_of_a_finding_is_in_the_config():
    config = dense_of_keras_1(W_regularizer={"name": "WeightRegularizer", "l3": 0.1}, activation="relux")
    for finding in validate_config(config, Location(), schema.load("keras==1.2.2")):
        value = json.loads(json.dumps(config))
        for part in finding.location.parts:
            value = value[part]
