"""The catalogue of attacks by what a config says (rows A to C, F, G): each is flagged wherever it stands. Nothing runs."""

import base64
import io
import json
import marshal
import zipfile

import h5py
import numpy as np
import pytest

from kerasarchive import api, auditing, schema
from kerasarchive._auditing import trusted
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_json

CODE = base64.b64encode(marshal.dumps((lambda x: x).__code__)).decode()


def keras(class_name, module="keras.layers", registered=None, **config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


def old(class_name, **config):
    return {"class_name": class_name, "config": config}


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def policy(pattern):
    return keras("DTypePolicyMap", "keras.dtype_policies", policy_map={pattern: {}})


def nested(depth):
    model = keras("Dense", name="d", units=1)
    for level in range(depth):
        model = keras("Sequential", "keras", name=f"s{level}", layers=[model])
    return model


def cycle():
    def layer(name, *sources):
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [source, 0, 0]},
            }
            for source in sources
        ]
        nodes = [{"args": tensors, "kwargs": {}}] if sources else []
        return keras("Dense" if sources else "InputLayer", name=name) | {"name": name, "inbound_nodes": nodes}

    layers = [layer("i"), layer("a", "b"), layer("b", "a")]
    return keras(
        "Functional", "keras", name="f", layers=layers, input_layers=[["i", 0, 0]], output_layers=[["b", 0, 0]]
    )


