"""`kav migration draft`: a migration's beginning, from the schemas of two releases and, if given, two archives."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kerasarchive.errors import KavError, UnknownRelease
from kerasarchive.model.release import Release
from kerasarchive.model.report import Output, Subject

if TYPE_CHECKING:
    from kerasarchive.migration.proposal import Proposal


def draft(path: str, *, from_: str, to: str, archives: tuple[str, ...], output: str | None) -> Subject:
    """The subject of `kav migration draft`: the file as the fact `draft`, or written to `output`."""
    from kerasarchive import _catalog, _packs
    from kerasarchive.migration.draft import draft as written
    from kerasarchive.migration.draft import name

    if len(archives) not in (0, 2):
        msg = "a draft takes two archives of one model, the older release's first, or none"
        raise KavError(msg)
    old, new = _release(from_), _release(to)
    if old.library != new.library:
        msg = f"{old} and {new} are releases of two libraries"
        raise KavError(msg)
    if not old < new:
        msg = f"{new} does not come after {old}"
        raise KavError(msg, hint="--from is the older release")
    with _catalog.using(_packs.brought(None, (new.library,)).shelves):
        proposals = list(_from_schemas(old, new, needed=not archives))
    moves: tuple[str, ...] = ()
    if archives:
        from kerasarchive import formats
        from kerasarchive.migration.observing import from_archives

        with ExitStack() as opened:
            seen, moves = from_archives(*(opened.enter_context(formats.open(each)) for each in archives))
        known = {each.about for each in proposals}
        proposals = [*proposals, *(each for each in seen if each.about not in known)]
    text = written(old, new, proposals, moves)
    unsure = sum(not each.sure for each in proposals)
    facts = {"from": str(old), "to": str(new), "file": name(new), "operations": len(proposals), "to look at": unsure}
    if output is None:
        return Subject(path, facts={**facts, "draft": text})
    if Path(output).exists():
        msg = "the file exists already"
        raise KavError(msg, location=output)
    Path(output).write_text(text, encoding="utf-8")
    return Subject(path, facts=facts, output=Output(output, "migration"))


def _release(text: str) -> Release:
    from kerasarchive import _catalog, schema

    found = Release.parse(text) if "==" in text else None
    if found is not None and found.library not in _catalog.built_in():
        return found
    return schema.target(text)


def _from_schemas(old: Release, new: Release, *, needed: bool) -> tuple[Proposal, ...]:
    """What the schemas say; nothing of a library that has none, if there are archives instead."""
    from kerasarchive import schema
    from kerasarchive.migration.drafting import from_schemas

    try:
        return from_schemas(schema.load(old), schema.load(new))
    except UnknownRelease:
        if needed:
            raise
        return ()
