"""What a class's constructor takes, its base classes' arguments included, followed through ``super().__init__``."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any

from kerasarchive.schema.builder.assignments import renamed
from kerasarchive.schema.builder.calls import Schema
from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.guards import refusals
from kerasarchive.schema.builder.interfaces import legacy_names
from kerasarchive.schema.builder.source import dotted_name

REQUIRED = object()
OPAQUE = object()
"""A default that is no JSON value (an expression)."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. `default` is a JSON value, `REQUIRED` or `OPAQUE`; `by` says who takes it if not the signature."""

    name: str
    default: Any = REQUIRED
    schema: Schema = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Constructor:
    """All arguments in order; `accepts_any` where unknown keywords are swallowed."""

    arguments: dict[str, Argument]
    accepts_any: bool = False
    positional: tuple[str, ...] = ()


EMPTY = Constructor({})


def read_constructor(cls: SourceClass, start: int = 0) -> Constructor:
    """The constructor that ``super().__init__`` finds from the `start`-th class of the order of inheritance on."""
    for index in range(start, len(cls.ancestors)):
        init = cls.ancestors[index].methods.get("__init__")
        if init is not None:
            return _read(cls, index, init)
    return EMPTY


def _read(cls: SourceClass, index: int, init: ast.FunctionDef) -> Constructor:
    own = _signature(init)
    facts = refusals(init, set(own), cls.ancestors[index].lookup)
    arguments = {name: replace(argument, schema=facts.get(name, {})) for name, argument in own.items()}
    positional = tuple(argument.arg for argument in init.args.args[1:])
    more = init.args.vararg.arg if init.args.vararg else None
    calls = _super_calls(cls, index, init)
    rest = init.args.kwarg.arg if init.args.kwarg else None
    taken, closed = _keywords_taken(cls, index, init, rest) if rest else ({}, True)
    accepts_any = bool(rest)
    forwarded = False
    for call, base in calls:
        passed, spreads = _passed(call, base, rest)
        if more and any(isinstance(a, ast.Starred) and dotted_name(a.value) == more for a in call.args):
            positional += base.positional
        arguments = _inherit_types(arguments, passed, base)
        if spreads:
            forwarded = True
            for name, argument in base.arguments.items():
                if name not in passed and name not in arguments:
                    arguments[name] = argument
            accepts_any = base.accepts_any
    for call, made in _made(cls, index, init):
        arguments = _inherit_types(arguments, _passed(call, made, rest)[0], made)
    if rest and not forwarded:
        accepts_any = not closed
    older = {old: name for statement in ast.walk(init) if isinstance(statement, ast.Assign)
             for name, old in [renamed(statement, set(own)) or ("", "")]}  # fmt: skip
    for name, default in taken.items():
        if name not in arguments or arguments[name].default is REQUIRED and name not in own:
            arguments[name] = Argument(name, default, facts.get(older.get(name, ""), {}), by="kwargs")
    for name, schema in legacy_names(init, cls.ancestors[index].lookup).items():
        arguments.setdefault(name, Argument(name, OPAQUE, schema, by="legacy"))
    return Constructor(arguments, accepts_any, positional)


def _signature(init: ast.FunctionDef) -> dict[str, Argument]:
    spec = init.args
    names = [argument.arg for argument in (*spec.posonlyargs, *spec.args)][1:]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(spec.defaults)) + list(spec.defaults)
    if len(defaults) > len(names):
        defaults = defaults[-len(names) :] if names else []
    pairs = [*zip(names, defaults, strict=True), *zip((a.arg for a in spec.kwonlyargs), spec.kw_defaults, strict=True)]
    return {name: Argument(name, REQUIRED if node is None else literal(node)) for name, node in pairs}


def literal(node: ast.AST) -> Any:
    """The JSON value of a default (tuples as lists), else `OPAQUE`."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return OPAQUE
    return _json(value)


def _json(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        items = [_json(item) for item in value]
        return OPAQUE if any(item is OPAQUE for item in items) else items
    if isinstance(value, dict) and not value:
        return {}
    return value if value is None or isinstance(value, (bool, int, float, str)) else OPAQUE


def _super_calls(cls: SourceClass, index: int, init: ast.FunctionDef) -> list[tuple[ast.Call, Constructor]]:
    """Every ``super().__init__(...)`` and ``Base.__init__(self, ...)`` in the body with what it calls."""
    found = []
    for node in ast.walk(init):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"):
            continue
        owner = node.func.value
        if isinstance(owner, ast.Call) and dotted_name(owner.func) == "super":
            found.append((node, read_constructor(cls, after_super(cls, index, owner))))
            continue
        name = dotted_name(owner).rpartition(".")[2]
        base = next((base for base in cls.ancestors[index + 1 :] if base.node.name == name), None)
        if base is not None:
            found.append((node, read_constructor(base)))
    return found


def after_super(cls: SourceClass, index: int, call: ast.Call) -> int:
    """Where ``super()`` in the `index`-th ancestor goes on; ``super(RNN, self)`` may skip classes between."""
    name = dotted_name(call.args[0]).rpartition(".")[2] if call.args else ""
    named = [place for place, ancestor in enumerate(cls.ancestors) if place >= index and ancestor.node.name == name]
    return named[0] + 1 if named else index + 1


def _made(cls: SourceClass, index: int, init: ast.FunctionDef) -> list[tuple[ast.Call, Constructor]]:
    """Objects that the body makes of its arguments, such as ``LSTMCell(units, ...)``: what they refuse is refused."""
    found = []
    for statement in init.body:
        node = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(node, ast.Call):
            made = cls.ancestors[index].find(dotted_name(node.func))
            if made is not None and made is not cls and made.role:
                found.append((node, read_constructor(made)))
    return found


def _passed(call: ast.Call, base: Constructor, rest: str | None) -> tuple[dict[str, ast.expr], bool]:
    """The base's arguments that `call` gives by itself, and whether it hands its own ``**kwargs`` on."""
    positional = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
    if positional and isinstance(positional[0], ast.Name) and positional[0].id == "self":
        positional = positional[1:]
    passed: dict[str, ast.expr] = dict(zip(base.positional, positional, strict=False))
    spreads = False
    for keyword in call.keywords:
        if keyword.arg is None:
            spreads = spreads or (isinstance(keyword.value, ast.Name) and keyword.value.id == rest)
        else:
            passed[keyword.arg] = keyword.value
    return passed, spreads


