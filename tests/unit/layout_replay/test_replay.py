"""The replay of a library's constructors: what it follows, what it takes for an error, where it gives up."""

import pytest

from kerasarchive.layout.replay import Keras, Library, replay
from kerasarchive.schema.builder.source import Source

SOURCE = """
import keras
from functools import singledispatch


def deserialize(config):
    return keras.saving.deserialize_keras_object(config)


@singledispatch
def find(arg, **kwargs):
    raise TypeError(f"what is {arg!r}?")


@find.register
def _(name: str, **kwargs):
    match name.lower():
        case "block":
            return Block(**kwargs)
        case other:
            raise ValueError(f"no {other}")


@find.register
def _(layer: keras.Layer, **kwargs):
    return layer


class Block(keras.Layer):
    def __init__(self, width=4, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.dense = keras.layers.Dense(width)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(input_shape[-1],), trainable=False)
        self.shift = self.add_weight(shape=(1,))
        self.dense.build(input_shape)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[:-1]) + (self.width,)


class Net(keras.Layer):
    def __init__(self, widths=(4, 4), kind="block", odd=False, **kwargs):
        super().__init__(**kwargs)
        if len(widths) == 0:
            raise ValueError("no widths")
        self.odd = odd
        self.blocks = [find(kind, width=width) for width in widths]
        self._hidden = {"a": keras.layers.Dense(2), "b": keras.layers.Dense(3)}

    @property
    def first(self):
        return self.blocks[0]

    def build(self, input_shape):
        for block in self.blocks:
            block.build(input_shape)
            input_shape = block.compute_output_shape(input_shape)
        if self.odd:
            while keras.ops.max(self.odd):
                pass
        for layer in self._hidden.values():
            layer(keras.ops.zeros((1, *input_shape[1:])))

    @classmethod
    def from_config(cls, config):
        return cls(**deserialize(config))


class Endless(keras.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        while True:
            self.count = 1
"""


class Plain(Keras):
    """As much of Keras as these tests need."""

    def refuses(self, name, config):
        return "units must be positive" if config.get("units", 1) in (0, -1) else ""

    def is_policy(self, name):
        return name == "float32"

    def is_class(self, dotted):
        return dotted in ("keras.layers.Dense", "keras.DTypePolicy")

    def role(self, dotted):
        return {"keras.layers.Dense": "layer", "keras.DTypePolicy": "policy"}.get(dotted, "")

    def defaults(self, dotted):
        return {"use_bias": True} if dotted == "keras.layers.Dense" else {}

    def parameters(self, dotted):
        return ("units", "activation", "use_bias")

    def built_with(self, dotted):
        return ("input_shape",)

    def called_with(self, dotted):
        return ("inputs",)


def played(config=None, *, name="Net", build=(6, 3), **extra):
    library = Library(Source({"pkg.py": SOURCE}), "pkg")
    value = {"module": "pkg", "class_name": name, "config": config or {}, "registered_name": f"lab>{name}", **extra}
    if build:
        value["build_config"] = {"input_shape": list(build)}
    return replay(value, library, Plain(), registered=lambda key: key.replace("lab>", "pkg.") if ">" in key else "")


def shapes(found):
    """Path -> shapes of the variables, of the first visit of every object."""
    result, stack, seen = {}, [("", found.stored)], set()
    while stack:
        path, stored = stack.pop()
        if id(stored) in seen:
            continue
        seen.add(id(stored))
        result[path] = None if stored.wanted is None else [variable.shape for variable in stored.wanted]
        stack += [(f"{path}/{name}".strip("/"), child) for name, child in reversed(stored.below)]
    return result


def test_loops_dispatch_and_shapes():
    assert shapes(played({"widths": [5, 2]})) == {
        "": [],
        "blocks/block": [(1,), (3,)],
        "blocks/block/dense": [(3, 5), (5,)],
        "blocks/block_1": [(1,), (5,)],
        "blocks/block_1/dense": [(5, 2), (2,)],
        "_hidden/dense": [(2, 2), (2,)],
        "_hidden/dense_1": [(2, 3), (3,)],
    }


def test_an_object_comes_up_wherever_an_attribute_holds_it():
    places = [name for name, _ in played().stored.below]
    assert places == ["blocks/block", "blocks/block_1", "first", "_hidden/dense", "_hidden/dense_1"]


def test_a_layer_that_is_not_built_has_no_variables():
    found = played({}, build=None)
    assert not found.stored.built
    assert shapes(found)["blocks/block/dense"] == []


@pytest.mark.parametrize(("config", "kind"), [
    ({"widths": []}, "ValueError"),
    ({"widths": 3}, "TypeError"),
    ({"kind": "other"}, "ValueError"),
    ({"kind": 5}, "TypeError"),
    ({"width": [4]}, "ValueError"),
    ({"widths": [0]}, "ValueError"),
    ({"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "much"}}}, "ValueError"),
    ({"dtype": {"module": "KERAS", "class_name": "DTypePolicy", "config": {}, "registered_name": None}}, "TypeError"),
    ({"odd": {"class_name": "__tensor__", "config": {"value": [1, "a"], "dtype": "float32"}}}, "ValueError"),
    ({"odd": {"class_name": "__tensor__", "config": {"value": [1]}}}, "KeyError"),
])
def test_what_the_library_refuses(config, kind):
    assert played(config).error.kind == kind


@pytest.mark.parametrize("shape", [(6, -3), (6, 3.5), (6, "3"), ("a",), (6, None)])
def test_shapes_that_nothing_can_have(shape):
    assert played({}, build=shape).error is not None


def test_an_error_has_the_place_of_the_object_that_it_hits():
    inner = {"module": "pkg", "class_name": "Block", "registered_name": "lab>Block", "config": {"no": 1}}
    assert played({"kind": inner}).error.at == ("config", "kind")


def test_where_it_cannot_be_told_nothing_is_said():
    found = shapes(played({"odd": {"class_name": "__tensor__", "config": {"value": [1], "dtype": "int8"}}}))
    assert found[""] is None
    assert found["blocks/block/dense"] == [(3, 4), (4,)]
    assert found["_hidden/dense"] is None


def test_what_never_ends_is_given_up():
    assert shapes(played(name="Endless")) == {"": None}
