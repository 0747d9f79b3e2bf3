"""A library's modules with those of a Keras beside it, so that its names and base classes resolve into Keras."""

from __future__ import annotations

import ast
from functools import cached_property

from kerasarchive.schema.builder.exports import exports_of
from kerasarchive.schema.builder.source import LONGEST_CHAIN, Module, Source

ALIASES = ("keras.api", "keras_core", "tensorflow.keras", "tf_keras", "tensorflow.python.keras")
"""Other names by which libraries import what the Keras beside them stands for."""


class Together(Source):
    """The modules of `library` and `keras`; every name that is public in Keras resolves to what it exports."""

    def __init__(self, library: Source, keras: Source, package: str) -> None:
        self.package = package
        self.modules = {**keras.modules, **library.modules}
        self._keras = keras

    def is_own(self, module: str) -> bool:
        """Whether a module is the library's."""
        return module == self.package or module.startswith(f"{self.package}.")

    @cached_property
    def exported(self) -> dict[str, tuple[Module, ast.AST]]:
        """Every public name of Keras -> where it is defined."""
        found: dict[str, tuple[Module, ast.AST]] = {}
        for module in self._keras.modules.values():
            for binding in module.bindings.values():
                if isinstance(binding.node, (ast.ClassDef, ast.FunctionDef)):
                    for name in exports_of(binding.node):
                        found.setdefault(name, (module, binding.node))
        return found

    @cached_property
    def public_names(self) -> dict[int, str]:
        """The first public name of each exported class and function, by the identity of its node."""
        names: dict[int, str] = {}
        for name, (_, node) in self.exported.items():
            names.setdefault(id(node), name)
        return names

    def resolve(self, module: str, dotted: str) -> tuple[Module, ast.AST] | None:
        """The module and node that define `dotted` as seen from `module`, in the library or in Keras."""
        for name in self.spelt_out(module, dotted):
            found = super().resolve(*self._split(name)) or self.exported.get(name)
            if found is not None:
                return found
        return super().resolve(module, dotted)

    def spelt_out(self, module: str, dotted: str) -> tuple[str, ...]:
        """Full dotted names that `dotted` may mean in `module`: several where it comes from a ``import *``."""
        pending, found = [(module, dotted)], []
        for _ in range(LONGEST_CHAIN):
            if not pending:
                break
            where, name = pending.pop(0)
            head, _, rest = name.partition(".")
            here = self.modules.get(where)
            binding = here.bindings.get(head) if here is not None else None
            if here is None or binding is None or binding.node is not None:
                found.append(f"{where}.{name}")
                within = f"{where}.{head}"
                if here is not None and (binding is None or rest):
                    pending += [(star, name) for star in here.stars]
                if binding is None and rest and within in self.modules:
                    pending.append((within, rest))
            elif binding.attribute is None:
                found.append(f"{binding.target}.{rest}" if rest else binding.target)
            elif (binding.target, binding.attribute) == (where, head):
                # `from package import module`, in the package itself
                found.append(f"{where}.{name}")
                pending += [(f"{where}.{head}", rest)] if rest else []
            else:
                pending.append((binding.target, f"{binding.attribute}.{rest}" if rest else binding.attribute))
        return tuple(_renamed(name) for name in found)

    def _split(self, name: str) -> tuple[str, str]:
        """The deepest module that a dotted name begins with, and the rest."""
        parts = name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            if ".".join(parts[:length]) in self.modules:
                return ".".join(parts[:length]), ".".join(parts[length:])
        return parts[0], ".".join(parts[1:])


def _renamed(name: str) -> str:
    for alias in ALIASES:
        if name == alias or name.startswith(f"{alias}."):
            return f"keras{name.removeprefix(alias)}"
    return name
