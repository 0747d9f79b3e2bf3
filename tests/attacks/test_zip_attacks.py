"""E: parser differentials, bombs, names. Whatever Keras would not see as other readers do is a Finding."""

import stat
import struct
import time
import zipfile
import zlib

import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError


def test_the_builder_is_honest(honest, build, look):
    path = build(honest)
    assert look(path)[0] == []
    assert zipfile.ZipFile(path).testzip() is None


@pytest.mark.parametrize("method", [0, 8])
def test_benign_variants(honest, build, look, part, method):
    """Folder entries, comments, a README, deflate: none of them is a finding."""
    for each in honest:
        each.method = method
    extra = [part(b"assets/", b""), part(b"assets/vocabulary.txt", b"a\nb", method=8), part(b"README.md", b"# hello")]
    assert look(build([*honest, *extra], comment=b"saved by hand"))[0] == []


def test_zip64_is_benign(tmp_path, honest, look):
    path = tmp_path / "wide.keras"
    with zipfile.ZipFile(path, "w") as file:
        for each in honest:
            with file.open(each.name.decode(), "w", force_zip64=True) as member:
                member.write(each.data)
    assert look(path)[0] == []


def test_duplicate_member_last_one_counts(honest, build, look, part):
    evil = part(b"config.json", b'{"class_name": "Evil", "config": {}}')
    names, archive = look(build([*honest, evil]))
    assert names == ["zip-duplicate-member"]
    assert archive.config["class_name"] == "Evil"
    assert zipfile.ZipFile(build([*honest, evil])).read("config.json") == evil.data
    assert [member.name for member in archive.members].count("config.json") == 1


def test_case_collision(honest, build, look, part):
    assert look(build([*honest, part(b"Config.json", b"{}")]))[0] == ["zip-case-collision"]


@pytest.mark.parametrize(
    "name",
    [
        b"../evil.txt",
        b"assets/../../evil",
        b"/etc/evil",
        b"C:evil",
        b"a\\..\\evil",
        b"a\0b",
        b"a\x1bb",
        b"a//b",
        b"./a",
        b"",
    ],
)
def test_unsafe_names(honest, build, look, part, name):
    assert "zip-unsafe-name" in look(build([*honest, part(name, b"x")]))[0]


def test_unsafe_names_are_not_extracted(tmp_path, honest, build, part):
    with (
        formats.open(build([*honest, part(b"../evil.txt", b"x")])) as archive,
        pytest.raises(Exception, match="leads out"),
    ):
        formats.write(archive, tmp_path / "folder", format="keras-dir")
    assert not (tmp_path / "evil.txt").exists()
    assert not (tmp_path.parent / "evil.txt").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_special_members(honest, build, look, part, kind):
    link = part(b"assets/link", b"/etc/passwd", external=(kind | 0o777) << 16)
    assert look(build([*honest, link]))[0] == ["zip-symlink"]


def test_encrypted(honest, build, look):
    honest[1].flags = 1
    names, archive = look(build(honest))
    assert "zip-encrypted" in names
    assert archive.config is None
    with formats.open(build(honest)) as archive, pytest.raises(ArchiveError, match="encrypted"):
        archive.member("config.json").open()


@pytest.mark.parametrize("method", [9, 12, 14, 93, 99, 1234])
def test_unknown_methods(honest, build, look, method):
    honest[2].method = method
    names, archive = look(build(honest))
    assert "zip-unknown-method" in names
    assert archive.config is not None


def test_prefix(honest, build, look):
    assert look(build(honest, prefix=b"#!/bin/sh\n"))[0] == ["zip-prefix"]
    assert look(build(honest, prefix=b"#!/bin/sh\n", counted=False))[0] == ["zip-prefix"]


def test_polyglot_with_hdf5(honest, build, look, weights, tmp_path):
    path = build(honest, prefix=weights, counted=False)
    assert "polyglot" in look(path)[0]
    renamed = path.rename(tmp_path / "model.h5")
    names, archive = look(renamed)
    assert archive.format == "weights-h5"
    assert "polyglot" in names


