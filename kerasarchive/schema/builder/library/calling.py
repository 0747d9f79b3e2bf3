"""Calling things: functions and classes of the library are followed, those of Keras are asked what they take."""

from __future__ import annotations

import ast
from typing import Any

from kerasarchive.schema.builder.constructor import OPAQUE, REQUIRED, literal
from kerasarchive.schema.builder.library.attributes import from_class
from kerasarchive.schema.builder.library.checking import accepts
from kerasarchive.schema.builder.library.dispatch import implementations
from kerasarchive.schema.builder.library.externals import call_external
from kerasarchive.schema.builder.library.run import DEEPEST, Run, Scope, defaults_of
from kerasarchive.schema.builder.library.values import (
    UNKNOWN,
    Bound,
    Choice,
    ClassValue,
    Dispatcher,
    External,
    FunctionValue,
    Instance,
    KerasMethod,
    Next,
    Record,
    Refused,
    Registrar,
    Unknown,
    Value,
    fingerprint,
    is_text,
    join,
)
from kerasarchive.schema.builder.library.world import Constructed
from kerasarchive.schema.builder.serialization import read_written

BUILT = " built"
"""Marks an object that has been built."""

UNCHANGED = frozenset({"serialize", "deserialize", "serialize_keras_object", "deserialize_keras_object"})
"""Functions, the library's own too, that keep the keys of a dict and the plain values in it."""


def call(target: Value, arguments: list[Value], keywords: Record, run: Run, node: ast.Call | None = None) -> Value:
    """What a call gives; `Refused` where it certainly raises."""
    run.step()
    if isinstance(target, FunctionValue):
        return call_function(target, arguments, keywords, run)
    if isinstance(target, Bound):
        return call_function(target.function, [target.on, *arguments], keywords, run)
    if isinstance(target, ClassValue):
        return construct(target, arguments, keywords, run)
    if isinstance(target, KerasMethod):
        return _call_keras(target, arguments, keywords, run)
    if isinstance(target, Dispatcher):
        return _dispatch(target, arguments, keywords, run)
    if isinstance(target, External):
        return call_external(target.name, arguments, keywords, run, node)
    if isinstance(target, Registrar):
        return _register(target, arguments, run)
    if isinstance(target, Choice):
        return join(run.either([lambda one=one: call(one, arguments, keywords, run, node) for one in target.values]))
    if isinstance(target, Instance):
        return _call_object(target, arguments, keywords, run)
    if target is None or isinstance(target, (bool, int, float, str, list, tuple, Record)):
        raise Refused
    run.touch(target)
    return UNKNOWN


def _call_object(target: Instance, arguments: list[Value], keywords: Record, run: Run) -> Value:
    """An object of the library with a ``__call__`` is followed; a layer builds itself on its first call."""
    if not run.world.is_own(target.cls):
        return UNKNOWN
    called = from_class(target.cls, 0, "__call__", target, run)
    if isinstance(called, Bound):
        return call(called, arguments, keywords, run)
    if (target, BUILT) not in run.cells:
        run.cells[target, BUILT] = True
        build = from_class(target.cls, 0, "build", target, run)
        if isinstance(build, Bound):
            call(build, [], Record(computed=True), run)
    return UNKNOWN


def _dispatch(target: Dispatcher, arguments: list[Value], keywords: Record, run: Run) -> Value:
    functions = implementations(target, arguments[0] if arguments else UNKNOWN, run)
    if len(functions) == 1:
        return call(functions[0], arguments, keywords, run)
    return join(run.either([lambda one=one: call(one, arguments, keywords, run) for one in functions]))


def parent(arguments: list[Value], scope: Scope) -> Value:
    """``super()`` in a method, or ``super(Class, self)``."""
    inner: Scope | None = scope
    while inner is not None and inner.owner is None:
        inner = inner.parent
    if inner is None or inner.owner is None:
        return UNKNOWN
    index = inner.index
    if arguments and isinstance(arguments[0], ClassValue):
        places = [place for place, cls in enumerate(inner.owner.ancestors) if cls is arguments[0].cls]
        index = places[0] if places else index
    return Next(inner.on, inner.owner, index + 1)


