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


def check_compilation(config: Any, at: Location, walk: Walk, *, legacy: bool = False) -> Iterator[Finding]:
    """Findings about a ``compile_config``, or the ``training_config`` of an HDF5 file (`legacy`)."""
    schema = walk.schema
    if not isinstance(config, dict):
        yield rule.MALFORMED_OBJECT.finding("the compile configuration must be an object", at)
        return
    definition = schema.raw.get("compile", {})
    known = definition.get("properties", {})
    for key, value in config.items():
        if not legacy and not walk.own and key not in known and definition.get("additionalProperties") is False:
            close = nearest(key, list(known))
            remedy = f"did you mean {close!r}?" if close else ""
            message = f"compile() of {schema.release} does not accept the argument {key!r}"
            yield rule.UNKNOWN_ARGUMENT.finding(message, at / key, remedy=remedy)
        role = ROLES.get(key, "")
        if role:
            yield from _words(value, at / key, role, schema, legacy=legacy and not walk.own)
        yield from walk.objects(value, at / key, role)


def _words(value: Any, at: Location, role: str, schema: ReleaseSchema, *, legacy: bool) -> Iterator[Finding]:
    """Strings that stand for losses, metrics or an optimizer, however nested in lists and dicts."""
    stack = [(value, at)]
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
                yield _unknown(current, place, role, schema)
            elif legacy and schema.release.major >= 3 and words[folded] == "" and not _exported(current, schema):
                message = f"{schema.release} cannot look up the short name {current!r} in a legacy file"
                yield rule.UNKNOWN_NAME.finding(message, place, remedy="write the function's full name")


def _exported(word: str, schema: ReleaseSchema) -> bool:
    return any(f"keras.{module}.{word}" in schema.functions for module in ("losses", "metrics"))


def _unknown(word: str, at: Location, role: str, schema: ReleaseSchema) -> Finding:
    """A word that nothing built in goes by: a mistake in Keras 3, perhaps a function of the user's own in Keras 2."""
    close = nearest(word, [*schema.words(role), *MORE_WORDS.get(role, ())])
    if schema.release.major < 3 and not close:
        message = f"{word!r} is no {role} of {schema.release}; loading needs it as a custom object"
        return rule.CUSTOM_OBJECT.finding(message, at)
    remedy = f"did you mean {close!r}?" if close else ""
    return rule.UNKNOWN_NAME.finding(f"{schema.release} has no {role} {word!r}", at, remedy=remedy)
