"""The commands that look things up: explain, releases, schema and migration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kerasarchive.errors import KavError, SchemaError
from kerasarchive.model.change import Change
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.report import Output, Subject


def explain(path: str, *, code: str | None, error: str | None) -> Subject:
    """What a rule or migration is about, or which known errors a text contains."""
    if error is not None:
        return _explain_error(path, error)
    assert code is not None
    wanted = code.strip()
    for facts in rules():
        if wanted.upper() == facts["code"] or wanted.lower() == facts["name"]:
            return Subject(facts["code"], facts=facts)
    from kerasarchive import migration

    for known in migration.catalogue():
        if wanted in _names(known.name):
            return Subject(known.name, facts=_migration_facts(known))
    import difflib

    codes = [facts[key] for facts in rules() for key in ("code", "name")]
    close = difflib.get_close_matches(wanted, codes, n=1, cutoff=0.5)
    msg = f"there is no rule and no migration {wanted!r}"
    hint = f"did you mean {close[0]}?" if close else "`kav migration list` lists the migrations, docs/rules the rules"
    raise KavError(msg, hint=hint)


def _explain_error(path: str, text: str) -> Subject:
    from kerasarchive.compatibility.load_error import recognise

    found = recognise(text)
    if not found:
        msg = "kav does not know that error"
        raise KavError(msg, hint="`kav audit ARCHIVE --for keras==VERSION` says what would happen on loading, and why")
    listed = [{"matched": matched, "cause": error.cause, "fix": error.fix} for error, matched in found]
    return Subject(path, facts={"best": listed[0], "others": listed[1:]})


def rules() -> Iterator[dict[str, Any]]:
    """Every code that a Finding can have, with what it means."""
    from kerasarchive import auditing, compatibility, validation
    from kerasarchive._failure import FAILURES
    from kerasarchive.auditing.waiver import UNUSED
    from kerasarchive.formats.rules import RULES

    for rule in auditing.rules():
        yield _rule_facts(rule.code, rule.name, rule.severity, rule.explains, rule.remedy)
    for reader in RULES.values():
        yield _rule_facts(reader.code, reader.name, reader.severity, reader.explains, reader.remedy)
    yield _rule_facts(UNUSED.code, UNUSED.name, UNUSED.severity, UNUSED.explains, UNUSED.remedy)
    for accepted in validation.RULES:
        yield _rule_facts(accepted.code, accepted.name, accepted.severity, accepted.help)
    for foretold in compatibility.RULES:
        yield _rule_facts(foretold.code, foretold.name, foretold.severity, foretold.explains)
    for failure in FAILURES.values():
        yield _rule_facts(failure.code, failure.name, "high", failure.explains)


def _rule_facts(code: str, name: str, severity: str, explains: str, remedy: str = "") -> dict[str, Any]:
    summary, _, more = explains.partition("\n\n")
    facts = {"code": code, "name": name, "severity": severity, "about": _plain(summary)}
    paragraphs = [_plain(paragraph) for paragraph in more.split("\n\n") if paragraph.strip()]
    if paragraphs:
        facts["detail"] = " ".join(paragraphs)
    if remedy:
        facts["remedy"] = remedy
    return facts


def _plain(text: str) -> str:
    """A docstring's paragraph on one line, without the marks of reStructuredText."""
    return " ".join(text.split()).replace("``", "`")


def releases(path: str, *, library: str | None) -> Subject:
    """The known releases, each with how much its schema and the migrations say that it changed."""
    from kerasarchive import _catalog, migration, schema

    known = []
    for name in (library,) if library else _catalog.libraries():
        steps: dict[str, list[str]] = {}
        for each in migration.catalogue(name):
            steps.setdefault(each.made_in.label, []).append(_plain(each.summary) or each.name)
        for release in schema.releases(name):
            before = schema.parent(release)
            known.append({
                "release": str(release),
                "changes": len(schema.diff(before, release)) if before else None,
                "since": before.label if before else "",
                "migrations": "; ".join(steps.get(release.label, ())),
            })  # fmt: skip
    return Subject(path, facts={"releases": known})


def show_schema(path: str, *, name: str | None) -> Subject:
    """A class's JSON Schema, or the list of classes that a release has."""
    from kerasarchive import schema

    found = schema.load(schema.target(path))
    if name is None:
        classes = [{"class": each.name, "role": each.role, "arguments": len(each.parameters)} for each in found]
        return Subject(str(found.release), facts={"release": str(found.release), "classes": classes})
    cls = found.get(name) or found.by_class_name(name)
    if cls is None:
        nearest = found.nearest(name)
        msg = f"{found.release} has no class {name!r}"
        raise SchemaError(msg, hint=f"did you mean {nearest}?" if nearest else "")
    arguments = [
        {
            "argument": each.name, "required": each.required, "default": _default(each.default, each.required),
            "types": list(each.types), "names of": each.words, "by": each.by,
        }
        for each in cls.parameters.values()
    ]  # fmt: skip
    facts = {
        "class": cls.name, "path": cls.path, "role": cls.role, "accepts any keyword": cls.accepts_any,
        "arguments": arguments, "stored": list(cls.stored), "never stored": list(cls.lost),
        "weights": [{"weight": str(weight)} for weight in cls.weights], "definition": found.definition(cls),
    }  # fmt: skip
    return Subject(str(found.release), facts=facts)


