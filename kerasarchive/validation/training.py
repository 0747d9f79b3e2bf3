"""The ``training_config`` of an HDF5 file as Keras 1 and 2 read it: every word and object is looked up on loading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.spelling import slip
from kerasarchive.validation import rule
from kerasarchive.validation.reference import ones_own

if TYPE_CHECKING:
    from kerasarchive.validation.walk import Walk

ROLES = {"loss": "loss", "metrics": "metric", "weighted_metrics": "metric"}

SPECIAL = frozenset({"accuracy", "acc", "crossentropy", "ce"})
"""Metrics that ``compile`` understands by itself: which function they mean depends on the output."""


def check_training(config: Any, at: Location, walk: Walk) -> Iterator[Finding]:
    """Findings about keys that the reader needs, the optimizer, losses and metrics."""
    schema = walk.schema
    if not isinstance(config, dict):
        yield rule.MALFORMED_OBJECT.finding("the training configuration must be an object", at)
        return
    for key in schema.raw["training"]["required"]:
        if key not in config:
            yield rule.MISSING_ARGUMENT.finding(f"{schema.release} reads {key!r} of a training configuration", at)
    if "optimizer_config" in config:
        yield from _optimizer(config["optimizer_config"], at / "optimizer_config", walk)
    for key, role in ROLES.items():
        yield from _nested(config.get(key), at / key, role, walk)


def _optimizer(value: Any, at: Location, walk: Walk) -> Iterator[Finding]:
    if isinstance(value, dict) and isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict):
        yield from walk.objects(value, at, "optimizer")
    else:
        message = "an optimizer is stored as an object with its class_name and its config"
        yield rule.MALFORMED_OBJECT.finding(message, at)


def _nested(value: Any, at: Location, role: str, walk: Walk) -> Iterator[Finding]:
    """Losses or metrics in lists, by the names of outputs, or one alone."""
    stack = [(value, at)]
    while stack:
        current, place = stack.pop()
        if isinstance(current, list):
            stack += [(current[index], place / index) for index in range(len(current) - 1, -1, -1)]
        elif isinstance(current, dict) and "class_name" not in current:
            stack += [(child, place / key) for key, child in reversed(current.items())]
        elif isinstance(current, dict):
            if isinstance(current["class_name"], str) and "config" in current:
                yield from walk.objects(current, place, role)
            else:
                yield rule.MALFORMED_OBJECT.finding(f"a serialized {role} has a class_name and a config", place)
        elif isinstance(current, str):
            yield from _word(current, place, role, walk.schema)
        elif current is not None:
            yield rule.MALFORMED_OBJECT.finding(f"a {role} is a name or an object, this is {current!r}", place)


def _word(word: str, at: Location, role: str, schema: ReleaseSchema) -> Iterator[Finding]:
    known = schema.words(role)
    if word in known or ">" in word or (role == "metric" and word in SPECIAL):
        return
    if ones_own(word, role, schema):
        message = f"{word!r} is no {role} of {schema.release}; loading needs it as a custom object"
        yield rule.CUSTOM_OBJECT.finding(message, at)
        return
    close = slip(word, known)
    remedy = f"did you mean {close!r}?" if close else ""
    yield rule.UNKNOWN_NAME.finding(f"{schema.release} has no {role} {word!r}", at, remedy=remedy)
