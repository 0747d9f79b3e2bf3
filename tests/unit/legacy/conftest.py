"""Whole-model HDF5 files as old releases wrote them, made here so that every number in them is known."""

import json

import h5py
import numpy as np
import pytest

from kerasarchive import api


def dense(name, inputs, units, **config):
    """A Dense of Keras 2 as a config has it."""
    given = {
        "name": name,
        "trainable": True,
        "dtype": "float32",
        "units": units,
        "activation": "linear",
        "use_bias": True,
    }
    return {"class_name": "Dense", "config": given | config}


@pytest.fixture
def write(tmp_path):
    """``write(layers, weights, version)`` gives the path of a file with these; `weights` by layer: a list of (name, array)."""

    def make(
        layers, weights, version="2.3.1", *, training=None, slots=(), backend="tensorflow", model=None, name="old.h5"
    ):
        config = model or {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}}
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            file.attrs["keras_version"] = version
            if backend:
                file.attrs["backend"] = backend
            file.attrs["model_config"] = json.dumps(config)
            group = file.create_group("model_weights")
            group.attrs["layer_names"] = [layer.encode() for layer in weights]
            for layer, listed in weights.items():
                _list(group.create_group(layer), listed)
            if training is not None:
                file.attrs["training_config"] = json.dumps(training)
                _list(file.create_group("optimizer_weights"), slots)
        return path

    return make


def _list(group, listed):
    group.attrs["weight_names"] = [name.encode() for name, _ in listed]
    for name, array in listed:
        group.create_dataset(name, data=array)


@pytest.fixture
def migrate(tmp_path):
    """``migrate(path)`` gives the subject, the config and the arrays of the archive for Keras 3.15.1; None where refused."""

    def run(path, **options):
        import zipfile

        out = tmp_path / "new.keras"
        subject = api.migrate(path, to="keras==3.15.1", output=out, **options).subjects[0]
        if subject.verdict != "migrated":
            return subject, None, None
        with zipfile.ZipFile(out) as archive:
            config = json.loads(archive.read("config.json"))
            (tmp_path / "w.h5").write_bytes(archive.read("model.weights.h5"))
        arrays = {}
        with h5py.File(tmp_path / "w.h5") as file:
            file.visititems(lambda at, each: arrays.update({at: each[()]}) if isinstance(each, h5py.Dataset) else None)
        return subject, config, arrays

    return run


@pytest.fixture
def random():
    """Arrays of a shape, all different."""
    generator = np.random.default_rng(7)
    return lambda *shape: generator.normal(size=shape).astype("float32")