def _default(value: Any, required: bool) -> str:
    from kerasarchive.schema import MISSING

    return "" if required or value is MISSING else json.dumps(value)


def build_schema(path: str, *, output_dir: str | None) -> Subject:
    """Build a release's schema from its source."""
    from kerasarchive import schema
    from kerasarchive.model.release import Release

    release = Release.parse(path)
    if release is None:
        msg = f"{path!r} names no release"
        raise SchemaError(msg, hint="write it as keras==3.15.1")
    built = schema.build(release)
    facts = {"release": str(release), "definitions": len(built.get("$defs", built))}
    if output_dir is None:
        return Subject(str(release), facts=facts)
    out = Path(output_dir, release.library, f"{release.label}.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(built, indent=1) + "\n", encoding="utf-8")
    return Subject(str(release), facts=facts, output=Output(str(out), "json-schema"))


def diff_schemas(path: str, *, old: str, name: str | None) -> Subject:
    """The differences of two releases as changes, those that nobody would notice first; their place is class and argument."""
    from kerasarchive import schema

    before, after = schema.target(old), schema.target(path)
    found = schema.gravest_first(schema.diff(before, after, _class_in(before, after, name)))
    changes = tuple(
        Change(one.kind, Location(f"{one.name}({one.parameter})" if one.parameter else one.name),
               _said(one.before), _said(one.after), f"{one.effect}: {one.what}")
        for one in found
    )  # fmt: skip
    facts: dict[str, Any] = {"from": str(before), "to": str(after)}
    facts["for archives of the former"] = {
        effect: sum(one.effect == effect for one in found) for effect in schema.EFFECTS if found
    }
    return Subject(str(after), "different" if changes else "clean", facts=facts, changes=changes)


def _class_in(before: Any, after: Any, name: str | None) -> str:
    """The canonical name of a class that one of the releases has, which a user may have shortened."""
    from kerasarchive import schema

    if name is None:
        return ""
    for release in (before, after):
        known = schema.load(release)
        found = known.get(name) or known.by_class_name(name)
        if found is not None:
            return found.name
    nearest = schema.load(after).nearest(name)
    msg = f"neither {before} nor {after} has a class {name!r}"
    raise SchemaError(msg, hint=f"did you mean {nearest}?" if nearest else "")


def _said(value: Any) -> Any:
    """A default that is none becomes text; JSON has no word for it."""
    from kerasarchive import schema

    return "" if value is schema.MISSING else list(value) if isinstance(value, tuple) else value


def list_migrations(path: str, *, folder: str | None) -> Subject:
    """Every migration."""
    known, problems = _all(folder)
    listed = [{"name": each.name, "release": str(each.made_in), "summary": _plain(each.summary)} for each in known]
    return Subject(path, "failed" if problems else "clean", findings=problems, facts={"migrations": listed})


def show_migration(path: str, *, folder: str | None) -> Subject:
    """One migration."""
    known, problems = _all(folder)
    for each in known:
        if path in _names(each.name):
            return Subject(each.name, facts=_migration_facts(each))
    import difflib

    close = difflib.get_close_matches(path, [each.name for each in known], n=1, cutoff=0.3)
    if problems:
        return Subject(path, "failed", findings=problems)
    msg = f"there is no migration {path!r}"
    raise KavError(msg, hint=f"did you mean {close[0]}?" if close else "`kav migration list` lists them")


def _names(name: str) -> tuple[str, ...]:
    """What a user may call ``keras/v3_0__norm``: that, ``v3_0__norm`` or ``norm``."""
    bare = name.rpartition("/")[2]
    return name, bare, bare.partition("__")[2]


def _all(folder: str | None) -> tuple[tuple[Any, ...], tuple[Finding, ...]]:
    """Every migration, those of packs last, and what is wrong with installed packs."""
    from kerasarchive import _catalog, _packs, migration
    from kerasarchive._failure import failure_finding

    brought = _packs.brought(folder)
    own = (each for library in _catalog.libraries() for each in migration.catalogue(library))
    return (*own, *brought.migrations), tuple(map(failure_finding, brought.problems))


def _migration_facts(migration: Any) -> Mapping[str, Any]:
    reversible = [operation.reverse() is not None for operation in migration.operations]
    return {
        "name": migration.name,
        "release": str(migration.made_in),
        "summary": _plain(migration.summary),
        "evidence": migration.evidence,
        "operations": [
            {"operation": type(operation).__name__, "reversible": back, "what": operation.summary}
            for operation, back in zip(migration.operations, reversible, strict=True)
        ],
        "compatible": list(migration.compatible),
    }
