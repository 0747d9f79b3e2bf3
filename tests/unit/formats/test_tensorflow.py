"""SavedModels and checkpoints: real ones of several releases, and wire formats that lie."""

import shutil
import struct

import numpy as np
import pytest

from kerasarchive import formats
from kerasarchive.errors import ArchiveError
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.tensorflow import sstable
from kerasarchive.formats.tensorflow.bundle import read_index
from kerasarchive.formats.tensorflow.crc32c import crc32c, masked, unmasked
from kerasarchive.formats.tensorflow.metagraph import read_metagraph
from kerasarchive.formats.tensorflow.objects import checkpointed, joined
from kerasarchive.formats.tensorflow.snappy import unpack
from kerasarchive.formats.tensorflow.wire import Damaged, fields, varint

LIMITS = Limits()


def number(value):
    """A varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(place, value):
    """One field of a message."""
    if isinstance(value, int):
        return number(place << 3) + number(value)
    return number(place << 3 | 2) + number(len(value)) + value


def block(pairs, kind=0, packed=None):
    """A block without prefix compression, and its trailer."""
    content = b"".join(number(0) + number(len(k)) + number(len(v)) + k + v for k, v in pairs) + struct.pack("<II", 0, 1)
    content = packed(content) if packed else content
    return content + bytes([kind]) + struct.pack("<I", masked(crc32c(content + bytes([kind]))))


def table(pairs, **how):
    """A table of one block."""
    first = block(pairs, **how)
    handle = number(0) + number(len(first) - 5)
    meta, index = block([]), block([(b"\xff", handle)])
    footer = number(len(first)) + number(len(meta) - 5) + number(len(first) + len(meta)) + number(len(index) - 5)
    return first + meta + index + footer.ljust(40, b"\0") + sstable.MAGIC


def literal(content):
    """Snappy that compresses nothing."""
    return number(len(content)) + bytes([61 << 2]) + struct.pack("<H", len(content) - 1) + content


def tensor(shape, offset, size, crc, dtype=1):
    dims = b"".join(field(2, field(1, length)) for length in shape)
    fixed = number(6 << 3 | 5) + struct.pack("<I", crc)
    return field(1, dtype) + field(2, dims) + field(4, offset) + field(5, size) + fixed


ONE_FILE = field(1, 1)


@pytest.fixture
def bundle(tmp_path):
    """Writes a checkpoint of one tensor of three floats, and opens it."""
    data = np.arange(3, dtype="<f4").tobytes()

    def write(entries=None, data=data, header=ONE_FILE, **how):
        entries = entries or [(b"a", tensor([3], 0, 12, masked(crc32c(data))))]
        (tmp_path / "c.index").write_bytes(table([(b"", header), *entries], **how))
        (tmp_path / "c.data-00000-of-00001").write_bytes(data)
        return formats.open(tmp_path / "c")

    return write


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700, 5000, 1 << 17])
def test_checksums_of_pieces_make_that_of_the_whole(size):
    data = np.random.default_rng(size).bytes(size)
    for cut in (0, size // 3, size):
        assert crc32c(data[cut:], crc32c(data[:cut])) == crc32c(data)
    assert unmasked(masked(crc32c(data))) == crc32c(data)


def test_checksum_of_the_standard():
    """RFC 3720, B.4."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(bytes(range(32)) * 1) == 0x46DD794E
    assert crc32c(b"\xff" * 32) == 0x62A8AB43


def test_a_checkpoint(bundle):
    with bundle() as archive:
        assert archive.format == "tf-checkpoint"
        assert archive.weights.tensors()["a"].shape == (3,)
        assert archive.weights.read("a").tolist() == [0, 1, 2]
        assert [each.name for each in archive.seen()] == ["tf-no-objects"]


def test_a_compressed_index(bundle):
    with bundle(kind=1, packed=literal) as archive:
        assert archive.weights.read("a").tolist() == [0, 1, 2]


