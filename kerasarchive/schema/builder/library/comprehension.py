"""Comprehensions and loops: what comes out of going through something, known or not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerasarchive.schema.builder.library.assignment import assign
from kerasarchive.schema.builder.library.operators import truth
from kerasarchive.schema.builder.library.run import Run, Scope
from kerasarchive.schema.builder.library.values import (
    TEXT,
    UNKNOWN,
    Instance,
    Items,
    Record,
    Refused,
    Several,
    Value,
    is_text,
    join,
)

MOST_ROUNDS = 16
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


@dataclass(frozen=True, slots=True)
class Rounds:
    """What a loop goes through: all of `items`, or unknown ones that are like the only item where `known` is false."""

    items: tuple[Value, ...]
    known: bool


def rounds(value: Value, run: Run) -> Rounds:
    """What iterating over a value gives; `Refused` for what cannot be iterated over."""
    if value is None or isinstance(value, (bool, int, float, Instance)):
        if isinstance(value, Instance) and run.world.is_opaque(value.cls):
            return Rounds((UNKNOWN,), known=False)
        raise Refused
    if isinstance(value, Items):
        entries = tuple((key, item) for key, item in value.record.entries.items())
        whole = not (value.record.rest or value.record.computed or value.record.maybe)
        return Rounds(entries, known=True) if whole else Rounds(((TEXT, UNKNOWN),), known=False)
    if isinstance(value, Record):
        whole = not (value.rest or value.computed or value.maybe)
        return Rounds(tuple(value.entries), known=True) if whole else Rounds((TEXT,), known=False)
    if isinstance(value, (list, tuple, str)):
        if len(value) <= MOST_ROUNDS:
            return Rounds(tuple(value), known=True)
        return Rounds((join(value),), known=False)
    if isinstance(value, Several):
        return Rounds((value.item,), known=False)
    run.touch(value)
    return Rounds((TEXT if is_text(value) else UNKNOWN,), known=False)


def comprehend(node: Comprehension, scope: Scope, run: Run) -> Value:
    """The list or dict that a comprehension makes."""
    inner = Scope(scope.module, scope, scope.owner, scope.index, scope.on)
    first = node.generators[0]
    source = run.follow.evaluate(first.iter, scope, run)
    if isinstance(node, ast.DictComp):
        found = _filtered(node, source, inner, run)
        if found is not None:
            return found
    made: list[Value] = []
    known = True
    for sure in _rounds(node.generators, source, inner, run):
        known = known and sure
        if isinstance(node, ast.DictComp):
            made.append((run.follow.evaluate(node.key, inner, run), run.follow.evaluate(node.value, inner, run)))
        else:
            made.append(run.follow.evaluate(node.elt, inner, run))
    if not isinstance(node, ast.DictComp):
        return made if known else Several(join(made))
    if known and all(isinstance(key, str) for key, _ in made):
        return Record(dict(made))
    return Several(join([value for _, value in made])) if made else Record(computed=True)


def _rounds(
    generators: list[ast.comprehension], source: Value, scope: Scope, run: Run
) -> Iterator[bool]:
    """Bind the loops' names round by round; yields whether it is sure that there is just this round."""
    going = rounds(source, run)
    for item in going.items:
        assign(generators[0].target, item, scope, run)
        tests = [truth(run.follow.evaluate(test, scope, run), run) for test in generators[0].ifs]
        if False in tests:
            continue
        sure = going.known and None not in tests
        if len(generators) == 1:
            yield sure
        else:
            following = run.follow.evaluate(generators[1].iter, scope, run)
            for inner in _rounds(generators[1:], following, scope, run):
                yield sure and inner


def _filtered(node: ast.DictComp, source: Value, scope: Scope, run: Run) -> Record | None:
    """``{k: f(v) for k, v in record.items() if k in names}`` keeps the record's keys, or those among `names`."""
    generator = node.generators[0]
    target = generator.target
    if not isinstance(source, Items) or not (isinstance(target, ast.Tuple) and len(target.elts) == 2):
        return None
    key_name = target.elts[0].id if isinstance(target.elts[0], ast.Name) else ""
    if len(node.generators) > 1 or not (isinstance(node.key, ast.Name) and node.key.id == key_name):
        return None
    record = source.record
    kept: dict[str, Value] = {}
    maybe: set[str] = set()
    for key, value in record.entries.items():
        assign(target, (key, value), scope, run)
        tests = [truth(run.follow.evaluate(test, scope, run), run) for test in generator.ifs]
        if False not in tests:
            kept[key] = run.follow.evaluate(node.value, scope, run)
            if key in record.maybe or None in tests:
                maybe.add(key)
    filtered = Record(record.entries, record.maybe, record.rest, record.computed)
    for test in generator.ifs:
        names = _names(test, key_name, scope, run)
        if names is None:
            continue
        wanted, names_in = names
        filtered = filtered.within(names_in) if wanted else filtered.without(names_in)
    return Record(kept, frozenset(maybe), filtered.rest, filtered.computed)


def _names(test: ast.expr, key: str, scope: Scope, run: Run) -> tuple[bool, list[str]] | None:
    """The list in ``key in names`` (true) or ``key not in names`` (false)."""
    if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == key):
        return None
    if len(test.ops) != 1 or not isinstance(test.ops[0], (ast.In, ast.NotIn)):
        return None
    names = run.follow.evaluate(test.comparators[0], scope, run)
    if isinstance(names, Record) and not (names.rest or names.computed):
        names = list(names.entries)
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        return None
    return isinstance(test.ops[0], ast.In), list(names)


