"""kav's own HDF5 parser against h5py: same tree, same attributes, same values."""

import h5py
import numpy as np
import pytest

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5 import library
from kerasarchive.formats.hdf5.store import Hdf5Store
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import BytesView


def both(data):
    view = BytesView(data)
    store = Hdf5Store(lambda: view, "", Limits())
    file = library.open_library(view, "")
    return store, library.walk(file, view, "", Limits()), file


def compare(data, *, parsed=True):
    store, reference, file = both(data)
    listing = store._list()
    assert (store._foreign is False) is parsed
    assert listing.tensors == reference.tensors
    assert list(listing.tensors) == list(reference.tensors)
    assert list(listing.groups) == list(reference.groups)
    assert [f.name for f in listing.findings] == [f.name for f in reference.findings]
    for path in ("", *listing.groups, *listing.tensors):
        assert store.attributes(path) == library.attributes(file[f"/{path}"])
    for path, tensor in listing.tensors.items():
        if tensor.dtype in ("object", "bfloat16"):
            continue
        value, expected = store.read(path), np.asarray(file[f"/{path}"][...])
        assert value.dtype == expected.dtype
        np.testing.assert_array_equal(value, expected)
        pieces = list(store.chunks(path, 64))
        np.testing.assert_array_equal(np.concatenate(pieces) if pieces else np.empty(0), expected.reshape(-1))
    file.close()
    return store


def test_corpus(hdf5_file):
    compare(hdf5_file.read_bytes())


def written(tmp_path, build, **options):
    path = tmp_path / "made.h5"
    with h5py.File(path, "w", **options) as file:
        build(file)
    return path.read_bytes()


TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i8", "?", "S3"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_element_types(tmp_path, dtype, libver):
    def build(file):
        file["a/vars/0"] = np.arange(12).reshape(3, 4).astype(dtype)
        file["a/vars/1"] = np.asarray(1).astype(dtype)
        file["a/vars/2"] = np.empty((0, 4), dtype)

    compare(written(tmp_path, build, libver=libver))


def test_layouts(tmp_path):
    values = np.arange(3000, dtype="f4").reshape(60, 50)

    def build(file):
        file.create_dataset("chunked", data=values, chunks=(7, 9))
        file.create_dataset("deflated", data=values, chunks=(7, 9), compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset("lzf", data=values, compression="lzf")
        file.create_dataset("growing", data=values, maxshape=(None, 50))
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((3,))
        h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact).write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.arange(3, dtype="f4")
        )

    compare(written(tmp_path, build))


def test_what_the_parser_does_not_know_goes_to_the_library(tmp_path):
    def build(file):
        group = file.create_group("g")
        for index in range(50):  # beyond eight links, new-style groups turn to dense storage
            group[f"v{index}"] = np.float32(index)
        group["flag"] = True
        group.create_dataset("packed", data=np.arange(40.0), compression="gzip", chunks=(7,))

    compare(written(tmp_path, build, libver="latest"), parsed=False)


def test_many_members_and_attributes(tmp_path):
    def build(file):
        for index in range(500):
            file[f"optimizer/vars/{index}"] = np.float32(index)
        file.attrs["text"] = "grüße"
        file.attrs["bytes"] = np.bytes_("abc")
        file.attrs["names"] = np.array(["a", "bcd"], dtype="S3")
        file.attrs["texts"] = np.array(["a", "längeres"], dtype=h5py.string_dtype())
        file.attrs["number"] = 3
        file.attrs["flag"] = True
        file.attrs["vector"] = np.arange(6, dtype="i4").reshape(2, 3)
        file.attrs["long"] = "x" * 300_000
        file.attrs["nothing"] = h5py.Empty("f")

    store = compare(written(tmp_path, build))
    assert store.attributes()["text"] == "grüße"
    assert store.attributes()["names"] == ["a", "bcd"]
    assert len(store.attributes()["long"]) == 300_000


def test_names_beyond_ascii(tmp_path):
    compare(written(tmp_path, lambda file: file.create_group("größe").create_dataset("重み", data=1.0)))


def test_user_block(tmp_path):
    path = tmp_path / "block.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["layers/dense/vars/0"] = np.arange(5.0)
    store, reference, file = both(path.read_bytes())
    assert list(store.tensors()) == list(reference.tensors)
    np.testing.assert_array_equal(store.read("layers/dense/vars/0"), np.arange(5.0))
    file.close()


def test_bfloat16_is_widened(tmp_path):
    values = np.array([1.0, -2.5, 3e38, np.inf], dtype="f4")
    bits = (values.view("u4") >> 16).astype("u2")

    def build(file):
        file["vars/0"] = bits.view("V2")
        file["vars/0"].attrs["dtype"] = "bfloat16"
        file.create_dataset("vars/1", data=bits.view("V2"), chunks=(2,))

    view = BytesView(written(tmp_path, build))
    store = Hdf5Store(lambda: view, "", Limits())
    assert store.tensors()["vars/0"].dtype == "bfloat16"
    expected = (bits.astype("u4") << 16).view("f4")
    for path in ("vars/0", "vars/1"):
        assert store.read(path).dtype == np.float32
        np.testing.assert_array_equal(store.read(path), expected)


def test_text_datasets_do_not_crash(tmp_path):
    def build(file):
        file["words"] = np.array(["a", "b"], dtype=h5py.string_dtype())

    view = BytesView(written(tmp_path, build))
    store = Hdf5Store(lambda: view, "", Limits())
    assert store.tensors()["words"].dtype == "object"
    assert store.read("words").shape == (2,)
    assert len(list(store.chunks("words"))) == 1


def test_unknown_path(corpus):
    view = BytesView((corpus / "k2.3.1/bidi_none.h5").read_bytes())
    store = Hdf5Store(lambda: view, "", Limits())
    assert store.attributes("no/such") == {}
    with pytest.raises(ArchiveError, match="no such tensor"):
        store.read("no/such")
