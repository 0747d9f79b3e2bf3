"""The text of a drafted migration file: operations where the evidence allows, and a TODO wherever somebody has to look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerasarchive.migration.proposal import ORDER, Proposal
from kerasarchive.model.release import Release
from kerasarchive.schema.class_schema import MISSING

WIDTH = 112
WRITTEN = ("RewriteObject", "TransformTensor")
"""Operations that take a function, which nobody can draft."""


def draft(old: Release, new: Release, proposals: Iterable[Proposal], moves: Iterable[str] = ()) -> str:
    """A Python file in the form of ``migrations/``; it can be loaded as it stands."""
    groups = _grouped(proposals)
    used = sorted({"Migration", *(each.kind for each, _ in groups if each.kind not in WRITTEN)}, key=str.lower)
    if any(each.kind == "RemoveKey" and each.value is MISSING for each, _ in groups):
        used = ["ANY", *used]
    lines = [
        f'"""TODO: what {new} changed, in a sentence. Drafted from {old} and {new}; nobody has looked at it yet."""', "",
        *_imports(used), "",
        "migration = Migration(",
        f'    library="{new.library}",',
        f'    release="{new.label}",',
        '    evidence="TODO: the commit, pull request or source that made the change",',
        "    operations=(",
        *(line for proposal, classes in groups for line in _operation(proposal, classes)),
        "    ),",
        ")",
    ]  # fmt: skip
    told = list(moves)
    if told:
        lines += ["", "# Weights that lie elsewhere in the second archive; a class or part above should account for each:"]
        lines += [f"#   {move}" for move in told]
    return "\n".join(lines) + "\n"


def name(new: Release) -> str:
    """What the file is to be called, up to its subject."""
    major, minor, *rest = new.version.split(".")
    patch = f"_{rest[0]}" if rest and rest[0] != "0" else ""
    return f"v{major}_{minor}{patch}__TODO.py"


def _imports(names: list[str]) -> Iterator[str]:
    line = f"from kerasarchive.migration import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield "from kerasarchive.migration import ("
    yield from (f"    {each}," for each in names)
    yield ")"


def _grouped(proposals: Iterable[Proposal]) -> list[tuple[Proposal, list[str]]]:
    """The same operation on several classes is one."""
    groups: dict[tuple[object, ...], tuple[Proposal, list[str]]] = {}
    for each in sorted(proposals, key=lambda one: ORDER.index(one.kind)):
        single = each.about[1] == ""
        key = (each.kind, each.subject, each.new, repr(each.value), repr(each.after), each.sure, each.cls if single else "")
        groups.setdefault(key, (each, []))[1].append(each.cls)
    return list(groups.values())


def _operation(each: Proposal, classes: list[str]) -> Iterator[str]:
    if each.kind in WRITTEN:
        yield f"        # TODO {each.kind}: {each.cls}: {each.because}"
        return
    note = ("" if each.sure else "TODO: ") + each.because
    yield f"        # {note}" if each.because else ""
    cls = repr(classes[0]) if len(classes) == 1 else f"({', '.join(map(repr, classes))})"
    arguments = {
        "RenameKey": (cls, repr(each.subject), repr(each.new)),
        "RemoveKey": (cls, repr(each.subject), "ANY" if each.value is MISSING else repr(each.value)),
        "AddKey": (cls, repr(each.subject), "None"),
        "RenameAttribute": (cls, repr(each.subject), repr(each.new)),
        "PinDefault": (
            cls,
            repr(each.subject),
            "None" if each.value is MISSING else repr(each.value),
            *(() if each.after is MISSING else (repr(each.after),)),
        ),
    }.get(each.kind, (repr(each.subject), repr(each.new)))
    line = f"        {each.kind}({', '.join(arguments)}),".replace("'", '"')
    if len(line) <= WIDTH:
        yield line
        return
    yield f"        {each.kind}("
    if len(classes) > 1:
        yield "            ("
        yield from (f'                "{name}",' for name in classes)
        yield "            ),"
        arguments = arguments[1:]
    yield from (f"            {argument},".replace("'", '"') for argument in arguments)
    yield "        ),"
