"""A Python that has the wanted release: this one, a given one, or an environment made with uv (or venv) and cached.

Interpreters are those found on the machine; nothing but packages is ever downloaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kerasarchive.errors import OracleUnavailable
from kerasarchive.model.release import Release
from kerasarchive.verification.recipe import Recipe, for_release, for_spec, library

INSTALL_TIMEOUT = 1800.0
MARK = "kav.json"
"""Written last: an environment without it was cut off while being made."""


@dataclass(frozen=True, slots=True)
class Environment:
    """`python` to run, `library` to import in it (``keras`` or ``tensorflow``), Keras 3's `backend`, and what it is."""

    python: str
    library: str
    backend: str
    description: str


def resolve(spec: str | None, release: Release, *, tensorflow: bool = False, training: bool = False) -> Environment:
    """The environment for `release`, or the one that `spec` names (``self``, a path, requirements).

    Raises OracleUnavailable where it cannot be had on this machine.
    """
    if spec in ("self", "this"):
        return _given(sys.executable, release, "this Python")
    if spec and (os.sep in spec or Path(spec).is_file()):
        if not Path(spec).is_file():
            msg = f"no Python at {spec}"
            raise OracleUnavailable(msg, hint="give the path of a python executable")
        return _given(spec, release, spec)
    if spec is None and _installed(release) and not training:
        return _given(sys.executable, release, "this Python")
    recipe = (
        for_spec(spec, training=training) if spec else for_release(release, tensorflow=tensorflow, training=training)
    )
    return Environment(prepare(recipe), recipe.library, recipe.backend, recipe.name)


def _given(python: str, release: Release, description: str) -> Environment:
    return Environment(python, library(release), os.environ.get("KERAS_BACKEND", ""), description)


def _installed(release: Release) -> bool:
    package = library(release)
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return (
        version == release.version if package == "keras" else version.split(".")[:2] == release.version.split(".")[:2]
    )


def cache() -> Path:
    """The folder that keeps the environments: ``$XDG_CACHE_HOME/kav/envs``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kav" / "envs"


def prepare(recipe: Recipe) -> str:
    """The Python of an environment with these requirements, made now or found in the cache."""
    digest = hashlib.sha256(json.dumps([recipe.requirements, recipe.pythons]).encode()).hexdigest()[:12]
    label = recipe.requirements[0].replace("==", "-").replace("*", "x")
    root = cache() / f"{label}-{digest}"
    python = root / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    try:
        cache().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the cache of environments: {error.strerror}"
        raise OracleUnavailable(msg, location=str(cache()), hint="set XDG_CACHE_HOME") from None
    with _locked(cache() / f".{root.name}.lock"):
        if not (root / MARK).exists():
            shutil.rmtree(root, ignore_errors=True)
            _make(root, python, recipe)
            (root / MARK).write_text(json.dumps({"requirements": recipe.requirements}))
    return str(python)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two kav at once do not make the same environment twice."""
    with path.open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(root: Path, python: Path, recipe: Recipe) -> None:
    uv = shutil.which("uv")
    interpreter = find_python(recipe.pythons, uv)
    if uv:
        _run([uv, "venv", "--quiet", "--no-python-downloads", "--python", interpreter, str(root)], root, recipe)
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *recipe.requirements], root, recipe)
    else:
        _run([interpreter, "-m", "venv", str(root)], root, recipe)
        _run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *recipe.requirements],
            root,
            recipe,
        )


def _run(command: list[str], root: Path, recipe: Recipe) -> None:
    environ = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=INSTALL_TIMEOUT, env=environ, check=False
        )
        said, code = done.stderr, done.returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        said, code = str(error), 1
    if code:
        shutil.rmtree(root, ignore_errors=True)
        lines = [line.strip(" ×╰─▶├│") for line in said.splitlines() if line.strip()]
        reason = next(
            (line for line in lines if "rror" in line or "annot" in line or "ailed" in line),
            lines[-1] if lines else "no message",
        )
        msg = f"cannot make an environment with {recipe.name}: {reason[:300]}"
        raise OracleUnavailable(
            msg, hint="name a Python that has it with --old-env or --new-env, or use --expect FILE.npz"
        )


def find_python(versions: tuple[str, ...], uv: str | None) -> str:
    """The path of the first of these Pythons that this machine has. Raises OracleUnavailable."""
    for version in versions:
        for candidate in _candidates(version, uv):
            if _works(candidate, version):
                return candidate
    msg = f"no Python {' or '.join(versions)} on this machine"
    raise OracleUnavailable(msg, hint="install one, or name a Python with --old-env or --new-env")


def _candidates(version: str, uv: str | None) -> Iterator[str]:
    if ".".join(str(number) for number in sys.version_info[:2]) == version:
        # The base interpreter: an environment made of an environment dies with it.
        yield getattr(sys, "_base_executable", None) or sys.executable
    found = shutil.which(f"python{version}")
    if found:
        yield found
    roots = (
        os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv"),
        "/opt/hostedtoolcache/Python",
        str(Path.home() / ".local/share/uv/python"),
    )
    for root in roots:
        for path in sorted(
            Path(root).glob(f"**/*{version}*/**/bin/python{version}")
            if root.endswith("Python")
            else [
                *Path(root).glob(f"versions/{version}.*/bin/python"),
                *Path(root).glob(f"*{version}.*/bin/python{version}"),
            ],
            reverse=True,
        ):
            yield str(path)
    if uv:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(
                [uv, "python", "find", "--no-python-downloads", version],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            if done.returncode == 0 and done.stdout.strip():
                yield done.stdout.strip().splitlines()[-1]


def _works(python: str, version: str) -> bool:
    """A pyenv shim exists for versions that are not selected, and fails when it is run."""
    try:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version
