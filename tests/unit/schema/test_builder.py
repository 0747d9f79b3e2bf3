"""The source analysis, on a package small enough to see that every fact in the schema comes from its source."""

import json
import os
import shutil
from pathlib import Path

import pytest

from kerasarchive import schema
from kerasarchive.errors import SchemaError
from kerasarchive.model.release import Release
from kerasarchive.schema import build
from kerasarchive.schema.builder.build import document, override, write
from kerasarchive.schema.builder.release import define
from kerasarchive.schema.builder.source import read_folder

FILES = {
    "keras/__init__.py": "from keras.src import layers\n",
    "keras/src/__init__.py": "",
    "keras/src/api_export.py": "def keras_export(path): ...\n",
    "keras/src/activations/__init__.py": """
from keras.src.activations.activations import relu, silu
from keras.src.api_export import keras_export
ALL_OBJECTS = {relu, silu}
ALL_OBJECTS_DICT = {fn.__name__: fn for fn in ALL_OBJECTS}
ALL_OBJECTS_DICT["swish"] = silu
def get(identifier): ...
""",
    "keras/src/activations/activations.py": """
from keras.src.api_export import keras_export
@keras_export("keras.activations.relu")
def relu(x): ...
@keras_export(["keras.activations.silu", "keras.activations.swish"])
def silu(x): ...
""",
    "keras/src/initializers/__init__.py": """
from keras.src.initializers.initializers import Initializer, L1L2Start, Ones
from keras.src.utils import to_snake_case
ALL_OBJECTS = {Initializer, L1L2Start, Ones}
ALL_OBJECTS_DICT = {cls.__name__: cls for cls in ALL_OBJECTS}
ALL_OBJECTS_DICT.update({to_snake_case(cls.__name__): cls for cls in ALL_OBJECTS})
ALL_OBJECTS_DICT.update({"one": Ones})
""",
    "keras/src/initializers/initializers.py": """
class Initializer: ...
class L1L2Start(Initializer): ...
class Ones(Initializer): ...
""",
    "keras/src/utils.py": """
def standardize_reduction(value):
    allowed = {"sum", "mean", None}
    if value not in allowed:
        raise ValueError(value)
    return value
""",
    "keras/src/layers/__init__.py": "from keras.src.layers.dense import Dense, Open, Conv2D, Wrapper, RNN, LSTM\n",
    "keras/src/layers/layer.py": """
from keras.src import initializers
class Operation:
    def __init__(self, name=None):
        if name is None:
            name = "auto"
        if not isinstance(name, str) or "/" in name:
            raise ValueError(name)
    def get_config(self):
        return {"name": self.name}
    @classmethod
    def from_config(cls, config):
        return cls(**config)
class Layer(Operation):
    def __init__(self, *, trainable=True, dtype=None, name=None, **kwargs):
        Operation.__init__(self, name=name)
        shape = kwargs.pop("input_shape", None)
        if kwargs:
            raise ValueError("Unrecognized keyword arguments")
        if not isinstance(trainable, bool):
            raise ValueError(trainable)
    def get_config(self):
        base_config = super().get_config()
        config = {"trainable": self.trainable, "dtype": self.dtype}
        if self.extra is not None:
            config["extra"] = {"nested": 1}
        return {**base_config, **config}
""",
    "keras/src/layers/dense.py": """
from keras.src import activations, initializers
from keras.src.api_export import keras_export
from keras.src.layers.layer import Layer
from keras.src.utils import standardize_reduction

MODES = {"fast", "slow"}

@keras_export("keras.layers.Dense")
class Dense(Layer):
    def __init__(self, units, activation=None, rate=0.5, mode="fast", reduction="sum", start="one", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units <= 0:
            raise ValueError(units)
        if not 0 <= rate <= 1:
            raise ValueError(rate)
        if mode not in MODES:
            raise ValueError(mode)
        self.activation = activations.get(activation)
        self.start = initializers.get(start)
        self.reduction = standardize_reduction(reduction)
    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "activation": self.activation})
        config["rate"] = self.rate
        return config

@keras_export("keras.layers.Open")
class Open(Layer):
    def __init__(self, seed=None, **kwargs):
        super().__init__()
        if seed is None:
            seed = 1
        elif isinstance(seed, dict):
            seed = make(seed)
        elif not isinstance(seed, (int, SeedGenerator)):
            raise ValueError(seed)

class BaseConv(Layer):
    def __init__(self, rank, kernel_size, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.kernel_size = standardize_tuple(kernel_size, rank, "kernel_size")
        self.padding = standardize_padding(padding, allow_causal=rank == 1)

@keras_export(["keras.layers.Conv2D", "keras.layers.Convolution2D"])
class Conv2D(BaseConv):
    def __init__(self, kernel_size, padding="valid", **kwargs):
        super().__init__(rank=2, kernel_size=kernel_size, padding=padding, **kwargs)

@keras_export("keras.layers.Wrapper")
class Wrapper(Layer):
    def __init__(self, layer, name=None):
        super().__init__(name=name)
        if not isinstance(layer, Layer):
            raise ValueError(layer)
    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["layer"] = make(config["layer"])
        config.pop("old_shape", None)
        return cls(**config)

@keras_export("keras.layers.Plain")
class Plain(Dense):
    def get_config(self):
        return Layer.get_config(self)

class DenseCell(Layer):
    def __init__(self, units, **kwargs):
        if units <= 0:
            raise ValueError(units)
        super().__init__(**kwargs)

@keras_export("keras.layers.RNN")
class RNN(Layer):
    def __init__(self, cell, return_state=False, **kwargs):
        super().__init__(**kwargs)

@keras_export("keras.layers.LSTM")
class LSTM(RNN):
    def __init__(self, units, **kwargs):
        cell = DenseCell(units, name="cell")
        super().__init__(cell, **kwargs)
""",
    "keras/src/layers/dense_test.py": "class TestOnly: ...\n",
}


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    return define(read_folder(lay(tmp_path_factory.mktemp("keras"), FILES)))


