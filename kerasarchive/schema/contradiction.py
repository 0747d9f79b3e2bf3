"""What in an archive a release of a library cannot have written."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kerasarchive.schema.class_schema import ClassSchema
from kerasarchive.schema.evidence import Evidence, Shown
from kerasarchive.schema.parts import misplaced
from kerasarchive.schema.release_schema import ReleaseSchema

UNNAMED = frozenset({"args", "kwargs"})
"""How the shapes of a `build` behind a decorator are called that hides its signature."""


class Absent(str):
    """A reason that outweighs the others: the release has no class of that name, or not where the archive says."""

    __slots__ = ()


def contradictions(evidence: Evidence, schema: ReleaseSchema, keras: ReleaseSchema | None) -> Iterator[str]:
    """Reasons why the library's release cannot have written this. `keras` is the one beside it, if it is known."""
    if schema.open:
        return
    for shown in evidence.objects:
        yield from _of_object(shown, schema, keras)
    for name in sorted(evidence.types):
        if name.partition(">")[0].partition(".")[0] == schema.package and schema.get(name) is None:
            yield Absent(f"there is no {name}")
    if evidence.groups is not None:
        yield from misplaced(dict(evidence.groups), evidence.root, schema, custom=evidence.custom)


def _of_object(shown: Shown, schema: ReleaseSchema, keras: ReleaseSchema | None) -> Iterator[str]:
    name = shown.registered if ">" in shown.registered else f"{shown.module}.{shown.class_name}"
    if shown.class_name == "function":
        return
    cls = schema.get(name)
    if cls is None:
        yield Absent(f"there is no {name}")
        return
    if ">" in shown.registered and cls.name != shown.registered:
        yield f"{shown.registered} is written as {cls.name}"
    if shown.module and cls.path.rpartition(".")[0] != shown.module:
        yield f"{name} lies in {cls.path.rpartition('.')[0]}, not in {shown.module}"
    inherited = _inherited(schema, cls, keras)
    always = set(cls.stored) - set(cls.sometimes) - inherited
    for key in sorted(always - shown.keys):
        yield f"{name} always has {key!r}"
    if not cls.raw.get("x-kav-writes-more"):
        for key in sorted(shown.keys - set(cls.stored) - inherited):
            yield f"{name} never has {key!r}"
    yield from _of_build(shown, cls, name)


def _of_build(shown: Shown, cls: ClassSchema, name: str) -> Iterator[str]:
    parameters = cls.raw.get("x-kav-shapes")
    if parameters is None:
        return
    needed = set(parameters.get("required", ()))
    if shown.built is not None and not shown.built <= UNNAMED:
        for key in sorted(shown.built - set(parameters["properties"])):
            yield f"{name} is not built with {key!r}"
        for key in sorted(needed - shown.built):
            yield f"{name} is built with {key!r}"
    if shown.inputs and len(needed) > 1:
        yield f"{name} is built with {' and '.join(map(repr, sorted(needed)))}"


@lru_cache(maxsize=4096)
def _inherited(schema: ReleaseSchema, cls: ClassSchema, keras: ReleaseSchema | None) -> frozenset[str]:
    """Keys that Keras's part of `get_config` may write: which ones is not for the library to say."""
    keys: set[str] = set()
    pending, seen = list(cls.bases), set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        base = schema.get(name)
        if base is not None:
            pending += base.bases
            continue
        for known in (keras, schema.on):
            found = known.get(name) if known is not None else None
            if found is not None:
                keys |= set(found.stored) | set(found.parameters)
    return frozenset(keys - set(cls.parameters) if keys else keys)
