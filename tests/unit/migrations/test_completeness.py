"""Every difference between two consecutive releases is some migration's, or is listed as compatible with the reason.

A difference that is harmless by its nature is not asked for: what `schema.difference` calls so, and on the way down what
`migration.later_keys` drops at its default or refuses, and classes, words and types that the older release lacks: what has
them is refused.
`migrations/keras/compatible.json` has the others: ``release`` (the newer), ``change`` (a glob) and ``because``.
"""

import fnmatch
import json
from functools import cache

import pytest

from kerasarchive import _catalog
from kerasarchive.migration import AddKey, PinDefault, RemoveKey, RenameKey, catalogue
from kerasarchive.schema import load
from kerasarchive.schema.class_schema import MISSING
from kerasarchive.schema.difference import diff

INDEX = json.loads((_catalog.schemas("keras") / "index.json").read_text(encoding="utf-8"))["releases"]
COMPATIBLE = json.loads((_catalog.migrations("keras") / "compatible.json").read_text(encoding="utf-8"))
SINCE = ("2.13", "2.14", "2.15", "3.")
PAIRS = [(entry["parent"], release) for release, entry in INDEX.items() if release.startswith(SINCE)]


def spelled(change):
    return f"{change.kind} {change.name}({change.parameter}) {change.what}"


def downwards(older, newer):
    """What matters on the way back and no rule covers."""
    known = load(f"keras=={newer}")
    for change in diff(f"keras=={newer}", f"keras=={older}"):
        refused = (change.kind == "-" and change.what in ("class", "words")) or change.what == "types"
        has_default = change.kind == "-" and change.what == "parameter"
        dropped = has_default and known.get(change.name).parameters[change.parameter].default is not MISSING
        if change.effect != "harmless" and not refused and not dropped:
            yield change


def matters(older, newer):
    up = [spelled(change) for change in diff(f"keras=={older}", f"keras=={newer}") if change.effect != "harmless"]
    return up, [spelled(change) for change in downwards(older, newer)]


@cache
def claims(release):
    """(class or ``module.*``, key or ``*``) of everything that the migrations of a release change."""
    found = set()
    for migration in catalogue("keras"):
        if migration.made_in.version != release:
            continue
        for operation in migration.operations:
            keys = ["*"]
            if isinstance(operation, (AddKey, RemoveKey, PinDefault)):
                keys = [operation.key]
            elif isinstance(operation, RenameKey):
                keys = [operation.old, operation.new]
            found |= {(name, key) for name in operation.classes for key in keys}
            found |= {(new, "*") for new in [getattr(operation, "new", None)] if isinstance(new, str) and "." in new}
    return found


def claimed(said, release):
    name, _, rest = said[2:].partition("(")
    parameter = rest.partition(")")[0]
    module = f"{name.rpartition('.')[0]}.*"
    return any((each, key) in claims(release) for each in (name, module) for key in (parameter, "*"))


def listed(said, release):
    return [entry for entry in COMPATIBLE if entry["release"] == release and fnmatch.fnmatchcase(said, entry["change"])]


@pytest.mark.parametrize(("older", "newer"), PAIRS, ids=[f"{older}-{newer}" for older, newer in PAIRS])
def test_every_difference_is_claimed_or_listed(older, newer):
    up, down = matters(older, newer)
    assert [said for said in up if not claimed(said, newer) and not listed(said, newer)] == []
    assert [f"down: {said}" for said in down if not claimed(said, newer) and not listed(f"down: {said}", newer)] == []


def test_nothing_is_listed_that_does_not_differ_or_gives_no_reason():
    for entry in COMPATIBLE:
        older = INDEX[entry["release"]]["parent"]
        up, down = matters(older, entry["release"])
        assert any(listed(said, entry["release"]) == [entry] or entry in listed(said, entry["release"])
                   for said in (*up, *(f"down: {each}" for each in down))), entry  # fmt: skip
        assert entry["because"].endswith("."), entry
