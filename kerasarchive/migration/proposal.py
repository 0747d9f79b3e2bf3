"""One line of a drafted migration: an operation that two releases suggest, why, and whether somebody has to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerasarchive.schema.class_schema import MISSING

ORDER = ("PinDefault", "RenameKey", "RemoveKey", "AddKey", "RenameAttribute", "TransformTensor", "RewriteObject",
         "ReplaceClass", "MoveModule", "RenameClass")  # fmt: skip
"""Operations name a class as the older release does, so that what renames it comes last."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`kind` is the operation's name, `subject` the key, part or class that it is about, `new` what that is called now.

    `value` is a default, MISSING where there is none. What is not `sure` is marked in the draft.
    """

    kind: str
    cls: str
    subject: str = ""
    new: str = ""
    value: Any = MISSING
    after: Any = MISSING
    because: str = ""
    sure: bool = True
    taken: bool = False
    """Whether the newer release takes the old form as well."""

    @property
    def about(self) -> tuple[str, str]:
        """The class and what of it: empty for the class as a whole."""
        whole = self.kind in ("RenameClass", "MoveModule", "ReplaceClass", "RewriteObject", "TransformTensor")
        return self.cls, "" if whole else self.subject
