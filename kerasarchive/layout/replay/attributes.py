"""What ``value.attribute`` is."""

from __future__ import annotations

import ast
import math

from kerasarchive.layout.replay.arrays import dims
from kerasarchive.layout.replay.expressions import PLAIN
from kerasarchive.layout.replay.machine import Machine, decorated
from kerasarchive.layout.replay.values import (
    UNKNOWN,
    Array,
    Class,
    Function,
    Method,
    Named,
    Namespace,
    Native,
    Raised,
    Scope,
    Super,
    Thing,
    Value,
    Weight,
)

CONSTANTS: dict[str, float | None] = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan, "newaxis": None}
METHODS = frozenset({
    "__init__", "__call__", "add_weight", "add_variable", "build", "build_from_config", "call", "compute_output_shape",
    "from_config", "get_config", "add_loss", "get_build_config", "compile_from_config", "compile", "add", "compute_mask",
})  # fmt: skip
"""Methods of Keras's layers and models that are followed, or known to change nothing here."""

WRAPPED = frozenset({"build", "compute_output_shape"})
"""Methods that Keras puts something around, or whose loss is bearable."""

OF_LAYERS = frozenset(
    [
        "_build_shapes_dict", "_call_has_mask_arg", "_call_has_training_arg", "_dtype_policy", "_inbound_nodes",
        "_input_spec", "_layers", "_losses", "_metrics", "_non_trainable_variables", "_path", "_seed_generators",
        "_supports_masking", "_tracker", "_trainable", "_trainable_variables", "activity_regularizer", "add_metric",
        "autocast", "built", "compute_dtype", "compute_output_spec", "count_params", "dtype", "dtype_policy", "get_weights",
        "input", "input_dtype", "input_spec", "load_own_variables", "losses", "metrics", "metrics_variables", "name",
        "non_trainable_variables", "non_trainable_weights", "output", "path", "quantization_mode", "quantize",
        "save_own_variables", "set_weights", "stateless_call", "supports_jit", "supports_masking", "symbolic_call",
        "trainable", "trainable_variables", "trainable_weights", "variable_dtype", "variables", "weights",
    ]
) | METHODS  # fmt: skip
"""Attributes that every layer has."""

OF_MODELS = OF_LAYERS | frozenset(
    [
        "compiled", "compute_loss", "compute_metrics", "evaluate", "export", "fit", "get_layer", "jit_compile", "layers",
        "load_weights", "loss", "optimizer", "predict", "reset_metrics", "run_eagerly", "save", "save_weights",
        "stop_training", "summary", "test_step", "train_step", "to_json",
    ]
)  # fmt: skip


def attribute(base: Value, name: str, machine: Machine) -> Value:
    """The attribute of a value; `Raised` for one that it certainly does not have."""
    if isinstance(base, Thing):
        return _of_thing(base, name, machine)
    if isinstance(base, Super):
        if isinstance(base.on, (Thing, Class)):
            cls = base.on.cls if isinstance(base.on, Thing) else base.on
            if cls is None:
                return UNKNOWN
            order = [cls, *cls.order]
            after = order[order.index(base.owner) + 1 :] if base.owner in order else list(base.owner.order)
            return in_classes(after, name, base.on, machine, inherited=True)
        return UNKNOWN
    if isinstance(base, Class):
        if name in ("__name__", "__qualname__"):
            return base.name
        if name == "__module__":
            return base.module
        return in_classes([base, *base.order], name, base, machine)
    if isinstance(base, Named):
        if base.name in ("math", "numpy") and name in CONSTANTS:
            return CONSTANTS[name]
        return base.last if name == "__name__" else machine.named(f"{base.name}.{name}")
    if isinstance(base, (Array, Weight)):
        shape = base.shape if isinstance(base, Array) else base.variable.shape
        if name == "shape":
            return dims(shape)
        return UNKNOWN if name in ("dtype", "name", "ndim", "value") else Native(base, name)
    if isinstance(base, Namespace):
        if name not in base.attributes:
            return UNKNOWN
        return base.attributes[name]
    if isinstance(base, Native):
        return True if name == "_is_default" and base.name in ("build", "get_config", "call") else UNKNOWN
    if isinstance(base, (Function, Method)):
        function = base.function if isinstance(base, Method) else base
        if name == "_is_default":
            raise Raised("AttributeError", name)
        if name == "__name__" and isinstance(function, Function) and isinstance(function.node, ast.FunctionDef):
            return function.node.name
        return UNKNOWN
    if isinstance(base, PLAIN):
        if not hasattr(base, name):
            raise Raised("AttributeError", f"{type(base).__name__!r} object has no attribute {name!r}")
        return Native(base, name)
    return Native(base, name) if isinstance(base, range) else UNKNOWN


