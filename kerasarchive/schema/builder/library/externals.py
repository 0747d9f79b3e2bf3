"""What little of Python, of Keras and of introspection decorators and constructors lean on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from kerasarchive.schema.builder.calls import asked
from kerasarchive.schema.builder.library.checking import accepts
from kerasarchive.schema.builder.library.operators import truth
from kerasarchive.schema.builder.library.run import Run
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Choice,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Items,
    ModuleFrame,
    Record,
    Refused,
    Registrar,
    Unknown,
    Value,
    is_known,
    is_text,
    join,
    lifted,
    plain,
)

PLAIN: dict[str, Callable[..., Any]] = {
    "abs": abs, "all": all, "any": any, "bool": bool, "float": float, "int": int, "len": len, "list": list, "max": max,
    "min": min, "round": round, "sorted": sorted, "str": str, "sum": sum, "tuple": tuple,
    "enumerate": lambda *given: list(enumerate(*given)),
    "range": lambda *given: list(range(*given)),
    "reversed": lambda given: list(reversed(given)),
    "set": lambda *given: list(dict.fromkeys(*given)) if given else [],
    "zip": lambda *given: list(zip(*given, strict=False)),
}  # fmt: skip
"""Builtins that are simply called where everything that they get is known."""

NUMBERS = frozenset({"abs", "float", "int", "range", "round"})
LONGEST = 10_000
ITERATED = frozenset({"all", "any", "enumerate", "list", "max", "min", "set", "sorted", "sum", "tuple", "zip", "reversed"})
KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (float,), "bool": (bool,), "list": (list,), "tuple": (tuple,), "dict": (Record,),
    "type": (ClassValue,), "NoneType": (type(None),), "FunctionType": (FunctionValue,), "Callable": (FunctionValue, ClassValue),
    "Sequence": (list, tuple, str), "Iterable": (list, tuple, str, Record), "Collection": (list, tuple, str, Record),
    "Mapping": (Record,), "MutableMapping": (Record,), "MutableSequence": (list,), "Number": (int, float), "Real": (int, float),
    "Integral": (int,), "set": (), "ndarray": (), "ufunc": (), "KerasTensor": (), "Tensor": (),
}  # fmt: skip
NUMERIC_OPS = frozenset({
    "abs", "add", "broadcast_to", "cast", "convert_to_tensor", "divide", "exp", "log", "log1p", "multiply", "sqrt", "square",
    "subtract",
})  # fmt: skip
"""Functions of ``keras.ops`` that compute with their first argument: no text, no None, no dict."""


def call_external(name: str, arguments: list[Value], keywords: Record, run: Run, node: ast.Call | None) -> Value:
    """What calling something outside the library gives; unknown but for the few that are known here."""
    last = name.rpartition(".")[2]
    if last == "register_keras_serializable":
        given = {**dict(zip(("package", "name"), arguments, strict=False)), **keywords.entries}
        return Registrar(given.get("package", "Custom"), given.get("name"))
    if name.startswith("builtins."):
        return _builtin(last, arguments, keywords, run)
    if name in ("copy.copy", "copy.deepcopy", "types.MappingProxyType") and arguments:
        return arguments[0]
    if last in ("serialize_keras_object", "deserialize_keras_object") and arguments:
        return arguments[0]
    if last == "map_structure" and len(arguments) > 1:
        return arguments[1]
    if name in ("sys._getframe", "inspect.stack", "inspect.getmodule", "inspect.isclass"):
        return _introspected(name, arguments, run)
    for value in arguments:
        run.touch(value)
    if node is not None and node.args and arguments:
        schema = asked(name, node)
        if schema and not accepts(schema, arguments[0], run):
            raise Refused
    if name.startswith("keras.ops.") and last in NUMERIC_OPS and arguments:
        value = arguments[0]
        if value is None or is_text(value) or isinstance(value, Record):
            raise Refused
    return UNKNOWN


def _introspected(name: str, arguments: list[Value], run: Run) -> Value:
    if name == "sys._getframe":
        depth = arguments[0] if arguments else 0
        if isinstance(depth, int) and depth < len(run.stack):
            return ModuleFrame(run.stack[-1 - depth])
        return UNKNOWN
    if name == "inspect.stack":
        return [[ModuleFrame(module)] for module in reversed(run.stack)]
    if name == "inspect.getmodule":
        return arguments[0] if arguments and isinstance(arguments[0], ModuleFrame) else UNKNOWN
    return is_instance(arguments[0], External("builtins.type"), run) if arguments else UNKNOWN


def _builtin(name: str, arguments: list[Value], keywords: Record, run: Run) -> Value:
    if name == "isinstance" and len(arguments) == 2:
        return is_instance(arguments[0], arguments[1], run)
    if name == "callable" and arguments:
        if isinstance(arguments[0], (FunctionValue, ClassValue)):
            return True
        return False if is_known(arguments[0]) or isinstance(arguments[0], Record) else UNKNOWN
    if name == "hasattr" and len(arguments) == 2:
        return _has_attribute(arguments[0], arguments[1], run)
    if name == "getattr" and len(arguments) >= 2 and isinstance(arguments[1], str):
        return _get_attribute(arguments, run)
    if name == "dict":
        first = arguments[0] if arguments else Record()
        if first is None or isinstance(first, (bool, int, float)):
            raise Refused
        return (first if isinstance(first, Record) else Record(computed=True)).merged(keywords)
    if name == "type" and arguments:
        return ClassValue(arguments[0].cls) if isinstance(arguments[0], Instance) else UNKNOWN
    return _plain(name, arguments, keywords, run)


def _plain(name: str, arguments: list[Value], keywords: Record, run: Run) -> Value:
    function = PLAIN.get(name)
    if function is None:
        return UNKNOWN
    if name == "bool" and arguments:
        told = truth(arguments[0], run)
        return UNKNOWN if told is None else told
    if name == "list" and arguments and isinstance(arguments[0], Items):
        return arguments[0]
    if all(map(is_known, arguments)) and not keywords.entries:
        values = [plain(value) for value in arguments]
        if any(isinstance(value, int) and abs(value) > LONGEST for value in values) and name == "range":
            return UNKNOWN
        try:
            return lifted(function(*values))
        except (TypeError, ValueError, ArithmeticError):
            raise Refused from None
    if name in NUMBERS and any(isinstance(value, (list, tuple, Record)) for value in arguments):
        raise Refused
    if name in NUMBERS - {"float", "int"} and any(map(is_text, arguments)):
        raise Refused
    for value in arguments:
        run.touch(value)
        bad = value is None or isinstance(value, (bool, int, float))
        if bad and (name in ITERATED and len(arguments) == 1 and name not in ("max", "min")):
            raise Refused
    if name in ("list", "tuple") and arguments and isinstance(arguments[0], (list, tuple)):
        return list(arguments[0]) if name == "list" else tuple(arguments[0])
    if name == "len" and arguments and isinstance(arguments[0], (list, tuple)):
        return len(arguments[0])
    return UNKNOWN


def is_instance(value: Value, kind: Value, run: Run) -> Value:
    """``isinstance(value, kind)``: True, False or `UNKNOWN`."""
    if isinstance(kind, (list, tuple)):
        found = [is_instance(value, one, run) for one in kind]
        return True if True in found else UNKNOWN if any(isinstance(one, Unknown) for one in found) else False
    if isinstance(value, Choice):
        answers = [is_instance(one, kind, run) for one in value.values]
        return answers[0] if all(answer is answers[0] for answer in answers) else UNKNOWN
    if is_text(value) and not isinstance(value, str):
        return is_instance("", kind, run)
    if isinstance(kind, ClassValue):
        if isinstance(value, Instance):
            return True if kind.cls in value.cls.ancestors else UNKNOWN if run.world.is_opaque(value.cls) else False
        if is_known(value) or isinstance(value, (Record, ClassValue, FunctionValue, list, tuple)):
            return False
        run.touch(value)
        return UNKNOWN
    if isinstance(kind, External):
        kinds = KINDS.get(kind.name.rpartition(".")[2])
        if kinds is None:
            return False if is_known(value) else UNKNOWN
        if isinstance(value, bool):
            return bool in kinds or int in kinds
        if value is None or isinstance(value, (int, float, str, list, tuple, Record, ClassValue, FunctionValue)):
            return isinstance(value, kinds)
        if isinstance(value, Instance):
            return False if not run.world.is_opaque(value.cls) else UNKNOWN
    run.touch(value)
    return UNKNOWN


def _has_attribute(value: Value, name: Value, run: Run) -> Value:
    if isinstance(value, (ClassValue, Instance)) and isinstance(name, str):
        if isinstance(value, Instance) and (value, name) in run.cells:
            return True
        if any(name in ancestor.methods for ancestor in value.cls.ancestors):
            return True
        return UNKNOWN if run.world.is_opaque(value.cls) or isinstance(value, Instance) else False
    return UNKNOWN


def _get_attribute(arguments: list[Value], run: Run) -> Value:
    if len(arguments) == 2:
        return run.follow.attribute(arguments[0], arguments[1], run)
    try:
        return join((run.follow.attribute(arguments[0], arguments[1], run), arguments[2]))
    except Refused:
        return arguments[2]
