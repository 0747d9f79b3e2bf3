"""A header that was learnt from another one gives what parsing it would give, whatever byte of it is changed."""

import h5py
import numpy as np
import pytest

from kerasarchive.formats.hdf5 import tree
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import BytesView


def listing(data, monkeypatch, patterns):
    monkeypatch.setattr(tree, "PATTERNS", patterns)
    return tree.Hdf5Tree(BytesView(data), "", Limits()).walk()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("pattern") / "made.h5"
    with h5py.File(path, "w") as file:
        for number in range(3):
            file[f"{number}/kernel"] = np.ones((2, number + 1), "f4")
            file[f"{number}/bias"] = np.ones(number + 1, "f4")
            file[f"{number}/step"] = np.int64(number)
    return path.read_bytes()


def test_most_headers_are_learnt(data, monkeypatch):
    parsed = []
    monkeypatch.setattr(tree, "read_dataset", lambda *rest, read=tree.read_dataset: parsed.append(1) or read(*rest))
    found = listing(data, monkeypatch, 100)
    assert (len(found.tensors), len(parsed)) == (9, 3)
    assert found.tensors["2/kernel"].shape == (2, 3)


@pytest.mark.parametrize("path", ["2/kernel", "2/bias", "2/step"])
def test_every_byte_of_a_header(data, monkeypatch, path):
    address = listing(data, monkeypatch, 0).addresses[path]
    for at in range(address, address + 272):
        for value in {0, 1, 3, 16, 255, data[at] ^ 128} - {data[at]}:
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            try:
                expected = listing(changed, monkeypatch, 0)
            except tree.Foreign:
                with pytest.raises(tree.Foreign):
                    listing(changed, monkeypatch, 100)
                continue
            found = listing(changed, monkeypatch, 100)
            assert (found.tensors, found.groups, found.addresses) == (
                expected.tensors,
                expected.groups,
                expected.addresses,
            )
            assert found.findings == expected.findings


def test_the_end_is_cut_off(data, monkeypatch):
    for end in range(600, len(data), 97):
        found, expected = listing(data[:end], monkeypatch, 100), listing(data[:end], monkeypatch, 0)
        assert (found.tensors, found.findings) == (expected.tensors, expected.findings)
