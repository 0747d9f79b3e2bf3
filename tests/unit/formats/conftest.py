"""The small real archives that the readers and writers are tested on."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"


@pytest.fixture(scope="session")
def corpus():
    return CORPUS


def pytest_generate_tests(metafunc):
    if "keras_file" in metafunc.fixturenames:
        files = sorted(CORPUS.glob("*/*.keras"))
        metafunc.parametrize("keras_file", files, ids=[f"{f.parent.name}-{f.stem}" for f in files])
    if "hdf5_file" in metafunc.fixturenames:
        files = sorted(CORPUS.rglob("*.h5"))
        metafunc.parametrize("hdf5_file", files, ids=[f"{f.parent.name}-{f.name}" for f in files])