def call_function(function: FunctionValue, arguments: list[Value], keywords: Record, run: Run) -> Value:
    """Follow the body of a function of the library."""
    node = function.node
    if isinstance(node, ast.FunctionDef) and node.name in UNCHANGED and function.owner is None and arguments:
        return arguments[0]
    if len(run.stack) > DEEPEST:
        return UNKNOWN
    on = arguments[0] if arguments and function.owner is not None else None
    scope = Scope(function.module, function.scope, function.owner, function.index, on)
    run.stack.append(function.module)
    try:
        bind(node.args, arguments, keywords, scope, run)
        if isinstance(node, ast.Lambda):
            return run.follow.evaluate(node.body, scope, run)
        if run.world.is_generator(node):
            return UNKNOWN
        try:
            run.follow.execute(node.body, scope, run)
        except Refused:
            if not scope.returns:
                raise
        return join(scope.returns) if scope.returns else None
    finally:
        run.stack.pop()
        run.forget(scope)


def bind(spec: ast.arguments, arguments: list[Value], keywords: Record, scope: Scope, run: Run) -> None:
    """Give the parameters of a function their values; what comes out of unknown keys of a config is noted."""
    positional = [argument.arg for argument in (*spec.posonlyargs, *spec.args)]
    defaults = defaults_of(spec)
    if len(arguments) > len(positional) and spec.vararg is None:
        raise Refused
    for name, value in zip(positional, arguments, strict=False):
        if name in keywords.entries and name not in keywords.maybe:
            raise Refused
        run.bind(scope, name, value)
    if spec.vararg is not None:
        run.bind(scope, spec.vararg.arg, UNKNOWN if keywords.computed else list(arguments[len(positional) :]))
    names = [*positional[len(arguments) :], *(argument.arg for argument in spec.kwonlyargs)]
    received: dict[str, tuple[Any, bool, dict[str, Any]]] = {}
    for name in names:
        default = defaults.get(name)
        run.bind(scope, name, _bound(name, default, keywords, scope, run))
        if name not in keywords.entries:
            received[name] = (REQUIRED if default is None else literal(default), default is None, {})
    run.receive(keywords.rest, received, closed=spec.kwarg is None)
    left = keywords.without([*positional, *names])
    if spec.kwarg is not None:
        run.bind(scope, spec.kwarg.arg, left)
    elif any(key not in left.maybe for key in left.entries):
        raise Refused


def _bound(name: str, default: ast.expr | None, keywords: Record, scope: Scope, run: Run) -> Value:
    if name in keywords.entries:
        if name in keywords.maybe and default is not None:
            return join((keywords.entries[name], run.follow.evaluate(default, Scope(scope.module, scope.parent), run)))
        return keywords.entries[name]
    if keywords.rest is not None and keywords.rest.may_hold(name):
        return Unknown(name)
    if keywords.computed:
        return UNKNOWN
    if default is None:
        raise Refused
    return run.follow.evaluate(default, Scope(scope.module, scope.parent), run)


def construct(target: ClassValue, arguments: list[Value], keywords: Record, run: Run) -> Value:
    """Make an object of a class."""
    made = Instance(target.cls)
    run.cells[made, "built"] = False
    if not run.world.is_own(target.cls):
        _construct_keras(target, 0, arguments, keywords, run)
        return made
    if keywords.rest is not None:
        call(from_class(target.cls, 0, "__init__", made, run), arguments, keywords, run)
        return made
    key = (target.cls.path, fingerprint(arguments), fingerprint(keywords))
    known = run.world.constructed.get(key)
    if known is None:
        before, run.notes.touched = run.notes.touched, set()
        with run.world.watched() as asked:
            try:
                call(from_class(target.cls, 0, "__init__", made, run), arguments, keywords, run)
            finally:
                touched, run.notes.touched = run.notes.touched, before | run.notes.touched
        attributes = {name: value for (owner, name), value in run.cells.items() if owner is made}
        known = run.world.constructed[key] = Constructed(attributes, frozenset(touched), frozenset(asked))
    run.world.ask(known.asked)
    run.notes.touched |= known.touched
    run.cells.update({(made, name): value for name, value in known.attributes.items()})
    return made


