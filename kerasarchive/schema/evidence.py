"""What an archive shows of the libraries that its objects come from: names, modules, keys, parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.errors import ArchiveError
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import MARKERS
from kerasarchive.schema.parts import tree_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One object of a library as it stands in an archive, or several that say the same of who wrote them.

    `built` are the names of the shapes that it was built with, if it says so by name; `inputs` whether it was built with
    one unnamed shape.
    """

    registered: str
    module: str
    class_name: str
    keys: frozenset[str]
    built: frozenset[str] | None = None
    inputs: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything that an archive shows of one library's release."""

    objects: tuple[Shown, ...] = ()
    types: frozenset[str] = frozenset()
    """Registered names that stand for a class as such."""
    custom: bool = False
    """Whether there are objects that are neither Keras's nor of any known library."""
    root: Any = None
    """The config as a whole."""
    groups: Mapping[str, Any] | None = None
    """The groups of the weight file as nested dicts, where they are known."""


def gather(config: Any, packages: Iterable[str]) -> dict[str, Evidence]:
    """What a config shows of each of these packages; nothing for those that nothing in it is from."""
    wanted = frozenset(packages)
    objects: dict[str, dict[Shown, None]] = {}
    custom = False
    stack: list[Any] = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += [item for item in value if isinstance(item, (dict, list))]
            continue
        if "config" in value and (name := _class_name(value)) and name not in MARKERS:
            package = _package(value, wanted)
            if package in wanted:
                objects.setdefault(package, {})[_shown(value)] = None
            elif package and name != "function":
                custom = True
        # What a layer is called on holds no objects, and is most of a graph.
        stack += [item for key, item in value.items() if isinstance(item, (dict, list)) and key != "inbound_nodes"]
    types = _types(config) if objects else frozenset()
    return {package: Evidence(tuple(found), types, custom, config) for package, found in objects.items()}


def _types(config: Any) -> frozenset[str]:
    """Registered names that stand for a class as such: text with a prefix between underscores."""
    found: set[str] = set()
    stack: list[Any] = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, (list, dict)):
            stack += value if isinstance(value, list) else value.values()
        elif isinstance(value, str) and value.startswith("__") and ">" in value:
            found.add(value.rpartition("__")[2])
    return frozenset(found)


def _class_name(value: Mapping[str, Any]) -> str:
    """The name of an object's class; Keras looks at the registered one first, and then not at this one."""
    name, registered = value.get("class_name"), value.get("registered_name")
    if isinstance(name, str):
        return name
    return registered.rpartition(">")[2] if "class_name" in value and isinstance(registered, str) and ">" in registered else ""


def _package(value: Mapping[str, Any], wanted: frozenset[str]) -> str:
    """The package that an object is from; empty for Keras's own."""
    module, registered = value.get("module"), value.get("registered_name")
    if isinstance(module, str):
        head = module.partition(".")[0]
        if head in ("keras", "builtins"):
            return ""
        # A script registers classes under a package's name that lie in no such module.
        owner = registered.partition(">")[0].partition(".")[0] if isinstance(registered, str) and ">" in registered else ""
        return owner if head not in wanted and owner in wanted else head
    name = registered if isinstance(registered, str) else _class_name(value)
    package = name.rpartition(">")[0].partition(".")[0]
    return package if package in wanted else ""


def _shown(value: Mapping[str, Any]) -> Shown:
    config, build = value["config"], value.get("build_config")
    shapes = build.get("shapes_dict") if isinstance(build, dict) else None
    registered, module = value.get("registered_name"), value.get("module")
    return Shown(
        registered if isinstance(registered, str) else "",
        module if isinstance(module, str) else "",
        _class_name(value),
        frozenset(config) if isinstance(config, dict) else frozenset(),
        frozenset(shapes) if isinstance(shapes, dict) else None,
        isinstance(build, dict) and "input_shape" in build,
    )


def of_archive(archive: Archive, packages: Iterable[str]) -> dict[str, Evidence]:
    """The same for an archive."""
    found = gather(archive.config, packages)
    if not found or archive.weights is None or not archive.is_dot_keras:
        return found
    try:
        groups = tree_of(archive.weights.groups())
    except ArchiveError:
        return found
    return {package: replace(each, groups=groups) for package, each in found.items()}
