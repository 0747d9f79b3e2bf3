"""The laws of migration, on every committed archive times every target."""

import hashlib
from pathlib import Path

import pytest

from kerasarchive import formats, migration, schema
from kerasarchive.errors import MigrationUnsound
from kerasarchive.migration import changes as raw
from kerasarchive.model.location import Location
from kerasarchive.validation import validate_config

from .conftest import planned


def written(plan, archive, folder: Path, **given):
    out = folder / "out.keras"
    known = schema.load(plan.target)
    migration.execute(
        plan, archive, out, recheck=lambda made: validate_config(made.config, made.config_at, known), sha256="0" * 64, **given
    )
    return out


def digests(store, paths=None):
    return sorted(
        hashlib.sha256(store.read(path).tobytes()).hexdigest() for path in (store.tensors() if paths is None else paths)
    )


def test_applying_the_changes_to_the_old_config_gives_the_new_one(archive, target):
    plan = planned(archive, target)
    if plan.refusals:
        pytest.skip("refused, so there is nothing to apply")
    in_config = [c for c in plan.changes if c.location.mark == "#"]
    assert raw.apply(archive.config, in_config, archive.config_at) == plan.config


def test_the_written_archive_is_what_was_planned_and_valid_for_the_target(archive, target, tmp_path):
    plan = planned(archive, target)
    if plan.refusals:
        pytest.skip("refused, so nothing is written")
    out = written(plan, archive, tmp_path)
    with formats.open(out) as made:
        assert made.config == plan.config
        assert list(raw.changes(archive.config, made.config, archive.config_at)) == [
            c for c in plan.changes if c.location.mark == "#"
        ]
        assert [f for f in validate_config(made.config, made.config_at, schema.load(target)) if f.rank >= 2] == []
        assert len([m for m in made.members if not m.name.startswith("assets/")]) <= 3
        assert made.metadata["kav"]["to"] == target
        kept = [s.path for s in plan.weights.tensors.values() if s.path is not None and s.transform is None]
        at = {s.path: to for to, s in plan.weights.tensors.items() if s.transform is None}
        assert len(kept) == len(set(kept)), "a tensor went to two places"
        assert digests(archive.weights, kept) == digests(made.weights, [at[path] for path in kept])


def test_a_second_migration_to_the_same_target_changes_nothing(archive, target, tmp_path):
    plan = planned(archive, target)
    if plan.refusals:
        pytest.skip("refused, so there is no first result")
    with formats.open(written(plan, archive, tmp_path)) as made:
        again = planned(made, target)
        assert again.empty
        assert again.steps == ()


def test_a_plan_is_a_pure_value(archive, target):
    before = raw.apply(archive.config, (), archive.config_at)
    first, second = planned(archive, target), planned(archive, target)
    assert archive.config == before
    assert (first.config, first.changes, first.refusals) == (second.config, second.changes, second.refusals)


def test_the_same_input_gives_the_same_bytes(archive, tmp_path):
    plan = planned(archive, "keras==3.15.1")
    if plan.refusals:
        pytest.skip("refused, so nothing is written")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert written(plan, archive, tmp_path / "a").read_bytes() == written(plan, archive, tmp_path / "b").read_bytes()


def test_every_refusal_says_where_and_why(archive, target):
    for refusal in planned(archive, target).refusals:
        assert refusal.reason
        place = Location.parse(str(refusal.location))
        assert place == refusal.location
        value = archive.config
        for part in place.parts if place.mark == "#" else ():
            value = value[part]


def test_a_result_that_is_not_the_plan_is_deleted(tmp_path):
    path = Path(__file__).parents[1] / "corpus" / "keras" / "tf2.15" / "comp_nested.keras"
    with formats.open(path) as archive:
        plan = planned(archive, "keras==3.15.1")
        unsound = "the check of the result found something"

        def recheck(made):
            raise MigrationUnsound(unsound)

        out = tmp_path / "out.keras"
        with pytest.raises(MigrationUnsound, match=unsound):
            migration.execute(plan, archive, out, recheck=recheck, sha256="0" * 64)
        assert list(tmp_path.iterdir()) == []


def test_a_lambda_is_refused_and_its_layer_named():
    path = Path(__file__).parents[1] / "corpus" / "keras" / "tf2.15" / "lambda_py.keras"
    with formats.open(path) as archive:
        refusals = planned(archive, "keras==3.15.1").refusals
    assert any("bytecode" in r.reason and str(r.location).startswith("config.json#/config/layers/") for r in refusals)
