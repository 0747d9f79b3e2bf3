"""One change of one release, as data: what a file in ``migrations/<library>/`` defines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.migration.operations.operation import Log, Operation, Refuse
from kerasarchive.model.objects import Object, descend, transform
from kerasarchive.model.release import Release


@dataclass(frozen=True, slots=True)
class Migration:
    """What `library` changed in `release`, for the archives of the releases before it.

    `evidence` names the commit, pull request or source that made the change. `name` and `summary` are the file's name
    and the first line of its docstring; the catalogue fills them in. `before` limits it to archives written before that
    release where that differs from `release` (a change that a branch had earlier).
    """

    library: str
    release: str
    evidence: str
    operations: tuple[Operation, ...]
    name: str = ""
    summary: str = ""
    compatible: tuple[str, ...] = ()
    """Schema differences that this migration declares harmless: ``keras.layers.Dense.quantization_config``."""
    tells: bool = False
    """Whether what it looks for is never found in archives of `release` and later, so that it does no harm to try it on
    one of which only the range of releases is known: a key that went, a class under its old name."""
    repairs: tuple[str, str] | None = None
    """The first and the last release whose archives need it, wherever they go: these releases write what they cannot
    read, or forget to write what the weights still tell. Then `release` is the one that mended it, or began it."""

    @property
    def made_in(self) -> Release:
        """The release as a value."""
        return Release(self.library, self.release)


@dataclass(frozen=True, slots=True)
class Step:
    """A migration in one direction."""

    migration: Migration
    down: bool = False
    unsure: bool = False
    """Whether the release that wrote the archive may be one that had made the change already."""

    @property
    def operations(self) -> tuple[Operation | _Irreversible, ...]:
        """The operations in the order in which they apply."""
        if not self.down:
            return self.migration.operations
        return tuple(
            operation.reverse() or _Irreversible(operation) for operation in reversed(self.migration.operations)
        )

    def apply(self, root: Object, log: Log) -> Object:
        """`root` after the step; the very same object if nothing matched."""
        log.release = str(self.migration.made_in)
        for operation in self.operations:
            if not operation.classes:
                root = _guarded(operation, root, log)
            elif any(concerns(operation, obj) for obj in descend(root)):
                root = _everywhere(operation, root, log)
        return root


def concerns(operation: Operation | _Irreversible, obj: Object) -> bool:
    """Whether `obj` is of a class that the operation names, or of a module that it names as ``keras.layers.*``."""
    return (
        obj.key in operation.classes
        or (obj.registered_name or "").count(">") == 0
        and f"{obj.module}.*" in operation.classes
    )


@dataclass(frozen=True, slots=True)
class _Irreversible:
    """Stands for an operation that nothing undoes, on the way down: what it concerns is refused."""

    operation: Operation

    @property
    def classes(self) -> frozenset[str]:
        return self.operation.classes

    @property
    def summary(self) -> str:
        return f"cannot be undone: {self.operation.summary}"

    def apply(self, obj: Object, log: Log) -> Object:
        reason = f"{log.release} made a change that nothing undoes ({self.operation.summary})"
        raise Refuse(reason, "name a target from that release on")

    def reverse(self) -> Operation:
        return self.operation


def _everywhere(operation: Operation | _Irreversible, root: Object, log: Log) -> Object:
    def change(obj: Object) -> Any:
        return _guarded(operation, obj, log) if concerns(operation, obj) else obj

    changed = transform(root, change)
    assert isinstance(changed, Object)
    return changed


def _guarded(operation: Operation | _Irreversible, obj: Object, log: Log) -> Object:
    try:
        return operation.apply(obj, log)
    except Refuse as refusal:
        log.refuse(obj, refusal.reason, refusal.advice)
        return obj


def named(migration: Migration, stem: str, docstring: str | None) -> Migration:
    """`migration` as the catalogue lists it: under its file's name, with the first line of its docstring."""
    lines = (docstring or "").strip().splitlines()
    return replace(migration, name=f"{migration.library}/{stem}", summary=lines[0] if lines else "")
