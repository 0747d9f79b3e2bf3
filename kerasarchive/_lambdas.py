"""``--map-lambda LAYER=package>function``: the user says which registered function stands for a layer's bytecode."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import objects

if TYPE_CHECKING:
    from kerasarchive.migration import Plan

_LEGACY = ("function_type", "module")
"""What tf.keras writes beside the function of a Lambda layer, to find it again."""


def mapped(archive: Archive, functions: Mapping[str, str]) -> Archive:
    """`archive` with the functions of the named Lambda layers replaced; the input is not touched.

    Raises KavError if a name is none of a Lambda layer.
    """
    if not functions:
        return archive
    config = copy.deepcopy(archive.config)
    found = set()
    lambdas = []
    for node in objects(config, archive.config_at):
        if node.class_name != "Lambda" or not isinstance(node.config, dict):
            continue
        name = str(node.name)
        lambdas.append(name)
        if name in functions:
            found.add(name)
            for key in _LEGACY:
                node.config.pop(key, None)
            node.config["function"] = _registered(functions[name])
    for name in functions:
        if name not in found:
            msg = f"there is no Lambda layer {name!r}"
            hint = f"there are {', '.join(lambdas[:10])}" if lambdas else "there is no Lambda layer at all"
            raise KavError(msg, location=archive.path, hint=hint)
    return replace(archive, config=config)


def _registered(name: str) -> dict[str, Any]:
    """A registered function as Keras 3 serializes it."""
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def complete(plan: Plan, archive: Archive, changed: Archive) -> Plan:
    """`plan`, made for `changed`, as one for `archive`: with what was changed before among its changes."""
    from kerasarchive.migration.changes import changes

    if changed is archive or plan.refusals:
        return plan
    config = changed.config if plan.config is None else plan.config
    at = archive.config_at
    others = (each for each in plan.changes if (each.location.member, each.location.mark) != (at.member, at.mark))
    return replace(plan, config=config, changes=(*changes(archive.config, config, at), *others))
