"""`formats.write` and `formats.publish`."""

import json
import os
import zipfile

import numpy as np
import pytest

from kerasarchive import formats
from kerasarchive.errors import KavError
from kerasarchive.model.weights import TensorSource, WeightPlan


def contents(path):
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {info.filename: file.read(info) for info in file.infolist()}


def raw(path):
    """Name to (stored bytes, date, method) as they lie in the file."""
    found = {}
    with zipfile.ZipFile(path) as file, path.open("rb") as stream:
        for info in file.infolist():
            stream.seek(info.header_offset + 26)
            lengths = stream.read(4)
            skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            stream.seek(skip, os.SEEK_CUR)
            found[info.filename] = (stream.read(info.compress_size), info.date_time, info.compress_type)
    return found


def identity(store):
    return WeightPlan({path: TensorSource(path) for path in store.tensors()}, {path: path for path in store.groups()})


def test_untouched_members_keep_their_bytes(tmp_path, keras_file):
    out = tmp_path / "out.keras"
    with formats.open(keras_file) as archive:
        formats.write(archive, out)
    assert raw(out) == raw(keras_file)
    with formats.open(out) as again:
        assert {f.name for f in again.findings} <= {"npz-unusual"}


def test_deflate_streams_and_dates_are_kept(tmp_path, corpus):
    packed = tmp_path / "packed.keras"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in contents(corpus / "tf2.15/comp_nested.keras").items():
            file.writestr(zipfile.ZipInfo(name, (2021, 2, 3, 4, 5, 6)), data, zipfile.ZIP_DEFLATED, 9)
        file.writestr("assets/größe.txt", "x" * 1000)
    out = tmp_path / "out.keras"
    with formats.open(packed) as archive:
        formats.write(archive, out, config=archive.config)
    before, after = raw(packed), raw(out)
    assert after.pop("config.json")[1:] == ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
    assert before.pop("config.json")
    assert after == before


def test_large_members_lie_alike_within_a_page(tmp_path):
    source, out = tmp_path / "in.keras", tmp_path / "out.keras"
    with zipfile.ZipFile(source, "w") as file:
        file.writestr("metadata.json", "{}")
        file.writestr("config.json", '{"class_name": "A", "config": {}}')
        file.writestr("assets/large.bin", bytes(range(256)) * 8192)
    with formats.open(source) as archive:
        formats.write(archive, out, metadata={"keras_version": "3.15.1", "kav": "x" * 500})
    assert contents(out)["assets/large.bin"] == contents(source)["assets/large.bin"]
    with formats.open(out) as again:
        assert [each.name for each in again.findings] == ["member-missing"]
    first, second = (path.read_bytes().index(bytes(range(256)) * 2) for path in (source, out))
    assert first != second
    assert (first - second) % 4096 == 0


def test_streamed_archive_is_copied(tmp_path, corpus):
    class Unseekable:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            return self.file.write(data)

        def flush(self):
            self.file.flush()

    streamed = tmp_path / "streamed.keras"
    with streamed.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in contents(corpus / "tf2.15/comp_nested.keras").items():
            target.writestr(name, data)
    with formats.open(streamed) as archive:
        assert archive.findings == ()
        formats.write(archive, tmp_path / "out.keras")
    assert contents(tmp_path / "out.keras") == contents(streamed)
    with formats.open(tmp_path / "out.keras") as again:
        assert again.findings == ()


def test_documents_are_replaced(tmp_path, corpus):
    out = tmp_path / "out.keras"
    with formats.open(corpus / "tf2.15/bidi_none.keras") as archive:
        config = archive.config | {"marked": float("nan")}
        formats.write(archive, out, config=config, metadata={**archive.metadata, "kav": {"from": "2.15.0"}})
        written = contents(out)
        assert list(written)[:3] == ["metadata.json", "config.json", "model.weights.h5"]
        assert json.loads(written["metadata.json"])["kav"] == {"from": "2.15.0"}
        assert b", " not in written["config.json"][:200]
        assert written["model.weights.h5"] == contents(corpus / "tf2.15/bidi_none.keras")["model.weights.h5"]