LAMBDA = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
SIN = function("keras.ops", "sin")
ATTACKS = {
    "A1-function": keras("Lambda", name="l", function=LAMBDA),
    "A1-output-shape": keras("Lambda", name="l", function=SIN, output_shape=LAMBDA),
    "A1-mask": keras("Lambda", name="l", function=SIN, mask=LAMBDA),
    "A1-alone": LAMBDA,
    "A1-one-value": {"class_name": "__lambda__", "config": {"value": CODE}},
    "A1-list": old("Lambda", function=[CODE, None, None], function_type="lambda"),
    "A1-tuple": old("Lambda", function={"class_name": "__tuple__", "items": [CODE, None, None]}, function_type="lambda"),
    "A1-dict": old("Lambda", function={"code": CODE, "defaults": None, "closure": None}, function_type="lambda"),
    "A1-text": old("Lambda", function="!!" + CODE, function_type="lambda"),
    "A1-noise": old("Lambda", function=["!" * 100 + CODE, None, None], function_type="lambda"),
    "A1-old-output-shape": old("Lambda", function="relu", function_type="function", output_shape=[CODE, None, None],
                               output_shape_type="lambda"),
    "A1-registered": old("Custom>Lambda", function=[CODE, None, None], function_type="lambda"),
    "B1-function": function("os", "system"),
    "B1-class": keras("Popen", "subprocess", args=["true"]),
    "B1-builtin": function("builtins", "exec"),
    "B1-builtin-kind": {"class_name": "builtin_function_or_method", "module": "builtins", "config": "eval"},
    "B1-builtin-class": {"class_name": "type", "module": "builtins", "config": "x"},
    "B1-attribute-of-a-module": function("keras.src.utils.file_utils.os", "system"),
    "B1-dotted-class": keras("os.system", "keras.src.utils.file_utils"),
    "B1-dotted-function": function("keras.ops", "numpy.os.system"),
    "B1-named-by-a-lambda": old("Lambda", function="system", function_type="function", module="os"),
    "B1-odd-config": {"class_name": "function", "module": "posix", "config": {"value": "system"}},
    "B1-numpy": function("numpy", "load"),
    "B2-function": function("keras.utils", "get_file"),
    "B2-private": function("keras.src.utils.file_utils", "get_file"),
    "B2-tf_keras": function("tf_keras.utils", "get_file"),
    "B2-tensorflow": function("tensorflow.keras.utils", "get_file"),
    "B2-class": keras("get_file", "keras.utils", origin="x"),
    "B2-argument": keras("Lambda", name="l", function=SIN, arguments={"x": function("keras.utils", "get_file")}),
    "B3-switch": function("keras.config", "enable_unsafe_deserialization"),
    "B3-attribute": function("keras.src.backend.common.global_state", "set_global_attribute"),
    "B3-load": function("keras.models", "load_model"),
    "B4-save": function("keras.utils", "save_img"),
    "B4-read": function("keras.preprocessing", "image_dataset_from_directory"),
    "B6-extract": function("keras.src.utils.file_utils", "extract_archive"),
    "B7": keras("TFSMLayer", filepath="x"),
    "B7-old": old("TFSMLayer", filepath="x"),
    "B7-custom": old("Custom>TFSMLayer", filepath="x"),
    "B7-private": keras("TFSMLayer", "keras.src.export.tfsm_layer", filepath="x"),
    "B7-registered": keras("Foo", registered="TFSMLayer", filepath="x"),
    "B7-registered-elsewhere": keras("Foo", "pkg", registered="keras>TFSMLayer", filepath="x"),
    "B8": keras("TorchModuleWrapper", module_="gAR9lC4="),
    "B8-old": old("TorchModuleWrapper", module="gAR9lC4="),
    "B8-private": keras("TorchModuleWrapper", "keras.src.utils.torch_utils"),
    "B9-base": keras("IndexLookup", "keras.src.layers.preprocessing.index_lookup", vocabulary="/etc/hosts"),
    "B10": keras("Dense", registered="evil>Dense", units=1),
    "B10-other-builtin": keras("Dense", registered="Conv2D", units=1),
    "B10-custom": keras("Dense", registered="Custom>Evil", units=1),
    "B11": {"class_name": "__typespec__", "spec_name": "Popen", "module": "subprocess", "config": [["true"]]},
    "B11-old": {"class_name": "TypeSpec", "type_spec": "pkg.Thing", "serialized": [[1]]},
    "C1-path": keras("StringLookup", vocabulary="/etc/hosts"),
    "C1-integers": keras("IntegerLookup", vocabulary="words"),
    "C1-url": old("TextVectorization", vocabulary="gs://bucket/words"),
    "C1-custom": old("Custom>StringLookup", vocabulary="words"),
    "C1-constant": keras("StringLookup", vocabulary={"class_name": "__numpy__", "config": {"value": "w", "dtype": "str"}}),
    "F2-units": keras("Dense", name="d", units=10**10),
    "F2-float": keras("Dense", name="d", units=1e10),
    "F2-filters": keras("Conv2D", name="c", filters=10**6, kernel_size=[10**5, 10**5]),
    "F2-embedding": keras("Embedding", name="e", input_dim=10**5, output_dim=10**5),
    "F2-built": keras("Dense", name="d", units=10**5) | {"build_config": {"input_shape": [None, 10**5]}},
    "F2-heads": keras("MultiHeadAttention", num_heads=10**6, key_dim=10**6),
    "F2-repeat": keras("RepeatVector", n=10**11),
    "F3-nested": policy("(a+)+$"),
    "F3-alternatives": policy("(ab|a|b)*x"),
    "F3-optional": policy("(a?){60}a{60}"),
    "F3-many": policy(".*a" * 10),
    "F3-optimizer": keras("Muon", "keras.optimizers", exclude_layers=["(a|aa)+$"]),
    "F4": cycle(),
    "F5": nested(80),
    "G3-write": old("TFOpLambda", name="t", function="io.write_file"),
    "G3-raw": old("TFOpLambda", name="t", function="raw_ops.WriteFile"),
    "G3-library": old("TFOpLambda", name="t", function="load_op_library"),
    "G3-python": old("TFOpLambda", name="t", function="compat.v1.py_func"),
    "G3-compat": old("TFOpLambda", name="t", function="compat.v2.io.gfile.remove"),
    "G3-keras": old("TFOpLambda", name="t", function="keras.utils.get_file"),
    "G3-unknown": old("TFOpLambda", name="t", function="__internal__.something"),
    "G3-registered": old("Custom>TFOpLambda", name="t", function="io.write_file"),
    "G3-class": old("ClassMethod", cls_symbol="io.TFRecordWriter", method_name="close"),
    "G3-node": old("TensorFlowOpLayer", node_def={"op": "ReadFile", "name": "x"}),
    "G3-node-text": old("TensorFlowOpLayer", node_def="\n\x01x\x12\tWriteFile"),
}  # fmt: skip

DENSE = keras("Dense", name="d", units=1)


def model(*layers, **more):
    return keras("Sequential", "keras", name="s", layers=list(layers)) | more


def called(nodes):
    layer = keras("Add", name="a") | {"name": "a", "inbound_nodes": nodes}
    return keras("Functional", "keras", name="f", layers=[layer], input_layers=[], output_layers=[])


PLACES = {
    "root": lambda attack: attack,
    "layer": lambda attack: model(attack),
    "nested": lambda attack: model(model(keras("TimeDistributed", name="w", layer=attack))),
    "loss": lambda attack: model(DENSE, compile_config={"optimizer": "adam", "loss": {"out": [attack]}}),
    "metric": lambda attack: model(DENSE, compile_config={"optimizer": "adam", "loss": "mse", "metrics": [[attack]]}),
    "optimizer": lambda attack: model(DENSE, compile_config={"optimizer": attack, "loss": "mse"}),
    "build_config": lambda attack: model(DENSE | {"build_config": {"input_shape": [None, 1], "x": attack}}),
    "activation": lambda attack: model(keras("Dense", name="d", units=1, activation=attack)),
    "dtype": lambda attack: model(keras("Dense", name="d", units=1, dtype=attack)),
    "node": lambda attack: called([{"args": [attack], "kwargs": {}}]),
    "node-kwargs": lambda attack: called([{"args": [], "kwargs": {"z": [attack]}}]),
    "old-node": lambda attack: called([[["i", 0, 0, {"z": attack}]]]),
    "elsewhere": lambda attack: model(DENSE) | {"extra": {"y": [attack]}},
}


