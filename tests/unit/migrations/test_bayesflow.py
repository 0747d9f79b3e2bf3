"""Archives of BayesFlow, planned for 2.1.0: what moves, what becomes a graph, what is refused, and what is said of it."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasarchive
from kerasarchive import formats, schema
from kerasarchive.model.release import Provenance, Release

CORPUS = Path(__file__).parents[2] / "corpus" / "bayesflow"
ARCHIVES = sorted(CORPUS.glob("2.0.*/*.keras"))
TARGET = "bayesflow==2.1.0"
UNMIGRATED = {"inet_stable_consistency"}


def migrated(path, folder, **options):
    target = folder / path.name
    subject = kerasarchive.migrate(path, to=TARGET, output=target, **options).subjects[0]
    return subject, target


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_archive_is_migrated_or_refused_and_a_second_time_nothing_changes(path, tmp_path):
    subject, target = migrated(path, tmp_path)
    if path.stem in UNMIGRATED:
        assert subject.verdict == "refused"
        return
    assert subject.verdict in ("migrated", "clean")
    assert kerasarchive.migrate(target, to=TARGET, dry_run=True).subjects[0].verdict == "clean"
    with formats.open(target) as archive:
        if subject.verdict == "migrated":
            pins = [(each.library, each.release.version) for each in schema.written_with(archive) if each.release]
            assert pins == [("keras", archive.metadata["keras_version"]), ("bayesflow", "2.1.0")]
            assert Release("keras", archive.metadata["keras_version"]) >= Release("keras", "3.15.0")


def test_a_coupling_flow_keeps_its_weights_in_the_new_places(tmp_path):
    path = CORPUS / "2.0.7" / "ap_coupling.keras"
    _, target = migrated(path, tmp_path)
    old = (
        "inference_network/invertible_layers/dual_coupling/coupling1/layers/mlp/layers/sequential_1/layers/dense/vars/0"
    )
    new = "inference_network/invertible_layers/dual_coupling/coupling1/subnet/blocks/dense_block_1/dense/vars/0"
    with formats.open(path) as before, formats.open(target) as after:
        assert np.array_equal(before.weights.read(old), after.weights.read(new))
        assert "layers/standardization/standardize_layers/standardize_1/vars/2" in after.weights.tensors()
        assert len(before.weights.tensors()) == len(after.weights.tensors())


def test_a_residual_mlp_with_normalization_becomes_a_graph(tmp_path):
    _, target = migrated(CORPUS / "2.0.7" / "mlp_res_norm.keras", tmp_path)
    with formats.open(target) as archive:
        assert archive.config["class_name"] == "Functional"
        assert sum(path.startswith("layers/layer_normalization") for path in archive.weights.tensors()) == 6


def test_names_of_the_decorator_become_those_of_packages(tmp_path):
    _, target = migrated(CORPUS / "2.0.0" / "ad_standardize_running.keras", tmp_path)
    with formats.open(target) as archive:
        text = json.dumps(archive.config)
    assert "bayesflow.utils.decorators" not in text
    assert '"momentum"' not in text
    assert json.loads(text)["config"]["standardize"] is None


def test_a_bare_number_is_a_release_of_the_outermost_library(tmp_path):
    subject = kerasarchive.migrate(CORPUS / "2.0.7" / "ap_coupling.keras", to="2.1", dry_run=True).subjects[0]
    assert subject.plan.steps[-2].release.startswith("bayesflow==")


def test_what_would_sample_something_else_is_flagged_and_refused(tmp_path):
    path = CORPUS / "2.0.12" / "inet_stable_consistency.keras"
    assert kerasarchive.migrate(path, to=TARGET, dry_run=True).subjects[0].plan.refusals
    one = kerasarchive.audit(path, for_=[TARGET]).subjects[0].compatibility[0]
    assert one.same_outputs in ("no", "n/a")


def test_a_step_that_the_content_does_not_decide_asks_which_release_it_was(tmp_path):
    """A DeepSet of 2.0.0 to 2.0.3, of which an edit hides the release, has another activation by default before 2.0.3."""
    from kerasarchive.migration.itinerary import Leg
    from kerasarchive.migration.routing import catalogue

    leg = Leg(Release("bayesflow", "2.0.2"), Release("bayesflow", "2.0.5"), Release("bayesflow", "2.1.0"))
    unsure = {step.migration.name for step in leg.steps(()) if step.unsure}
    assert "bayesflow/v2_0_3__deep_set_activation" in unsure
    assert not next(
        each for each in catalogue("bayesflow") if each.name == "bayesflow/v2_0_3__deep_set_activation"
    ).tells


def test_older_releases_are_not_written():
    subject = kerasarchive.migrate(CORPUS / "2.0.12" / "ap_ratio.keras", to="bayesflow==2.0.3", dry_run=True).subjects[
        0
    ]
    assert subject.verdict == "failed"
    assert "older releases" in subject.findings[0].message


def test_the_keras_that_goes_with_a_library_is_the_lowest_that_it_supports():
    target = Release("bayesflow", "2.1.0")
    assert schema.keras_for(target, Release("keras", "3.9.2")) == Release("keras", "3.15.0")
    assert schema.keras_for(target, Release("keras", "3.15.1")) == Release("keras", "3.15.1")
    known = (Provenance("keras", Release("keras", "3.9.2")),)
    assert [str(each.release) for each in schema.accepting(target, known).beside] == ["bayesflow==2.1.0"]
