"""How much of a file kav is ready to believe. Every limit answers an attack and leaves room for honest archives."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes."""

    members: int = 65_536
    """Zip members or files of a directory: answers central directories with millions of entries."""
    inflated_member: int = 64 * GIB
    """Content of one deflated member that kav would inflate: answers a zip bomb in a single member."""
    inflated_total: int = GIB
    """Declared content of all deflated members above which `ratio` counts: answers bombs made of many small members."""
    ratio: int = 100
    """Content over file size above which the archive is called a bomb, beyond `inflated_total` only: honest deflated
    weights that are all zero reach 1000 to 1, so a ratio alone proves nothing."""
    checked_member: int = MIB
    """Members up to this size have their checksum verified on opening; larger ones only when asked: answers altered
    members without making opening as slow as reading."""
    checked_total: int = 16 * MIB
    """All that is verified on opening."""
    saved_model: int = 512 * MIB
    """A SavedModel's saved_model.pb, which holds its constants too: answers graphs that fill the memory."""
    json_size: int = 128 * MIB
    """One JSON document (a vocabulary in it makes tens of megabytes): answers a config that inflates to gigabytes."""
    json_values: int = 4_000_000
    """Values in one JSON document: answers ``[[],[],...``, which takes 25 times its size in memory."""
    json_depth: int = 500
    """Nesting of one JSON document (a nested model takes four levels): answers stack exhaustion."""
    json_digits: int = 4300
    """Digits of an integer, CPython's own limit: answers quadratic conversion of huge integers."""
    hdf5_objects: int = 250_000
    """Groups and datasets of one HDF5 file: answers endless trees."""
    hdf5_names: int = 64 * MIB
    """All paths of one HDF5 file together: answers long names that are nested or repeated."""
    hdf5_depth: int = 256
    """Nesting of groups: answers stack exhaustion in whatever walks the paths."""
    hdf5_rank: int = 32
    """Dimensions of a dataset, HDF5's own limit: answers malformed dataspaces."""
    attribute_size: int = 256 * MIB
    """One HDF5 attribute (``model_config`` is one): answers attributes that declare terabytes."""
    unwritten: int = 64 * MIB
    """Declared size of a dataset for which the file stores (almost) nothing, above which it is called a shape bomb."""
    shards: int = 10_000
    """Files named by a sharded ``.weights.json``: answers maps that open files without end."""
    findings: int = 1000
    """Findings about one HDF5 file: answers files that are wrong in a million places."""
    stdin: int = 64 * GIB
    """What is taken from standard input: answers endless streams."""
