"""What a release of Keras needs beside it to run: Python, packages, backend. Facts, each tried with the real releases."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from kerasarchive import _catalog
from kerasarchive.errors import OracleUnavailable
from kerasarchive.model.config import objects
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release

NEEDS_TENSORFLOW = frozenset(
    {
        "StringLookup",
        "IntegerLookup",
        "TextVectorization",
        "Hashing",
        "HashedCrossing",
        "TFSMLayer",
        "StringToHashBucket",
    }
)
"""Layers of Keras 3 that work on TensorFlow alone, whatever the backend."""
TENSORFLOW_PYTHONS = {
    4: ("3.8", "3.7"),
    5: ("3.9", "3.8"),
    6: ("3.9", "3.8"),
    7: ("3.9", "3.10", "3.8"),
    8: ("3.10", "3.9", "3.8"),
    9: ("3.10", "3.9", "3.8"),
    10: ("3.10", "3.9", "3.8"),
    11: ("3.10", "3.9", "3.8"),
    12: ("3.11", "3.10", "3.9", "3.8"),
    13: ("3.11", "3.10", "3.9", "3.8"),
    14: ("3.11", "3.10", "3.9"),
    15: ("3.11", "3.10", "3.9"),
}
"""Minor of TensorFlow 2 -> Pythons it has wheels for, best first."""
GRAPHS = ("tensorflow==1.15.5", "h5py==2.10.0", "protobuf==3.20.3")
"""What standalone Keras ran on. Nothing is released for Python 3.7 any more, so that these few pins are enough; h5py 3
reads text as ``str``, which Keras before 2.4 wants to decode."""
FLAVOURED = {"2.3.0": ("2.2.3", "3.8")}
"""``keras_version`` without its ``-tf`` -> the TensorFlow that wrote it and its Python; the older ones are read by 2.1."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`pythons` in order of preference, pip `requirements`, the `library` to import and Keras 3's `backend`."""

    requirements: tuple[str, ...]
    library: str
    backend: str
    pythons: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return " ".join(self.requirements)


def needs_tensorflow(config: object) -> bool:
    """Whether a model of this config runs on TensorFlow alone."""
    return any(node.class_name in NEEDS_TENSORFLOW for node in objects(config, Location()))


def tensorflow_package() -> str:
    """The CPU build where one is published under a name of its own."""
    return "tensorflow-cpu" if sys.platform.startswith("linux") else "tensorflow"


def standalone(release: Release) -> bool:
    """Whether this is Keras with graphs of its own, before 2.4 made it a name of tf.keras."""
    return (
        release.library == "keras"
        and release.major in (1, 2)
        and release < Release("keras", "2.4")
        and not release.flavour
    )


def library(release: Release) -> str:
    """What to import where this release is installed."""
    return "keras" if release.major >= 3 or standalone(release) else "tensorflow"


def for_release(release: Release, *, tensorflow: bool = False, training: bool = False) -> Recipe:
    """The smallest environment in which this release of Keras computes faithfully.

    Keras before 2.4 runs on TensorFlow 1.15, later 2.x is tf.keras in the TensorFlow of the same minor version.
    Keras 3 gets JAX, which its NumPy backend imports too: 570 MB against TensorFlow's 1.5 GB. `tensorflow` asks for
    that, `training` for a backend that trains.
    """
    minor = release.key.minor
    if release.major == 2 and minor in TENSORFLOW_PYTHONS and not release.flavour:
        extra = ("numpy<2", "setuptools<80") if minor >= 12 else ("protobuf<3.21", "numpy<1.24", "setuptools<70")
        return Recipe((f"{tensorflow_package()}==2.{minor}.*", *extra), "tensorflow", "", TENSORFLOW_PYTHONS[minor])
    if release.flavour:
        number, newest = FLAVOURED.get(release.version, ("2.1.4", "3.7"))
        return Recipe(
            (f"{tensorflow_package()}=={number}", *GRAPHS[1:], "numpy<1.19", "setuptools<60"),
            "tensorflow",
            "",
            (newest,),
        )
    if standalone(release):
        # Keras 1 cannot be imported without Theano; scipy 1.6 and later ask for a newer NumPy than Theano bears.
        more = ("numpy==1.16.6", "theano==1.0.5", "scipy<1.6") if release.major == 1 else ("numpy==1.18.5",)
        return Recipe((f"keras=={release.version}", *GRAPHS, *more, "setuptools<60"), "keras", "tensorflow", ("3.7",))
    if release.major != 3:
        msg = f"kav does not know how to run {release}"
        raise OracleUnavailable(msg, hint="name a Python that has it with --old-env or --new-env")
    early = minor < 5
    pythons = (
        ("3.11", "3.10", "3.9") if early else ("3.11", "3.12", "3.13") if minor >= 11 else ("3.11", "3.10", "3.12")
    )
    keras = (f"keras=={release.version}", *(("numpy<2", "packaging") if early else ()))
    if tensorflow:
        # TensorFlow 2.20 asks for Keras 3.10 or later, 2.18 for 3.5 or later.
        beside = "2.16.2" if early else "2.18.*" if minor < 10 else "2.20.*"
        return Recipe((*keras, f"{tensorflow_package()}=={beside}"), "keras", "tensorflow", pythons)
    return Recipe((*keras, "jax"), "keras", "jax" if training or minor < 3 else "numpy", pythons)


def for_library(release: Release) -> Recipe:
    """The smallest environment for a release of a library on Keras: on JAX, with the Keras that it was read beside."""
    beside = _catalog.optional(release.library, "overrides.json").get("keras", {}).get(release.version)
    if beside is None:
        msg = f"kav does not know with which Keras to run {release}"
        raise OracleUnavailable(msg, hint="name a Python that has it")
    keras = for_release(Release("keras", beside))
    old = ("numpy<2",) if release.library == "bayesflow" and release.key < Release("bayesflow", "2.0.8").key else ()
    requirements = (f"{release.library}=={release.version}", f"keras=={beside}", "jax", *old)
    return Recipe(requirements, "keras", "jax", tuple(dict.fromkeys(("3.12", *keras.pythons))))


def for_spec(spec: str, *, training: bool = False) -> Recipe:
    """The environment that a user spelt out: requirements separated by spaces or commas, or ``tf2.15`` for short."""
    parts: Sequence[str] = [part for part in spec.replace(",", " ").split() if part]
    if len(parts) == 1 and parts[0].startswith("tf2."):
        return for_release(Release("keras", parts[0][2:]))
    release = Release.parse(parts[0]) if parts else None
    if release is not None and parts[0].startswith("keras=="):
        base = for_release(release, tensorflow=any(part.startswith("tensorflow") for part in parts), training=training)
        if len(parts) == 1:
            return base
        if base.library == "keras":
            backend = next(
                (name for name in ("tensorflow", "torch") if any(part.startswith(name) for part in parts)), base.backend
            )
            rest = (
                ()
                if backend in ("tensorflow", "torch")
                else ("jax",)
                if not any(p.startswith("jax") for p in parts)
                else ()
            )
            return Recipe((*parts, *rest), "keras", backend, base.pythons)
    if any(part.startswith("tensorflow") for part in parts):
        pythons = ("3.11", "3.10", "3.9", "3.12")
        return Recipe(tuple(parts), "tensorflow", "tensorflow", pythons)
    msg = f"cannot make an environment of {spec!r}"
    raise OracleUnavailable(msg, hint="give self, the path of a Python, keras==X.Y.Z, tf2.15, or pip requirements")
