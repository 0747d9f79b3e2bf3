"""Weights in several files: split as Keras 3.10 and later load them, and put together again."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import api, formats

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
TARGET = "keras==3.15.1"
TINY = CORPUS / "k3.15.1" / "sharded" / "tiny.weights.json"
SOURCE = CORPUS / "tf2.15" / "comp_nested.keras"
GB = 1024**3


def migrated(source, out, to=TARGET, **options):
    return api.migrate(str(source), to=to, output=str(out), **options).subjects[0]


def values(path):
    with formats.open(path) as archive:
        assert not archive.seen()
        return {name: archive.weights.read(name).tolist() for name in archive.weights.tensors()}


def test_shards_of_keras_become_one_file(tmp_path):
    out = tmp_path / "one.weights.h5"
    assert migrated(TINY, out, from_=TARGET).verdict == "migrated"
    assert values(out) == values(TINY)


def test_without_an_architecture_the_release_must_be_the_same(tmp_path):
    subject = migrated(TINY, tmp_path / "one.weights.h5")
    assert subject.verdict == "refused"
    assert f"--from {TARGET}" in subject.plan.refusals[0].advice
    assert migrated(TINY, tmp_path / "one.weights.h5", from_="keras==3.12.0").verdict == "refused"


def test_a_model_is_split_and_every_file_keeps_to_the_size(tmp_path):
    out = tmp_path / "s.weights.json"
    assert migrated(SOURCE, out, max_shard_size=300 / GB).verdict == "migrated"
    assert migrated(SOURCE, tmp_path / "whole.weights.h5").verdict == "migrated"
    assert values(out) == values(tmp_path / "whole.weights.h5")
    files = sorted(path.name for path in tmp_path.glob("s_*.weights.h5"))
    assert files == [f"s_{index:05}.weights.h5" for index in range(len(files))]
    assert len(files) > 2
    where = json.loads(out.read_text())["weight_map"]
    for name in files:
        with formats.open(tmp_path / name) as shard:
            found = {path: tensor.nbytes for path, tensor in shard.weights.tensors().items()}
        assert sum(found.values()) <= 300
        for path in found:
            said = where["/" + path.rpartition("/")[0]]
            assert name in ([said] if isinstance(said, str) else said)
    assert sorted(tmp_path.iterdir()) == sorted([out, *tmp_path.glob("s_*"), tmp_path / "whole.weights.h5"])


def test_a_group_is_not_split_where_it_fits(tmp_path):
    migrated(SOURCE, tmp_path / "s.weights.json", max_shard_size=300 / GB)
    where = json.loads((tmp_path / "s.weights.json").read_text())["weight_map"]
    assert all(isinstance(said, str) for key, said in where.items() if key != "/optimizer/vars")


@pytest.mark.parametrize(
    ("options", "verdict"),
    [({"max_shard_size": 8 / GB}, "failed"), ({"to": "keras==3.9.0"}, "refused")],
    ids=["a tensor is larger than a shard", "the release knows no shards"],
)
def test_what_cannot_be_split_is_not_written(options, verdict, tmp_path):
    assert migrated(SOURCE, tmp_path / "s.weights.json", **options).verdict == verdict
    assert list(tmp_path.iterdir()) == []


def test_shards_that_exist_are_not_replaced_unasked(tmp_path):
    (tmp_path / "s_00000.weights.h5").write_bytes(b"mine")
    assert migrated(SOURCE, tmp_path / "s.weights.json").verdict == "refused"
    assert (tmp_path / "s_00000.weights.h5").read_bytes() == b"mine"
    assert migrated(SOURCE, tmp_path / "s.weights.json", force=True).verdict == "migrated"


def test_a_large_tensor_in_chunks_is_written_in_pieces(tmp_path, monkeypatch):
    """Whole, it would be as large as it likes."""
    from kerasarchive.formats.hdf5.store import Hdf5Store

    kernel = np.random.default_rng(0).random((1100, 600), dtype="float32")
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file.create_dataset("layers/dense/vars/0", data=kernel, chunks=(100, 90), compression="gzip")
        file.create_dataset("layers/dense/vars/1", data=kernel[0])
    monkeypatch.setattr(Hdf5Store, "read", lambda *_: pytest.fail("the whole tensor was read"))
    subject = migrated(tmp_path / "w.weights.h5", tmp_path / "s.weights.json", from_=TARGET)
    assert subject.verdict == "migrated"
    with h5py.File(tmp_path / "s_00000.weights.h5") as file:
        assert np.array_equal(file["layers/dense/vars/0"], kernel)
        assert np.array_equal(file["layers/dense/vars/1"], kernel[0])


def test_the_keras_below_a_library_says_whether_it_reads_shards(tmp_path):
    folder = CORPUS.parent / "bayesflow"
    new = migrated(folder / "2.0.12" / "ad_sqrt.keras", tmp_path / "new.weights.json", "bayesflow==2.1.0")
    assert new.verdict == "migrated"
    old = migrated(folder / "2.0.0" / "ad_standardize_running.keras", tmp_path / "old.weights.json", "bayesflow==2.0.3")
    assert old.verdict == "refused"
    assert [refusal.reason for refusal in old.plan.refusals] == ["keras==3.9.2 does not load weights in shards"]
    assert not (tmp_path / "old.weights.json").exists()


@pytest.mark.parametrize("size", [float("nan"), float("inf"), -1.0])
def test_a_size_that_is_none_is_an_error_in_a_line(tmp_path, size):
    subject = migrated(SOURCE, tmp_path / "out.weights.json", max_shard_size=size)
    assert (subject.verdict, [finding.name for finding in subject.findings]) == ("failed", ["unreadable"])
    assert not list(tmp_path.iterdir())
