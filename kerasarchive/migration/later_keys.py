"""On the way down: keys that a later release brought go where they hold their default, and are refused where they do not.

Nearly every release adds arguments, and its archives spell them all, so that a plain Dense of 3.15 fails in 3.14. What
a new argument's default means is what the releases before did (where it is not, a migration says so); so the two
schemas tell what may go, and no list of keys is kept by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kerasarchive.layout.parts import is_operation
from kerasarchive.migration.operations.operation import Log
from kerasarchive.model.objects import Object, transform
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.class_schema import MISSING, ClassSchema


def without_later_keys(root: Object, newer: ReleaseSchema, older: ReleaseSchema, log: Log) -> Object:
    """`root`, which `newer` wrote, with no key that `older` does not know; what matters of them is refused in the log."""
    log.release = str(older.release)

    def change(obj: Object) -> Object:
        known, knew = newer.get(obj.key), older.get(obj.key)
        if known is None or knew is None or not isinstance(obj.config, Mapping):
            return obj
        config = {key: value for key, value in obj.config.items() if not _goes(obj, key, value, known, knew, log)}
        return obj if len(config) == len(obj.config) else obj.with_config(config)

    return transform(root, change)


def _goes(obj: Object, key: str, value: Any, known: ClassSchema, knew: ClassSchema, log: Log) -> bool:
    """Whether `key` is dropped; refused, and kept, where it says what the older release cannot."""
    if key in knew.parameters or key not in known.parameters:
        return False
    if key == "name" and is_operation(obj):
        # It is named by itself, and calls refer to it by the name that the graph gives it.
        log.did(obj, "an operation bears no name of its own", "fails", argument=key)
        return True
    default = known.parameters[key].default
    if default is not MISSING and _same(value, default):
        log.did(obj, f"`{key}` ({json.dumps(value, default=str)[:60]}) is no argument yet", "fails", argument=key)
        return True
    shown = json.dumps(value, default=lambda item: getattr(item, "title", str(item)))[:80]
    log.refuse(obj, f"`{key}` is {shown}, which no release up to {log.release} can express", "name a later target")
    return False


def _same(value: Any, default: Any) -> bool:
    """JSON's equality, where 1 and 1.0 are one number and neither is true.

    False is as good as None: an argument that may be left open (``ragged``) is written as what came of it, and to do
    without is what a release does that does not know it.
    """
    if default is None:
        return value is None or value is False
    if isinstance(value, bool) or isinstance(default, bool):
        return value is default
    if isinstance(value, (list, tuple)) and isinstance(default, (list, tuple)):
        return len(value) == len(default) and all(_same(one, two) for one, two in zip(value, default, strict=True))
    return bool(value == default)
