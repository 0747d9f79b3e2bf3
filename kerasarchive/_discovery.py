"""Finds the named constant of every module in a folder, so that adding a thing is adding a file."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from kerasarchive.errors import PluginError


@dataclass(frozen=True, slots=True)
class Found:
    """`value` is the constant, `stem` the file name without its suffix, `path` the file, `doc` its docstring."""

    stem: str
    path: Path
    value: Any
    doc: str = ""


def load_folder(folder: str | ModuleType | Path, name: str) -> tuple[Found, ...]:
    """The constant `name` of every module in `folder`, by file name; modules without it are passed over.

    `folder` is a package (its dotted name or the module) or a `Path`, whose files are loaded by path and need not
    belong to any package. Files that start with an underscore are no candidates. Raises PluginError if a module
    outside the package cannot be loaded.
    """
    if isinstance(folder, Path):
        return tuple(_from_path(folder, name))
    package = importlib.import_module(folder) if isinstance(folder, str) else folder
    found = []
    for place in package.__path__:
        for path in _files(Path(place)):
            module = importlib.import_module(f"{package.__name__}.{path.stem}")
            if hasattr(module, name):
                found.append(Found(path.stem, path, getattr(module, name), module.__doc__ or ""))
    return tuple(found)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    except OSError as error:
        msg = f"cannot be listed: {error.strerror}"
        raise PluginError(msg, location=str(folder)) from None


def _from_path(folder: Path, name: str) -> list[Found]:
    found = []
    for path in _files(folder):
        module = _load(path)
        if hasattr(module, name):
            found.append(Found(path.stem, path, getattr(module, name), module.__doc__ or ""))
    return found


def _load(path: Path) -> ModuleType:
    import hashlib

    place = str(path.resolve())
    unique = f"_kav_{hashlib.sha256(place.encode()).hexdigest()[:12]}_{path.stem}"
    if unique in sys.modules:
        return sys.modules[unique]
    spec = importlib.util.spec_from_file_location(unique, path)
    if spec is None or spec.loader is None:
        msg = "is not a Python file that can be loaded"
        raise PluginError(msg, location=str(path))
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their own module up in sys.modules while the file is still being executed.
    sys.modules[unique] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[unique]
        msg = f"cannot be loaded: {type(error).__name__}: {error}"
        raise PluginError(msg, location=str(path)) from error
    return module
