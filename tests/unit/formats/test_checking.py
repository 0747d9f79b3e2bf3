"""`formats.check` and `formats.digest`."""

import hashlib

from kerasarchive import formats


def test_an_honest_archive(keras_file):
    with formats.open(keras_file) as archive:
        assert list(formats.check(archive)) == []


def test_an_altered_weight_is_found(tmp_path, corpus):
    data = bytearray((corpus / "tf2.15/bidi_none.keras").read_bytes())
    with formats.open(corpus / "tf2.15/bidi_none.keras") as archive:
        tensor = next(iter(archive.weights.tensors().values()))
    start = data.index(b"\x89HDF") + tensor.offset
    data[start] ^= 1
    path = tmp_path / "altered.keras"
    path.write_bytes(bytes(data))
    with formats.open(path, limits=formats.Limits(checked_member=10)) as archive:
        assert archive.findings == ()
        assert [each.name for each in formats.check(archive)] == ["zip-bad-checksum"]


def test_digest(tmp_path, corpus):
    file = corpus / "tf2.15/bidi_none.keras"
    assert formats.digest(file) == hashlib.sha256(file.read_bytes()).hexdigest()
    folder = tmp_path / "folder"
    with formats.open(file) as archive:
        formats.write(archive, folder, format="keras-dir")
    before = formats.digest(folder)
    (folder / "config.json").write_text("{}")
    assert formats.digest(folder) != before
