"""Unpacked archives: links and special files are reported and never followed."""

import os

import pytest

from kerasarchive import formats


@pytest.fixture
def folder(tmp_path, honest):
    path = tmp_path / "model"
    path.mkdir()
    for each in honest:
        (path / each.name.decode()).write_bytes(each.data)
    return path


def test_honest(folder, look):
    names, archive = look(folder)
    assert names == []
    assert [member.name for member in archive.members] == ["metadata.json", "config.json", "model.weights.h5"]


def test_links_are_not_followed(folder, look, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "assets").mkdir()
    (folder / "assets" / "vocabulary.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop").symlink_to(folder)
    names, archive = look(folder)
    assert names == ["directory-special-file"] * 2
    assert len(archive.members) == 3


def test_linked_weights_and_config(folder, look, tmp_path):
    for name in ("model.weights.h5", "config.json"):
        (folder / name).rename(tmp_path / name)
        (folder / name).symlink_to(tmp_path / name)
    names, archive = look(folder)
    assert sorted(set(names)) == ["directory-special-file", "member-missing"]
    assert archive.weights is None
    assert archive.config is None


def test_fifo_does_not_hang(folder, look):
    os.mkfifo(folder / "assets")
    assert look(folder)[0] == ["directory-special-file"]


def test_too_many_files(folder):
    for index in range(30):
        (folder / f"f{index}").touch()
    with pytest.raises(formats.reading.ArchiveError, match="more than"):
        formats.open(folder, limits=formats.Limits(members=10))
