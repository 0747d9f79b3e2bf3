"""Calling things: functions and classes of the library are followed, the rest is asked what is known of it."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import lru_cache

from kerasarchive.layout.replay import layers
from kerasarchive.layout.replay.arrays import OPS, operate
from kerasarchive.layout.replay.attributes import in_classes
from kerasarchive.layout.replay.expressions import LONGEST, PLAIN, attempt, truth
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.python import MATH, call_python, is_instance, signature
from kerasarchive.layout.replay.reading import read
from kerasarchive.layout.replay.statements import Return
from kerasarchive.layout.replay.values import (
    UNKNOWN,
    Array,
    Class,
    Dispatcher,
    Function,
    Lost,
    Method,
    Named,
    Native,
    Raised,
    Scope,
    Thing,
    Value,
    Weight,
)
from kerasarchive.schema.builder.source import top_level

FOLLOWED = frozenset({"", "Layer", "Model", "Sequential"})
"""Classes of Keras whose descendants are followed."""

READERS = frozenset({"deserialize_keras_object", "deserialize"})
AS_IS = frozenset({"MappingProxyType", "copy", "deepcopy", "serialize_keras_object"})


def call(target: Value, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """What a call gives; `Raised` where it raises."""
    machine.step()
    if isinstance(target, Function):
        return call_function(target, arguments, keywords, machine)
    if isinstance(target, Method):
        return call(target.function, [target.on, *arguments], keywords, machine)
    if isinstance(target, Class):
        return construct(target, arguments, keywords, machine)
    if isinstance(target, Native):
        return _native(target, arguments, keywords, machine)
    if isinstance(target, Dispatcher):
        return _dispatched(target, arguments, keywords, machine)
    if isinstance(target, Thing):
        return layers.call_thing(target, arguments, keywords, machine)
    if isinstance(target, Named):
        return _named(target, arguments, keywords, machine)
    if isinstance(target, (*PLAIN, Array)):
        raise Raised("TypeError", f"{type(target).__name__!r} object is not callable")
    return UNKNOWN


def call_function(function: Function, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """Follow the body of a function of the library."""
    node = function.node
    name = node.name if isinstance(node, ast.FunctionDef) else ""
    if function.owner is None and arguments and function.scope.parent is None:
        if name in READERS:
            return read(arguments[0], machine, types=True)
        if name == "serialize":
            return arguments[0]
    with machine.deeper():
        scope = Scope(function.scope.module, function.scope, function.owner)
        bind(node.args, arguments, keywords, scope, machine)
        if isinstance(node, ast.Lambda):
            return machine.evaluate(node.body, scope, machine)
        if is_left_out(node):
            raise Lost
        ending = machine.execute(node.body, scope, machine)
        return ending.value if isinstance(ending, Return) else None


@lru_cache(maxsize=4096)
def is_left_out(node: ast.FunctionDef) -> bool:
    """Whether a function is not followed: a generator, or one of which the schema says no more than that it is there."""
    body = node.body[0]
    if isinstance(body, ast.Expr) and isinstance(body.value, ast.Constant) and body.value.value is Ellipsis:
        return True
    return any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))


def bind(
    spec: ast.arguments, arguments: list[Value], keywords: dict[str, Value], scope: Scope, machine: Machine
) -> None:
    """Give the parameters of a function their values."""
    positional = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
    if len(arguments) > len(positional) and spec.vararg is None:
        raise Raised("TypeError", f"takes {len(positional)} positional arguments but {len(arguments)} were given")
    bound = dict(zip(positional, arguments, strict=False))
    if twice := bound.keys() & keywords.keys():
        raise Raised("TypeError", f"got multiple values for argument {min(twice)!r}")
    first = dict(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults, strict=True))
    defaults = {**first, **{a.arg: d for a, d in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if d is not None}}
    names = [*positional, *(argument.arg for argument in spec.kwonlyargs)]
    outside = Scope(scope.module, scope.parent)
    for name in names:
        if name in bound:
            scope.names[name] = bound[name]
        elif name in keywords:
            scope.names[name] = keywords[name]
        elif name in defaults:
            scope.names[name] = machine.evaluate(defaults[name], outside, machine)
        else:
            raise Raised("TypeError", f"missing a required argument: {name!r}")
    rest = {key: value for key, value in keywords.items() if key not in names}
    if spec.vararg is not None:
        scope.names[spec.vararg.arg] = tuple(arguments[len(positional) :])
    if spec.kwarg is not None:
        scope.names[spec.kwarg.arg] = rest
    elif rest:
        raise Raised("TypeError", f"got an unexpected keyword argument {min(rest)!r}")


def construct(cls: Class, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """Make an object of a class of the library."""
    if any("dataclass" in ast.unparse(decorator) for decorator in cls.node.decorator_list):
        return Thing(cls.name, cls, opaque=True)
    made = Thing(cls.name, cls, cls.kind if cls.kind in FOLLOWED else "", at=tuple(machine.reading))
    if cls.kind and cls.kind not in FOLLOWED:
        # A class of Keras below: what that one does is not the library's.
        made.opaque, made.kind = True, "Layer" if machine.keras.role(_root(cls)) in ("layer", "cell", "model") else ""
    try:
        call(in_classes([cls, *cls.order], "__init__", made, machine), arguments, keywords, machine)
    except Lost:
        layers.blur(made)
    return made


def _root(cls: Class) -> str:
    """The first class of Keras that a class descends from."""
    return next((each.name for each in cls.order if isinstance(each, Named) and each.name.startswith("keras.")), "")


def _dispatched(target: Dispatcher, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if not arguments:
        raise Raised("TypeError", "requires at least 1 positional argument")
    function = target.function
    module = machine.library.source.modules[function.scope.module]
    name = getattr(function.node, "name", "")
    fitting: list[tuple[str, Function]] = []
    for statement in top_level(module.tree.body):
        if not isinstance(statement, ast.FunctionDef):
            continue
        for decorator in statement.decorator_list:
            plain = decorator.func if isinstance(decorator, ast.Call) else decorator
            if ast.unparse(plain) != f"{name}.register":
                continue
            first = statement.args.args[0].annotation if statement.args.args else None
            kind = decorator.args[0] if isinstance(decorator, ast.Call) and decorator.args else first
            told = _is_of(arguments[0], kind, Scope(module.name), machine)
            if told is None:
                raise Lost
            if told:
                fitting.append((ast.unparse(kind) if kind is not None else "", Function(statement, Scope(module.name))))
    if not fitting:
        return call(function, arguments, keywords, machine)
    general = ("Layer", "Sequence", "Mapping", "Callable")
    best = next((each for text, each in fitting if not text.endswith(general)), fitting[-1][1])
    return call(best, arguments, keywords, machine)


def _is_of(value: Value, kind: ast.expr | None, scope: Scope, machine: Machine) -> bool | None:
    if kind is None:
        return None
    if isinstance(kind, ast.Constant) and kind.value is None:
        return None if value is UNKNOWN else value is None
    if isinstance(kind, ast.BinOp):
        told = [_is_of(value, side, scope, machine) for side in (kind.left, kind.right)]
        return True if True in told else None if None in told else False
    try:
        return is_instance(value, machine.evaluate(kind, scope, machine))
    except Lost:
        return False if isinstance(value, PLAIN) else None


def _native(target: Native, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    on, name = target.on, target.name
    if isinstance(on, (Thing, Class)):
        return layers.call_method(target, arguments, keywords, machine)
    if isinstance(on, (Array, Weight)):
        return operate(name, [on, *arguments], keywords) if name != "item" else UNKNOWN
    if isinstance(on, str) and not all(isinstance(value, (*PLAIN,)) for value in arguments):
        return UNKNOWN
    if name in ("format", "sort", "encode") or any(isinstance(each, int) and each > LONGEST for each in arguments):
        return UNKNOWN
    return attempt(getattr(on, name), *arguments, **keywords)


def _named(target: Named, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    name, last = target.name, target.last
    if name.startswith("builtins."):
        return call_python(last, arguments, keywords, machine)
    if name.startswith(("keras.ops.", "numpy.", "np.")):
        return operate(last, arguments, keywords) if last in OPS else _somewhere(arguments, keywords)
    if name.startswith("keras.tree.") and last == "map_structure" and len(arguments) == 2:
        return _mapped(arguments[0], arguments[1], machine)
    if last in ("flatten", "tree_flatten", "tree_leaves") and arguments:
        leaves = _leaves(arguments[0], keywords.get("is_leaf"), machine)
        return (leaves, UNKNOWN) if last == "tree_flatten" else leaves
    if last in AS_IS and arguments:
        return _copied(arguments[0], deep=last == "deepcopy")
    if last == "wraps" and arguments:
        wrapped, *rest = arguments
        if not rest:
            return Method(target, wrapped)
        return replace(rest[0], wrapped=wrapped) if isinstance(rest[0], Function) else rest[0]
    if last in ("signature", "getfullargspec") and arguments:
        return signature(arguments[0], follow=last == "signature")
    if last == "isclass" and arguments:
        return isinstance(arguments[0], Class) or (UNKNOWN if isinstance(arguments[0], Named) else False)
    if name.startswith("math.") and last in MATH and all(isinstance(value, PLAIN) for value in arguments):
        return attempt(MATH[last], *arguments)
    if name.startswith("keras."):
        if last in READERS:
            return read(arguments[0], machine) if arguments else UNKNOWN
        return layers.call_keras(name, arguments, keywords, machine)
    return UNKNOWN


def _somewhere(arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """A call of what is not followed: where it gets something to call, layers may be built by it."""
    if any(isinstance(value, (Function, Method, Thing, Native)) for value in (*arguments, *keywords.values())):
        raise Lost
    return UNKNOWN


def _mapped(function: Value, value: Value, machine: Machine) -> Value:
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(function, item, machine) for item in value)
    if isinstance(value, dict):
        return {key: _mapped(function, item, machine) for key, item in value.items()}
    return call(function, [value], {}, machine)


def _leaves(value: Value, is_leaf: Value, machine: Machine) -> list[Value]:
    if is_leaf is not None and truth(call(is_leaf, [value], {}, machine)):
        return [value]
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=str)]
    if not isinstance(value, (list, tuple)):
        return [value]
    return [leaf for item in value for leaf in _leaves(item, is_leaf, machine)]


def _copied(value: Value, *, deep: bool) -> Value:
    if isinstance(value, list):
        return [_copied(item, deep=deep) for item in value] if deep else list(value)
    if isinstance(value, dict):
        return {key: _copied(item, deep=deep) if deep else item for key, item in value.items()}
    return value if not isinstance(value, Thing) else UNKNOWN