def test_weights_follow_the_plan(tmp_path, keras_file):
    out = tmp_path / "out.keras"
    with formats.open(keras_file) as archive:
        store = archive.weights
        if store is None or not store.tensors():
            pytest.skip("no weights")
        first = next(path for path, tensor in store.tensors().items() if tensor.dtype == "float32")
        tensors = {f"moved/{path}": TensorSource(path) for path in store.tensors()}
        tensors[f"moved/{first}"] = TensorSource(first, transform=lambda value: value * 2)
        tensors["new/vars/0"] = TensorSource(None, value=np.float32(0.5))
        plan = WeightPlan(tensors, {**{f"moved/{path}": path for path in store.groups()}, "empty": None})
        formats.write(archive, out, weights=plan)
        with formats.open(out) as again:
            assert again.findings == ()
            assert again.weights.findings() == ()
            assert set(again.weights.tensors()) == set(tensors)
            assert set(again.weights.groups()) == {"moved", "empty", "new", "new/vars"} | set(plan.groups)
            for path in store.tensors():
                expected = store.read(path) * 2 if path == first else store.read(path)
                value = again.weights.read(f"moved/{path}")
                assert value.shape == expected.shape
                assert value.dtype == expected.dtype
                np.testing.assert_array_equal(value, expected)
            for path in store.groups():
                assert again.weights.attributes(f"moved/{path}") == store.attributes(path)
            assert again.weights.read("new/vars/0") == np.float32(0.5)
        first_bytes = out.read_bytes()
        out.unlink()
        formats.write(archive, out, weights=plan)
        assert out.read_bytes() == first_bytes


def test_swapped_tensors(tmp_path, corpus):
    out = tmp_path / "out.keras"
    with formats.open(corpus / "k3.15.1/unpacked") as archive:
        store = archive.weights
        plan = identity(store)
        swapped = dict(plan.tensors)
        a, b = "layers/dense/vars/0", "layers/dense_1/vars/0"
        swapped[a], swapped[b] = TensorSource(b), TensorSource(a)
        formats.write(archive, out, weights=WeightPlan(swapped, plan.groups))
        with formats.open(out) as again:
            np.testing.assert_array_equal(again.weights.read(a), store.read(b))
            np.testing.assert_array_equal(again.weights.read(b), store.read(a))


def test_an_identical_plan_copies_the_file(tmp_path, corpus):
    out = tmp_path / "out.keras"
    source = corpus / "tf2.15/comp_nested.keras"
    with formats.open(source) as archive:
        formats.write(archive, out, config=archive.config, weights=identity(archive.weights))
    assert contents(out)["model.weights.h5"] == contents(source)["model.weights.h5"]


def test_assets_are_renamed(tmp_path, corpus):
    source = tmp_path / "in.keras"
    with zipfile.ZipFile(source, "w") as file:
        for name, data in contents(corpus / "tf2.15/bidi_none.keras").items():
            file.writestr(name, data)
        file.writestr("assets/_layer_checkpoint_dependencies/string_lookup/vocabulary.txt", "a\nb\n")
    old = "assets/_layer_checkpoint_dependencies/string_lookup/vocabulary.txt"
    new = "assets/layers/string_lookup/vocabulary.txt"
    with formats.open(source) as archive:
        formats.write(archive, tmp_path / "out.keras", assets={old: new})
    assert contents(tmp_path / "out.keras")[new] == b"a\nb\n"
    assert old not in contents(tmp_path / "out.keras")


def test_folder_there_and_back(tmp_path, corpus):
    source = corpus / "k3.15.1/textvec_multihot.keras"
    folder, back = tmp_path / "folder", tmp_path / "back.keras"
    with formats.open(source) as archive:
        formats.write(archive, folder, format="keras-dir")
    with formats.open(folder) as archive:
        assert archive.format == "keras-dir"
        assert archive.findings == ()
        formats.write(archive, back)
    assert contents(back) == contents(source)


@pytest.mark.parametrize("name", ["tf2.15/comp_opt_adamw.h5", "k2.3.1/bidi_none.weights.h5"])
def test_legacy_files(tmp_path, corpus, name):
    with formats.open(corpus / name) as archive:
        same = tmp_path / "same.h5"
        formats.write(archive, same, format=archive.format)
        assert same.read_bytes() == (corpus / name).read_bytes()
        plan = identity(archive.weights)
        scaled = {path: TensorSource(path, transform=lambda value: value + 1) for path in plan.tensors}
        changed = tmp_path / "changed.h5"
        formats.write(
            archive,
            changed,
            config={"class_name": "Sequential", "config": {}},
            metadata={"keras_version": "2.15.1"},
            weights=WeightPlan(scaled, {"": "", **plan.groups}),
            format=archive.format,
        )
        with formats.open(changed) as again:
            assert again.config == {"class_name": "Sequential", "config": {}}
            assert again.metadata["keras_version"] == "2.15.1"
            for group in archive.weights.groups():
                assert again.weights.attributes(group) == archive.weights.attributes(group)
            for path in scaled:
                np.testing.assert_array_equal(again.weights.read(path), archive.weights.read(path) + 1)


