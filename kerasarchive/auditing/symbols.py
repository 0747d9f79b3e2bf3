"""What a name in an archive resolves to, decided by an allowlist: the symbols of Keras's own releases, by role.

Whatever spelling is used (``keras.layers``, ``keras.src...``, ``tf_keras``, none at all) is brought to the canonical
symbol first. What is on no list is somebody's own code, or nothing that belongs into a model.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kerasarchive.auditing._tables import (
    FUNCTION_FAMILIES,
    FUNCTION_NAMESPACES,
    LEGACY_CLASSES,
    LEGACY_WORDS,
    MODEL_NAMESPACES,
    NEVER_KERAS,
    NOT_ON_TENSORS,
    TENSORFLOW_FUNCTIONS,
)
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema

_BUILTINS = frozenset(dir(builtins))
_PREFIXES = ("tensorflow.python.keras.", "tensorflow.keras.", "tf_keras.", "tf.keras.", "keras.api.", "keras.src.")
_CLASS = re.compile(r"_?[A-Z]\w*$")
_IN_FAMILY = frozenset({"keras_hub", "keras_cv", "keras_nlp", "keras_tuner", "keras_rs", "keras_remote"})


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name resolves to.

    `kind` is ``builtin`` (Keras's own, of a role that belongs into a model), ``custom`` (somebody's code),
    ``unknown`` (says it is Keras's and is on no list) or ``forbidden`` (resolves to code that no model needs).
    `name` is the canonical symbol, for custom ones ``package>Class`` or ``module.Class``.
    """

    kind: str
    name: str
    why: str = ""
    is_function: bool = False