def _inherit_types(
    arguments: dict[str, Argument], passed: dict[str, ast.expr], base: Constructor
) -> dict[str, Argument]:
    """Arguments that are merely handed to the base are refused where the base refuses them."""
    updated = dict(arguments)
    constants = {name: node.value for name, node in passed.items() if isinstance(node, ast.Constant)}
    for target, node in passed.items():
        name = node.id if isinstance(node, ast.Name) else _converted(node)
        if name in updated and target in base.arguments and not updated[name].schema:
            updated[name] = replace(updated[name], schema=_measured(base.arguments[target].schema, constants))
    return updated


def _converted(node: ast.expr) -> str:
    """The name in ``regularizers.get(name)``: the getters pass on what they have already understood."""
    if isinstance(node, ast.Call) and dotted_name(node.func).endswith(".get") and node.args:
        return dotted_name(node.args[0])
    return ""


def _measured(schema: Schema, constants: dict[str, Any]) -> Schema:
    """A base's ``(kernel_size, rank)`` becomes a length where the subclass says ``rank=2``."""
    length = constants.get(schema.get("x-kav-length", ""))
    if not isinstance(length, int):
        return schema
    known = {key: value for key, value in schema.items() if key != "x-kav-length"}
    if "x-kav-words" in known:
        words = [word for word in known["x-kav-words"] if word != "causal" or length == 1]
        return {**known, "x-kav-words": words}
    return {**known, "minItems": length, "maxItems": length}


def _keywords_taken(
    cls: SourceClass, index: int, init: ast.FunctionDef, rest: str
) -> tuple[dict[str, Any], bool]:
    """Keywords taken out of ``**kwargs`` by hand, and whether the body refuses those that are left over."""
    taken: dict[str, Any] = {}
    closed = False
    for node in ast.walk(init):
        if isinstance(node, ast.Call):
            closed = _read_call(cls, node, rest, taken) or closed
        elif isinstance(node, (ast.If, ast.For)):
            closed = _refuses_rest(node, rest) or closed
    taken.update({name: None for name in _allowed_names(init)})
    if cls.ancestors[index].node.name == "LegacyOptimizerWarning":
        return taken, True
    return taken, closed


def _read_call(cls: SourceClass, node: ast.Call, rest: str, taken: dict[str, Any]) -> bool:
    called = dotted_name(node.func)
    if called == f"{rest}.pop" and node.args and isinstance(node.args[0], ast.Constant):
        default = literal(node.args[1]) if len(node.args) > 1 else None
        taken.setdefault(str(node.args[0].value), default)
        return False
    if called == f"{rest}.get" and node.args and isinstance(node.args[0], ast.Constant):
        return False
    handed = [argument for argument in node.args if isinstance(argument, ast.Name) and argument.id == rest]
    if called.endswith("validate_kwargs") and handed:
        return True
    if called.startswith("self.") and handed:
        helper = next((c.methods[called[5:]] for c in cls.ancestors if called[5:] in c.methods), None)
        if helper is not None and len(helper.args.args) > 1:
            inner, closed = _keywords_taken(cls, 0, helper, helper.args.args[1].arg)
            taken.update(inner)
            return closed
    return False


def _refuses_rest(node: ast.If | ast.For, rest: str) -> bool:
    """``if kwargs: raise``, ``for k in kwargs: ... raise`` or ``for k in kwargs: assert ...``."""
    if isinstance(node, ast.For):
        inside = any(isinstance(inner, (ast.Raise, ast.Assert)) for inner in ast.walk(node))
        return inside and any(isinstance(n, ast.Name) and n.id == rest for n in ast.walk(node.iter))
    names = {inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)}
    return rest in names and any(isinstance(statement, ast.Raise) for statement in node.body)


def _allowed_names(init: ast.FunctionDef) -> list[str]:
    """The literal set behind ``allowed_kwargs``."""
    names: list[str] = []
    for node in ast.walk(init):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and "allowed" in node.targets[0].id
            and isinstance(node.value, (ast.Set, ast.List, ast.Tuple))
        ):
            names += [str(item.value) for item in node.value.elts if isinstance(item, ast.Constant)]
    return names