def test_own_and_inherited_arguments_in_order(definitions):
    dense = definitions["keras.layers.Dense"]
    assert list(dense["properties"]) == [
        "units", "activation", "rate", "mode", "reduction", "start", "trainable", "dtype", "name", "input_shape"]
    assert dense["required"] == ["units"]
    assert dense["additionalProperties"] is False
    assert dense["properties"]["rate"]["default"] == 0.5


def test_paths_and_names(definitions):
    dense = definitions["keras.layers.Dense"]
    assert dense["x-kav-path"] == "keras.src.layers.dense.Dense"
    assert dense["x-kav-aliases"] == ["keras.src.layers.Dense"]
    assert dense["x-kav-role"] == "layer"
    assert definitions["keras.layers.Conv2D"]["x-kav-exports"] == ["keras.layers.Convolution2D"]
    assert definitions["keras.src.layers.dense.DenseCell"]["x-kav-role"] == "cell"
    assert not any("TestOnly" in name for name in definitions)


@pytest.mark.parametrize(("cls", "key", "expected"), [
    ("Dense", "units", {"type": ["boolean", "integer"]}),
    ("Dense", "activation", {"type": ["null", "object", "string"], "x-kav-names": "activation", "default": None}),
    ("Dense", "rate", {"type": ["boolean", "number"], "default": 0.5}),
    ("Dense", "mode", {"enum": ["fast", "slow"], "default": "fast"}),
    ("Dense", "reduction", {"enum": [None, "mean", "sum"], "default": "sum"}),
    ("Dense", "trainable", {"type": "boolean", "default": True}),
    ("Dense", "name", {"type": ["null", "string"], "pattern": "^[^/]*$", "default": None}),
    ("Dense", "dtype", {"default": None}),
    ("Dense", "input_shape", {"x-kav-by": "kwargs"}),
    ("Open", "seed", {"type": ["boolean", "integer", "null", "object"], "default": None}),
    ("Conv2D", "kernel_size", {"type": ["array", "integer", "boolean"], "items": {"type": ["boolean", "number"]},
                               "minItems": 2, "maxItems": 2}),
    ("Conv2D", "padding", {"type": ["array", "string"], "x-kav-words": ["same", "valid"], "default": "valid"}),
    ("Wrapper", "layer", {"type": "object"}),
    ("Wrapper", "old_shape", {"x-kav-by": "from_config"}),
    ("LSTM", "units", {"type": ["boolean", "number"]}),
])
def test_what_a_constructor_refuses(definitions, cls, key, expected):
    assert definitions[f"keras.layers.{cls}"]["properties"][key] == expected


def test_swallowed_keywords_leave_the_definition_open(definitions):
    assert "additionalProperties" not in definitions["keras.layers.Open"]


def test_a_constructor_without_kwargs_inherits_nothing(definitions):
    assert list(definitions["keras.layers.Wrapper"]["properties"]) == ["layer", "name", "old_shape"]


def test_arguments_that_the_subclass_fills_in_are_not_taken(definitions):
    assert "cell" not in definitions["keras.layers.LSTM"]["properties"]
    assert "return_state" in definitions["keras.layers.LSTM"]["properties"]
    assert "rank" not in definitions["keras.layers.Conv2D"]["properties"]


def test_what_get_config_writes(definitions):
    dense = definitions["keras.layers.Dense"]
    assert set(dense["x-kav-stored"]) == {"name", "trainable", "dtype", "extra", "units", "activation", "rate"}
    assert dense["x-kav-sometimes"] == ["extra"]


def test_a_named_base_skips_the_classes_between(definitions):
    assert set(definitions["keras.layers.Plain"]["x-kav-stored"]) == {"name", "trainable", "dtype", "extra"}


