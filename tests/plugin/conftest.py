"""An installed distribution that brings a pack, as files alone; its package cannot be imported."""

import json
import sys
import textwrap
import zipfile

import h5py
import numpy as np
import pytest

MIGRATION = '''
"""``Gate`` calls its ``width`` ``units``."""
from kerasarchive.migration import Migration, RenameKey

migration = Migration(
    library="fakelib", release="2.0", evidence="a test", operations=(RenameKey("fakelib>Gate", "width", "units"),)
)
'''


def definition(key):
    return {
        "type": "object", "properties": {"name": {"default": None}, "trainable": {"default": True}, "dtype": {"default": None},
                                         key: {"type": "integer"}},
        "required": [key], "additionalProperties": False, "x-kav-role": "layer", "x-kav-path": "fakelib.layers.Gate",
        "x-kav-stored": ["name", "trainable", "dtype", key],
    }  # fmt: skip


def schemas(folder):
    """What 1.0 and 2.0 accept."""
    folder.mkdir()
    for release, key in (("1.0.0", "width"), ("2.0.0", "units")):
        known = {"$defs": {"fakelib>Gate": definition(key), "library": {"const": "fakelib"}}}
        (folder / f"{release}.json").write_text(json.dumps(known))
    listed = {"1.0.0": {"file": "1.0.0.json", "parent": None}, "2.0.0": {"file": "2.0.0.json", "parent": "1.0.0"}}
    (folder / "index.json").write_text(json.dumps({"library": "fakelib", "releases": listed}))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages with fakelib 2.0 in it."""
    site = tmp_path / "site-packages"
    pack = site / "fakelib" / "kav"
    pack.mkdir(parents=True)
    (site / "fakelib" / "__init__.py").write_text('raise RuntimeError("fakelib was imported")\n')
    (pack / "v2_0__units.py").write_text(textwrap.dedent(MIGRATION))
    schemas(pack / "schemas")
    info = site / "fakelib-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakelib\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[kerasarchive.migrations]\nfakelib = fakelib.kav\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return site


@pytest.fixture
def archive(tmp_path):
    """A model whose one layer of interest is fakelib's."""
    return write(tmp_path / "gate.keras", "fakelib>Gate", {"name": "gate", "trainable": True, "dtype": "float32", "width": 3})


def write(path, registered, config):
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
         "config": {"batch_shape": [None, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "in"}},
        {"module": "fakelib.layers", "class_name": registered.rpartition(">")[2], "registered_name": registered,
         "config": config, "build_config": {"input_shape": [None, 3]}},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": None, "build_config": {"input_shape": [None, 3]},
         "config": {"name": "dense", "trainable": True, "dtype": "float32", "units": 2, "activation": "linear"}},
    ]  # fmt: skip
    model = {
        "module": "keras", "class_name": "Sequential", "registered_name": None,
        "config": {"name": "net", "trainable": True, "dtype": "float32", "layers": layers},
        "build_config": {"input_shape": [None, 3]},
    }  # fmt: skip
    weights = path.with_suffix(".h5")
    with h5py.File(weights, "w") as file:
        file["layers/gate/vars/0"] = np.arange(9, dtype="float32").reshape(3, 3)
        file["layers/dense/vars/0"] = np.ones((3, 2), "float32")
        file["layers/dense/vars/1"] = np.zeros(2, "float32")
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3.8.0", "date_saved": "2026-01-01@00:00:00"}))
        made.writestr("config.json", json.dumps(model))
        made.write(weights, "model.weights.h5")
    weights.unlink()
    return path
