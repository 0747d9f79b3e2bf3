"""How much memory `kav migrate` takes for 500 MB, by format: `python tests/bench/memory.py FOLDER [--saved-model DIR]`.

The archives are made here, of 18 Dense layers with Adam's state as Keras 2 lays them out: HDF5 of 2.4 (also with its values in
chunks) and a `.keras` of 2.15. A SavedModel takes a TensorFlow to write: give one. *Peak* is the largest resident set of
the process; that of `kav --help` is taken off for what is *above*, of which at most 100 MB are allowed.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from measured import timed

LAYERS, UNITS = 18, 1500
ABOVE = 100e6
TARGET = "keras==3.15.1"
ADAM = {"name": "Adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
NEW = ("clipnorm", "global_clipnorm", "clipvalue", "weight_decay", "ema_overwrite_frequency")
SHAPES = {"kernel": (UNITS, UNITS), "bias": (UNITS,)}


def functional() -> dict[str, Any]:
    """The graph: one layer after the other, as Keras 2 spells it."""
    start = {"batch_input_shape": [None, UNITS], "dtype": "float32", "sparse": False, "ragged": False, "name": "in"}
    layers: list[dict[str, Any]] = [{"class_name": "InputLayer", "config": start, "name": "in", "inbound_nodes": []}]
    for index in range(LAYERS):
        name, before = f"dense_{index}", layers[-1]["name"]
        config = {"name": name, "trainable": True, "dtype": "float32", "units": UNITS, "activation": "relu"}
        node = [[[before, 0, 0, {}]]]
        layers.append({"class_name": "Dense", "config": config, "name": name, "inbound_nodes": node})
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [[layers[-1]["name"], 0, 0]]}
    return {"name": "model", "trainable": True, "layers": layers, **ends}


def write_h5(path: Path, *, chunked: bool) -> None:
    """A whole-model HDF5 file of TF 2.4."""
    random = np.random.default_rng(0)
    training = {"loss": "mean_squared_error", "optimizer_config": {"class_name": "Adam", "config": ADAM | {"decay": 0.0}}}
    with h5py.File(path, "w") as file:
        config = {"class_name": "Functional", "config": functional()}
        for key, value in (("model_config", config), ("training_config", training)):
            file.attrs[key] = json.dumps(value)
        file.attrs["keras_version"], file.attrs["backend"] = "2.4.0", "tensorflow"
        names = [f"dense_{index}" for index in range(LAYERS)]
        top = file.create_group("model_weights")
        top.attrs["layer_names"] = [name.encode() for name in names]
        slots = [("Adam/iter:0", ())] + [
            (f"Adam/{name}/{weight}/{slot}:0", shape) for slot in "mv" for name in names for weight, shape in SHAPES.items()
        ]
        listed = {f"model_weights/{name}": [(f"{name}/{weight}:0", shape) for weight, shape in SHAPES.items()] for name in names}
        for group, weights in {**listed, "optimizer_weights": slots}.items():
            place = file.require_group(group)
            place.attrs["weight_names"] = [name.encode() for name, _ in weights]
            for name, shape in weights:
                chunks = {"chunks": (UNITS, 100)} if chunked and len(shape) == 2 else {}
                place.create_dataset(name, data=random.random(shape, "float32") if shape else np.int64(3), **chunks)


def write_keras(path: Path) -> None:
    """A `.keras` of TF 2.15."""
    random = np.random.default_rng(0)
    adam = ADAM | dict.fromkeys(NEW) | {"use_ema": False, "ema_momentum": 0.99, "jit_compile": False}
    optimizer = {"module": "keras.optimizers", "class_name": "Adam", "config": adam, "registered_name": None}
    model = functional()
    for layer in model["layers"]:
        layer |= {"module": "keras.layers", "registered_name": None}
    config = {
        "module": "keras.src.engine.functional", "class_name": "Functional", "config": model, "registered_name": "Functional",
        "build_config": {"input_shape": [None, UNITS]},
        "compile_config": {"optimizer": optimizer, "loss": "mean_squared_error"},
    }  # fmt: skip
    weights = path.with_suffix(".tmp")
    with h5py.File(weights, "w") as file:
        for index in range(LAYERS):
            place = file.create_group(f"layers/dense{f'_{index}' if index else ''}/vars")
            for key, shape in enumerate(SHAPES.values()):
                place[str(key)] = random.random(shape, "float32")
        place = file.create_group("optimizer/vars")
        place["0"] = np.int64(3)
        for key, shape in enumerate(shape for _ in range(LAYERS) for shape in SHAPES.values() for _ in "mv"):
            place[str(key + 1)] = random.random(shape, "float32")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.write(weights, "model.weights.h5")
    weights.unlink()


def sources(folder: Path, saved_model: Path | None) -> Iterator[tuple[str, Path]]:
    """(what it is, where) of every archive, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for title, name in (("`.keras` of 2.15", "a.keras"), ("HDF5 of 2.4", "a.h5"), ("HDF5 of 2.4 in chunks", "chunked.h5")):
        path = folder / name
        if not path.exists():
            write_keras(path) if name.endswith(".keras") else write_h5(path, chunked=name == "chunked.h5")
        yield title, path
    if saved_model is not None:
        yield "SavedModel", saved_model


def memories(folder: Path, saved_model: Path | None = None) -> int:
    """Print the table; how many rows miss the target."""
    kav = [sys.executable, "-m", "kerasarchive"]
    _, start = timed([*kav, "--help"], 1)
    missed = 0
    print("\n| 500 MB, Adam state | to | seconds | peak memory | above start-up |\n|---|---|---|---|---|")
    for title, path in sources(folder, saved_model):
        for suffix, options in ((".keras", ()), (".h5", ("--drop-training-state",))):
            out = folder / f"new{suffix}"
            seconds, peak = timed([*kav, "migrate", str(path), "--to", TARGET, "-o", str(out), *options], 1)
            if not out.exists():
                raise SystemExit(f"kav migrate wrote nothing for {path}")
            out.unlink()
            good = peak - start <= ABOVE
            missed += not good
            above = f"{(peak - start) / 1e6:.0f} MB{'' if good else ' **missed**'}"
            print(f"| {title} | `{suffix}` | {seconds:.1f} | {peak / 1e6:.0f} MB | {above} |", flush=True)
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saved-model", type=Path)
    given = parser.parse_args()
    sys.exit(bool(memories(given.folder, given.saved_model)))
