"""For every committed archive: the predicted weight paths are the stored ones, and Keras 3's spelling survives a round trip."""

from pathlib import Path

import pytest

from kerasarchive import formats
from kerasarchive.layout.bind import bind
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.lay import lay
from kerasarchive.layout.lift import lift
from kerasarchive.layout.lower import lower
from kerasarchive.model.release import Release

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
ARCHIVES = sorted(CORPUS.glob("tf2.*/*.keras")) + sorted(CORPUS.glob("k3*/*.keras"))
NOT_LAID = {"npz_weights": "its weights are an .npz member, which holds no HDF5 tree"}


def lifted(archive):
    release = Release("keras", archive.metadata["keras_version"])
    return lift(archive.config, archive.config_at, dialect(release)), dialect(release)


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_tensor_has_an_owner_and_its_path_is_predicted(path):
    if path.stem in NOT_LAID:
        pytest.skip(NOT_LAID[path.stem])
    with formats.open(path) as archive:
        tree, _ = lifted(archive)
        bound = bind(tree, archive.weights, archive.members)
        laid = lay(bound.root)
        assert bound.unclaimed == ()
        lcd = bound.naming.container != "layers"
        if not lcd:
            assert set(laid.weights.tensors) == set(archive.weights.tensors())
            assert laid.weights.moves == ()
            assert all(old == new for old, new in laid.assets.items())
        assert {source.path for source in laid.weights.tensors.values()} == set(archive.weights.tensors())


@pytest.mark.parametrize("path", [p for p in ARCHIVES if p.parent.name.startswith("k3")], ids=lambda path: path.stem)
def test_lowering_what_was_lifted_gives_the_config_back(path):
    with formats.open(path) as archive:
        tree, spelling = lifted(archive)
        assert lower(tree, spelling, archive.config_at).config == archive.config


def test_every_object_knows_where_it_stood():
    path = CORPUS / "tf2.15" / "comp_nested.keras"
    with formats.open(path) as archive:
        tree, _ = lifted(archive)
        low = lower(tree, dialect(Release("keras", "3.15.1")), archive.config_at)
        assert str(low.origin(archive.config_at.at("config", "layers", 1, "config", "layers", 2, "config", "axis"))) == (
            "config.json#/config/layers/1/config/layers/2/config/axis"
        )
