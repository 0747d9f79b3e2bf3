"""``--map-lambda LAYER=function``: the user says which function stands for a layer's bytecode, or for a bare name.

The function is a registered one (``package>function``) or one of Keras's own (``keras.activations.silu``).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import KavError
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import objects

if TYPE_CHECKING:
    from kerasarchive.migration import Plan

_LEGACY = ("function_type", "module")
"""What tf.keras writes beside the function of a Lambda layer, to find it again."""

_OWN = "keras.activations."


def mapped(archive: Archive, functions: Mapping[str, str]) -> Archive:
    """`archive` with the functions of the named layers replaced; the input is not touched.

    A Lambda's function, or the activations of any other layer that are bytecode or a function that belongs to no
    package. Raises KavError if a name is none of such a layer.
    """
    if not functions:
        return archive
    config = copy.deepcopy(archive.config)
    found = set()
    able = []
    for node in objects(config, archive.config_at):
        if not isinstance(node.config, dict) or node.name is None:
            continue
        name, keys = str(node.name), tuple(_replaceable(node.class_name, node.config))
        if not keys:
            continue
        able.append(name)
        if name in functions:
            found.add(name)
            for key in keys if node.class_name != "Lambda" else _LEGACY:
                node.config.pop(key, None)
            for key in keys:
                node.config[key] = _function(functions[name], key)
    for name in functions:
        if name not in found:
            msg = f"there is no layer {name!r} whose function could be named: a Lambda, or an activation of unknown origin"
            hint = f"there are {', '.join(able[:10])}" if able else "there is no such layer at all"
            raise KavError(msg, location=archive.path, hint=hint)
    return replace(archive, config=config)


def _replaceable(class_name: str, config: Mapping[str, Any]) -> Iterator[str]:
    if class_name == "Lambda":
        yield "function"
        return
    for key, value in config.items():
        if key.endswith("activation") and isinstance(value, dict):
            bare = value.get("class_name") == "function" and ">" not in str(value.get("config"))
            # A lambda's bytecode may stand there without a class of its own.
            if bare or value.get("class_name", "__lambda__") == "__lambda__":
                yield key


def _function(name: str, key: str) -> Any:
    """A function as Keras 3 serializes it: one of its own activations by name."""
    if name.startswith(_OWN) and key != "function":
        return name.removeprefix(_OWN)
    module, _, own = name.rpartition(".") if ">" not in name else ("builtins", "", name)
    return {"module": module or "builtins", "class_name": "function", "config": own, "registered_name": "function"}


def complete(plan: Plan, archive: Archive, changed: Archive) -> Plan:
    """`plan`, made for `changed`, as one for `archive`: with what was changed before among its changes."""
    from kerasarchive.migration.changes import changes

    if changed is archive or plan.refusals:
        return plan
    config = changed.config if plan.config is None else plan.config
    at = archive.config_at
    others = (each for each in plan.changes if (each.location.member, each.location.mark) != (at.member, at.mark))
    return replace(plan, config=config, changes=(*changes(archive.config, config, at), *others))
