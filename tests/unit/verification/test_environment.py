"""Environments are found or refused in one line; nothing is downloaded here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kerasarchive.errors import OracleUnavailable
from kerasarchive.model.release import Release
from kerasarchive.verification import environment
from kerasarchive.verification.recipe import Recipe

RELEASE = Release("keras", "3.15.1")
HERE = ".".join(str(number) for number in sys.version_info[:2])


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_self_and_a_path_are_taken_as_they_are() -> None:
    assert environment.resolve("self", RELEASE).python == sys.executable
    given = environment.resolve(sys.executable, Release("keras", "2.15.0"))
    assert (given.python, given.library) == (sys.executable, "tensorflow")


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(OracleUnavailable, match="no Python at /nowhere/python"):
        environment.resolve("/nowhere/python", RELEASE)


def test_no_interpreter_is_one_clear_line() -> None:
    with pytest.raises(OracleUnavailable, match=r"no Python 2\.1 or 9\.9 on this machine \(install one"):
        environment.find_python(("2.1", "9.9"), None)


def test_this_python_is_found() -> None:
    found = environment.find_python((HERE,), None)
    assert subprocess.run([found, "-c", ""], check=True).returncode == 0


def test_a_failing_install_leaves_nothing_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "  × No solution found\n  ╰─▶ error: no network\n")

    monkeypatch.setattr(environment.subprocess, "run", fail)
    monkeypatch.setattr(environment, "find_python", lambda *_: sys.executable)
    with pytest.raises(
        OracleUnavailable, match=r"cannot make an environment with keras==3\.15\.1 jax: error: no network"
    ):
        environment.prepare(Recipe(("keras==3.15.1", "jax"), "keras", "numpy", (HERE,)))
    assert not [path for path in environment.cache().iterdir() if path.is_dir()]


def test_an_environment_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make(root: Path, python: Path, recipe: Recipe) -> None:
        made.append(root)
        root.mkdir()

    monkeypatch.setattr(environment, "_make", make)
    recipe = Recipe(("keras==3.15.1", "jax"), "keras", "numpy", (HERE,))
    first = environment.prepare(recipe)
    assert environment.prepare(recipe) == first
    assert len(made) == 1
    (made[0] / environment.MARK).unlink()  # cut off while being made
    environment.prepare(recipe)
    assert len(made) == 2
