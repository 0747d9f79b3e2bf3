"""Everything that one release of a library accepts, read lazily: finding a class must not cost parsing all of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from kerasarchive import _catalog
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.release import Release
from kerasarchive.schema.class_schema import Call, ClassSchema, parse_class

NUMERIC = r"^\s*[-+]?(\d[\d_]*\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|[iI][nN][fF]|[nN][aA][nN])\s*$"
"""Text that Python's ``int`` and ``float`` turn into a number."""

ROLE_ORDER = ("layer", "cell", "model", "operation", "optimizer", "loss", "metric", "initializer", "regularizer",
              "constraint", "schedule", "policy")
"""Which class a bare class name means where several roles have one of that name."""

LAYERS = frozenset({"layer", "cell", "model"})
"""Roles that Keras 1 and 2 look up in one table, ``names.layer``."""

TABLED = frozenset({"constraint", "initializer", "policy", "regularizer"})
"""Roles whose ``deserialize`` in Keras 3 looks the class name up in a table of its own and nowhere else."""

IMPORTED = frozenset({"keras", "keras_cv", "keras_hub", "keras_nlp"})
"""Packages that Keras imports from 3.9 on where an archive names a module; releases before import any."""

KIN = {"layer": ("layer", "cell", "model"), "cell": ("cell", "layer"), "model": ("model", "layer")}