@pytest.fixture(scope="module")
def schemas():
    return tuple(trusted(schema.load("keras==3.8.0")))


@pytest.mark.parametrize("attack", ATTACKS)
def test_flagged_wherever_it_stands(attack, schemas):
    for place, put in PLACES.items():
        archive = Archive("m.json", "config-json", config=put(ATTACKS[attack]), config_at=in_json("config.json"))
        findings, skipped = auditing.audit(archive, schemas=schemas)
        assert not skipped, place
        assert any(finding.rank >= 2 for finding in findings), place


def field(place, value):
    """One field of a protobuf message."""

    def number(n):
        out = bytearray()
        while n > 127:
            out.append(n & 127 | 128)
            n >>= 7
        return bytes([*out, n])

    if isinstance(value, int):
        return number(place << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(value)) + value


def write_zip(folder, config):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["layers/dense/vars/0"] = np.ones((1, 1), "f4")
        file["layers/dense/vars/1"] = np.ones(1, "f4")
    with zipfile.ZipFile(folder / "a.keras", "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", content.getvalue())
    return folder / "a.keras"


def write_folder(folder, config):
    with zipfile.ZipFile(write_zip(folder, config)) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def write_h5(folder, config):
    with h5py.File(folder / "a.h5", "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = json.dumps(config).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"d"]
        group.create_group("d").attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
        group["d/d/kernel:0"], group["d/d/bias:0"] = np.ones((1, 1), "f4"), np.ones(1, "f4")
    return folder / "a.h5"


def write_training(folder, config):
    path = write_h5(folder, model(DENSE))
    with h5py.File(path, "a") as file:
        file.attrs["training_config"] = json.dumps({"loss": config, "optimizer_config": {}})
    return path


def write_json(folder, config):
    (folder / "a.json").write_text(json.dumps(config))
    return folder / "a.json"


def write_saved(folder, config, *, layer=False, in_graph=False):
    """A SavedModel of two objects: the model, and a layer of which Keras says things of its own."""
    folder = folder / "saved"
    folder.mkdir()
    said = {"class_name": "Sequential", "config": {"name": "s", "layers": []}, "keras_version": "2.15.0",
            "model_config": model(DENSE) if layer else config}  # fmt: skip
    texts = [json.dumps(said), json.dumps(config if layer else DENSE)]
    kinds = ("_tf_keras_sequential", "_tf_keras_layer")
    users = [
        field(4, field(1, kind) + field(3, text if in_graph else "")) for kind, text in zip(kinds, texts, strict=True)
    ]
    child = field(1, field(1, 1) + field(2, "layer-0"))
    nodes = field(1, child + users[0]) + field(1, users[1])
    graph = field(1, field(4, "serve") + field(5, "2.15.0")) + field(2, b"") + field(7, nodes)
    (folder / "saved_model.pb").write_bytes(field(1, 1) + field(2, graph))
    if not in_graph:
        said = b"".join(
            field(1, field(2, number) + field(3, "root") + field(4, kind) + field(5, text))
            for number, (kind, text) in enumerate(zip(kinds, texts, strict=True))
        )
        (folder / "keras_metadata.pb").write_bytes(said)
    return folder


WRITERS = {
    "zip": write_zip, "folder": write_folder, "h5": write_h5, "training_config": write_training, "json": write_json,
    "saved-model": write_saved,
    "saved-layer": lambda folder, config: write_saved(folder, config, layer=True),
    "saved-layer-in-graph": lambda folder, config: write_saved(folder, config, layer=True, in_graph=True),
}  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_every_container(tmp_path, writer):
    for name, attack in ATTACKS.items():
        folder = tmp_path / name
        folder.mkdir()
        report = api.audit(WRITERS[writer](folder, attack))
        assert report.exit_code in (1, 2), name
        assert any(finding.rank >= 2 for finding in report.subjects[0].findings), name


@pytest.mark.parametrize("writer", WRITERS)
def test_an_honest_model_in_every_container(tmp_path, writer):
    config = {"mse": 1} if writer == "training_config" else DENSE if "layer" in writer else model(DENSE)
    (subject,) = api.audit(WRITERS[writer](tmp_path, config)).subjects
    assert [finding for finding in subject.findings if finding.rank >= 2] == []
    assert subject.skipped == ()