def _call_keras(target: KerasMethod, arguments: list[Value], keywords: Record, run: Run) -> Value:
    if target.name == "__init__":
        if isinstance(target.on, ClassValue):
            arguments = arguments[1:]
        if target.index < len(target.cls.ancestors):
            _construct_keras(ClassValue(target.cls), target.index, arguments, keywords, run)
        elif not run.world.is_opaque(target.cls):
            run.receive(keywords.rest, {}, closed=True)
            if any(key not in keywords.maybe for key in keywords.entries):
                raise Refused
        else:
            # A constructor that nobody sees most likely keeps what it gets under the same names.
            run.cells.update({(target.on, key): value for key, value in keywords.entries.items()})
        return None
    if target.name == "__new__":
        return Instance(target.on.cls if isinstance(target.on, ClassValue) else target.cls)
    if target.name == "get_config":
        written = read_written(target.cls, target.index)
        if written is None:
            return UNKNOWN
        return Record(dict.fromkeys(written.keys, UNKNOWN), frozenset(written.sometimes & set(written.keys)),
                      computed=written.partial)
    if target.name == "from_config" and arguments and isinstance(arguments[0], Record):
        on = target.on.cls if isinstance(target.on, Instance) else target.cls
        return construct(ClassValue(on), [], arguments[0], run)
    if target.name == "build" and arguments and target.index < len(target.cls.ancestors):
        shape = arguments[0]
        if target.cls.ancestors[target.index].node.name != "Layer" and (
            is_text(shape) or isinstance(shape, (bool, int, float, Record))
        ):
            raise Refused
    if target.name in ("add_weight", "add_variable"):
        shape = keywords.entries.get("shape", arguments[0] if arguments else None)
        if isinstance(shape, (list, tuple)) and any(map(_is_no_dimension, shape)):
            raise Refused
        for role in ("initializer", "regularizer", "constraint"):
            value = keywords.entries.get(role)
            if not accepts({"type": ["null", "object", "string"], "x-kav-names": role}, value, run):
                raise Refused
    return UNKNOWN


def _is_no_dimension(value: Value) -> bool:
    """Whether a variable cannot be so long in a direction."""
    if isinstance(value, (bool, int)):
        return value < 0
    return value is None or is_text(value) or isinstance(value, (float, list, tuple, Record))


def _construct_keras(target: ClassValue, index: int, arguments: list[Value], keywords: Record, run: Run) -> None:
    """A constructor of Keras takes these; what it refuses is refused."""
    functional = "inputs" in keywords.entries and "outputs" in keywords.entries and target.cls.role == "model"
    constructor = run.world.constructor(target.cls, index, functional=functional)
    given = {**dict(zip(constructor.positional, arguments, strict=False)), **keywords.entries}
    for name, value in given.items():
        known = constructor.arguments.get(name)
        if known is None:
            if not constructor.accepts_any and name not in keywords.maybe and not functional:
                raise Refused
        elif not accepts(known.schema, value, run):
            raise Refused
    if keywords.rest is None:
        return
    names = {
        name: (None if argument.default is OPAQUE else argument.default, argument.default is REQUIRED, argument.schema)
        for name, argument in constructor.arguments.items()
        if name not in given
    }
    run.receive(keywords.rest, names, closed=not constructor.accepts_any)


def _register(registrar: Registrar, arguments: list[Value], run: Run) -> Value:
    symbol = arguments[0] if arguments else UNKNOWN
    name = registrar.name
    if name is None:
        node = symbol.cls.node if isinstance(symbol, ClassValue) else getattr(symbol, "node", None)
        name = getattr(node, "name", None)
    if isinstance(registrar.package, str) and isinstance(name, str):
        run.notes.registered.append((symbol, f"{registrar.package}>{name}"))
    return symbol
