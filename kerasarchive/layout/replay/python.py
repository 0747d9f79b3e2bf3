"""Python's own functions and types, as constructors and `build` use them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasarchive.layout.replay.expressions import PLAIN, attempt, items, truth
from kerasarchive.layout.replay.machine import Machine
from kerasarchive.layout.replay.values import (
    UNKNOWN,
    Array,
    Class,
    Dispatcher,
    Function,
    Lost,
    Method,
    Named,
    Namespace,
    Native,
    Raised,
    Thing,
    Value,
    Weight,
)

CALLABLES = (Function, Method, Class, Native, Dispatcher)
KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (float,), "bool": (bool,), "list": (list,), "tuple": (tuple,), "dict": (dict,),
    "set": (set,), "NoneType": (type(None),), "Callable": CALLABLES, "FunctionType": (Function,), "bytes": (),
    "Sequence": (list, tuple, str), "Iterable": (list, tuple, str, dict, set), "Collection": (list, tuple, str, dict, set),
    "Mapping": (dict,), "MutableMapping": (dict,), "MutableSequence": (list,), "Number": (int, float), "Real": (int, float),
    "Integral": (int,), "Sized": (list, tuple, str, dict, set), "integer": (), "floating": (), "ufunc": (),
}  # fmt: skip
SIMPLE: dict[str, Callable[..., Any]] = {
    "abs": abs, "bool": bool, "float": float, "int": int, "len": len, "max": max, "min": min, "round": round, "str": str,
    "sorted": sorted, "sum": sum, "divmod": divmod, "repr": repr, "range": range, "slice": slice,
}  # fmt: skip


def is_instance(value: Value, kind: Value) -> bool | None:
    """``isinstance(value, kind)``; None if that cannot be told."""
    if isinstance(kind, (list, tuple)):
        told = [is_instance(value, one) for one in kind]
        return True if True in told else None if None in told else False
    if kind is None:
        return value is None
    if value is UNKNOWN or kind is UNKNOWN:
        return None
    if isinstance(kind, Class):
        if isinstance(value, Thing):
            return value.cls.is_a(kind) if value.cls is not None else None if value.opaque else False
        return False
    if not isinstance(kind, Named):
        return None
    last = kind.last
    if last == "type":
        return isinstance(value, (Class, Named)) if not isinstance(value, Named) else None
    if kind.name.startswith("keras.") and "ensor" not in last and last != "Variable":
        return _is_of_keras(value, kind)
    if last in ("ndarray", "generic"):
        return None if isinstance(value, Array) else False
    if "ensor" in last or last in ("Variable", "Array"):
        return True if isinstance(value, Array) else None if isinstance(value, Weight) else False
    kinds = KINDS.get(last)
    if kinds is None:
        return False if isinstance(value, PLAIN) else None
    if isinstance(value, Named) and last in ("ufunc", "FunctionType"):
        return None  # ``numpy.exp`` is a ufunc, ``numpy.mean`` is not.
    if isinstance(value, (Named, Thing)):
        return last == "Callable"
    return isinstance(value, kinds)


def _is_of_keras(value: Value, kind: Named) -> bool | None:
    if not isinstance(value, Thing):
        return None if value is UNKNOWN else False
    if value.cls is not None:
        if value.cls.is_a(kind):
            return True
        return {"Layer": value.kind in LAYERS, "Model": value.kind in MODELS}.get(kind.last, False)
    if kind.last == "Layer":
        return True if value.kind in LAYERS else None if value.opaque and not value.kind else False
    if kind.last == "Model":
        return value.kind in MODELS if value.kind and not value.opaque else None if value.opaque else False
    return None if value.opaque else value.name == kind.last


LAYERS = frozenset({"Layer", "Model", "Sequential", "Functional", "Built-in"})
MODELS = frozenset({"Model", "Sequential", "Functional"})


def call_python(name: str, arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    """What one of Python's own functions gives."""
    found = SPECIAL.get(name)
    if found is not None:
        return found(arguments, keywords, machine)
    if name in ("list", "tuple", "set", "frozenset", "reversed", "enumerate", "iter"):
        return _collected(name, arguments)
    if name == "zip":
        columns = [items(each) for each in arguments]
        if truth(keywords.get("strict", False)) and len({len(column) for column in columns}) > 1:
            raise Raised("ValueError", "zip() arguments have different lengths")
        return list(zip(*columns, strict=False))
    if name in ("any", "all"):
        return (any if name == "any" else all)(truth(item) for item in items(arguments[0]))
    function = SIMPLE.get(name)
    if function is None:
        return UNKNOWN
    if not all(map(_is_plain, [*arguments, *keywords.values()])):
        if name == "len" and arguments and isinstance(arguments[0], (list, tuple, dict, set)):
            return len(arguments[0])
        return UNKNOWN
    if name in ("str", "repr") and arguments and not isinstance(arguments[0], (str, int, float)):
        return UNKNOWN
    return attempt(function, *arguments, **keywords)


