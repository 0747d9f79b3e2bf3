"""Wheels and sdists, from PyPI or from a folder, read member by member. Nothing in them is installed, built or run."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from kerasarchive.errors import SchemaError
from kerasarchive.schema.builder.origin import Origin

LEFT_OUT = frozenset({"testing", "tests", "benchmarks", "api", "_tf_keras", "protobuf", "integration_test"})
"""Folders without anything that an archive could name by its own path."""

TESTS = ("_test.py", "test_util.py", "test_utils.py", "testing_utils.py")

INDEX = "https://pypi.org/pypi/{project}/{version}/json"
PATIENCE = 120
"""Seconds that a download may stand still."""

Texts = dict[str, str]
"""Path of a module from the folder around its package (``keras/layers/core.py``) -> text."""


def read(path: Path, folder: str, beside: tuple[str, ...] = ()) -> Texts:
    """The texts of a package's modules, tests left out, in an unpacked distribution, a wheel or an sdist."""
    members = _in_folder if path.is_dir() else _in_sdist if path.name.endswith("gz") else _in_wheel
    around, _, name = folder.rpartition("/")
    start = f"{around}/" if around else ""
    try:
        found = members(path, lambda member: member.startswith(start) and _wanted(member[len(start) :], name, beside))
        return {member[len(start) :]: text for member, text in found}
    except (OSError, zipfile.BadZipFile, tarfile.TarError, ValueError) as error:
        msg = f"the {'sdist' if path.name.endswith('gz') else 'wheel'} cannot be read: {error}"
        raise SchemaError(msg, location=str(path)) from error


Wanted = Callable[[str], bool]


def _in_folder(path: Path, wanted: Wanted) -> Iterator[tuple[str, str]]:
    for file in sorted(path.rglob("*.py")):
        if wanted(member := file.relative_to(path).as_posix()):
            yield member, file.read_text("utf-8")


def _in_wheel(path: Path, wanted: Wanted) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as wheel:
        for name in sorted(wheel.namelist()):
            # A wheel may keep its packages in a folder of their own: tensorflow-1.12.3.data/purelib/tensorflow.
            member = name.split("/", 2)[-1] if name.partition("/")[0].endswith(".data") else name
            if wanted(member):
                yield member, wheel.read(name).decode("utf-8")


def _in_sdist(path: Path, wanted: Wanted) -> Iterator[tuple[str, str]]:
    with tarfile.open(path) as sdist:
        for entry in sdist:
            member = entry.name.partition("/")[2]
            stream = sdist.extractfile(entry) if entry.isfile() and wanted(member) else None
            if stream is not None:
                yield member, stream.read().decode("utf-8")


def _wanted(path: str, package: str, beside: tuple[str, ...]) -> bool:
    if not path.startswith(f"{package}/"):
        return path in beside
    return path.endswith(".py") and not path.endswith(TESTS) and not LEFT_OUT.intersection(path.split("/"))


def obtain(origin: Origin, folder: Path) -> Path:
    """The distribution of `origin` in `folder`; fetched into it if it is not there. Raises `SchemaError`."""
    found = _find(origin, folder)
    if found is None:
        reason = _fetch_sdist(origin, folder) if origin.sdist else _fetch_wheel(origin, folder)
        found = _find(origin, folder)
        if found is None:
            msg = f"{origin} could not be downloaded: {reason}"
            raise SchemaError(msg, hint="check the network, or give the wheel")
    return found


def _find(origin: Origin, folder: Path) -> Path | None:
    wanted = canonicalize_name(origin.project), Version(origin.version)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            named = parse_sdist_filename(path.name) if origin.sdist else parse_wheel_filename(path.name)[:2]
        except (InvalidSdistFilename, InvalidWheelFilename):
            continue
        if (canonicalize_name(named[0]), named[1]) == wanted:
            return path
    return None


def _fetch_wheel(origin: Origin, folder: Path) -> str:
    options = ["download", "--no-deps", "--only-binary=:all:", "-q", *origin.pip, "-d", str(folder), str(origin)]
    done = subprocess.run([*_pip(), *options], capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]


def _fetch_sdist(origin: Origin, folder: Path) -> str:
    """pip would run an sdist's setup.py to look at it, so PyPI itself is asked for the file."""
    import urllib.request

    url = INDEX.format(project=origin.project, version=origin.version)
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310
            files: list[dict[str, Any]] = json.load(answer)["urls"]
        file = next((one for one in files if one["packagetype"] == "sdist" and one["filename"].endswith("gz")), None)
        if file is None:
            return "it has no sdist"
        with urllib.request.urlopen(file["url"], timeout=PATIENCE) as answer:  # noqa: S310
            content = answer.read()
    except (OSError, ValueError, KeyError) as error:
        return str(error)
    if hashlib.sha256(content).hexdigest() != file["digests"]["sha256"]:
        return "what came is not what PyPI lists"
    (folder / file["filename"]).write_bytes(content)
    return ""


def _pip() -> list[str]:
    """This Python's pip; where it has none (uv makes such environments), the one on the path."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        msg = "there is no pip to download the release with"
        raise SchemaError(msg, hint="install pip, or give the wheel")
    return [found]
