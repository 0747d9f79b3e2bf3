"""Tables of names as Keras's own readers make them: from a word in a config to the class or function that it stands for.

Keras 3 writes them out (``ALL_OBJECTS_DICT``). Before it a ``deserialize`` or ``get`` puts one together on each call,
out of dict displays, ``globals()`` and loops over modules. The few forms in which it does are evaluated here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from kerasarchive.schema.builder.exports import MAKERS
from kerasarchive.schema.builder.source import Binding, Module, Source, dotted_name

Names = dict[str, str]
"""Word -> private path of the class it stands for; the empty string where it is a function."""

WRITTEN_OUT = "ALL_OBJECTS_DICT"

RETURNED = "module_objects"
"""The keyword by which the table goes to ``deserialize_keras_object``."""


def snake_case(name: str) -> str:
    """What both generations of Keras make of a class name: ``GlorotUniform`` becomes ``glorot_uniform``."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


SPELLINGS: dict[str, Callable[[str], str]] = {"to_snake_case": snake_case, "lower": str.lower}


class Lookup:
    """What names mean as seen from one module, local imports of a function included."""

    def __init__(self, source: Source, module: Module) -> None:
        self.source = source
        self.module = module

    def learn(self, function: ast.AST) -> None:
        """Take note of a function's own imports."""
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and node.names[0].name != "*":
                target = self.module.imported_from(node)
                for alias in node.names:
                    self.module.bindings.setdefault(alias.asname or alias.name, Binding(target, alias.name))

    def path(self, node: ast.expr) -> str:
        """The private path of the class that an expression names; empty for a function."""
        resolved = self.source.resolve(self.module.name, dotted_name(node))
        if resolved is not None and isinstance(resolved[1], ast.ClassDef):
            return f"{resolved[0].name}.{resolved[1].name}"
        return ""

    def node(self, name: str) -> ast.AST | None:
        """What the module itself binds a name to."""
        binding = self.module.bindings.get(name)
        return binding.node if binding else None

    def module_of(self, node: ast.expr) -> Module | None:
        """The module that an expression names; ``sys.modules[__name__]`` is this one."""
        if isinstance(node, ast.Subscript):
            return self.module
        name = dotted_name(node)
        here = self.node(name)
        if isinstance(here, ast.Subscript):
            return self.module
        resolved = self.source.resolve(self.module.name, name)
        return resolved[0] if resolved and isinstance(resolved[1], ast.Module) else None

    def namespace(self, module: Module) -> Names:
        """Every class and function that a module binds, imports included; not those that make objects of configs."""
        names: Names = {}
        for word, binding in module.bindings.items():
            if word.startswith("_") or word in MAKERS:
                continue
            if dotted_name(binding.node).startswith("tf.nn."):
                names[word] = ""
                continue
            resolved = self.source.resolve(module.name, word)
            if resolved is None:
                continue
            if isinstance(resolved[1], ast.ClassDef):
                names[word] = f"{resolved[0].name}.{resolved[1].name}"
            elif isinstance(resolved[1], ast.FunctionDef) and ".utils." not in resolved[0].name:
                names[word] = ""
        return names


def evaluate(source: Source, module: Module, functions: Iterable[str]) -> Names:
    """The table of the first of these functions that the module defines; empty if it defines none."""
    lookup = Lookup(source, module)
    for function in functions:
        node = lookup.node(function)
        if isinstance(node, ast.FunctionDef):
            return _Evaluation(lookup).run(node)
    return {}


def written_out(source: Source, module: Module) -> Names:
    """``ALL_OBJECTS_DICT``: comprehensions over ``ALL_OBJECTS``, updates and single assignments, in order."""
    lookup = Lookup(source, module)
    names: Names = {}
    for statement in module.tree.body:
        value: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            target = statement.targets[0]
            if isinstance(target, ast.Subscript) and dotted_name(target.value) == WRITTEN_OUT:
                names[_text(target.slice)] = lookup.path(statement.value)
            elif dotted_name(target) == WRITTEN_OUT:
                value = statement.value
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            value = statement.value.args[0] if dotted_name(statement.value.func) == f"{WRITTEN_OUT}.update" else None
        if isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            names.update({_text(key): lookup.path(item) for key, item in pairs if _text(key)})
        elif isinstance(value, ast.DictComp):
            spell = _spelling(value.key)
            names.update({spell(word): path for word, path in _members(lookup, value.generators[0].iter).items()})
    return names


def _members(lookup: Lookup, node: ast.expr) -> Names:
    """The elements of ``ALL_OBJECTS`` by their ``__name__``."""
    bound = lookup.node(dotted_name(node))
    listed = bound if isinstance(bound, ast.expr) else node
    names: Names = {}
    for item in listed.elts if isinstance(listed, (ast.Set, ast.List, ast.Tuple)) else []:
        resolved = lookup.source.resolve(lookup.module.name, dotted_name(item))
        word = resolved[1].name if resolved and isinstance(resolved[1], (ast.ClassDef, ast.FunctionDef)) else ""
        names[word or dotted_name(item)] = lookup.path(item)
    return names


