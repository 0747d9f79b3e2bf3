"""What the laws are tried on: every committed `.keras` archive, planned for several targets."""

from pathlib import Path

import pytest

from kerasarchive import formats, migration, schema
from kerasarchive.validation import validate_config

CORPUS = Path(__file__).parents[1] / "corpus" / "keras"
ARCHIVES = sorted(CORPUS.glob("tf2.*/*.keras"))
TARGETS = ("keras==3.3.3", "keras==3.8.0", "keras==3.15.1")


def planned(archive, target):
    release = schema.target(target)
    known = schema.load(release)
    written_by = schema.written_with(archive)
    return migration.plan(archive, release, written_by=written_by, schema=known, check=validate_config)


@pytest.fixture(params=ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def archive(request):
    with formats.open(request.param) as opened:
        yield opened


@pytest.fixture(params=TARGETS)
def target(request):
    return request.param