def test_snappy_copies():
    assert unpack(memoryview(number(9) + bytes([2 << 2]) + b"abc" + bytes([2 << 2 | 1, 3])), 100) == b"abcabcabc"
    for wrong in (number(200), number(9) + bytes([2 << 2]) + b"abc", number(9) + bytes([2 << 2]) + b"abc" + bytes([1, 9])):
        with pytest.raises(Damaged):
            unpack(memoryview(wrong), 100)


def test_big_endian(bundle):
    data = np.arange(3, dtype=">f4").tobytes()
    entries = [(b"a", tensor([3], 0, 12, masked(crc32c(data))))]
    with bundle(entries, data, field(1, 1) + field(2, 1)) as archive:
        assert archive.weights.read("a").tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (tensor([3], 0, 12, 7), "checksum"),
        (tensor([3], 4, 12, 7), "beyond the end"),
        (tensor([4], 0, 12, 7), "makes 16"),
        (tensor([1 << 40], 0, 1 << 42, 7), "beyond the end"),
        (tensor([3], 0, 12, 7) + field(3, 4), "data file 4"),
        (tensor([3], 0, 12, 7, dtype=20), "no values"),
        (tensor([3], 0, 12, 7, dtype=7), "checksum"),
        (tensor([1 << 60], 0, 12, 7, dtype=7), "texts in 12 bytes"),
        (tensor([3], 0, 12, 7) + field(7, b""), "parts"),
    ],
)
def test_tensors_that_lie(bundle, entry, said):
    with bundle([(b"a", entry)]) as archive:
        assert said in " ".join(each.message for each in archive.seen() if each.name == "tf-tensor")
        for look in (archive.weights.read, lambda path: list(archive.weights.chunks(path))):
            with pytest.raises(ArchiveError):
                look("a")


def test_tensors_that_overlap(bundle):
    one = tensor([2], 0, 8, masked(crc32c(np.arange(2, dtype="<f4").tobytes())))
    with bundle([(b"a", one), (b"b", one)]) as archive:
        assert ["shares bytes with a" in each.message for each in archive.seen() if each.name == "tf-tensor"] == [True]


@pytest.mark.parametrize(
    "pairs",
    [
        [(b"", b""), (b"b", tensor([], 0, 0, 0)), (b"a", tensor([], 0, 0, 0))],
        [(b"", field(1, 1 << 40))],
        [(b"a", field(2, field(3, 1)))],
        [(b"a", field(2, b"".join(field(2, field(1, 1)) for _ in range(40))))],
        [(b"a", field(2, field(2, field(1, 1 << 40)) * 3))],
        [(b"a", field(4, 1 << 63))],
        [(b"a", b"\x0b")],
        [(b"a", field(1, b"x"))],
    ],
)
def test_indexes_that_lie(pairs):
    with pytest.raises(Damaged):
        read_index(table(pairs), LIMITS)


def test_every_byte_of_an_index_is_covered(bundle, tmp_path):
    bundle().close()
    content = (tmp_path / "c.index").read_bytes()
    for place in range(len(content)):
        broken = bytearray(content)
        broken[place] ^= 0x41
        (tmp_path / "c.index").write_bytes(broken)
        try:
            with formats.open(tmp_path / "c") as archive:
                # Only the padding of the footer, and a block that nothing refers to, are not.
                assert archive.weights.read("a").tolist() == [0, 1, 2]
        except ArchiveError:
            continue


def test_numbers_without_an_end():
    with pytest.raises(Damaged):
        varint(memoryview(b"\x80" * 20), 0)
    for wrong in (b"\x0a\x7f", b"\x0d\x00", b"\x09\x00", b"\x0f"):
        with pytest.raises(Damaged):
            list(fields(memoryview(wrong)))


def test_objects_in_a_cycle():
    ring = field(1, field(1, field(1, 1) + field(2, b"next"))) + field(1, field(1, field(2, b"back")))
    nodes = checkpointed(memoryview(ring), LIMITS)
    assert joined(nodes, nodes) == nodes
    with pytest.raises(Damaged, match="does not exist"):
        checkpointed(memoryview(field(1, field(1, field(1, 7)))), LIMITS)