def test_trailing_data(honest, build, look):
    assert look(build(honest, trailing=b"MZ and more"))[0] == ["zip-trailing-data"]


def test_two_archives(honest, build, look, part, tmp_path):
    first = build([part(b"config.json", b"{}"), *honest[2:]]).read_bytes()
    names, archive = look(build(honest, prefix=first, counted=False))
    assert {"zip-second-archive", "zip-hidden-entry", "zip-prefix"} <= set(names)
    assert archive.config["class_name"] == "Sequential"


def test_archive_in_the_comment(honest, build, look, part, tmp_path):
    """CPython, and so Keras, reads the last end record: the one inside the comment."""
    outer = build(honest).read_bytes()
    inner = build([part(b"config.json", b'{"class_name": "Inner", "config": {}}'), *honest[2:]]).read_bytes()
    # The comment's length says that the inner archive belongs to the outer one.
    path = tmp_path / "comment.keras"
    path.write_bytes(outer[:-2] + struct.pack("<H", len(inner)) + inner)
    names, archive = look(path)
    assert "zip-second-archive" in names
    with zipfile.ZipFile(path) as reference:
        assert b"Inner" in reference.read("config.json")
    assert archive.config["class_name"] == "Inner"


@pytest.mark.parametrize(
    "lie",
    [{"name": b"other.json"}, {"crc": 1}, {"size": 5}, {"stored": 5}, {"method": 8}, {"flags": 0x800}],
)
def test_local_header_contradicts(honest, build, look, lie):
    honest[1].local = lie
    assert "zip-header-mismatch" in look(build(honest))[0]


def test_missing_local_header(honest, build, look, part):
    names, _ = look(build([*honest, part(b"assets/x", b"xx", offset=5)]))
    assert "zip-header-mismatch" in names


def test_hidden_entry(honest, build, look, part):
    hidden = part(b"hidden.py", b"print()", listed=False)
    names, archive = look(build([*honest[:2], hidden, *honest[2:]]))
    assert {"zip-hidden-entry", "zip-gap"} == set(names)
    assert archive.member("hidden.py") is None


def test_gap(honest, build, look):
    honest[1].before = b"secret" * 10
    assert look(build(honest))[0] == ["zip-gap"]
    honest[1].before = b""
    assert look(build(honest, before_directory=b"secret"))[0] == ["zip-gap"]


def test_overlap(honest, build, look, part):
    again = part(b"assets/again", honest[0].data, offset=0, local={}, central={})
    assert "zip-overlap" in look(build([*honest, again]))[0]


def test_wrong_checksum(honest, build, look):
    honest[1].local = honest[1].central = {"crc": 0xDEADBEEF}
    names, _ = look(build(honest))
    assert names == ["zip-bad-checksum"]


def test_wrong_checksum_of_deflated(honest, build, look):
    honest[2].method = 8
    honest[2].local = honest[2].central = {"crc": 0xDEADBEEF}
    assert "zip-bad-checksum" in look(build(honest))[0]


@pytest.mark.parametrize("size", [10, 10_000])
def test_wrong_size_of_deflated(honest, build, look, size):
    honest[1].method = 8
    honest[1].local = honest[1].central = {"size": size}
    names, archive = look(build(honest))
    assert "zip-wrong-size" in names
    assert archive.config is None


def test_wrong_size_of_stored(honest, build, look):
    honest[1].local = honest[1].central = {"size": 10}
    assert "zip-wrong-size" in look(build(honest))[0]


def test_broken_deflate(honest, build, look):
    honest[1].method = 8
    honest[1].local = {"stored_bytes": b"\xff" * 40, "stored": 40}
    honest[1].central = {"stored": 40}
    assert "zip-bad-checksum" in look(build(honest))[0]


