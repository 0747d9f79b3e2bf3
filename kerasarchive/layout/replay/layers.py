"""Layers and models: what Keras does when one is made, built and called, for the library's own and for its own."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.layout import variables
from kerasarchive.layout.replay.arrays import array_of, dims, shape_arguments, size_in
from kerasarchive.layout.replay.attributes import in_classes, sublayers
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import (
    UNKNOWN,
    Array,
    Class,
    Function,
    Lost,
    Method,
    Named,
    Native,
    Raised,
    Thing,
    Value,
    Weight,
)
from kerasarchive.layout.shapes import rules
from kerasarchive.layout.variables import Variable

TAKEN = frozenset({
    "activity_regularizer", "autocast", "batch_shape", "batch_size", "dtype", "input_dim", "input_shape", "name", "trainable",
})  # fmt: skip
"""Keywords of Keras's ``Layer.__init__``."""

ODD = 1_000_003
"""Stands for what is no size: a variable whose shape it gets into cannot be made."""

LIKE_FUNCTIONS = frozenset({"activations", "losses", "initializers", "metrics", "regularizers", "constraints"})


def call_keras(name: str, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """What calling something of Keras gives."""
    last = name.rpartition(".")[2]
    if name in ("keras.backend.backend", "keras.config.backend"):
        return "jax"
    if last == "get" and name.split(".")[1] in LIKE_FUNCTIONS and arguments:
        value = arguments[0]
        if isinstance(value, dict):
            from kerasarchive.layout.replay.reading import read

            value = read(value, machine)
        if isinstance(value, (Thing, Function, Method)):
            return value
        return Named(f"keras.{name.split('.')[1]}.{value}") if isinstance(value, str) or value is None else UNKNOWN
    if name.startswith(("keras.activations.", "keras.nn.")) and arguments:
        return array_of(arguments[0])
    if last == "Variable":
        return Weight(Variable("variable", array_of(arguments[0]).shape if arguments else None, True))
    if not machine.keras.is_class(name):
        return UNKNOWN
    return make(name, arguments, keywords, machine)


def make(name: str, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """An object of a class of Keras."""
    last, role = name.rpartition(".")[2], machine.keras.role(name)
    at = tuple(machine.reading)
    if last == "Sequential":
        given = {**dict(zip(("layers", "trainable", "name"), arguments, strict=False)), **keywords}
        inside = given.get("layers")
        if inside is not None and not isinstance(inside, (list, tuple)):
            return Thing(last, kind="Sequential", opaque=True, at=at)
        return Thing(last, kind="Sequential", config={"layers": list(inside or [])}, at=at)
    if role == "model" or last in ("Input", "InputLayer", "Layer"):
        return Thing(last, kind="Layer", opaque=True, at=at)
    parameters = machine.keras.parameters(name)
    if len(arguments) > len(parameters):
        raise Raised("TypeError", f"{last} takes no more than {len(parameters)} positional arguments")
    given = {**dict(zip(parameters, arguments, strict=False)), **keywords}
    reason = machine.keras.refuses(name, given)
    if reason:
        raise Raised("ValueError", reason)
    kind = "Built-in" if role in ("layer", "cell") else ""
    return Thing(last, kind=kind, config={**machine.keras.defaults(name), **given}, opaque=not kind, at=at)


def call_method(target: Native, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """A method that a layer or model has from Keras."""
    on, name = target.on, target.name
    if isinstance(on, Class):
        if name == "from_config":
            config = arguments[0] if arguments else {}
            if not isinstance(config, dict):
                raise Raised("TypeError", "the config is no dict")
            return machine.call(on, [], config, machine)
        if name == "__init__" and arguments and isinstance(arguments[0], Thing):
            return _initialized(arguments[0], on, keywords)
        return UNKNOWN
    assert isinstance(on, Thing)
    if name == "__init__":
        if on.kind == "Sequential":
            inside = arguments[0] if arguments else keywords.get("layers")
            on.config["layers"] = list(inside) if isinstance(inside, (list, tuple)) else []
            return None
        return _initialized(on, on.cls, keywords, positional=bool(arguments))
    if name == "build":
        if target.inherited or on.cls is None or not _has(on.cls, "build"):
            return _build_of_keras(on, arguments, keywords, machine)
        return build(on, arguments, keywords, machine)
    if name == "compute_output_shape":
        return _output_shape(on, arguments, keywords, machine)
    if name in ("add_weight", "add_variable"):
        return _add_weight(on, arguments, keywords)
    if name == "build_from_config":
        return build_from_config(on, arguments[0] if arguments else None, machine)
    if name == "__call__":
        return call_thing(on, arguments, keywords, machine)
    if name == "get_config":
        return dict.fromkeys(("name", "trainable", "dtype"), UNKNOWN)
    if name == "add" and on.kind == "Sequential" and arguments:
        on.config.setdefault("layers", []).append(arguments[0])
        return None
    return UNKNOWN


def _initialized(on: Thing, cls: Class | None, keywords: dict[str, Value], *, positional: bool = False) -> Value:
    if on.kind == "Layer" and (cls is None or cls.kind == "Layer"):
        unknown = [key for key in keywords if key not in TAKEN]
        if unknown:
            raise Raised("ValueError", f"Unrecognized keyword arguments passed to {on.name}: {unknown[0]!r}")
    elif on.kind == "Model" and ("inputs" in keywords or positional):
        raise Lost
    if "name" in keywords:
        on.attributes.setdefault("name", keywords["name"])
    return None


def _has(cls: Class, name: str) -> bool:
    """Whether the library itself defines a method of a class."""
    return any(
        isinstance(each, Class) and any(isinstance(s, ast.FunctionDef) and s.name == name for s in each.node.body)
        for each in (cls, *cls.order)
    )


def build(thing: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> None:
    """``build`` of a class of the library, with what Keras puts around it."""
    assert thing.cls is not None
    method = in_classes([thing.cls, *thing.cls.order], "build", thing, machine)
    try:
        machine.call(method, arguments, keywords, machine)
    except Lost:
        blur(thing)
    thing.built = True


def blur(thing: Thing) -> None:
    """What was to happen to an object, and to those in it that are not built, is not known."""
    thing.opaque = thing.built = True
    for inner in sublayers(thing):
        if isinstance(inner, Thing) and not inner.built and not inner.opaque:
            blur(inner)


def _build_of_keras(on: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> None:
    if (on.cls is None or on.kind == "Sequential") and not on.opaque:
        shape: Any = arguments[0] if len(arguments) == 1 else None
        if len(arguments) > 1 or (keywords and not arguments):
            names = machine.keras.built_with(f"keras.layers.{on.name}")
            shape = {**dict(zip(names, arguments, strict=False)), **keywords}
            if list(shape) == ["input_shape"]:
                shape = shape["input_shape"]
        elif keywords:
            shape = arguments[0]
        _build_builtin(on, shape, machine)
    on.built = True


def _build_builtin(on: Thing, shape: Value, machine: Machine) -> None:
    if on.kind == "Sequential":
        _build_sequence(on, shape, machine)
        return
    on.shape = plain_shape(shape)
    for variable in variables.own(on.name, jsonlike(on.config), input_shape=on.shape) or ():
        for size in variable.shape or ():
            if size is not None and (size < 0 or (size and size % ODD == 0)):
                raise Raised("ValueError", f"{on.name} cannot be built with the shape {repr(shape)[:80]}")


def _build_sequence(on: Thing, shape: Value, machine: Machine) -> None:
    for layer in on.config.get("layers", []):
        if not isinstance(layer, Thing):
            blur(on)
            return
        if not layer.built:
            machine.call(machine.attribute(layer, "build", machine), [shape], {}, machine)
        shape = machine.call(machine.attribute(layer, "compute_output_shape", machine), [shape], {}, machine)
    on.built = True


def plain_shape(shape: Value) -> Any:
    """A shape as `layout.variables` takes it: `ODD` for what is no size, None for what is not known."""
    if isinstance(shape, dict):
        return {key: plain_shape(item) for key, item in shape.items()}
    if isinstance(shape, (list, tuple)):
        if any(isinstance(item, (list, tuple)) for item in shape) and all(
            isinstance(item, (list, tuple)) or item is None or item is UNKNOWN for item in shape
        ):
            return [plain_shape(item) for item in shape]
        return [_plain_size(item) for item in shape]
    return None


def _plain_size(size: Value) -> int | None:
    if size is None or size is UNKNOWN:
        return None
    if isinstance(size, int) and size >= 0:
        return int(size)
    return ODD


def jsonlike(value: Value) -> Any:
    """A config of Keras's own as JSON has it; what is none is left out."""
    if isinstance(value, Thing):
        if value.cls is not None or value.opaque:
            return {"class_name": value.name, "module": "elsewhere", "config": {}}
        return {"class_name": value.name, "module": "keras.layers", "config": jsonlike(value.config)}
    if isinstance(value, dict):
        return {key: jsonlike(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonlike(item) for item in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else None


def _add_weight(on: Thing, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    names = ("shape", "initializer", "dtype", "trainable")
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    shape = given.get("shape")
    shape = () if shape is None else shape
    if isinstance(shape, (str, dict, float)):
        raise Raised("ValueError", f"{repr(shape)[:60]} is no shape")
    if isinstance(shape, int):
        shape = (shape,)
    known = tuple(size_in(size, shape) for size in shape) if isinstance(shape, (list, tuple)) else None
    trainable = given.get("trainable", True)
    made = Weight(Variable(str(given.get("name") or "variable"), known, trainable is not False))
    on.weights.append(made)
    return made


def _output_shape(on: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if on.cls is not None and not (on.kind == "Sequential" and not _has(on.cls, "compute_output_shape")):
        if not _has(on.cls, "compute_output_shape"):
            return UNKNOWN
        try:
            method = in_classes([on.cls, *on.cls.order], "compute_output_shape", on, machine)
            return machine.call(method, arguments, keywords, machine)
        except Lost:
            return UNKNOWN
    given = [*arguments, *keywords.values()]
    shape: Value = given[0] if len(given) == 1 else given or UNKNOWN
    if on.name == "Lambda" and isinstance(shape, (list, tuple)):
        made = machine.call(on.config.get("function"), [Array(tuple(plain_shape(shape)))], {}, machine)
        return dims(made.shape) if isinstance(made, Array) else UNKNOWN
    if on.kind == "Sequential":
        for layer in on.config.get("layers", []):
            shape = machine.call(machine.attribute(layer, "compute_output_shape", machine), [shape], {}, machine)
        return shape
    return _outputs(on, shape)


def _outputs(on: Thing, shape: Value) -> Value:
    known = plain_shape(shape)
    if on.opaque or known is None:
        return UNKNOWN
    several = isinstance(known, dict) or any(isinstance(item, list) for item in known)
    ones = [*known.values()] if isinstance(known, dict) else known if several else [known]
    inputs = tuple(tuple(one) if isinstance(one, list) else None for one in ones)
    found = rules.outputs(on.name, jsonlike(on.config), inputs)
    if found is None or len(found) != 1 or found[0] is None:
        return UNKNOWN
    open_ended = any(None in one for one in inputs if one)
    return tuple(UNKNOWN if size is None and not open_ended else size for size in found[0])


def call_thing(on: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """A call of an object: a layer that is not built yet is built first."""
    if on.opaque or not on.kind:
        if on.cls is not None and not on.opaque and _has(on.cls, "__call__"):
            return machine.call(machine.attribute(on, "__call__", machine), arguments, keywords, machine)
        return UNKNOWN
    try:
        return _called(on, arguments, keywords, machine)
    except Lost:
        blur(on)
        return UNKNOWN


def _called(on: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if on.cls is None or (on.kind == "Sequential" and not _has(on.cls, "call")):
        return _called_builtin(on, arguments, keywords, machine)
    method = in_classes([on.cls, *on.cls.order], "call", on, machine)
    function = method.function if isinstance(method, Method) else None
    if not isinstance(function, Function):
        raise Lost
    if not on.built:
        shapes = {}
        spec = function.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][1:]
        for name, value in {**dict(zip(names, arguments, strict=False)), **keywords}.items():
            shape = shape_arguments(value)
            if shape is not None:
                shapes[f"{name}_shape"] = shape
        if _has(on.cls, "build"):
            _build_by_call(on, shapes, machine)
        on.built = True
    return machine.call(method, arguments, keywords, machine)


def _build_by_call(on: Thing, shapes: dict[str, Value], machine: Machine) -> None:
    assert on.cls is not None
    method = in_classes([on.cls, *on.cls.order], "build", on, machine)
    function = method.function if isinstance(method, Method) else None
    if len(shapes) == 1:
        build(on, list(shapes.values()), {}, machine)
    elif isinstance(function, Function):
        spec = function.node.args
        names = [argument.arg for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
        build(on, [], {k: v for k, v in shapes.items() if k in names or spec.kwarg is not None}, machine)
    else:
        raise Lost


def _called_builtin(on: Thing, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if on.kind == "Sequential":
        value = arguments[0] if arguments else UNKNOWN
        for layer in on.config.get("layers", []):
            value = machine.call(layer, [value], {}, machine)
        on.built = True
        return value
    given = {**keywords}
    values = [*arguments]
    for name in ("inputs", "x", "query", "value", "key", "sequence"):
        if name in given:
            values.append(given[name])
    shapes = [shape for shape in map(shape_arguments, values) if shape is not None]
    if on.name == "Lambda":
        on.built = True
        return machine.call(on.config.get("function"), arguments[:1], {}, machine)
    if not on.built:
        if len(shapes) > 1:
            names = machine.keras.built_with(f"keras.layers.{on.name}")
            _build_builtin(on, dict(zip(names, shapes, strict=False)), machine)
        else:
            _build_builtin(on, shapes[0] if shapes else UNKNOWN, machine)
        on.built = True
    found = _outputs(on, shapes[0] if len(shapes) == 1 else shapes)
    if given.get("return_attention_scores") not in (None, False):
        return UNKNOWN
    return Array(None) if found is UNKNOWN else Array(tuple(None if size is UNKNOWN else size for size in found))


def build_from_config(on: Thing, config: Value, machine: Machine) -> None:
    """What Keras does with a ``build_config``; a model goes on where its `build` fails (keras/src/models/model.py)."""
    if not isinstance(config, dict):
        if isinstance(config, (list, str)):
            # `"input_shape" in config` is false for these: nothing is built, and the object is taken for built.
            return
        raise Raised("TypeError", f"argument of type {type(config).__name__!r} is not iterable")
    try:
        if "input_shape" in config:
            machine.call(machine.attribute(on, "build", machine), [config["input_shape"]], {}, machine)
        elif "shapes_dict" in config:
            shapes = config["shapes_dict"]
            if not isinstance(shapes, dict):
                raise Raised("TypeError", f"argument after ** must be a mapping, not {type(shapes).__name__}")
            machine.call(machine.attribute(on, "build", machine), [], dict(shapes), machine)
    except Raised:
        if on.kind not in ("Model", "Sequential"):
            raise