def test_words(definitions):
    assert definitions["names.activation"]["enum"] == ["relu", "silu", "swish"]
    initializers = definitions["names.initializer"]
    assert initializers["enum"] == ["Initializer", "L1L2Start", "Ones", "initializer", "l1l2_start", "one", "ones"]
    assert initializers["x-kav-classes"]["one"] == "keras.src.initializers.initializers.Ones"
    assert definitions["functions"] == {
        "enum": ["keras.activations.relu", "keras.activations.silu"], "x-kav-aliases": ["keras.activations.swish"]}


def test_nothing_is_executed(tmp_path):
    bomb = {**FILES, "keras/src/bomb.py": "raise SystemExit('executed')\n"}
    assert "keras.layers.Dense" in define(read_folder(lay(tmp_path, bomb)))


def test_a_wheel_and_its_folder_are_the_same(tmp_path):
    folder = lay(tmp_path / "unpacked", FILES)
    wheel = Path(shutil.make_archive(str(tmp_path / "keras-9.9.9-py3-none-any"), "zip", folder))
    assert build("keras==9.9.9", wheel=wheel) == build("keras==9.9.9", wheel=folder)


def test_bad_wheels_are_errors_in_a_line(tmp_path):
    broken = tmp_path / "keras-9.9.9.whl"
    broken.write_bytes(b"no zip")
    with pytest.raises(SchemaError, match=r"keras-9\.9\.9\.whl: the wheel cannot be read"):
        build("keras==9.9.9", wheel=broken)
    with pytest.raises(SchemaError, match="there is no package keras"):
        build("keras==9.9.9", wheel=lay(tmp_path / "other", {"other/__init__.py": ""}))
    with pytest.raises(SchemaError, match="does not parse"):
        build("keras==9.9.9", wheel=lay(tmp_path / "bad", {"keras/__init__.py": "def ("}))


def test_overrides_apply_to_their_releases_only(definitions):
    facts = {"facts": [{"classes": ["keras.layers.Dense"], "releases": ">=3.1", "drop": ["rate"],
                        "set": {"required": None, "properties": {"units": {"minimum": 1}}}}]}
    before = override(dict(definitions), Release("keras", "3.0.0"), facts)["keras.layers.Dense"]
    after = override(dict(definitions), Release("keras", "3.1.0"), facts)["keras.layers.Dense"]
    assert before == definitions["keras.layers.Dense"]
    assert "rate" not in after["properties"]
    assert "required" not in after
    assert after["properties"]["units"] == {"type": ["boolean", "integer"], "minimum": 1}


def test_files_hold_what_changed_and_refer_to_the_rest(tmp_path, definitions):
    first, second, third = (Release("keras", version) for version in ("3.0.0", "3.0.1", "3.1.0"))
    changed = {**definitions, "keras.layers.Open": {**definitions["keras.layers.Open"], "x-kav-role": "model"}}
    documents = {
        first: document(first, definitions), second: document(second, definitions), third: document(third, changed)}
    (tmp_path / "9.9.9.json").write_text("stale")
    written = write(documents, {}, tmp_path)
    assert [path.name for path in written] == ["3.0.0.json", "3.1.0.json", "index.json"]
    assert not (tmp_path / "9.9.9.json").exists()
    index = json.loads((tmp_path / "index.json").read_text())
    assert index["releases"]["3.0.1"] == {"file": "3.0.0.json", "parent": "3.0.0"}
    newest = json.loads((tmp_path / "3.1.0.json").read_text())
    assert newest["$id"] == "kav:/keras/3.1.0.json"
    assert newest["$defs"]["keras.layers.Dense"] == {"$ref": "3.0.0.json#/$defs/keras.layers.Dense"}
    assert newest["$defs"]["keras.layers.Open"]["x-kav-role"] == "model"
    bytes_before = {path.name: path.read_bytes() for path in written}
    write(dict(reversed(documents.items())), {}, tmp_path)
    assert {path.name: path.read_bytes() for path in written} == bytes_before


def test_a_maintenance_branch_is_nobodys_ancestor(tmp_path, definitions):
    trunk, branch, later = (Release("keras", version) for version in ("3.12.0", "3.12.1", "3.13.0"))
    other = {**definitions, "keras.layers.Open": {**definitions["keras.layers.Open"], "x-kav-role": "model"}}
    documents = {
        trunk: document(trunk, definitions), branch: document(branch, other), later: document(later, definitions)}
    write(documents, {"3.13.0": "3.12.0"}, tmp_path)
    index = json.loads((tmp_path / "index.json").read_text())["releases"]
    assert index["3.13.0"] == {"file": "3.12.0.json", "parent": "3.12.0"}


@pytest.mark.oracle
@pytest.mark.skipif("KAV_WHEELS" not in os.environ, reason="needs a folder of Keras wheels, named by KAV_WHEELS")
@pytest.mark.parametrize("version", ["2.15.0", "3.8.0", "3.15.1"])
def test_regeneration_is_what_lies_in_the_tree(version):
    (wheel,) = Path(os.environ["KAV_WHEELS"]).glob(f"keras-{version}-*.whl")
    assert build(f"keras=={version}", wheel=wheel)["$defs"] == schema.load(f"keras=={version}").raw
