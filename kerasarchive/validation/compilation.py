"""How a model was compiled: words and objects for its optimizer, losses and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule

if TYPE_CHECKING:
    from kerasarchive.validation.walk import Walk

ROLES = {"optimizer": "optimizer", "optimizer_config": "optimizer", "loss": "loss", "metrics": "metric",
         "weighted_metrics": "metric"}

MORE_WORDS = {
    "metric": frozenset({"accuracy", "acc", "crossentropy", "ce"}),
    "optimizer": frozenset({"auto"}),
}
"""Words that ``compile`` understands beside those of ``keras.metrics.get`` and its like."""


KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "optimizer": ((str, dict), "a name or an object"),
    "metrics": ((list, dict), "a list or an object"),
    "weighted_metrics": ((list, dict), "a list or an object"),
    "loss_weights": ((list, dict, float), "a list, an object or a float"),
}
"""What Keras 3's ``compile`` refuses everything else of; null and other values that are false pass."""


def check_compilation(config: Any, at: Location, walk: Walk, *, legacy: bool = False) -> Iterator[Finding]:
    """Findings about a ``compile_config``, or the ``training_config`` of an HDF5 file (`legacy`)."""
    schema = walk.schema
    if not isinstance(config, dict):
        yield rule.MALFORMED_OBJECT.finding("the compile configuration must be an object", at)
        return
    definition = schema.raw.get("compile", {})
    known = definition.get("properties", {})
    for key, value in config.items():
        if not legacy and key not in known and definition.get("additionalProperties") is False:
            close = nearest(key, list(known))
            remedy = f"did you mean {close!r}?" if close else ""
            message = f"compile() of {schema.release} does not accept the argument {key!r}"
            yield rule.UNKNOWN_ARGUMENT.finding(message, at / key, remedy=remedy)
            continue
        kinds, said = KINDS.get(key, ((), ""))
        if value and kinds and not legacy and not isinstance(value, kinds) and (walk.loader.keras3 or key == "optimizer"):
            yield rule.WRONG_TYPE.finding(f"compile() of {schema.release} takes {said} for {key!r}", at / key)
            continue
        role = ROLES.get(key, "")
        if role:
            yield from _words(value, at / key, role, walk, legacy=legacy)
        if role == "optimizer" and isinstance(value, dict) and not {"class_name", "config"} <= value.keys():
            yield from _plain_optimizer(value, at / key, walk)
        else:
            yield from walk.objects(value, at / key, role)


def _plain_optimizer(value: dict[str, Any], at: Location, walk: Walk) -> Iterator[Finding]:
    """A dict that is no serialized object goes to ``optimizers.get``, which looks its class_name up by name."""
    name = value.get("class_name")
    if not isinstance(name, str) or name.lower() not in walk.schema.words("optimizer") or not walk.loader.keras3:
        yield rule.MALFORMED_OBJECT.finding("the serialized optimizer needs a class_name and a config", at)
    else:
        message = f"the serialized {name} has no config: it is made anew with default settings"
        yield rule.MALFORMED_OBJECT.finding(message, at, severity="low")


def _words(value: Any, at: Location, role: str, walk: Walk, *, legacy: bool) -> Iterator[Finding]:
    """Strings that stand for losses, metrics or an optimizer, however nested in lists and dicts."""
    stack = [(value, at)]
    schema = walk.schema
    words = schema.words(role)
    more = MORE_WORDS.get(role, frozenset())
    while stack:
        current, place = stack.pop()
        if isinstance(current, list):
            stack += [(current[index], place / index) for index in range(len(current) - 1, -1, -1)]
        elif isinstance(current, dict):
            if not isinstance(current.get("class_name"), str):
                stack += [(child, place / key) for key, child in reversed(current.items())]
        elif isinstance(current, str) and ">" not in current and current not in more:
            folded = current.lower() if role == "optimizer" else current
            if folded not in words:
                yield _unknown(current, place, role, schema, lazy=not legacy and role != "optimizer")
            elif legacy and not walk.own and schema.release.major >= 3 and words[folded] == "" and not _exported(
                current, schema
            ):
                message = f"{schema.release} cannot look up the short name {current!r} in a legacy file"
                yield rule.UNKNOWN_NAME.finding(message, place, remedy="write the function's full name")


def _exported(word: str, schema: ReleaseSchema) -> bool:
    return any(f"keras.{module}.{word}" in schema.functions for module in ("losses", "metrics"))


def _unknown(word: str, at: Location, role: str, schema: ReleaseSchema, *, lazy: bool) -> Finding:
    """A word that nothing built in goes by: a mistake, or in Keras 2 perhaps a function of the user's own.

    `lazy`: it is looked up when training goes on, not on loading.
    """
    close = nearest(word, [*schema.words(role), *MORE_WORDS.get(role, ())])
    if schema.release.major < 3 and not close and (lazy or role != "optimizer"):
        message = f"{word!r} is no {role} of {schema.release}; loading needs it as a custom object"
        return rule.CUSTOM_OBJECT.finding(message, at)
    remedy = f"did you mean {close!r}?" if close else ""
    if lazy:
        message = f"{schema.release} has no {role} {word!r}: it loads, and training or evaluating it fails"
        return rule.UNKNOWN_NAME.finding(message, at, remedy=remedy, severity="low")
    return rule.UNKNOWN_NAME.finding(f"{schema.release} has no {role} {word!r}", at, remedy=remedy)
