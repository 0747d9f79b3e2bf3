"""What one release says about one class: its constructor, what it stores, the names it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__slots__": ()})()
"""The default of a parameter that has none, or one that is no JSON value."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constructor parameter.

    `types` are JSON Schema's names, empty if unconstrained. `words` is the role whose names it takes
    (``initializer``), if any. `by` is ``kwargs`` for a keyword taken out of ``**kwargs`` and ``from_config`` for a key
    that only `from_config` understands; empty for the signature's own.
    """

    name: str
    default: Any = MISSING
    required: bool = False
    types: tuple[str, ...] = ()
    words: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What a call of a layer or operation takes: `arguments` in order, those `required` and those by keyword alone.

    `more` holds ``args`` or ``kwargs`` where others are let pass.
    """

    arguments: tuple[str, ...]
    required: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """One variable that the class creates: its shape as an expression over its arguments and ``input_shape``.

    `shape` is empty where the source computes it in another way; `when` is the condition under which it is created.
    """

    name: str
    shape: str = ""
    when: str = ""
    trainable: bool = True

    def __str__(self) -> str:
        said = f"{self.name} {self.shape}".rstrip() + ("" if self.trainable else ", not trained")
        return f"{said} if {self.when}" if self.when else said


@dataclass(frozen=True, slots=True, eq=False)
class ClassSchema:
    """One class of one release.

    `name` is the canonical public name (``keras.layers.Dense``), `path` the private one, `aliases` every other
    accepted ``module.Class``. `stored` are the keys that `get_config` writes, `sometimes` those of them that it writes
    under a condition.
    """

    name: str
    path: str
    role: str
    parameters: Mapping[str, Parameter]
    accepts_any: bool
    stored: tuple[str, ...]
    sometimes: tuple[str, ...]
    aliases: tuple[str, ...]
    bases: tuple[str, ...]
    call: Call | None
    """None for what is never called, and where the source does not say."""
    build: Call | None
    """What `build` takes; None where it makes nothing of it."""
    weights: tuple[Weight, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def class_name(self) -> str:
        """The bare name (``Dense``)."""
        return self.path.rpartition(".")[2]

    @property
    def module(self) -> str:
        """The module that serialization writes beside the class name (``keras.layers``)."""
        return self.name.rpartition(".")[0]

    @property
    def lost(self) -> tuple[str, ...]:
        """Constructor parameters that `get_config` never writes: what was given for them is gone from every archive."""
        return tuple(key for key, known in self.parameters.items() if not known.by and key not in self.stored)

    @property
    def defaults(self) -> dict[str, Any]:
        """What the constructor takes for keys that are not given, as far as that is a JSON value."""
        return {key: known.default for key, known in self.parameters.items() if known.default is not MISSING}

    def accepts(self, key: str) -> bool:
        """Whether the loader takes `key` in the config."""
        return self.accepts_any or key in self.parameters


def parse_class(name: str, raw: Mapping[str, Any]) -> ClassSchema:
    """The ClassSchema of one definition in a schema file."""
    required = frozenset(raw.get("required", ()))
    parameters = {
        key: Parameter(
            key,
            schema.get("default", MISSING),
            key in required,
            _types(schema),
            schema.get("x-kav-names", ""),
            schema.get("x-kav-by", ""),
        )
        for key, schema in raw["properties"].items()
    }
    return ClassSchema(
        name=name,
        path=raw["x-kav-path"],
        role=raw["x-kav-role"],
        parameters=MappingProxyType(parameters),
        accepts_any=raw.get("additionalProperties", True) is not False,
        stored=tuple(raw.get("x-kav-stored", parameters)),
        sometimes=tuple(raw.get("x-kav-sometimes", ())),
        aliases=(*raw.get("x-kav-exports", ()), raw["x-kav-path"], *raw.get("x-kav-aliases", ())),
        bases=tuple(raw.get("x-kav-bases", ())),
        call=_call(raw.get("x-kav-call")),
        build=_call(raw.get("x-kav-build")),
        weights=tuple(
            Weight(each["name"], each.get("shape") or "", each.get("when", ""), each.get("trainable", True))
            for each in raw.get("x-kav-weights", ())
        ),
        raw=raw,
    )


def _call(raw: Mapping[str, Any] | None) -> Call | None:
    return None if raw is None else Call(**{key: tuple(value) for key, value in raw.items()})


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)
