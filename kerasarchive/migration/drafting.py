"""What a migration between two releases has to do, as far as their schemas tell: the beginning of one, not its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kerasarchive.migration import pairing
from kerasarchive.migration.proposal import Proposal
from kerasarchive.schema.class_schema import MISSING, ClassSchema
from kerasarchive.schema.release_schema import ReleaseSchema

Pairs = Mapping[str, tuple[ClassSchema, float]]


def from_schemas(old: ReleaseSchema, new: ReleaseSchema) -> tuple[Proposal, ...]:
    """A proposal for everything that an archive of `old` holds and `new` takes otherwise or not at all."""
    found: list[Proposal] = []
    successors = _successors(old, new)
    for before in old:
        after = new.get(before.name)
        if after is not None and after.name == before.name and after.raw is before.raw:
            continue
        if after is None or after.name != before.name:
            found += _of_class(before, after, successors, new)
        if after is None:
            after = successors[before.name][0] if before.name in successors else _base(before, new)
        else:
            found += _of_names(before, after, new)
        if after is not None:
            found += _of_keys(before, after)
            found += _of_parts(before, after)
            found += _of_weights(before, after)
    return tuple(found)


def _successors(old: ReleaseSchema, new: ReleaseSchema) -> Pairs:
    """The class that each one which is gone became: one that came is likelier than one that was there."""
    gone = [cls for cls in old if new.get(cls.name) is None]
    come = {cls.name: cls for cls in new if old.get(cls.name) is None}
    scored = {(cls.name, name): pairing.kinship(cls, each) for cls in gone for name, each in come.items()}
    found = {
        name: (come[other], score) for name, (other, score) in pairing.assign(scored, pairing.KIN).items()
    }
    for cls in gone:
        if cls.name in found:
            continue
        same = [each for each in new.candidates(cls.class_name, cls.role) if pairing.kinship(cls, each) >= pairing.KIN]
        if same:
            found[cls.name] = (same[0], pairing.kinship(cls, same[0]))
    return found


def _of_class(
    before: ClassSchema, after: ClassSchema | None, successors: Pairs, new: ReleaseSchema
) -> Iterator[Proposal]:
    if after is not None:
        because = f"{new.release} still takes the old name"
        yield Proposal(_renaming(before, after), before.name, before.name, after.name, because=because, taken=True)
    elif before.name in successors:
        cls, score = successors[before.name]
        because = f"takes the same in {round(100 * score)} of 100"
        sure = score >= 0.9 or (score >= pairing.SURE and cls.class_name == before.class_name)
        yield Proposal(_renaming(before, cls), before.name, before.name, cls.name, because=because, sure=sure)
    else:
        base = _base(before, new)
        if base is not None:
            because = "it is gone; this is what it was derived from"
            yield Proposal("ReplaceClass", before.name, before.name, base.name, because=because, sure=False)
        else:
            yield Proposal("RewriteObject", before.name, because="it is gone, and nothing takes the same", sure=False)


def _base(cls: ClassSchema, new: ReleaseSchema) -> ClassSchema | None:
    """What a class that is gone was derived from, where that is still there."""
    found = next((each for name in cls.bases if (each := new.get(name)) is not None), None)
    return found if found is not None and found.role == cls.role and found.parameters else None


def _of_names(before: ClassSchema, after: ClassSchema, new: ReleaseSchema) -> Iterator[Proposal]:
    """Other public names that a class had and has no longer."""
    for alias in before.raw.get("x-kav-exports", ()):
        if alias != before.name and new.get(alias) is None:
            kind = "MoveModule" if alias.rpartition(".")[2] == after.class_name else "RenameClass"
            yield Proposal(kind, alias, alias, after.name, because="another name of the same class")


def _renaming(before: ClassSchema, after: ClassSchema) -> str:
    return "MoveModule" if before.class_name == after.class_name else "RenameClass"


def _of_keys(before: ClassSchema, after: ClassSchema) -> Iterator[Proposal]:
    renamed = pairing.keys(before, after)
    came = {new for new, _ in renamed.values()}
    for key in dict.fromkeys((*before.parameters, *before.stored)):
        if key in renamed:
            new, score = renamed[key]
            taken = key in after.parameters
            because = "by default, type, place and name" + (", and the old name is still taken" if taken else "")
            yield Proposal(
                "RenameKey", before.name, key, new, because=because, sure=taken or score >= pairing.SURE, taken=taken
            )
        elif key in after.parameters:
            yield from _of_default(before, after, key)
        elif key in before.stored or not after.accepts_any:
            known = before.parameters.get(key)
            value = known.default if known is not None else MISSING
            yield Proposal("RemoveKey", before.name, key, value=value, sure=value is not MISSING, because="no longer taken")
    for key, parameter in after.parameters.items():
        if key not in before.parameters and key not in came and parameter.required:
            yield Proposal("AddKey", before.name, key, because="new, and it has no default", sure=False)


def _of_default(before: ClassSchema, after: ClassSchema, key: str) -> Iterator[Proposal]:
    was, now = before.parameters.get(key), after.parameters[key]
    always = key in before.stored and key not in before.sometimes
    if was is None or always or was.default == now.default:
        return
    known = was.default is not MISSING
    yield Proposal(
        "PinDefault", before.name, key, value=was.default, after=now.default, sure=known,
        because="archives do not store it" if known else "the old default is no JSON value",
    )  # fmt: skip


def _of_parts(before: ClassSchema, after: ClassSchema) -> Iterator[Proposal]:
    """Attributes under which weights lie, that hold the same as before under another name."""
    was, now = before.raw.get("x-kav-attributes", {}), after.raw.get("x-kav-attributes", {})
    keys = {*before.parameters, *after.parameters}
    gone = [name for name in was if name not in now and name.rstrip("/") not in keys and was[name]]
    come = [name for name in now if name not in was and name.rstrip("/") not in keys and now[name]]
    scored = {
        (a, b): pairing.alike(a, b) + (0.3 if was[a] == now[b] else 0.0)
        for a in gone
        for b in come
        if a.endswith("/") == b.endswith("/")
    }
    for a, (b, score) in pairing.assign(scored, 0.7).items():
        old, new = a.rstrip("/"), b.rstrip("/")
        yield Proposal("RenameAttribute", before.name, old, new, because="holds the same", sure=score >= 1.2)


def _of_weights(before: ClassSchema, after: ClassSchema) -> Iterator[Proposal]:
    was, now = ([str(weight) for weight in cls.weights] for cls in (before, after))
    if was != now and [each.name for each in before.weights] != [each.name for each in after.weights]:
        because = f"its weights were {'; '.join(was) or 'none'} and are {'; '.join(now) or 'none'}"
        yield Proposal("TransformTensor", before.name, because=because, sure=False)
