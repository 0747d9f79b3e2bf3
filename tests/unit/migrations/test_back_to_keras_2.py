"""Archives of Keras 3 as tf.keras 2.15 reads them: calls, optimizer state, operations, masks, and what is refused."""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import api
from kerasarchive.layout.spelled_calls import Unspellable, call
from kerasarchive.migration import Log, Node, Object, Ref, RewriteGraph, catalogue
from kerasarchive.migration.functions import speak_back
from kerasarchive.model.release import Release

TARGET = "keras==2.15.0"


@pytest.fixture
def corpus() -> Path:
    return Path(__file__).parents[2] / "corpus" / "keras"


def back(source: Path, tmp_path: Path):
    out = tmp_path / "out.keras"
    subject = api.migrate(str(source), to=TARGET, output=str(out)).subjects[0]
    return subject, out


def config_of(path: Path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def weights_of(path: Path):
    found = {}
    with zipfile.ZipFile(path) as archive, h5py.File(archive.open("model.weights.h5")) as store:
        store.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def reversed_graph(name):
    """The way back of a migration of 3.0 that rewrites graphs."""
    migration = next(each for each in catalogue("keras") if each.name == f"keras/v3_0__{name}")
    operation = next(each for each in migration.operations if isinstance(each, RewriteGraph))
    reverse = operation.reverse()
    assert reverse is not None
    return reverse


def test_calls_of_a_nested_model_are_counted_from_1(corpus, tmp_path):
    subject, out = back(corpus / "k3.15.1/shared_model.keras", tmp_path)
    assert subject.verdict == "migrated"
    config = config_of(out)
    assert (config["module"], config["class_name"]) == ("keras.src.engine.functional", "Functional")
    layers = {layer["name"]: layer for layer in config["config"]["layers"]}
    entries = layers["subtract"]["inbound_nodes"][0]
    assert [entry[:3] for entry in entries] == [["sequential", 1, 0], ["sequential", 2, 0]]
    assert layers["input_layer_1"]["config"]["batch_input_shape"] == [None, 4]
    assert config["config"]["output_layers"] == [["subtract", 0, 0]]


def test_the_learning_rate_is_no_variable_and_the_slots_keep_their_order(corpus, tmp_path):
    source = corpus / "k3.15.1/comp_opt_adamw.keras"
    _, out = back(source, tmp_path)
    old, new = weights_of(source), weights_of(out)
    slots = [old[f"optimizer/vars/{index}"] for index in range(sum(key.startswith("optimizer/") for key in old))]
    kept = [new[f"optimizer/vars/{index}"] for index in range(sum(key.startswith("optimizer/") for key in new))]
    assert len(kept) == len(slots) - 1
    assert all(np.array_equal(a, b) for a, b in zip([slots[0], *slots[2:]], kept, strict=True))


@pytest.mark.parametrize("case", ["mha_kw", "bidi_none", "textvec_multihot", "rnn_stacked", "dict_outputs", "comp_nested"])
def test_it_is_written_and_valid_there(corpus, tmp_path, case):
    subject, out = back(corpus / f"k3.15.1/{case}.keras", tmp_path)
    assert subject.verdict == "migrated"
    found = api.validate(str(out), against=TARGET).subjects[0].findings
    assert not [finding for finding in found if finding.severity in ("high", "critical")]


@pytest.mark.parametrize(("case", "because"), [
    ("lambda_py", "bytecode"), ("specnorm", "does not load it"),
])  # fmt: skip
def test_what_is_not_surely_the_same_is_refused_with_its_place(corpus, tmp_path, case, because):
    subject, out = back(corpus / f"k3.15.1/{case}.keras", tmp_path)
    assert subject.verdict == "refused"
    assert not out.exists()
    assert any(because in refusal.reason and refusal.location.parts for refusal in subject.plan.refusals)


def graph(*layers):
    ends = {"input_layers": [Ref("x", 0, 0)], "output_layers": [Ref(layers[-1].name, 0, 0)]}
    config = {"name": "m", "layers": list(layers), **ends}
    return Object("Functional", "keras.src.models.functional", config, "Functional")


def layer(key, name, *nodes, **config):
    module, _, cls = key.rpartition(".")
    return Object(cls, module, {"name": name, **config}, cls if "src" in key else None, name=name, nodes=nodes)


X = layer("keras.layers.InputLayer", "x")
A, INT = Ref("x", 0, 0, (None, 4), "float32"), Ref("x", 0, 0, (None, 4), "int32")


@pytest.mark.parametrize(("cls", "args", "config", "function"), [
    ("numpy.Add", (A, 1.0), {}, "math.add"),
    ("numpy.Subtract", (1.0, A), {}, "math.subtract"),
    ("numpy.Sum", (A,), {"axis": -1, "keepdims": True}, "math.reduce_sum"),
    ("numpy.Multiply", (INT, 2), {}, "math.multiply"),
    ("nn.Softmax", (A,), {"axis": -1}, "nn.softmax"),
])  # fmt: skip
def test_an_operation_is_a_function_of_tensorflow(cls, args, config, function):
    log = Log()
    said = speak_back(graph(X, layer(f"keras.src.ops.{cls}", "op", Node(args), **config)), log)
    op = said.config["layers"][1]
    assert (op.class_name, op.config["function"], log.refusals) == ("TFOpLambda", function, [])


@pytest.mark.parametrize(("cls", "args", "config"), [
    ("numpy.Multiply", (INT, 2.5), {}),
    ("numpy.TrueDivide", (INT, 2), {}),
    ("numpy.Mean", (INT,), {"axis": 1, "keepdims": False}),
    ("numpy.Add", (A, Ref("x", 0, 0, (4, 1), "float32")), {}),
    ("numpy.Sort", (A,), {"axis": -1}),
    ("numpy.Reshape", (A,), {"newshape": [None, 2, 2]}),
])  # fmt: skip
def test_where_dtypes_or_shapes_are_treated_otherwise_an_operation_is_refused(cls, args, config):
    log = Log()
    model = graph(X, layer(f"keras.src.ops.{cls}", "op", Node(args), **config))
    assert speak_back(model, log).config["layers"][1].module.startswith("keras.src.ops")
    assert len(log.refusals) == 1


def masked(value):
    return graph(
        X,
        layer("keras.src.ops.numpy.NotEqual", "not_equal", Node((A, value))),
        layer("keras.layers.Masking", "masking", Node((A,)), mask_value=0.0),
        layer("keras.src.ops.numpy.Any", "any", Node((Ref("not_equal", 0, 0),)), axis=-1, keepdims=False),
        layer("keras.layers.LSTM", "lstm", Node((Ref("masking", 0, 0),), {"mask": Ref("any", 0, 0)})),
    )


def test_a_mask_that_travels_by_itself_is_no_argument():
    changed = reversed_graph("travelling_masks").apply(masked(0.0), Log())
    assert [each.name for each in changed.config["layers"]] == ["x", "masking", "lstm"]
    assert not changed.config["layers"][-1].nodes[0].kwargs


def test_a_mask_of_another_value_stays():
    model = masked(1.0)
    assert reversed_graph("travelling_masks").apply(model, Log()) is model


def test_training_true_is_refused_but_for_what_says_so_by_itself():
    by_name = reversed_graph("call_arguments")
    for cls, refusals in (("BatchNormalization", 1), ("RandomFlip", 0)):
        log = Log()
        by_name.apply(graph(X, layer(f"keras.layers.{cls}", "a", Node((A,), {"training": True}))), log)
        assert len(log.refusals) == refusals


def test_an_optimizer_that_was_compiled_by_name_keeps_its_state(corpus, tmp_path):
    source = corpus / "k3.0.5/comp_nested.keras"
    _, out = back(source, tmp_path)
    assert config_of(source)["compile_config"]["optimizer"] == "adam"
    assert config_of(out)["compile_config"]["optimizer"]["class_name"] == "Adam"
    kept = [sum(key.startswith("optimizer/") for key in weights_of(path)) for path in (source, out)]
    assert kept[1] == kept[0] - 1


def test_no_other_format_is_written(corpus, tmp_path):
    out = tmp_path / "out.h5"
    subject = api.migrate(str(corpus / "k3.15.1/shared_model.keras"), to=TARGET, output=str(out)).subjects[0]
    assert (subject.verdict, out.exists()) == ("refused", False)


def test_a_call_by_position_cannot_be_spelled():
    with pytest.raises(Unspellable):
        call(X, Node((A, A)), ())


def test_a_way_back_knows_that_it_leads_to_keras_2():
    assert Log(target=Release("keras", "2.15.0")).to_keras_2
    assert not Log(target=Release("keras", "3.3.3")).to_keras_2


@pytest.mark.parametrize(("activation", "verdict"), [("celu", "refused"), ("silu", "migrated")])
def test_an_activation_that_tf_keras_lacks_is_refused(corpus, tmp_path, activation, verdict):
    changed = tmp_path / "in.keras"
    with zipfile.ZipFile(corpus / "k3.15.1/shared_model.keras") as old, zipfile.ZipFile(changed, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "config.json":
                config = json.loads(content)
                stack, found = [config], 0
                while stack:
                    value = stack.pop()
                    if isinstance(value, dict) and value.get("class_name") == "Dense":
                        value["config"]["activation"], found = activation, found + 1
                    stack += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
                assert found
                content = json.dumps(config).encode()
            new.writestr(item, content)
    subject, _ = back(changed, tmp_path)
    assert subject.verdict == verdict
    assert all("activation" in refusal.reason for refusal in subject.plan.refusals)