def test_entry_count(honest, build, look):
    assert look(build(honest, count=7))[0] == ["zip-entry-count"]


def test_unicode_name_field(honest, build, look, part):
    other = b"config.json"
    extra = struct.pack("<HHBL", 0x7075, 5 + len(other), 1, zlib.crc32(b"x.json")) + other
    assert look(build([*honest, part(b"x.json", b"{}", extra=extra)]))[0] == ["zip-unicode-name"]


def test_member_beyond_the_end(honest, build, look):
    honest[2].local = honest[2].central = {"stored": 1 << 20, "size": 1 << 20}
    names, archive = look(build(honest))
    assert "zip-truncated" in names
    assert archive.weights is None


def test_truncated_file(honest, build, look):
    path = build(honest)
    data = path.read_bytes()
    for keep in range(0, len(data), 211):
        path.write_bytes(data[:keep])
        with pytest.raises(ArchiveError):
            formats.open(path)


def test_bomb_of_many_members(honest, build, look, part):
    """Each member stays below any floor for one; together they declare gigabytes."""
    zeros = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    stream = b"".join(zeros.compress(block) for _ in range(200)) + zeros.flush()
    lies = {"stored": len(stream), "size": 200 << 20, "crc": 0}
    bombs = [
        part(f"assets/{i}".encode(), b"", method=8, local=lies | {"stored_bytes": stream}, central=lies)
        for i in range(8)
    ]
    start = time.monotonic()
    names, _ = look(build([*honest, *bombs]))
    assert names == ["zip-bomb"]
    assert time.monotonic() - start < 2


def test_bomb_in_the_config(honest, build, look):
    config = b'{"class_name": "' + b"a" * (64 << 20) + b'", "config": {}}'
    honest[1].data, honest[1].method = config, 8
    names, archive = look(build(honest), json_size=1 << 20)
    assert names == ["json-too-large"]
    assert archive.config is None


def test_bomb_in_the_weights_is_not_inflated(honest, build, look):
    honest[2].data, honest[2].method = bytes(32 << 20), 8
    names, _ = look(build(honest), inflated_total=1 << 20)
    assert "zip-bomb" in names


def test_impossible_ratio(honest, build, look, part):
    lie = {"size": (1 << 32) - 2}
    path = build([*honest, part(b"assets/x", b"abc", method=8, local=lie, central=lie)])
    assert {"zip-wrong-size", "zip-bomb"} == set(look(path)[0])
    with formats.open(path) as archive, archive.member("assets/x").open() as content, pytest.raises(ArchiveError):
        content.read(100)


def test_honest_zeros_are_no_bomb(honest, build, look, tmp_path):
    """All-zero weights deflate a thousand to one; that alone proves nothing."""
    import h5py
    import numpy as np

    path = tmp_path / "zeros.h5"
    with h5py.File(path, "w") as file:
        file["layers/embedding/vars/0"] = np.zeros((4096, 1024), "f4")
    honest[2].data, honest[2].method = path.read_bytes(), 8
    assert look(build(honest))[0] == []


def test_too_many_members(honest, build, part):
    many = [part(f"assets/{i}".encode(), b"") for i in range(300)]
    with pytest.raises(ArchiveError, match="members") as caught:
        formats.open(build([*honest, *many]), limits=formats.Limits(members=100))
    assert caught.value.limit == 100


def test_zip64_that_contradicts(honest, build, look):
    data = build(honest).read_bytes()
    end = data.rindex(b"PK\5\6")
    _, _, _, _, entries, size, offset, _ = struct.unpack_from("<4s4H2LH", data, end)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, size, offset)
    for located, plain_entries in ((end + 999, entries), (end, entries + 1)):
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, located, 1)
        plain = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, plain_entries, plain_entries, size, offset, 0)
        path = build(honest)
        path.write_bytes(data[:end] + record + locator + plain)
        assert look(path)[0] == ["zip-entry-count"]