def test_a_config_alone_changes_in_a_legacy_file(tmp_path, corpus):
    out = tmp_path / "out.h5"
    with formats.open(corpus / "tf2.15/comp_opt_adamw.h5") as archive:
        formats.write(archive, out, config={"class_name": "Other", "config": {}}, format="h5-model")
        with formats.open(out) as again:
            assert again.config["class_name"] == "Other"
            assert again.training == archive.training
            assert list(again.weights.tensors()) == list(archive.weights.tensors())


def test_weights_of_one_format_in_another(tmp_path, corpus):
    out = tmp_path / "out.keras"
    with formats.open(corpus / "tf2.15/bidi_none.weights.h5") as archive:
        formats.write(archive, out, config={"class_name": "Sequential", "config": {}}, metadata={"keras_version": "x"})
    assert contents(out)["model.weights.h5"] == (corpus / "tf2.15/bidi_none.weights.h5").read_bytes()
    weights = tmp_path / "out.weights.h5"
    with formats.open(out) as archive:
        formats.write(archive, weights, format="weights-h5")
    assert weights.read_bytes() == (corpus / "tf2.15/bidi_none.weights.h5").read_bytes()
    with formats.open(corpus / "tf2.15/comp_opt_adamw.h5") as archive, pytest.raises(KavError, match="laid out anew"):
        formats.write(archive, tmp_path / "no.keras", config={})


def test_sharded_weights_become_one_file(tmp_path, corpus):
    out = tmp_path / "out.weights.h5"
    with formats.open(corpus / "k3.15.1/sharded/tiny.weights.json") as archive:
        store = archive.weights
        plan = WeightPlan({p: TensorSource(p) for p in store.tensors()}, {p: p for p in store.groups()})
        tensors = {p: TensorSource(p, transform=lambda value: value) for p in plan.tensors}
        formats.write(archive, out, weights=WeightPlan(tensors, plan.groups), format="weights-h5")
        with formats.open(out) as again, formats.open(corpus / "k3.15.1/unpacked") as reference:
            assert set(again.weights.tensors()) == set(reference.weights.tensors())
            for path in store.tensors():
                np.testing.assert_array_equal(again.weights.read(path), store.read(path))


def test_bfloat16_stays_bfloat16(tmp_path):
    import h5py

    source = tmp_path / "in.weights.h5"
    values = np.array([[1.0, -2.5], [0.1015625, 3e37]], dtype="f4")
    with h5py.File(source, "w") as file:
        file["layers/dense/vars/0"] = (values.view("u4") >> 16).astype("u2").view("V2")
        file["layers/dense/vars/0"].attrs["dtype"] = "bfloat16"
    out = tmp_path / "out.weights.h5"
    with formats.open(source) as archive:
        before = archive.weights.read("layers/dense/vars/0")
        plan = WeightPlan({"a/vars/0": TensorSource("layers/dense/vars/0", transform=lambda value: value.T * 2)}, {})
        formats.write(archive, out, weights=plan, format="weights-h5")
    with formats.open(out) as again:
        assert again.weights.tensors()["a/vars/0"].dtype == "bfloat16"
        assert again.weights.attributes("a/vars/0") == {"dtype": "bfloat16"}
        np.testing.assert_array_equal(again.weights.read("a/vars/0"), before.T * 2)


def test_unknown_format(tmp_path, corpus):
    with formats.open(corpus / "k3.15.1/unpacked") as archive, pytest.raises(KavError, match="does not write"):
        formats.write(archive, tmp_path / "x", format="savedmodel")


def test_the_output_must_not_exist(tmp_path, corpus):
    out = tmp_path / "out.keras"
    out.write_text("precious")
    with formats.open(corpus / "k3.15.1/unpacked") as archive, pytest.raises(FileExistsError):
        formats.write(archive, out)
    assert out.read_text() == "precious"


def test_publish_a_file_and_a_folder(tmp_path, corpus):
    out = tmp_path / "out.keras"
    temp = formats.temporary(out)
    assert temp.parent == out.parent
    assert temp != formats.temporary(out)
    temp.write_text("new")
    out.write_text("old")
    formats.publish(temp, out)
    assert out.read_text() == "new"
    folder = tmp_path / "folder"
    for text in ("one", "two"):
        temp = formats.temporary(folder)
        (temp / "assets").mkdir(parents=True)
        (temp / "assets" / "a").write_text(text)
        formats.publish(temp, folder)
        assert (folder / "assets" / "a").read_text() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "out.keras"]