def _is_plain(value: Value) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)


def _collected(name: str, arguments: list[Value]) -> Value:
    found = items(arguments[0]) if arguments else []
    if name == "enumerate":
        start = arguments[1] if len(arguments) > 1 else 0
        return [(index + start, item) for index, item in enumerate(found)]
    if name == "reversed":
        return found[::-1]
    if name in ("set", "frozenset"):
        return attempt(set, found)
    return tuple(found) if name == "tuple" else found


def _isinstance(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    told = is_instance(arguments[0], arguments[1])
    return UNKNOWN if told is None else told


def _callable(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    value = arguments[0]
    return UNKNOWN if value is UNKNOWN else not isinstance(value, (*PLAIN, Array))


def _dict(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if arguments and not isinstance(arguments[0], dict):
        pairs = [items(pair) for pair in items(arguments[0])]
        return attempt(dict, pairs) | keywords
    return {**(arguments[0] if arguments else {}), **keywords}


def _getattr(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    if len(arguments) < 2 or not isinstance(arguments[1], str):
        raise Lost
    try:
        return machine.attribute(arguments[0], arguments[1], machine)
    except Raised as error:
        if len(arguments) > 2 and error.kind == "AttributeError":
            return arguments[2]
        raise


def _hasattr(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    try:
        found = _getattr(arguments[:2], keywords, machine)
    except Raised:
        return False
    thing, name = arguments[:2]
    if found is UNKNOWN and isinstance(thing, Thing) and thing.cls is None and not thing.opaque:
        # A method of the library's own making is none of a layer of Keras.
        return False if name in machine.library.methods else UNKNOWN
    return UNKNOWN if found is UNKNOWN else True


def _setattr(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    from kerasarchive.layout.replay.statements import set_attribute

    if len(arguments) != 3 or not isinstance(arguments[0], Thing) or not isinstance(arguments[1], str):
        raise Lost
    set_attribute(arguments[0], arguments[1], arguments[2])


def _type(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    value = arguments[0] if arguments else UNKNOWN
    if isinstance(value, Thing):
        return value.cls if value.cls is not None else Named(f"keras.layers.{value.name}")
    return Named(f"builtins.{type(value).__name__}") if isinstance(value, PLAIN) else UNKNOWN


def _issubclass(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    cls, kind = arguments
    if isinstance(cls, Class) and isinstance(kind, (Class, Named)):
        return cls.is_a(kind)
    return UNKNOWN


def _map(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    function, *columns = arguments
    return [machine.call(function, list(row), {}, machine) for row in zip(*map(items, columns), strict=False)]


def _next(arguments: list[Value], keywords: dict[str, Value], machine: Machine) -> Value:
    found = items(arguments[0])
    if found:
        return found[0]
    if len(arguments) > 1:
        return arguments[1]
    raise Raised("StopIteration")


SPECIAL: dict[str, Callable[[list[Value], dict[str, Value], Machine], Value]] = {
    "isinstance": _isinstance, "callable": _callable, "dict": _dict, "getattr": _getattr, "hasattr": _hasattr,
    "setattr": _setattr, "type": _type, "issubclass": _issubclass, "map": _map, "next": _next,
    "print": lambda arguments, keywords, machine: None,
}  # fmt: skip


def signature(value: Value, *, follow: bool = True) -> Value:
    """``inspect.signature``: names and kinds of the parameters. `follow`: of what a function stands in for."""
    skipped = 0
    while isinstance(value, Method) or (follow and isinstance(value, Function) and value.wrapped is not None):
        skipped += isinstance(value, Method)
        value = value.function if isinstance(value, Method) else value.wrapped
    if not isinstance(value, Function):
        return UNKNOWN
    spec = value.node.args
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][skipped:]
    found: dict[str, Value] = {name: Namespace({"kind": "positional", "name": name}) for name in names}
    if spec.vararg is not None:
        found[spec.vararg.arg] = Namespace({"kind": Named("inspect.Parameter.VAR_POSITIONAL")})
    found |= {each.arg: Namespace({"kind": "keyword", "name": each.arg}) for each in spec.kwonlyargs}
    if spec.kwarg is not None:
        found[spec.kwarg.arg] = Namespace({"kind": Named("inspect.Parameter.VAR_KEYWORD")})
    return Namespace({"parameters": found, "args": names})


MATH: dict[str, Callable[..., Any]] = {
    name: getattr(math, name) for name in ("ceil", "floor", "log", "log2", "log10", "sqrt", "exp", "prod", "gcd")
}