class Symbols:
    """The allowlist of several releases together: those of trusted schemas, never what an archive claims."""

    def __init__(self, schemas: tuple[ReleaseSchema, ...]) -> None:
        self.schemas = schemas
        self.functions = frozenset(
            name
            for schema in schemas
            for name in schema.functions
            if name.startswith(FUNCTION_NAMESPACES) and name.rpartition(".")[2] not in NOT_ON_TENSORS
        )
        self.function_words = frozenset(name.rpartition(".")[2] for name in self.functions) | TENSORFLOW_FUNCTIONS
        self._words: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[Any, Any, Any, Any], Symbol] = {}

    def resolve(self, node: Mapping[str, Any]) -> Symbol:
        """What the object's module, class and registered name stand for."""
        config = node.get("config")
        name = config if isinstance(config, str) else None
        identity = (node.get("module"), node.get("class_name"), node.get("registered_name"), name)
        try:
            return self._known[identity]
        except TypeError:
            return Symbol("forbidden", str(node.get("class_name"))[:80], "its module or registered name is no text")
        except KeyError:
            symbol = self._known[identity] = self._resolve(*(_text(part) for part in identity))
            return symbol

    def is_word(self, name: str, role: str) -> bool:
        """Whether `name` alone stands for something of Keras's own where a `role` is expected."""
        words = self._words.get(role)
        if words is None:
            words = self._words[role] = self._role_words(role)
        if name in words:
            return True
        return name in self.function_words or bool(self._find(name))

    def _role_words(self, role: str) -> frozenset[str]:
        known = (word for schema in self.schemas for word in schema.words(role))
        return frozenset(known) | LEGACY_WORDS.get(role, frozenset())

    def _resolve(self, module: str, class_name: str, registered: str, name: str) -> Symbol:
        if class_name in ("function", "builtin_function_or_method") and (module or name):
            return self._function(module, name or registered, registered)
        if ">" in class_name or ">" in registered:
            return self._registered(module, class_name, registered)
        if not module:
            return self._bare(class_name)
        if is_keras(module):
            return self._of_keras(module, class_name)
        return self._foreign(module, class_name)

    def _registered(self, module: str, class_name: str, registered: str) -> Symbol:
        key = registered if ">" in registered else class_name
        package, _, bare = key.partition(">")
        if package in ("Custom", "keras", "keras_internal", "Keras") and self._find(bare):
            return Symbol("builtin", self._find(bare))
        if module and not is_keras(module):
            outside = self._foreign(module, class_name)
            if outside.kind == "forbidden":
                return outside
        elif module and not self._find(class_name, module):
            inside = self._of_keras(module, class_name)
            if inside.kind == "forbidden":
                return inside
        for schema in self.schemas:
            if found := schema.get(key):
                return Symbol("builtin", found.name)
        return Symbol("custom", key)

    def _bare(self, class_name: str) -> Symbol:
        if found := self._find(class_name):
            return Symbol("builtin", found)
        if class_name in LEGACY_CLASSES:
            return Symbol("builtin", f"keras.{class_name}")
        if "." in class_name:
            module, _, bare = class_name.rpartition(".")
            return self._resolve(module, bare, "", "")
        words = self.function_words
        if class_name in words or any(schema.accepts_function(class_name) for schema in self.schemas):
            return Symbol("builtin", class_name, is_function=True)
        return Symbol("custom", class_name)

    def _find(self, class_name: str, module: str = "") -> str:
        """The canonical name of a class of Keras, empty if no release has it."""
        for schema in self.schemas:
            node = ObjectNode({"class_name": class_name, "module": module or None, "config": {}}, Location())
            found = schema.find(node)
            if found is None and module:
                found = schema.get(f"{public(module)}.{class_name}")
            if found is None and not module:
                found = schema.by_class_name(class_name)
            if found is not None:
                return found.name
        return ""

    def _of_keras(self, module: str, class_name: str) -> Symbol:
        if found := self._find(class_name, module):
            return Symbol("builtin", found)
        family = public(module).split(".")[1:2]
        if not family or family[0] in MODEL_NAMESPACES:
            if found := self._find(class_name):
                return Symbol("builtin", found)
            if class_name in LEGACY_CLASSES:
                return Symbol("builtin", f"keras.layers.{class_name}")
            if self.is_model_function(module, class_name):
                return Symbol("builtin", f"{public(module)}.{class_name}", is_function=True)
            if _CLASS.match(class_name):
                return Symbol("unknown", f"{module}.{class_name}")
        return Symbol("forbidden", f"{module}.{class_name}", "it is no class or function that belongs into a model")

    def is_model_function(self, module: str, name: str) -> bool:
        """Whether it is one of Keras's functions on tensors: an activation, a loss, a metric, an operation."""
        path = public(module)
        if f"{path}.{name}" in self.functions:
            return True
        family, _, rest = path.removeprefix("keras.").partition(".")
        if family == "applications":
            return name == "preprocess_input"
        return family in FUNCTION_FAMILIES and name in self.function_words

    def _function(self, module: str, name: str, registered: str) -> Symbol:
        path, _, bare = name.rpartition(".")
        if path and (not module or module == "builtins"):
            return self._function(path, bare, registered)
        if ">" in name or ">" in registered:
            return Symbol("custom", name if ">" in name else registered, is_function=True)
        if not module or module == "builtins":
            if bare in self.function_words and bare not in _BUILTINS - {"abs", "max", "min", "pow", "round", "sum"}:
                return Symbol("builtin", bare, is_function=True)
            if bare in _BUILTINS:
                return Symbol("forbidden", f"builtins.{name}", "it is a function of Python itself", is_function=True)
            return Symbol("custom", name, is_function=True)
        if is_keras(module):
            if self.is_model_function(module, name):
                return Symbol("builtin", f"{public(module)}.{name}", is_function=True)
            why = "it is none of Keras's functions on tensors"
            return Symbol("forbidden", f"{module}.{name}", why, is_function=True)
        return self._foreign(module, name, is_function=True)

    def _foreign(self, module: str, name: str, *, is_function: bool = False) -> Symbol:
        root = module.partition(".")[0]
        full = f"{module}.{name}"
        if root in sys.stdlib_module_names or root == "builtins":
            if root == "builtins" and name not in _BUILTINS:
                return Symbol("custom", name, is_function=is_function)
            return Symbol("forbidden", full, "it is code of Python's standard library", is_function=is_function)
        if root in NEVER_KERAS:
            if (
                is_function
                and module.startswith(("tensorflow.python.ops", "tensorflow.math", "tensorflow.nn"))
                and (name in self.function_words)
            ):
                return Symbol("builtin", full, is_function=True)
            return Symbol("forbidden", full, f"{root} holds no objects of Keras models", is_function=is_function)
        return Symbol("custom", full, is_function=is_function)


def is_keras(module: str) -> bool:
    """Whether a module says that it is Keras's own, under any of its names."""
    return module in ("keras", "tf_keras", "tensorflow.keras") or module.startswith(("keras.", *_PREFIXES))


@lru_cache(maxsize=4096)
def public(module: str) -> str:
    """The module as Keras's public names have it: ``keras.src.ops.numpy`` -> ``keras.ops.numpy``."""
    for prefix in _PREFIXES:
        if module.startswith(prefix):
            rest = module[len(prefix) :]
            return public(f"keras.{rest}") if rest.startswith("src.") or rest.startswith("api.") else f"keras.{rest}"
    return "keras" if module in ("tf_keras", "tensorflow.keras") else module


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
