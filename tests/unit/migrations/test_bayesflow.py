"""Archives of BayesFlow, planned for 2.1.0: what moves, what becomes a graph, what is refused, and what is said of it."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerasarchive
from kerasarchive import formats, schema
from kerasarchive.model.release import Provenance, Release

CORPUS = Path(__file__).parents[2] / "corpus" / "bayesflow"
ARCHIVES = sorted(CORPUS.glob("2.0.*/*.keras"))
TARGET = "bayesflow==2.1.0"


def migrated(path, folder, **options):
    target = folder / path.name
    subject = kerasarchive.migrate(path, to=TARGET, output=target, **options).subjects[0]
    return subject, target


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_archive_is_migrated_or_refused_and_a_second_time_nothing_changes(path, tmp_path):
    subject, target = migrated(path, tmp_path)
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


SAME = {("2.0.12", "ap_ratio"), ("2.0.12", "mlp"), ("2.0.12", "mlp_res_norm"), ("2.0.12", "ad_sqrt")}
"""What 2.1.0 loads as it is, and computes the same (measured, tests/oracle/bayesflow.py --as-is)."""


@pytest.mark.parametrize("path", ARCHIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_would_fail_or_compute_something_else_is_flagged(path):
    one = kerasarchive.audit(path, for_=[TARGET]).subjects[0].compatibility[0]
    if (path.parent.name, path.stem) in SAME:
        assert (one.loads, one.same_outputs) == ("yes", "yes")
    else:
        assert one.loads == "no" or one.same_outputs == "no"
        assert one.because


def test_a_model_that_counts_its_steps_otherwise_is_announced(tmp_path):
    subject, target = migrated(CORPUS / "2.0.12" / "inet_stable_consistency.keras", tmp_path)
    assert any("noise of about 1 %" in effect for effect in effects(subject))
    with formats.open(target) as archive:
        config = archive.config["config"]
    assert config["steps"] == 14
    assert {"p_mean", "p_std", "c"}.isdisjoint(config)


def effects(subject):
    return [each.message for each in subject.plan.announcements]


def layers(path, *keys):
    """The graph that stands at `keys` of the config, by the names of its layers."""
    with formats.open(path) as archive:
        value = archive.config
        for key in keys:
            value = value["config"][key]
    assert value["class_name"] == "Functional"
    return {layer["name"]: layer for layer in value["config"]["layers"]}


@pytest.mark.parametrize("release", ["2.0.7", "2.0.12"])
def test_a_transformer_for_series_counts_its_steps_as_before(release, tmp_path):
    path = CORPUS / release / "snet_tst_small.keras"
    subject, target = migrated(path, tmp_path)
    graph = layers(target)
    assert graph["time_count"]["class_name"] == "Cumsum"
    steps = [node["args"] for node in graph["time_steps"]["inbound_nodes"]]
    assert [each["config"]["keras_history"][0] for each in steps[0]] == ["time_far", "time_gaps"]
    assert any("stands as a graph" in effect for effect in effects(subject))
    with formats.open(path) as before, formats.open(target) as after:
        old = before.weights.read("time_embedding/vars/2")
        kernels = [
            after.weights.read(each)
            for each in after.weights.tensors()
            if after.weights.tensors()[each].shape == (1, 7)
        ]
        assert any(np.array_equal(old, each[0]) for each in kernels)


@pytest.mark.parametrize("release", ["2.0.7", "2.0.12"])
def test_a_cosine_schedule_keeps_its_pace(release, tmp_path):
    subject, target = migrated(CORPUS / release / "inet_dm_cosine.keras", tmp_path)
    graph = layers(target, "subnet")
    with formats.open(target) as archive:
        config = archive.config["config"]
        assert not any("output_projector" in path for path in archive.weights.tensors())
    assert config["prediction_type"] == "noise"
    assert config["noise_schedule"]["config"]["weighting"] is None
    scale = graph["log_snr"]["config"]
    assert (scale["scale"], scale["offset"]) == (15.0, 0.0)
    cut = graph["cut_off"]["config"]
    first = 2 / np.pi * np.arctan(np.exp(-7.5))
    assert np.isclose(cut["scale"], 1 - 2 * first)
    assert np.isclose(cut["offset"], first * np.pi / 2)
    assert any("stochastic" in effect for effect in effects(subject))


def test_a_projection_that_is_as_wide_as_its_subnet_joins_it_negated(tmp_path):
    path = CORPUS / "2.0.7" / "inet_fm_wide.keras"
    _, target = migrated(path, tmp_path)
    assert "projected" in layers(target, "subnet")
    with formats.open(path) as before, formats.open(target) as after:
        old = before.weights.read("output_projector/vars/0")
        assert not any("output_projector" in each for each in after.weights.tensors())
        shapes = after.weights.tensors()
        assert any(np.array_equal(-old, after.weights.read(each)) for each in shapes if shapes[each].shape == old.shape)


def test_every_head_comes_to_the_container_of_its_score(tmp_path):
    path = CORPUS / "2.0.7" / "pnet_three.keras"
    _, target = migrated(path, tmp_path)
    pairs = {"sequential": "container", "sequential_1": "container_1", "sequential_2": "container_2"}
    with formats.open(path) as before, formats.open(target) as after:
        for old, new in pairs.items():
            was = before.weights.read(f"heads_flat/{old}/layers/dense/vars/0")
            assert np.array_equal(was, after.weights.read(f"heads/{new}/sequential/layers/dense/vars/0"))
        assert set(after.config["config"]["scoring_rules"]) == {"mean", "med", "q"}
        assert after.config["registered_name"] == "bayesflow.networks>ScoringRuleNetwork"


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


def test_weights_alone_go_where_those_of_the_whole_archive_go(tmp_path):
    path = CORPUS / "2.0.7" / "ap_coupling.keras"
    alone = tmp_path / "ap_coupling.weights.h5"
    with zipfile.ZipFile(path) as archive:
        alone.write_bytes(archive.read("model.weights.h5"))
    whole, wanted = migrated(path, tmp_path)
    target = tmp_path / "new.weights.h5"
    subject = kerasarchive.migrate(alone, to=TARGET, config=path, output=target).subjects[0]
    assert subject.verdict == whole.verdict == "migrated"
    with formats.open(wanted) as one, formats.open(target) as other:
        assert list(one.weights.tensors()) == list(other.weights.tensors())
        assert all(np.array_equal(one.weights.read(each), other.weights.read(each)) for each in one.weights.tensors())


def test_nothing_is_written_that_would_not_load(tmp_path):
    """An MLP in a series transformer of 2.0.7 is laid out otherwise from 2.0.11 on, and a graph from 2.0.12 on."""
    path = CORPUS / "2.0.7" / "snet_tst_small.keras"
    verdicts = {}
    for release in ("2.0.7", "2.0.11", "2.0.12"):
        subject = kerasarchive.migrate(
            path, to=f"bayesflow=={release}", output=tmp_path / "out.keras", force=True
        ).subjects[0]
        verdicts[release] = subject.verdict
    assert verdicts.pop("2.0.11") in ("refused", "failed")
    assert verdicts == {"2.0.7": "clean", "2.0.12": "migrated"}


BENT = [
    ("2.0.12/inet_dm_cosine", ("config", "noise_schedule", "config", "min_log_snr"), "low"),
    ("2.0.12/inet_dm_cosine", ("config", "noise_schedule", "config"), None),
    ("2.0.12/snet_tst_small", ("config", "num_heads"), [None]),
    ("2.0.12/snet_tst_small", ("config", "time_axis"), 3),
    ("2.0.7/snet_tst_small", ("config", "num_heads"), [None]),
    ("2.0.7/pnet_three", ("build_config", "conditions_shape"), []),
    ("2.0.7/pnet_three", ("build_config", "heads"), {"mean": None}),
    ("2.0.7/inet_fm_wide", ("build_config", "shapes_dict"), {"xz_shape": []}),
]


@pytest.mark.parametrize(("case", "keys", "value"), BENT, ids=lambda value: str(value)[:40])
def test_what_is_bent_is_refused(case, keys, value, tmp_path):
    bent = tmp_path / "bent.keras"
    with zipfile.ZipFile(CORPUS / f"{case}.keras") as old, zipfile.ZipFile(bent, "w") as new:
        config = json.loads(old.read("config.json"))
        inner = config
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value
        for name in old.namelist():
            new.writestr(name, json.dumps(config) if name == "config.json" else old.read(name))
    subject = kerasarchive.migrate(bent, to=TARGET, dry_run=True).subjects[0]
    assert subject.verdict == "refused"
