"""Where the source of a release comes from: which project on PyPI, which folder in its wheel. All of it is data.

``sources`` in a library's ``overrides.json`` is a list; the first entry that names the release says where its source is:

- ``releases``: a release (``2.2.4-tf``), a specifier such as ``<2.4``, which means unflavoured ones, or a list of such
- ``project`` and ``version`` on PyPI; without them those of the library and the release
- ``folder``: the package's folder in the wheel; without it the library's name
- ``package``: how that folder is imported, if not by its own path
- ``beside``: modules outside of the package that its own rest on, by their path from the folder around it
- ``pip``: options for pip, for wheels that are made for other Pythons than the one that runs
- ``sdist``: true where there is no wheel

A release that no entry names comes from the wheel of its own name and version. ``functions`` is a list of the same
kind: the TensorFlow beside a release whose functions its archives name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from kerasarchive.model.release import Release


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of one release. `folder` lies in the distribution, `package` is the dotted name it is imported by."""

    project: str
    version: str
    folder: str
    package: str
    beside: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()
    sdist: bool = False

    @property
    def around(self) -> str:
        """The dotted name of what the package lies in (``tensorflow.python``); empty for one at the top."""
        return self.package.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.project}=={self.version}"


def origin(release: Release, overrides: Mapping[str, Any]) -> Origin:
    """Where the overrides of its library say that a release's source lies."""
    return _origin(release, _entry(release, overrides.get("sources", ())) or {})


def tensorflow_beside(release: Release, overrides: Mapping[str, Any]) -> Origin | None:
    """The TensorFlow whose functions archives of a release name; None where they name none."""
    entry = _entry(release, overrides.get("functions", ()))
    return None if entry is None else _origin(release, entry)


def _entry(release: Release, listed: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((entry for entry in listed if concerns(entry["releases"], release)), None)


def _origin(release: Release, entry: Mapping[str, Any]) -> Origin:
    folder = entry.get("folder", release.library)
    return Origin(
        project=entry.get("project", release.library.replace("_", "-")),
        version=entry.get("version", release.version),
        folder=folder,
        package=entry.get("package", folder.replace("/", ".")),
        beside=tuple(entry.get("beside", ())),
        pip=tuple(entry.get("pip", ())),
        sdist=entry.get("sdist", False),
    )


def concerns(releases: str | list[str], release: Release) -> bool:
    """Whether `releases` names `release`: a label, a specifier, which flavoured releases never meet, or any of a list."""
    if isinstance(releases, list):
        return any(concerns(one, release) for one in releases)
    if releases[:1].isdigit():
        return release.label == releases
    return not release.flavour and release.key in SpecifierSet(releases, prereleases=True)
