"""The committed schemas are what the releases' own sources give today."""

import pytest

from kerasarchive import schema


@pytest.mark.parametrize("release", ["keras==2.3.1", "keras==3.0.5", "keras==3.15.1", "bayesflow==2.0.12"])
def test_a_release_built_anew_is_the_committed_one(release):
    committed = schema.load(release).raw
    built = schema.build(release)["$defs"]
    assert built.keys() == set(committed)
    assert [name for name in built if built[name] != committed[name]] == []
