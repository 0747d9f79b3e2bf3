"""Real archives with bytes flipped, cut out or cut off: an Archive or an ArchiveError, never anything else."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasarchive import formats
from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import parse
from kerasarchive.formats.limits import Limits
from kerasarchive.model.location import Location

SOURCES = [
    "tf2.15/bidi_none.keras",
    "k3.15.1/textvec_multihot.keras",
    "k2.3.1/bidi_none.h5",
    "tf2.15/bidi_none.weights.h5",
]
LIMITS = Limits(inflated_member=1 << 24, json_size=1 << 20, attribute_size=1 << 20, hdf5_objects=10_000)


def look_at_everything(path):
    """Open, list, and read whatever is listed."""
    try:
        with formats.open(path, limits=LIMITS) as archive:
            if archive.weights is not None:
                archive.weights.findings()
                for name in ("", *archive.weights.groups()):
                    archive.weights.attributes(name)
                for name, tensor in archive.weights.tensors().items():
                    if tensor.offset is not None and tensor.nbytes < 1 << 20:
                        read(archive.weights, name)
            for member in archive.members:
                drain(member)
    except ArchiveError as error:
        assert error.message
        assert "\n" not in str(error)


def read(store, name):
    try:
        store.read(name)
    except ArchiveError:
        return


def drain(member):
    try:
        with member.open() as content:
            while content.read(1 << 16):
                pass
    except ArchiveError:
        return


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutations(name, corpus, tmp_path, data):
    content = bytearray((corpus / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        kind = data.draw(st.sampled_from(["flip", "value", "cut", "insert", "truncate", "copy"]))
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        if kind == "flip":
            content[at] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "value":
            width = data.draw(st.sampled_from([1, 2, 4, 8]))
            content[at : at + width] = data.draw(st.sampled_from([b"\0", b"\xff", b"\x7f", b"\x01"])) * width
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 64))]
        elif kind == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=64))
        elif kind == "truncate":
            del content[at:]
        else:
            start = data.draw(st.integers(0, max(0, len(content) - 1)))
            content[at : at + 16] = content[start : start + 16]
        content = content or bytearray(b"\0")
    path = tmp_path / "mutated.keras"
    path.write_bytes(bytes(content))
    look_at_everything(path)


@pytest.mark.parametrize("name", SOURCES)
def test_flips_where_the_structures_are(name, corpus, tmp_path):
    """Every byte of the HDF5 superblock and of the zip's records, one by one."""
    content = (corpus / name).read_bytes()
    chance = random.Random(7)
    places = [*range(0, 100), *range(max(0, len(content) - 300), len(content))]
    start = content.find(b"\x89HDF")
    places += range(start, start + 900)
    path = tmp_path / "flipped.keras"
    for place in places[::3]:
        if place < len(content):
            broken = bytearray(content)
            broken[place] = chance.randrange(256)
            path.write_bytes(bytes(broken))
            look_at_everything(path)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789eE.-nulltruefalse\\u ', max_size=200).map(str.encode)
)
def test_any_bytes_as_json(data):
    value, findings = parse(data, Location("config.json"), Limits(json_depth=20, json_digits=50))
    assert value is not None or findings or data.strip() == b"null"


def test_mutations_that_only_the_library_reads(tmp_path):
    """New-style groups with dense links are read by the HDF5 library; it may even crash, in its own process."""
    import h5py
    import numpy as np

    path = tmp_path / "latest.weights.h5"
    with h5py.File(path, "w", libver="latest") as file:
        for index in range(20):
            file[f"layers/dense_{index}/vars/0"] = np.ones((3, 3), "f4")
        file["layers"].attrs["name"] = "text"
    content = path.read_bytes()
    look_at_everything(path)
    chance = random.Random(3)
    for _ in range(8):  # a child process each
        broken = bytearray(content)
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(bytes(broken))
        look_at_everything(path)
