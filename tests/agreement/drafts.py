"""How much of the finished migrations their drafts would have named: `make drafts`, and the floor that a test holds.

Every release with migrations is drafted from the schemas of its parent and itself, without archives. An operation counts as
named if the draft has an operation about the same key, part or whole of its class (of half of them where it has several, of
any where it is about a module). Functions (`RewriteObject` and its kin) are counted apart: there the draft can name the class
and no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kerasarchive.migration import catalogue
from kerasarchive.migration.drafting import from_schemas
from kerasarchive.model.release import Release
from kerasarchive.schema import load, parent, releases

KEYED = ("RenameKey", "RemoveKey", "AddKey", "PinDefault", "RenameAttribute")
WHOLE = ("RenameClass", "MoveModule", "ReplaceClass")


@dataclass(frozen=True)
class Counted:
    release: Release
    kind: str
    named: bool


def counted(library: str) -> Iterator[Counted]:
    """Every operation of a library's migrations, and whether the draft names it."""
    by_release = defaultdict(list)
    for migration in catalogue(library):
        by_release[migration.made_in].append(migration)
    for release in releases(library):
        before = parent(release)
        if before is None or release not in by_release:
            continue
        old = load(before)
        about, touched = defaultdict(set), set()
        for proposal in from_schemas(old, load(release)):
            about[proposal.about[1]].add(proposal.cls)
            touched.add(proposal.cls)
        for migration in by_release[release]:
            for operation in migration.operations:
                kind = type(operation).__name__
                if kind in KEYED + WHOLE:
                    subject = "" if kind in WHOLE else getattr(operation, "key", None) or operation.old
                    found = [_named(cls, about[subject], old) for cls in operation.classes]
                    yield Counted(release, kind, 2 * sum(found) >= len(found))
                else:
                    yield Counted(release, "a function", any(_named(cls, touched, old) for cls in operation.classes))


def _named(cls, names, old):
    if cls.endswith(".*"):
        return any(name.startswith(cls[:-1]) for name in names)
    known = old.get(cls)
    return cls in names or (known is not None and known.name in names)


def share(found) -> tuple[int, int]:
    """(named, all) of the operations that a draft can name."""
    found = [each for each in found if each.kind != "a function"]
    return sum(each.named for each in found), len(found)


def main() -> None:
    for library in ("keras", "bayesflow"):
        found = list(counted(library))
        groups = {library: found}
        if library == "keras":
            groups["keras after 2.0"] = [each for each in found if each.release > Release("keras", "2.0.0")]
        for title, each in groups.items():
            named, of = share(each)
            functions = [one.named for one in each if one.kind == "a function"]
            print(f"{title}: {named} of {of} operations named ({100 * named / of:.0f} %), "
                  f"the classes of {sum(functions)} of {len(functions)} functions")  # fmt: skip
        for kind in dict.fromkeys(each.kind for each in found):
            kin = [each.named for each in found if each.kind == kind]
            print(f"    {kind:<16}{sum(kin):>4} of {len(kin)}")


if __name__ == "__main__":
    main()