class _Definitions(Mapping[str, dict[str, Any]]):
    """The definitions of one schema file and of those that it refers to."""

    def __init__(self, library: str, file: str) -> None:
        self._library = library
        self._file = file
        self._names = _catalog.definition_texts(library, file)

    def __getitem__(self, name: str) -> dict[str, Any]:
        if name not in self._names:
            raise KeyError(name)
        return _catalog.definition(self._library, self._file, name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class ReleaseSchema:
    """One release. `release` is the one whose schema this is, `asked` the one that was wanted.

    They differ for a patch release or a newer release that kav has no schema of; `relaxed` is true for the latter.
    A Keras may have libraries `beside` it: it then knows their classes too. Each of these stands `on` it.
    """

    def __init__(
        self, release: Release, asked: Release, relaxed: bool = False, *, on: ReleaseSchema | None = None
    ) -> None:
        self.release = release
        self.asked = asked
        self.relaxed = relaxed
        self.on = on
        self.beside: tuple[ReleaseSchema, ...] = ()
        self._classes: dict[str, ClassSchema] = {}
        self._definitions: dict[str, dict[str, Any]] = {}
        self._words: dict[str, dict[str, str]] = {}

    def __str__(self) -> str:
        return ", ".join(str(part.asked) for part in (self, *self.beside))

    @cached_property
    def raw(self) -> Mapping[str, dict[str, Any]]:
        """Every definition by name, references resolved, each parsed when it is first asked for."""
        entry = _catalog.read_schema(self.release.library, "index.json")["releases"][self.release.label]
        return _Definitions(self.release.library, entry["file"])

    @cached_property
    def _paths(self) -> dict[str, str]:
        """Every accepted ``module.Class`` -> definition."""
        paths: dict[str, str] = {}
        for name, definition in self.raw.items():
            path = definition.get("x-kav-path")
            if path is None:
                continue
            for alias in (path, *definition.get("x-kav-exports", ()), *definition.get("x-kav-aliases", ())):
                paths.setdefault(alias, name)
        paths.update({name: name for name, definition in self.raw.items() if "x-kav-path" in definition})
        return paths

    @cached_property
    def _by_class(self) -> dict[str, tuple[str, ...]]:
        """Bare class name -> definitions, public ones first."""
        found: dict[str, list[str]] = {}
        for name, definition in self.raw.items():
            path = definition.get("x-kav-path")
            if path is not None:
                found.setdefault(path.rpartition(".")[2], []).append(name)
        return {word: tuple(sorted(names, key=self._precedence)) for word, names in found.items()}

    def _precedence(self, name: str) -> tuple[int, bool, str]:
        role = self.raw[name]["x-kav-role"]
        order = ROLE_ORDER.index(role) if role in ROLE_ORDER else len(ROLE_ORDER)
        return order, name == self.raw[name]["x-kav-path"], name

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical name of every class, sorted."""
        return tuple(name for name, definition in self.raw.items() if "x-kav-path" in definition)

    @cached_property
    def modules(self) -> frozenset[str]:
        """Every module under which this release accepts a class or a function."""
        modules = {path.rpartition(".")[0] for path in self._paths}
        return frozenset(modules | {name.rpartition(".")[0] for name in self.functions})

    @cached_property
    def lookups(self) -> frozenset[str]:
        """The public names by which the loader itself knows the exported functions: one for each."""
        return frozenset(self.raw.get("functions", {}).get("enum", ()))

    @cached_property
    def functions(self) -> frozenset[str]:
        """Every public name of every exported function."""
        return self.lookups | frozenset(self.raw.get("functions", {}).get("x-kav-aliases", ()))

    @cached_property
    def dtypes(self) -> frozenset[str]:
        """The dtypes that a tensor can have."""
        return frozenset(word for word in self.words("policy") if not word.startswith(("mixed_", "_")))

    @cached_property
    def tensorflow_functions(self) -> Mapping[str, list[str]]:
        """The functions that op layers of tf.keras can name, with their arguments; empty where they are not known."""
        found: Mapping[str, list[str]] = self.raw.get("tensorflow", {}).get("x-kav-functions", {})
        return found

    def tensorflow(self, name: str) -> Call | None:
        """What a call of that TensorFlow function takes; None if it is not known."""
        listed = self.tensorflow_functions.get(name)
        if listed is None:
            return None
        names = [argument for argument in listed if argument != "**"]
        required = tuple(argument for argument in names if not argument.endswith("?"))
        arguments = tuple(argument.removesuffix("?") for argument in names)
        return Call(arguments, required, more=("kwargs",) if "**" in listed else ())

    def get(self, name: str) -> ClassSchema | None:
        """The class of that canonical name, or of any other accepted path."""
        key: str | None = name
        if name not in self.raw or "x-kav-path" not in self.raw[name]:
            key = self._paths.get(name)
        if key is None:
            return next((found for part in self.beside if (found := part.get(name)) is not None), None)
        if key not in self._classes:
            self._classes[key] = parse_class(key, self.raw[key])
        return self._classes[key]

    @cached_property
    def package(self) -> str:
        """The package that a library's classes lie in; empty for Keras itself."""
        return str(self.raw.get("library", {}).get("const", ""))

    @cached_property
    def open(self) -> bool:
        """Whether nobody has written down what the library's classes accept, so that anything is."""
        return bool(self.raw.get("library", {}).get(_catalog.OPEN))

    def owner(self, cls: ClassSchema) -> ReleaseSchema:
        """The schema that a class comes from: this one, or that of a library beside it."""
        return next((part for part in self.beside if cls.name in part.raw), self)

    def library(self, node: ObjectNode) -> ReleaseSchema | None:
        """The library beside this Keras that an object says it is from, whether or not it has such a class."""
        key = node.registered_name or node.class_name
        for part in self.beside:
            names = (node.module,) if node.module is not None else (key.rpartition(">")[0],)
            if not part.open and any(name == part.package or name.startswith(f"{part.package}.") for name in names):
                return part
        return None

    def __iter__(self) -> Iterator[ClassSchema]:
        for name in self.names:
            found = self.get(name)
            if found is not None:
                yield found

    def find(self, node: ObjectNode, role: str = "") -> ClassSchema | None:
        """The class that this release makes of a serialized object standing where a `role` is expected.

        None for custom objects, for functions and where this release would not find the class.
        """
        name, module = node.class_name, node.module
        if name == "function":
            return None
        registered = node.registered_name
        if registered and ">" in registered:
            return self.get(registered)
        if ">" in name:
            return self.get(name)
        classes = self.raw.get(f"names.{role}", {}).get("x-kav-classes")
        if role in TABLED and self.release.major >= 3 and classes and (module is None or is_keras(module)):
            return self.by_role(node, role)
        table = "layer" if role in LAYERS else role
        if module is None and self.release.major < 3 and self.raw.get(f"names.{table}", {}).get("x-kav-classes"):
            return self.by_role(node, table)
        found = self.get(f"{module}.{name}") if module else None
        if found is not None and (found.name in self.raw or self.imports(module or "")):
            return found
        found = None
        if role and (module is None or (role in TABLED and is_keras(module))):
            found = self.by_role(node, role)
        return found or (self.by_class_name(name, role) if module is None else None)

    def imports(self, module: str) -> bool:
        """Whether this Keras imports a module that an archive names (keras/src/saving/serialization_lib.py)."""
        return self.release.key.release < (3, 9) or module.partition(".")[0] in IMPORTED

    def by_role(self, node: ObjectNode, role: str) -> ClassSchema | None:
        """``initializers.deserialize`` and its like look the class name up in a table of their own."""
        name = node.class_name
        if role == "optimizer":
            config = node.config if isinstance(node.config, dict) else {}
            if self.release.major < 3 and config and config.get("is_legacy_optimizer", True):
                legacy = self.get(f"keras.optimizers.legacy.{name}")
                if legacy is not None:
                    return legacy
            name = name.lower()
        key = self.raw.get(f"names.{role}", {}).get("x-kav-classes", {}).get(name)
        return self.get(key) if key else None

    def by_class_name(self, name: str, role: str = "") -> ClassSchema | None:
        """The class that a legacy archive, which stores no module, may mean by `name` where a `role` is expected."""
        found = self.candidates(name, role)
        return found[0] if found else None

    def candidates(self, name: str, role: str = "") -> tuple[ClassSchema, ...]:
        """Every class of that bare name that could stand where a `role` is expected, likeliest first."""
        kin = KIN.get(role, (role,))
        keys = [key for key in self._by_class.get(name, ()) if not role or self.raw[key]["x-kav-role"] in kin]
        return tuple(found for found in map(self.get, keys) if found is not None)

    def operation_module(self, name: str) -> str | None:
        """The module of the operation of `keras.ops` with that class name; None if there is none."""
        found = self.by_class_name(name, "operation")
        return found.module if found is not None else None

    def reads_without_module(self, cls: ClassSchema) -> bool:
        """Whether this release's reader of legacy configs (`model_from_config`) knows a layer or model by its name."""
        if self.release.major < 3:
            return True
        known = (f"keras.src.layers.{cls.class_name}", f"keras.src.models.{cls.class_name}")
        return any(alias in known for alias in (cls.path, *cls.aliases)) or cls.class_name == "Functional"

    def words(self, role: str) -> Mapping[str, str]:
        """Every string accepted for a `role` (``glorot_uniform``) -> its class; the empty string for a function."""
        if self.on is not None:
            return self.on.words(role)
        if role not in self._words:
            table = self.raw.get(f"names.{role}", {})
            classes = table.get("x-kav-classes", {})
            self._words[role] = {word: classes.get(word, "") for word in table.get("enum", ())}
        return self._words[role]

    def is_lenient(self, role: str) -> bool:
        """Whether an unknown name is kept as text until training needs what it stands for.

        tf.keras 2.12 to 2.15, ``regularizers.get``: its ``deserialize`` gives back what it does not find.
        """
        return self.on is None and role == "regularizer" and (2, 12) <= self.release.key.release[:2] < (3, 0)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that means something somewhere: names of all roles, words that arguments take, classes."""
        words: set[str] = set(self._by_class)
        for name, definition in self.raw.items():
            if name.startswith("names."):
                words.update(definition["enum"])
            for schema in definition.get("properties", {}).values():
                words.update(word for word in (*schema.get("enum", ()), *schema.get("x-kav-words", ())) if word)
        return frozenset(words)

    def accepts_function(self, name: str, role: str = "") -> bool:
        """Whether `name` (bare, or a public path) is a built-in function usable as that role, or as any."""
        if name in self.functions:
            return not role or self.words(role).get(name.rpartition(".")[2]) == ""
        roles = (role,) if role else ("activation", "loss", "metric", "initializer", "regularizer", "constraint")
        return any(self.words(candidate).get(name) == "" for candidate in roles)

    def nearest(self, name: str, role: str = "") -> str:
        """The known class name that `name` may be a misspelling of; empty if there is none.

        A name of another length by two or more, such as ``MyDense``, is someone's own, not a mistake.
        """
        kin = KIN.get(role, (role,))
        known = [word for word, names in self._by_class.items()
                 if not role or any(self.raw[candidate]["x-kav-role"] in kin for candidate in names)]
        return nearest(name, [word for word in known if abs(len(word) - len(name)) <= 1])

    def definition(self, cls: ClassSchema) -> dict[str, Any]:
        """JSON Schema (2020-12) of the config of `cls`, complete in itself, this release's words filled in."""
        owner = self.owner(cls)
        if owner is not self:
            return owner.definition(cls)
        if cls.name not in self._definitions:
            properties = {key: self._expand(schema) for key, schema in cls.raw["properties"].items()}
            keep = {key: value for key, value in cls.raw.items() if not key.startswith("x-kav-")}
            self._definitions[cls.name] = {**keep, "properties": properties}
        return self._definitions[cls.name]

    def _expand(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Replace kav's annotations by the JSON Schema that they stand for in this release."""
        plain = {key: value for key, value in schema.items() if not key.startswith("x-kav-")}
        if role := schema.get("x-kav-names"):
            accepted = sorted(self.words(role))
            if accepted and not self.is_lenient(role):
                kinds = plain.pop("type")
                keras = self.on or self
                bare = keras.release.key.release < (2, 12)
                objects = ["class_name", "config"] if bare else ["class_name"]
                table = keras.raw[f"names.{role}"]
                key = table.get("x-kav-key")
                if key and not table["x-kav-classes"]:
                    # Keras 1 calls a function with the object's arguments, and these need more than those.
                    kinds = [kind for kind in kinds if kind != "object"]
                # `pkg>fn` is a registered custom object: this release looks it up among the user's own.
                others = "_from_" if role == "policy" else "^[^<]+>" if keras.release.major < 3 else ">"
                rest = [kind for kind in kinds if kind not in ("string", "object")]
                plain["anyOf"] = [
                    *([{"type": rest}] if rest else []),
                    *([{"enum": accepted}, {"type": "string", "pattern": others}] if "string" in kinds else []),
                    *([{"type": "object", "required": [key] if key else objects}] if "object" in kinds else []),
                    # Keras 1 asks whether there is a regularizer at all.
                    *([{"enum": [0, False, []]}] if key and role in ("regularizer", "constraint") else []),
                ]
        if words := schema.get("x-kav-words"):
            plain["x-kav-words"] = words
            spelt = map(re.escape, words) if schema.get("x-kav-exact") else map(_any_case, words)
            plain["pattern"] = f"^({'|'.join(spelt)})$"
            if self.package:
                # A registered name may stand for the object that such a word stands for.
                plain["pattern"] += "|>"
        if "anyOf" in schema:
            plain["anyOf"] = [self._expand(option) for option in schema["anyOf"]]
        if schema.get("x-kav-numeric"):
            plain["pattern"] = NUMERIC
        return plain


def is_keras(module: str) -> bool:
    """Whether a module is Keras's own."""
    return module in ("keras", "tf_keras") or module.startswith(("keras.", "tf_keras."))


def nearest(word: str, known: list[str]) -> str:
    """The entry of `known` most like `word`, case aside; empty if none is."""
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        if candidate.lower() not in folded or candidate[:1].isupper() == word[:1].isupper():
            folded[candidate.lower()] = candidate
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word)
