"""What `get_config` writes and what `from_config` takes out or puts in before the constructor sees the config."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from kerasarchive.schema.builder.classes import SourceClass
from kerasarchive.schema.builder.constructor import after_super
from kerasarchive.schema.builder.source import dotted_name


@dataclass(slots=True)
class Written:
    """Keys in the order of writing; `partial` where the source computes keys, `sometimes` those under an ``if``."""

    keys: dict[str, None] = field(default_factory=dict)
    sometimes: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    partial: bool = False


@dataclass(slots=True)
class Taken:
    """What `from_config` pops (`popped`), supplies by itself (`supplied`) and reads without fail (`read`)."""

    popped: set[str] = field(default_factory=set)
    supplied: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    passed: bool = True
    """Whether the rest of the config reaches the constructor as ``cls(**config)``."""


def read_written(cls: SourceClass, start: int = 0) -> Written | None:
    """What the `get_config` found from the `start`-th ancestor on writes; None if that is the generated one."""
    for index in range(start, len(cls.ancestors)):
        ancestor = cls.ancestors[index]
        method = ancestor.methods.get("get_config")
        if method is None:
            continue
        if any(dotted_name(decorator).endswith("default") for decorator in method.decorator_list) and start == 0:
            return None
        return _read_writer(cls, index, method)
    return Written()


def _read_writer(cls: SourceClass, index: int, method: ast.FunctionDef) -> Written:
    written = Written()
    conditional = _conditional(method)
    nested = _nested_values(method)
    for node in ast.walk(method):
        sometimes = id(node) in conditional
        if isinstance(node, ast.Call) and _is_super_call(node, "get_config"):
            base = read_written(cls, _next(cls, index, node)) or Written()
            written.keys = {**base.keys, **written.keys}
            written.sometimes |= base.sometimes
            written.partial |= base.partial
        elif isinstance(node, ast.Dict) and id(node) not in nested:
            for key in node.keys:
                _write(written, key, sometimes)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            _write(written, node.targets[0].slice, sometimes)
        elif isinstance(node, ast.Call) and dotted_name(node.func).endswith(("config.update", "dict")):
            for keyword in node.keywords:
                _write(written, ast.Constant(keyword.arg) if keyword.arg else None, sometimes)
        elif isinstance(node, ast.DictComp):
            written.partial = True
        _read_removal(node, written, sometimes)
    for removed in written.removed:
        written.keys.pop(removed, None)
    return written


def _next(cls: SourceClass, index: int, node: ast.Call) -> int:
    """Where ``super().get_config()`` goes on among the ancestors, or ``Loss.get_config(self)``, which skips some."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(owner, ast.Call):
        return after_super(cls, index, owner)
    name = dotted_name(node.func).rpartition(".")[0].rpartition(".")[2]
    named = [place for place, ancestor in enumerate(cls.ancestors) if place > index and ancestor.node.name == name]
    return named[0] if named else index + 1


def _conditional(method: ast.FunctionDef) -> set[int]:
    """Every node of the body that stands under an ``if``."""
    branches = [s for node in ast.walk(method) if isinstance(node, ast.If) for s in (*node.body, *node.orelse)]
    return {id(inner) for statement in branches for inner in ast.walk(statement)}


def _nested_values(method: ast.FunctionDef) -> set[int]:
    """Dict displays that are values inside other displays or arguments of calls other than ``update``."""
    nested: set[int] = set()
    for node in ast.walk(method):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    nested |= {id(inner) for inner in ast.walk(value)}
        elif isinstance(node, ast.Call) and not dotted_name(node.func).endswith(("update", "dict", "list", "items")):
            for argument in node.args:
                nested |= {id(inner) for inner in ast.walk(argument) if isinstance(inner, ast.Dict)}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            nested |= {id(inner) for inner in ast.walk(node.value) if isinstance(inner, ast.Dict)}
    return nested


