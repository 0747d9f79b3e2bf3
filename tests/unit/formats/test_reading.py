"""What `formats.open` makes of every format, told by content."""

import json
import shutil
import zipfile

import numpy as np
import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError


@pytest.mark.parametrize(
    ("name", "format", "version", "tensors", "configured"),
    [
        ("tf2.15/comp_nested.keras", "keras-zip", "2.15.0", 25, True),
        ("k3.15.1/comp_nested.keras", "keras-zip", "3.15.1", 22, True),
        ("k3.15.1/unpacked", "keras-dir", "3.15.1", 14, True),
        ("tf2.15/comp_opt_adamw.h5", "h5-model", "2.15.0", 21, True),
        ("k2.3.1/bidi_none.h5", "h5-model", "2.3.1", 6, True),
        ("k2.3.1/bidi_none.weights.h5", "h5-weights", "2.3.1", 6, False),
        ("tf2.15/bidi_none.weights.h5", "weights-h5", None, 6, False),
        ("k3.15.1/sharded/tiny.weights.json", "weights-json", None, 14, False),
    ],
)
def test_every_format(corpus, name, format, version, tensors, configured):
    with formats.open(corpus / name) as archive:
        assert archive.format == format
        assert archive.metadata.get("keras_version") == version
        assert len(archive.weights.tensors()) == tensors
        assert isinstance(archive.config, dict) is configured
        assert archive.findings == ()
        assert archive.weights.findings() == ()


def test_every_corpus_archive_is_in_order(keras_file):
    with formats.open(keras_file) as archive:
        wanted = {"npz-unusual"} if keras_file.stem == "npz_weights" else set()
        assert {each.name for each in archive.findings} == wanted
        if archive.weights:
            assert archive.weights.findings() == ()
            for path, tensor in archive.weights.tensors().items():
                assert archive.weights.read(path).shape == tensor.shape


def test_architecture_json(tmp_path, corpus):
    with formats.open(corpus / "k3.15.1/bidi_none.keras") as model:
        path = tmp_path / "anything"
        path.write_text(json.dumps(model.config))
        with formats.open(path) as archive:
            assert (archive.format, archive.config) == ("config-json", model.config)
            assert str(archive.config_at / "config") == "#/config"


def test_content_counts_not_the_name(tmp_path, corpus):
    path = tmp_path / "model.keras"
    shutil.copy(corpus / "tf2.15/comp_opt_adamw.h5", path)
    with formats.open(path) as archive:
        assert archive.format == "h5-model"
        assert [each.name for each in archive.findings] == ["misnamed"]


def test_legacy_set_up_and_locations(corpus):
    with formats.open(corpus / "tf2.15/comp_opt_adamw.h5") as archive:
        assert archive.compile_config["optimizer_config"]["class_name"].endswith("AdamW")
        assert str(archive.compile_at / "loss") == "@training_config#/loss"
        assert str(archive.config_at / "config") == "@model_config#/config"
        assert archive.weights.attributes("model_weights")["layer_names"]


def test_standard_input(monkeypatch, corpus):
    with (corpus / "k3.15.1/bidi_none.keras").open("rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file}))
        with formats.open("-") as archive:
            assert archive.format == "keras-zip"
            assert archive.weights.tensors()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git-lfs pointer"),
        (b"<!DOCTYPE html><html>404</html>", "HTML page"),
        (b"\n<html><body>error</body></html>", "HTML page"),
        (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "XML"),
        (b"\x80\x04\x95pickle", "pickle"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"PK\x03\x04" + bytes(100), "cut off"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b'{"some": "json"}', "not a Keras architecture"),
        (b"class_name: Sequential\nconfig: {}\n", "YAML"),
        (bytes(range(256)) * 40, "no type that kav knows"),
    ],
)
def test_strangers_are_named(tmp_path, content, what):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        formats.open(path)
    assert what in str(caught.value)
    assert caught.value.hint
    assert caught.value.location == str(path)
    assert "\n" not in str(caught.value)


def test_folders_are_named(tmp_path):
    with pytest.raises(ArchiveError, match="an empty folder"):
        formats.open(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(ArchiveError, match="damaged graph"):
        formats.open(tmp_path)
    with pytest.raises(ArchiveError, match="no such file"):
        formats.open(tmp_path / "missing.keras")
    (tmp_path / "saved_model.pb").rename(tmp_path / "ckpt.index")
    with pytest.raises(ArchiveError, match="checkpoint"):
        formats.open(tmp_path)


def test_other_zips_are_named(tmp_path):
    arrays = tmp_path / "a.keras"
    with arrays.open("wb") as file:
        np.savez(file, x=np.zeros(3))
    with pytest.raises(ArchiveError, match=r"NumPy \.npz"):
        formats.open(arrays)
    with zipfile.ZipFile(tmp_path / "b.keras", "w") as file:
        file.writestr("model/config.json", "{}")
    with pytest.raises(ArchiveError, match="unzip it"):
        formats.open(tmp_path / "b.keras")


def test_closed_archive_refuses(corpus):
    archive = formats.open(corpus / "k3.15.1/bidi_none.keras")
    member = archive.members[0]
    archive.close()
    archive.close()
    with pytest.raises(ValueError, match="closed"):
        member.open().read()


def test_interleaved_reads(corpus):
    """CPython issue 127847: two members of one ZipFile cannot be read in turns; views can."""
    path = corpus / "tf2.15/comp_nested.keras"
    with formats.open(path) as archive, zipfile.ZipFile(path) as reference:
        streams = [(member.open(), bytearray(), member) for member in archive.members for _ in range(2)]
        for step in range(1, 100_000):
            more = False
            for stream, got, _ in streams:
                piece = stream.read(step % 97 + 1)
                got += piece
                more |= bool(piece)
            if not more:
                break
        for stream, got, member in streams:
            stream.close()
            assert bytes(got) == reference.read(member.name)


def test_deflated_archive_reads_alike(tmp_path, corpus):
    source = corpus / "tf2.15/comp_nested.keras"
    packed = tmp_path / "packed.keras"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with formats.open(source) as old, formats.open(packed) as new:
        assert new.findings == ()
        assert new.config == old.config
        assert {k: t.shape for k, t in new.weights.tensors().items()} == {
            k: t.shape for k, t in old.weights.tensors().items()
        }
        for path in old.weights.tensors():
            np.testing.assert_array_equal(new.weights.read(path), old.weights.read(path))
        stream = new.member("config.json").open()
        whole = stream.read()
        stream.seek(10)
        assert stream.read(5) == whole[10:15]
        stream.seek(2)
        assert stream.read() == whole[2:]


def test_tensors_are_listed_when_asked_for(corpus, monkeypatch):
    from kerasarchive.formats.hdf5.tree import Hdf5Tree

    walks = []
    walk = Hdf5Tree.walk
    monkeypatch.setattr(Hdf5Tree, "walk", lambda self: walks.append(1) or walk(self))
    with formats.open(corpus / "k3.15.1/comp_nested.keras") as archive:
        assert not walks
        archive.weights.tensors()
        archive.weights.groups()
        assert len(walks) == 1


def test_chunks_are_the_values(corpus):
    with formats.open(corpus / "k3.15.1/comp_nested.keras") as archive:
        for path in archive.weights.tensors():
            pieces = list(archive.weights.chunks(path, nbytes=16))
            np.testing.assert_array_equal(np.concatenate(pieces), archive.weights.read(path).reshape(-1))