class _Evaluation:
    """One function's run. `tables` are its dicts by dotted name; the one handed on as a whole is the result."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.tables: dict[str, Names] = {}
        self.aliases: Names = {}
        self.renamed: Names = {}
        self.result: Names = {}

    def run(self, function: ast.FunctionDef) -> Names:
        self.lookup.learn(function)
        self._body(function.body)
        return {**self.result, **{word: path for word, path in self.aliases.items() if path}}

    def _body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.If):
            self._branches(statement)
        elif isinstance(statement, ast.For):
            self._loop(statement)
        elif isinstance(statement, (ast.With, ast.Try)):
            self._body(statement.body)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            self._assign(statement.targets[0], statement.value)
        for call in self._calls(statement):
            self._call(call)

    @staticmethod
    def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
        if not isinstance(statement, (ast.If, ast.For, ast.With, ast.Try)):
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))

    def _branches(self, statement: ast.If) -> None:
        """Both branches; what the first one says stands. ``class_name == "Model": cls = Model`` is an alias."""
        test = statement.test
        if isinstance(test, ast.Compare) and len(statement.body) == 1 and isinstance(statement.body[0], ast.Assign):
            value = statement.body[0].value
            for word in _texts(test.comparators[0]):
                self.aliases.setdefault(word, self.lookup.path(value))
            table = self.lookup.node(dotted_name(test.comparators[0]))
            if isinstance(table, ast.Dict):
                renamed = zip(table.keys, table.values, strict=True)
                self.renamed = {_text(key): _text(new) for key, new in renamed}
        self._body(statement.body)
        kept = {name: dict(table) for name, table in self.tables.items()}
        result = dict(self.result)
        self._body(statement.orelse)
        for name, first in kept.items():
            self.tables[name] = {**self.tables.get(name, {}), **first}
        self.result = {**self.result, **result}

    def _loop(self, loop: ast.For) -> None:
        """``for key, value in table.items(): other[to_snake_case(key)] = value``."""
        called = loop.iter.func if isinstance(loop.iter, ast.Call) else None
        if not (isinstance(called, ast.Attribute) and called.attr == "items" and isinstance(loop.target, ast.Tuple)):
            return
        pairs = self._table(called.value)
        for node in ast.walk(loop):
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Subscript):
                table = self.tables.setdefault(dotted_name(target.value), {})
                spell = _spelling(target.slice)
                for word, path in pairs.items():
                    table.setdefault(spell(word), path)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Subscript):
            word = _text(target.slice)
            if word and dotted_name(target.value) != "config":
                self.tables.setdefault(dotted_name(target.value), {})[word] = self._value(value)
        elif name := dotted_name(target):
            found = self._table(value)
            if found or isinstance(value, ast.Dict):
                self.tables[name] = found
            elif isinstance(value, ast.Subscript) and dotted_name(value.value) == "sys.modules":
                self.lookup.module.bindings.setdefault(name, Binding(node=value))

    def _value(self, node: ast.expr) -> str:
        if isinstance(node, ast.Subscript):
            return self.tables.get(dotted_name(node.value), {}).get(_text(node.slice), "")
        return self.lookup.path(node)

    def _table(self, node: ast.expr) -> Names:
        """The table that an expression stands for."""
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return {_text(key): self._value(value) for key, value in pairs if _text(key)}
        if isinstance(node, ast.DictComp):
            return self._comprehension(node)
        if isinstance(node, ast.Call):
            called = dotted_name(node.func)
            if called == "globals":
                return self.lookup.namespace(self.lookup.module)
            if called.endswith(".get_globals"):
                module = self.lookup.module_of(ast.parse(called.rpartition(".")[0], mode="eval").body)
                return self.lookup.namespace(module) if module else {}
            return {}
        return dict(self.tables.get(dotted_name(node), {}))

    def _comprehension(self, node: ast.DictComp) -> Names:
        """``{name: getattr(module, name) for name in dir(module)}``."""
        over = node.generators[0].iter
        if isinstance(over, ast.Call) and dotted_name(over.func) == "dir" and over.args:
            module = self.lookup.module_of(over.args[0])
            return self.lookup.namespace(module) if module else {}
        return {}

    def _call(self, node: ast.Call) -> None:
        called = dotted_name(node.func)
        helper = self.lookup.node(called)
        if called == "populate_deserializable_objects" and isinstance(helper, ast.FunctionDef):
            self.lookup.learn(helper)
            self._body(helper.body)
        elif called.endswith("populate_dict_with_module_objects") and len(node.args) > 1:
            self._populate(dotted_name(node.args[0]), node.args[1])
        elif called.endswith(".update") and node.args and called.rpartition(".")[0] in self.tables:
            self.tables[called.rpartition(".")[0]].update(self._table(node.args[0]))
        elif called == "get_from_module" and len(node.args) > 1:
            self._hand_on(node.args[1])
        for keyword in node.keywords:
            if keyword.arg == RETURNED:
                self._hand_on(keyword.value)

    def _hand_on(self, table: ast.expr) -> None:
        found = self._table(table)
        known = {**found, **self.result}
        self.result = {**known, **{word: known.get(new, "") for word, new in self.renamed.items()}}

    def _populate(self, target: str, modules: ast.expr) -> None:
        bound = self.lookup.node(dotted_name(modules))
        listed = bound if isinstance(bound, (ast.Tuple, ast.List)) else modules
        table = self.tables.setdefault(target, {})
        for item in listed.elts if isinstance(listed, (ast.Tuple, ast.List)) else ():
            module = self.lookup.module_of(item)
            if module is not None:
                table.update(self.lookup.namespace(module))


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _texts(node: ast.expr) -> list[str]:
    items = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
    return [text for item in items if (text := _text(item))]


def _spelling(node: ast.expr) -> Callable[[str], str]:
    """How a key is respelt: ``to_snake_case(key)``, ``key.lower()`` or not at all."""
    called = node.func if isinstance(node, ast.Call) else None
    how = called.attr if isinstance(called, ast.Attribute) else dotted_name(called)
    return SPELLINGS.get(how, str)
