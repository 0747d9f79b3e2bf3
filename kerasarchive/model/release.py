"""Libraries, their releases, and what is known of the release that wrote an archive."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, total_ordering

from packaging.version import InvalidVersion, Version

KERAS = frozenset({"keras", "tf_keras"})
"""The libraries that read archives by themselves; others build on them. tf_keras went on where Keras 2.15 ended."""


def package_name(text: str) -> str:
    """What a library goes by, however it is spelled: ``Keras-Hub`` is ``keras_hub``."""
    return text.replace("-", "_").lower()


@total_ordering
@dataclass(frozen=True)
class Release:
    """One release of one library, ordered as PEP 440 orders versions. Releases of two libraries do not compare.

    `version` is normalised on construction, so that ``3.0`` and ``3.0.0`` are the same release; a flavour such as the
    ``-tf`` that tf.keras of TensorFlow 1 to 2.2 wrote (``2.2.4-tf``) is kept in `flavour`. Such a release is another
    one than that of the bare number, and comes right after it. A library goes by the name of its package:
    ``keras-hub`` is ``keras_hub``.
    """

    library: str
    version: str
    flavour: str = ""

    def __post_init__(self) -> None:
        text = self.version.strip()
        flavoured = text.endswith("-tf")
        parsed = Version(text.removesuffix("-tf"))
        release = ".".join(str(number) for number in (*parsed.release, 0, 0)[: max(3, len(parsed.release))])
        suffix = str(parsed)[len(parsed.base_version) :]
        object.__setattr__(self, "version", release + suffix)
        object.__setattr__(self, "library", package_name(self.library))
        if flavoured:
            object.__setattr__(self, "flavour", "tf")

    @cached_property
    def key(self) -> Version:
        """The PEP 440 version to sort by."""
        return Version(self.version)

    @property
    def label(self) -> str:
        """The version with its flavour, ``2.2.4-tf``: what the release is called wherever its library is known."""
        return f"{self.version}-{self.flavour}" if self.flavour else self.version

    @property
    def major(self) -> int:
        """First number of the version."""
        return self.key.major

    def __lt__(self, other: Release) -> bool:
        if self.library != other.library:
            return NotImplemented
        return (self.key, self.flavour) < (other.key, other.flavour)

    def __str__(self) -> str:
        return f"{self.library}=={self.label}"

    @property
    def of_keras(self) -> bool:
        """Whether it is one of Keras itself, under either of its names."""
        return self.library in KERAS

    @classmethod
    def parse(cls, text: str, *, library: str = "keras") -> Release | None:
        """``keras==3.15.1`` or ``3.15.1``; None if that is no version."""
        name, _, version = text.strip().rpartition("==")
        try:
            return cls(name.strip() or library, version.strip())
        except InvalidVersion:
            return None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which release wrote an archive: `recorded` in it, or inferred to lie `between` two, with reasons; or unknown.

    Exactly one of `release` and `between` is set, or neither where nothing is known.
    """

    library: str
    release: Release | None = None
    between: tuple[Release, Release] | None = None
    because: tuple[str, ...] = ()

    @property
    def of_keras(self) -> bool:
        """Whether it is about Keras itself, not about a library on it."""
        return self.library in KERAS

    @property
    def certainty(self) -> str:
        """``recorded``, ``inferred`` or ``unknown``."""
        return "recorded" if self.release else "inferred" if self.between else "unknown"
