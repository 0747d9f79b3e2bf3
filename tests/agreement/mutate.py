"""Archives with one thing wrong: a key renamed, dropped or added, a value of another type, a reference broken, a weight resized.

Every mutant is made of a real archive and differs from it in one place, which a seed chooses: the same seed gives the
same mutants. Nothing here knows what any release accepts; that is for the real one and for kav to say.
"""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Path_ = tuple[Any, ...]
KINDS = ("drop", "rename", "add", "type", "word", "reference", "weight")

WORDS = (
    "linear", "relu", "tanh", "sigmoid", "softmax", "swish", "hard_sigmoid", "same", "valid", "causal", "channels_first",
    "channels_last", "float32", "float16", "mixed_float16", "glorot_uniform", "zeros", "ones", "HeNormal", "Zeros", "L2",
    "l2", "mean_squared_error", "mse", "accuracy", "adam", "sum", "concat", "mul", "int", "one_hot", "multi_hot", "nearest",
    "bilinear", "auto", "sum_over_batch_size", "Dense", "keras.layers", "keras.initializers", "Custom>Thing", "none",
)  # fmt: skip
"""Words that stand somewhere in some config; most of them are wrong anywhere else."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """What was done: `kind`, `place` in the archive, and both values as short text."""

    kind: str
    place: str
    before: str
    after: str


def mutants(archive: Path, seed: str, each: int) -> Iterator[tuple[Mutant, bytes]]:
    """`each` mutants of every kind, with the bytes of their archives; fewer where there is nothing to mutate."""
    with zipfile.ZipFile(archive) as source:
        members = {name: source.read(name) for name in source.namelist()}
    config = json.loads(members["config.json"])
    for kind in KINDS:
        for number in range(each):
            chance = random.Random(f"{seed}/{archive.name}/{kind}/{number}")
            if kind == "weight":
                made = _weight(members.get("model.weights.h5", b""), chance)
                if made is not None:
                    mutant, weights = made
                    yield mutant, _zip(members | {"model.weights.h5": weights})
                continue
            changed = copy.deepcopy(config)
            mutant = MUTATE[kind](changed, chance)
            if mutant is not None and changed != config:
                yield mutant, _zip(members | {"config.json": json.dumps(changed).encode()})


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in members.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _places(config: Any, path: Path_ = ()) -> Iterator[tuple[Any, Any, Path_]]:
    """(container, key, path) of everything below `config`."""
    items = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for key, value in items:
        yield config, key, (*path, key)
        yield from _places(value, (*path, key))


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _at(path: Path_) -> str:
    return "config.json#/" + "/".join(str(part) for part in path)


def _drop(config: Any, chance: random.Random) -> Mutant | None:
    holder, key, path = chance.choice([place for place in _places(config) if isinstance(place[0], dict)])
    return Mutant("drop", _at(path), _short(holder.pop(key)), "")


def _rename(config: Any, chance: random.Random) -> Mutant | None:
    holder, key, path = chance.choice([place for place in _places(config) if isinstance(place[0], dict)])
    middle = len(key) // 2
    new = chance.choice((key + "_", key[:middle] + key[middle + 1 :], key.upper(), key + "s", "old_" + key))
    if new in holder:
        return None
    items = [(new if name == key else name, value) for name, value in holder.items()]
    holder.clear()
    holder.update(items)
    return Mutant("rename", _at(path), key, new)


def _add(config: Any, chance: random.Random) -> Mutant | None:
    found = [((), config)] + [
        (path, holder[key]) for holder, key, path in _places(config) if isinstance(holder[key], dict)
    ]
    path, holder = chance.choice(found)
    key = chance.choice(("extra", "unit", "implementation_", "time_major", "input_axes", "decay", "note", "axes"))
    if key in holder:
        return None
    holder[key] = chance.choice((None, 1, "text", True, [1, 2], {}))
    return Mutant("add", _at((*path, key)), "", _short(holder[key]))


def _others(value: Any) -> tuple[Any, ...]:
    """Values of other types, most of them made of the value itself."""
    if isinstance(value, bool):
        return (str(value).lower(), int(value), None, [value], 2.5, {})
    if isinstance(value, int):
        return (str(value), float(value), [value], None, {"value": value}, value + 0.5, bool(value), -value - 1)
    if isinstance(value, float):
        return (str(value), [value], None, {"value": value}, round(value), "much")
    if isinstance(value, str):
        return (5, None, [value], {"name": value}, True, 0.5)
    if value is None:
        return ("none", 0, [], {}, False, 1.5, "None")
    if isinstance(value, list):
        return (value[0] if value else 0, None, {"items": value}, "list", [], value * 2 if value else [None], 3)
    return (list(value.values()), None, "dict", [], {}, 7)


def _type(config: Any, chance: random.Random) -> Mutant | None:
    holder, key, path = chance.choice(list(_places(config)))
    before = holder[key]
    holder[key] = chance.choice(_others(before))
    return Mutant("type", _at(path), _short(before), _short(holder[key]))


def _word(config: Any, chance: random.Random) -> Mutant | None:
    found = [place for place in _places(config) if isinstance(place[0][place[1]], str)]
    holder, key, path = chance.choice(found)
    before = holder[key]
    new = chance.choice((before + "x", before[:-1], before.upper(), before.capitalize(), *chance.sample(WORDS, 4)))
    holder[key] = new
    return Mutant("word", _at(path), _short(before), _short(new))


def _reference(config: Any, chance: random.Random) -> Mutant | None:
    """One thing about the graph: who is called, in which call, what is asked for, who is there at all."""
    graphs = [(path, holder[key]) for holder, key, path in [({"": config}, "", ()), *_places(config)]
              if isinstance(holder[key], dict) and isinstance(holder[key].get("layers"), list)]
    if not graphs:
        return None
    path, graph = chance.choice(graphs)
    layers = graph["layers"]
    references = [place for place in _places(graph) if _is_reference(place[0][place[1]])]
    if layers and (not references or chance.random() < 0.3):
        index = chance.randrange(len(layers))
        what = chance.choice(("gone", "twice", "name", "inner name", "no calls", "swap"))
        before = _short(layers[index].get("class_name"))
        if what == "gone":
            layers.pop(index)
        elif what == "twice":
            layers.insert(index, copy.deepcopy(layers[index]))
        elif what == "name":
            layers[index]["name"] = "someone_else"
        elif what == "inner name" and isinstance(layers[index].get("config"), dict):
            layers[index]["config"]["name"] = "someone_else"
        elif what == "no calls":
            layers[index]["inbound_nodes"] = []
        else:
            other = chance.randrange(len(layers))
            layers[index], layers[other] = layers[other], layers[index]
        return Mutant("reference", _at((*path, "layers", index)), before, what)
    if not references:
        return None
    holder, key, inner = chance.choice(references)
    reference = holder[key]
    before = _short(reference)
    part = chance.randrange(3)
    names = [name for layer in layers if isinstance(name := layer.get("name"), str)]
    if part == 0:
        reference[0] = chance.choice(("nobody", *names))
    else:
        reference[part] = chance.choice((reference[part] + 1, reference[part] + 7, -1, "0", None))
    return Mutant("reference", _at((*path, *inner)), before, _short(reference))


def _is_reference(value: Any) -> bool:
    return (isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str)
            and all(isinstance(part, int) and not isinstance(part, bool) for part in value[1:3]))


MUTATE: dict[str, Callable[[Any, random.Random], Mutant | None]] = {
    "drop": _drop,
    "rename": _rename,
    "add": _add,
    "type": _type,
    "word": _word,
    "reference": _reference,
}


def _weight(stored: bytes, chance: random.Random) -> tuple[Mutant, bytes] | None:
    if not stored:
        return None
    buffer = io.BytesIO(stored)
    with h5py.File(buffer, "r+") as file:
        found: list[str] = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        if not found:
            return None
        name = chance.choice(sorted(found))
        value = np.asarray(file[name][()])
        what = chance.choice(
            ("longer", "shorter", "flat", "deeper", "gone", "group gone", "extra", "renamed", "double", "turned")
        )
        attributes = dict(file[name].attrs)
        group = file[name].parent
        new: Any = value
        if what == "longer":
            new = np.concatenate([value, value[..., :1]], axis=-1) if value.ndim and value.size else None
        elif what == "shorter":
            new = value[..., :-1] if value.ndim and value.shape[-1] > 1 else None
        elif what == "flat":
            new = value.reshape(-1) if value.ndim != 1 else None
        elif what == "deeper":
            new = value[None]
        elif what == "double":
            new = value.astype("float64") if value.dtype.kind == "f" else None
        elif what == "turned":
            new = np.ascontiguousarray(value.T) if value.ndim > 1 and value.shape != value.T.shape else None
        if new is None:
            return None
        if what == "group gone":
            del file[group.name]
        elif what == "extra":
            group.create_dataset(str(len(group)), data=np.ones((2,), "float32"))
        elif what == "renamed":
            group.move(name.rpartition("/")[2], "kernel")
        elif what == "gone":
            del file[name]
        else:
            del file[name]
            file.create_dataset(name, data=new)
            for key, attribute in attributes.items():
                file[name].attrs[key] = attribute
    shapes = (str(value.shape), str(new.shape) if what not in ("gone", "group gone", "renamed", "extra") else "")
    return Mutant("weight", f"model.weights.h5!{name}", shapes[0], f"{what} {shapes[1]}".strip()), buffer.getvalue()