def _of_thing(base: Thing, name: str, machine: Machine) -> Value:
    if name in base.attributes:
        # What came of an object that was given up on the way is not what it would have been.
        return UNKNOWN if base.opaque else base.attributes[name]
    if name == "built":
        return base.built
    if name == "__class__":
        return base.cls if base.cls is not None else UNKNOWN
    if name in ("layers", "_layers") and base.kind == "Sequential" and not (base.cls and _has_own(base.cls, name)):
        return base.config.get("layers", [])
    if name in WRAPPED and base.kind:
        return Native(base, name)
    if name in ("_call_has_mask_arg", "_call_has_training_arg") and base.kind and not base.opaque:
        return _takes(base, "mask" if "mask" in name else "training", machine)
    if base.cls is not None:
        return in_classes([base.cls, *base.cls.order], name, base, machine)
    if name in METHODS and base.kind:
        return Native(base, name)
    if name in base.config and not base.opaque:
        return base.config[name]
    return UNKNOWN


def _takes(thing: Thing, name: str, machine: Machine) -> Value:
    """Whether the `call` of a layer takes an argument."""
    if thing.cls is None:
        return name in machine.keras.called_with(f"keras.layers.{thing.name}")
    method = in_classes([thing.cls, *thing.cls.order], "call", thing, machine)
    if not (isinstance(method, Method) and isinstance(method.function, Function)):
        return UNKNOWN
    spec = method.function.node.args
    return name in [argument.arg for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]


def _has_own(cls: Class, name: str) -> bool:
    return any(
        isinstance(each, Class) and any(isinstance(s, ast.FunctionDef) and s.name == name for s in each.node.body)
        for each in (cls, *cls.order)
    )


def in_classes(order: list[Class | Named], name: str, on: Value, machine: Machine, *, inherited: bool = False) -> Value:
    """What the first of some classes that has `name` has under it, as seen on `on`."""
    strange = False
    for cls in order:
        if isinstance(cls, Named):
            if cls.name.startswith("keras."):
                usual = OF_MODELS if cls.last in ("Model", "Sequential") else OF_LAYERS
                if name in METHODS:
                    return Native(on, name, inherited=inherited)
                if name == "layers" and cls.last == "Model" and isinstance(on, Thing):
                    return sublayers(on)
                if name in usual:
                    return UNKNOWN
            known = cls.name.partition(".")[0] in ("keras", "builtins") and cls.last in ("Layer", "Model", "Sequential")
            strange = strange or not known
            continue
        found = _in_body(cls, name, on, machine)
        if found is not None:
            return found[0]
    if name in ("__init__", "__new__", "__init_subclass__"):
        return Native(on, name, inherited=inherited)
    if strange or (isinstance(on, Thing) and on.opaque):
        return UNKNOWN
    raise Raised("AttributeError", f"object has no attribute {name!r}")


def _in_body(cls: Class, name: str, on: Value, machine: Machine) -> tuple[Value] | None:
    found: ast.stmt | None = None
    for statement in cls.node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == name:
            if not any(ast.unparse(each).endswith((".setter", "overload")) for each in statement.decorator_list):
                found = statement
        elif isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in statement.targets
        ):
            found = statement
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.target.id == name
        ):
            found = statement if statement.value is not None else found
    if found is None:
        return None
    scope = Scope(cls.module, owner=cls)
    if isinstance(found, (ast.Assign, ast.AnnAssign)):
        assert found.value is not None
        return (machine.evaluate(found.value, Scope(cls.module), machine),)
    assert isinstance(found, ast.FunctionDef)
    kinds = {ast.unparse(decorator).rpartition(".")[2] for decorator in found.decorator_list}
    function = decorated(Function(found, scope, cls), scope, machine)
    if "staticmethod" in kinds:
        return (function,)
    if "classmethod" in kinds:
        return (Method(function, on.cls if isinstance(on, Thing) else on),)
    if kinds & {"property", "cached_property"}:
        return (machine.call(function, [on], {}, machine) if isinstance(on, Thing) else UNKNOWN,)
    return (Method(function, on) if isinstance(on, Thing) else function,)


def sublayers(thing: Thing) -> list[Value]:
    """The layers in an object's attributes, in the order in which they were given to it, each once."""
    found: dict[int, Thing] = {}
    inside = thing.config.get("layers") if thing.kind == "Sequential" else None
    stack: list[Value] = [*reversed(thing.attributes.values()), inside]
    while stack:
        one = stack.pop()
        if isinstance(one, Thing):
            if one.kind:
                found.setdefault(id(one), one)
        elif isinstance(one, (list, tuple)):
            stack += reversed(one)
        elif isinstance(one, dict):
            stack += reversed(one.values())
    return list(found.values())