def _read_removal(node: ast.AST, written: Written, conditional: bool) -> None:
    key: ast.expr | None = None
    if isinstance(node, ast.Delete) and isinstance(node.targets[0], ast.Subscript):
        key = node.targets[0].slice
    elif isinstance(node, ast.Call) and dotted_name(node.func).endswith("config.pop") and node.args:
        key = node.args[0]
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        if conditional:
            written.sometimes.add(key.value)
        else:
            written.removed.add(key.value)


def _write(written: Written, key: ast.expr | None, conditional: bool) -> None:
    """Take note of a key; None is ``**other``, which adds keys only where it is none of the known configs."""
    if key is None:
        return
    if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
        written.partial = True
        return
    if conditional and key.value not in written.keys:
        written.sometimes.add(key.value)
    written.keys.setdefault(key.value)


def _is_super_call(node: ast.Call, method: str) -> bool:
    func = node.func
    if not (isinstance(func, ast.Attribute) and func.attr == method):
        return False
    owner = func.value
    if isinstance(owner, ast.Call):
        return dotted_name(owner.func) == "super"
    return bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id in ("self", "cls")


def read_taken(cls: SourceClass, start: int = 0) -> Taken:
    """What the `from_config` found from the `start`-th ancestor on does with the config."""
    for index in range(start, len(cls.ancestors)):
        method = cls.ancestors[index].methods.get("from_config")
        if method is not None:
            return _read_taker(cls, index, method)
    return Taken()


def _read_taker(cls: SourceClass, index: int, method: ast.FunctionDef) -> Taken:
    taken = Taken(passed=False)
    if len(method.args.args) < 2:
        return Taken()
    names = {method.args.args[1].arg, "config"}
    conditional = _conditional(method)
    tested = {
        str(node.left.value)
        for node in ast.walk(method)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and isinstance(node.ops[0], ast.In)
    }
    for node in ast.walk(method):
        if isinstance(node, ast.Call):
            if _is_super_call(node, "from_config"):
                base = read_taken(cls, index + 1)
                taken.popped |= base.popped
                taken.supplied |= base.supplied
                taken.passed |= base.passed
            elif any(k.arg is None and dotted_name(k.value) in names for k in node.keywords):
                taken.passed = True
                taken.supplied |= {k.arg for k in node.keywords if k.arg}
            _read_pop(node, names, taken)
        elif isinstance(node, ast.Subscript) and dotted_name(node.value) in names:
            if not isinstance(node.slice, ast.Constant):
                continue
            key = str(node.slice.value)
            if isinstance(node.ctx, ast.Del):
                taken.popped.add(key)
            elif isinstance(node.ctx, ast.Store):
                if id(node) not in conditional:
                    taken.supplied.add(key)
            elif id(node) not in conditional:
                taken.read.add(key)
        if isinstance(node, ast.If) and id(node) not in conditional:
            taken.read |= _read_anyway(node, names)
    taken.read -= tested
    return taken


def _read_anyway(node: ast.If, names: set[str]) -> set[str]:
    """Keys that every branch of an ``if`` with an ``else`` reads."""
    if not node.orelse:
        return set()
    last = node.orelse[0] if len(node.orelse) == 1 else None
    rest = _read_anyway(last, names) if isinstance(last, ast.If) else _keys(node.orelse, names)
    return _keys(node.body, names) & rest


def _keys(body: list[ast.stmt], names: set[str]) -> set[str]:
    """Constant keys of the config that a body reads."""
    return {
        str(inner.slice.value)
        for statement in body
        for inner in ast.walk(statement)
        if isinstance(inner, ast.Subscript)
        and isinstance(inner.ctx, ast.Load)
        and dotted_name(inner.value) in names
        and isinstance(inner.slice, ast.Constant)
    }


def _read_pop(node: ast.Call, names: set[str], taken: Taken) -> None:
    owner, _, called = dotted_name(node.func).rpartition(".")
    if owner in names and called in ("pop", "get") and node.args and isinstance(node.args[0], ast.Constant):
        key = str(node.args[0].value)
        if called == "pop":
            taken.popped.add(key)
            if len(node.args) == 1:
                taken.read.add(key)
