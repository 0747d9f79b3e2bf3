"""Down and up again: archives of Keras 3 as an older release would have written them."""

from pathlib import Path

import pytest

from kerasarchive import formats, migration, schema
from kerasarchive.validation import validate_config

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
ARCHIVES = sorted(CORPUS.glob("k3.*/*.keras"))


def planned(archive, target):
    release = schema.target(target)
    return migration.plan(
        archive, release, written_by=schema.written_with(archive), schema=schema.load(release), check=validate_config
    )


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("target", ["keras==3.0.5", "keras==3.3.3", "keras==3.8.0", "keras==3.15.1"])
def test_what_is_not_refused_is_what_the_target_accepts(path, target):
    with formats.open(path) as archive:
        plan = planned(archive, target)
        if plan.refusals or plan.config is None:
            assert all(refusal.reason for refusal in plan.refusals)
            return
        config = plan.config
        found = validate_config(config, archive.config_at, schema.load(target))
        assert [finding for finding in found if finding.rank >= 2] == []


REFUSED = {
    ("k3.15.1/lambda_py", "keras==3.8.0"),
    ("k3.15.1/lambda_py", "keras==3.3.3"),
    ("k3.15.1/mha_kw", "keras==3.3.3"),
}


@pytest.mark.parametrize("target", ["keras==3.3.3", "keras==3.8.0"])
def test_only_what_the_older_release_cannot_express_is_refused(target):
    refused = set()
    for path in ARCHIVES:
        if path.parent.name == "k3.15.1":
            with formats.open(path) as archive:
                if planned(archive, target).refusals:
                    refused.add((f"k3.15.1/{path.stem}", target))
    assert refused == {pair for pair in REFUSED if pair[1] == target}