def test_more_objects_than_any_model():
    with pytest.raises(Damaged, match="objects"):
        checkpointed(memoryview(field(1, b"") * 11), Limits(hdf5_objects=10))


def test_a_graph_of_nothing():
    with pytest.raises(Damaged, match="no graph"):
        read_metagraph(b"", LIMITS)


def test_a_saved_model(corpus):
    with formats.open(corpus / "tf2.4" / "comp_nested.sm") as archive:
        assert archive.metadata == {"keras_version": "2.4.0", "backend": "tensorflow", "tensorflow_version": "2.4.4"}
        assert archive.config["class_name"] == "Functional"
        assert str(archive.config_at) == "saved_model.pb#/0/model_config"
        assert archive.training["loss"] == "mean_squared_error"
        assert archive.config["config"]["layers"][0]["config"]["batch_input_shape"] == [None, 4]
        assert "optimizer/iter/.ATTRIBUTES/VARIABLE_VALUE" in archive.weights.tensors()
        assert archive.seen() == ()
    with formats.open(corpus / "tf2.12" / "train_adam_nested.sm") as archive:
        assert archive.metadata["keras_version"] == "2.12.0"
        assert str(archive.config_at) == "keras_metadata.pb#/0/model_config"
        assert archive.seen() == ()


def test_saved_models_hold_what_the_hdf5_file_of_the_same_model_holds(corpus):
    """`normalization_adapted` was saved both ways."""
    values = []
    for suffix in (".sm", ".h5"):
        with formats.open(corpus / "tf2.4" / f"normalization_adapted{suffix}") as archive:
            values.append(sorted(archive.weights.read(path).tobytes() for path in archive.weights.tensors()))
    assert values[0] == values[1]


def test_types_of_tensors(corpus):
    for name in ("module_writes_file.sm", "module.ckpt"):
        with formats.open(corpus / "tensorflow" / name) as archive:
            found = {path.split("/.A")[0].rpartition("/")[2]: archive.weights.read(path) for path in archive.weights.tensors()}
            assert found["half"].tolist() == [0, 1, 2]
            assert found["words"].tolist() == [b"one", b"two", b""]
            assert found["w"].shape == (2, 3)


def test_operations_are_counted(corpus):
    with formats.open(corpus / "tensorflow" / "module_writes_file.sm") as archive:
        assert archive.config is None
        assert archive.objects.operations()["WriteFile"] == 1
        assert [each.name for each in archive.objects.signatures] == ["__saved_model_init_op", "serving_default"]


def test_which_checkpoint_is_meant(corpus, tmp_path):
    for name in ("names.ckpt.index", "names.ckpt.data-00000-of-00001"):
        shutil.copy(corpus / "tensorflow" / name, tmp_path)
    with formats.open(tmp_path / "names.ckpt.index") as archive:
        assert archive.weights.read("a").tolist() == [0, 1, 2, 3]
    latest = tmp_path / "checkpoint"
    latest.write_text('model_checkpoint_path: "names.ckpt"\n')
    with formats.open(latest) as archive:
        assert archive.weights.read("a").tolist() == [0, 1, 2, 3]
    latest.write_text('model_checkpoint_path: "/etc/names.ckpt"\n')
    with pytest.raises(ArchiveError, match="no file beside it"):
        formats.open(latest)


def test_links_are_not_followed(corpus, tmp_path):
    shutil.copytree(corpus / "tf2.4" / "gru_seq.sm", tmp_path / "sm")
    data = tmp_path / "sm" / "variables" / "variables.data-00000-of-00001"
    data.rename(tmp_path / "elsewhere")
    data.symlink_to(tmp_path / "elsewhere")
    with formats.open(tmp_path / "sm") as archive:
        assert {each.name for each in archive.seen()} == {"directory-special-file", "tf-damaged", "tf-tensor"}
    with pytest.raises(ArchiveError, match="symbolic link"):
        data.unlink()
        (tmp_path / "c.index").symlink_to(tmp_path / "sm" / "variables" / "variables.index")
        formats.open(tmp_path / "c")
