"""D: whatever leads out of an HDF5 file, or makes more of it than it is."""

import io
import struct
import tracemalloc

import h5py
import numpy as np
import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError


@pytest.fixture(params=["earliest", "latest"])
def hostile(tmp_path, request):
    """Lets a function build an HDF5 file, under old and new structures, with an honest variable in it."""

    def make(build, **options):
        path = tmp_path / "hostile.weights.h5"
        with h5py.File(path, "w", libver=request.param, **options) as file:
            file["layers/dense/vars/0"] = np.zeros(3, "f4")
            build(file)
        return path

    return make


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.bin"
    path.write_bytes(b"TOPSECRET" * 10)
    return path


def test_external_link(hostile, look, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["stolen"] = np.ones(3)

    def build(file):
        file["layers/evil/vars"] = h5py.ExternalLink("other.h5", "/")
        file["layers/dense/vars/1"] = h5py.ExternalLink("other.h5", "/stolen")

    names, archive = look(hostile(build))
    assert names == ["hdf5-external-link"] * 2
    assert list(archive.weights.tensors()) == ["layers/dense/vars/0"]
    assert "layers/evil/vars" not in archive.weights.groups()


def test_attributes_behind_a_link_are_not_read(hostile, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other.attrs["secret"] = "x"

    def build(file):
        file["linked"] = h5py.ExternalLink("other.h5", "/")
        file["soft"] = h5py.SoftLink("/linked")

    with formats.open(hostile(build)) as archive:
        for path in ("linked", "soft"):
            assert archive.weights.attributes(path) == {}
            with pytest.raises(ArchiveError):
                archive.weights.read(path)


def test_soft_link(hostile, look):
    names, archive = look(hostile(lambda file: file.__setitem__("layers/soft", h5py.SoftLink("/layers/dense"))))
    assert names == ["hdf5-soft-link"]
    assert len(archive.weights.tensors()) == 1


def test_external_storage(hostile, look, secret):
    def build(file):
        file.create_dataset("layers/dense/vars/1", (90,), "u1", external=[(str(secret), 0, 90)])

    path = hostile(build)
    assert look(path)[0] == ["hdf5-external-storage"]
    with formats.open(path) as archive, pytest.raises(ArchiveError):
        archive.weights.read("layers/dense/vars/1")


def test_virtual_dataset(hostile, look, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["data"] = np.ones(5)

    def build(file):
        layout = h5py.VirtualLayout(shape=(5,), dtype="f8")
        layout[:] = h5py.VirtualSource("other.h5", "data", shape=(5,))
        file.create_virtual_dataset("layers/dense/vars/1", layout)

    names, archive = look(hostile(build))
    assert names == ["hdf5-virtual-dataset"]
    assert list(archive.weights.tensors()) == ["layers/dense/vars/0"]


def test_cycles_of_hard_links(hostile, look):
    def build(file):
        file["layers/loop"] = file["layers"]
        file["layers/dense/up"] = file["/"]

    names, archive = look(hostile(build))
    assert names == ["hdf5-shared-object"] * 2
    assert len(archive.weights.tensors()) == 1


def test_shared_dataset_is_told(hostile, look):
    names, archive = look(hostile(lambda file: file.__setitem__("layers/dense/vars/1", file["layers/dense/vars/0"])))
    assert names == ["hdf5-shared-object"]
    assert len(archive.weights.tensors()) == 2


def test_shape_bombs(hostile, look):
    def build(file):
        file.create_dataset("layers/a/vars/0", (1 << 40,), "f4")
        file.create_dataset("layers/a/vars/1", (1 << 20, 1 << 20), "f4", chunks=(1024, 1024), compression="gzip")
        file.create_dataset("layers/a/vars/2", (1 << 28,), "f4")

    path = hostile(build)
    tracemalloc.start()
    names, _ = look(path)
    assert names == ["hdf5-shape-bomb"] * 3
    with formats.open(path) as archive:
        for name in ("0", "1", "2"):
            with pytest.raises(ArchiveError, match="declares"):
                archive.weights.read(f"layers/a/vars/{name}")
            with pytest.raises(ArchiveError, match="declares"):
                next(iter(archive.weights.chunks(f"layers/a/vars/{name}")))
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_honest_zeros_in_chunks(hostile, look):
    def build(file):
        file.create_dataset("layers/a/vars/0", data=np.zeros((4096, 1024), "f4"), compression="gzip", chunks=(512, 512))

    names, _ = look(hostile(build))
    assert names == []


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (h5py.vlen_dtype("f4"), "hdf5-unusual-type"),
        (h5py.ref_dtype, "hdf5-unusual-type"),
        (np.dtype([("a", "f4"), ("b", "i4")]), "hdf5-unusual-type"),
        ("V100", "hdf5-unusual-type"),
    ],
)
def test_unusual_types(hostile, look, dtype, name):
    names, archive = look(hostile(lambda file: file.create_dataset("layers/a/vars/0", (3,), dtype)))
    assert name in names
    with formats.open(archive.path) as again:
        try:
            again.weights.read("layers/a/vars/0")
        except ArchiveError as error:
            assert error.message


def test_committed_type(hostile, look):
    def build(file):
        file["kind"] = np.dtype("f4")
        file.create_dataset("layers/a/vars/0", (3,), file["kind"])

    names, archive = look(hostile(build))
    assert "hdf5-committed-type" in names
    assert archive.weights.tensors()["layers/a/vars/0"].dtype == "float32"


def test_unknown_filter(hostile, look):
    def build(file):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
        space = h5py.h5s.create_simple((8,))
        h5py.h5d.create(file["layers"].id, b"packed", h5py.h5t.IEEE_F32LE, space, plist)

    path = hostile(build)
    assert look(path)[0] == ["hdf5-unknown-filter"]
    with formats.open(path) as archive, pytest.raises(ArchiveError, match="filter"):
        archive.weights.read("layers/packed")


def test_too_many_objects(hostile, look):
    def build(file):
        for index in range(300):
            file.create_group(f"layers/a{index}")

    names, _ = look(hostile(build), hdf5_objects=100)
    assert names
    assert set(names) <= {"hdf5-too-large", "hdf5-broken"}


def test_too_deep(hostile, look):
    names, archive = look(hostile(lambda file: file.create_group("layers/" + "a/" * 3000)))
    assert names == ["hdf5-too-large"]
    assert max(path.count("/") for path in archive.weights.groups()) < 300


def test_too_many_faults(hostile, look):
    def build(file):
        for index in range(200):
            file[f"layers/soft{index}"] = h5py.SoftLink("/nowhere")

    names, _ = look(hostile(build), findings=50)
    assert len(names) == 51
    assert names[-1] == "hdf5-too-large"


def test_attribute_bomb(hostile):
    path = hostile(lambda file: file.attrs.__setitem__("big", "x" * 1_000_000))
    with pytest.raises(ArchiveError, match="attribute"):
        formats.open(path, limits=formats.Limits(attribute_size=1000))


def test_truncated(hostile, look):
    path = hostile(lambda file: file.__setitem__("layers/a/vars/0", np.zeros(10_000)))
    data = path.read_bytes()
    for keep in (len(data) - 1, len(data) // 2, 3000, 1000, 100, 9):
        path.write_bytes(data[:keep])
        try:
            names, _ = look(path)
        except ArchiveError as error:
            assert error.message
        else:
            assert {"hdf5-truncated", "hdf5-broken"} & set(names)


def classic(build):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        build(file)
    return bytearray(stream.getvalue())


def test_group_index_that_points_to_itself(tmp_path, look):
    data = classic(lambda file: [file.create_group(f"layers/g{i}") for i in range(100)])
    place = 0
    while (place := data.find(b"TREE", place)) >= 0:
        struct.pack_into("<Q", data, place + 32, place)
        place += 4
    path = tmp_path / "loop.weights.h5"
    path.write_bytes(data)
    with pytest.raises(ArchiveError):
        look(path)


def test_names_with_slashes(tmp_path, look):
    data = classic(lambda file: file.create_group("layers/abcdefgh"))
    path = tmp_path / "slash.weights.h5"
    path.write_bytes(bytes(data).replace(b"abcdefgh", b"../../xx"))
    names, archive = look(path)
    assert names == ["hdf5-broken"]
    assert archive.weights.groups() == ("layers",)


def test_header_that_continues_in_a_circle(tmp_path, look):
    def build(file):
        group = file.create_group("layers")
        for index in range(20):
            group.attrs[f"a{index}"] = index

    data = classic(build)
    place = data.find(struct.pack("<HH", 0x10, 16))
    assert place > 0
    target = struct.unpack_from("<Q", data, place + 8)[0]
    struct.pack_into("<HHB3xQQ", data, target, 0x10, 16, 0, target, 64)
    path = tmp_path / "circle.weights.h5"
    path.write_bytes(data)
    try:
        look(path)
    except ArchiveError as error:
        assert error.message


@pytest.mark.parametrize("name", ["../outside.h5", "/etc/passwd", "sub/x.h5", "a\\b.h5", "", 7, None, ["x"]])
def test_shard_outside(tmp_path, look, name):
    path = tmp_path / "model.weights.json"
    import json

    path.write_text(json.dumps({"metadata": {}, "weight_map": {"/layers/dense/vars": [name]}}))
    names, archive = look(path)
    assert names == ["shard-outside"]
    assert archive.weights.tensors() == {}


def test_shard_missing_linked_or_no_hdf5(tmp_path, look, secret):
    path = tmp_path / "model.weights.json"
    path.write_text('{"weight_map": {"/a/vars": "gone.h5", "/b/vars": "link.h5"}}')
    (tmp_path / "link.h5").symlink_to(secret)
    assert look(path)[0] == ["shard-missing", "shard-outside"]
    path.write_text('{"weight_map": {"/a/vars": "secret.bin"}}')
    assert look(path)[0] == ["hdf5-broken"]
    path.write_text('{"weight_map": 3}')
    assert look(path)[0] == ["shard-map"]
