"""Archives of BayesFlow: the library's own code says which weights a config asks for, and what it refuses."""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from kerasarchive import api

CORPUS = Path(__file__).parents[2] / "corpus" / "bayesflow" / "2.0.12"
ARCHIVES = sorted(CORPUS.glob("*.keras"))
COUPLING = "inference_network/invertible_layers/dual_coupling/coupling1"


def changed(source, folder, *, config=None, weights=None):
    """A copy whose config or weight file a function has changed."""
    with zipfile.ZipFile(source) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    if config is not None:
        value = json.loads(members["config.json"])
        config(value)
        members["config.json"] = json.dumps(value).encode()
    if weights is not None:
        buffer = io.BytesIO(members["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            weights(file)
        members["model.weights.h5"] = buffer.getvalue()
    path = folder / source.name
    with zipfile.ZipFile(path, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return path


def validated(path):
    return api.validate(path).subjects[0]


def codes(path):
    return {finding.rule for finding in validated(path).findings if finding.severity in ("high", "medium")}


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.stem)
def test_what_the_release_wrote_is_clean(archive):
    subject = validated(archive)
    assert subject.verdict == "clean"
    assert subject.facts["against"] == "keras==3.14.1, bayesflow==2.0.12"


@pytest.mark.parametrize(("place", "code"), [
    (f"{COUPLING}/output_projector/vars/0", "KAV421"),
    (f"{COUPLING}/subnet/blocks/dense_block/dense/vars/1", "KAV421"),
    ("inference_network/invertible_layers/act_norm/vars", "KAV421"),
    ("layers/standardization/standardize_layers/standardize/vars/2", "KAV421"),
])
def test_a_weight_that_is_gone(tmp_path, place, code):
    path = changed(CORPUS / "ad_sqrt.keras", tmp_path, weights=lambda file: file.__delitem__(place))
    assert codes(path) == {code}


def test_a_weight_of_another_shape(tmp_path):
    def widen(file):
        del file[f"{COUPLING}/output_projector/vars/0"]
        file[f"{COUPLING}/output_projector/vars/0"] = np.zeros((4, 5), "float32")

    assert codes(changed(CORPUS / "ad_sqrt.keras", tmp_path, weights=widen)) == {"KAV423"}


def test_a_weight_too_many(tmp_path):
    def add(file):
        file[f"{COUPLING}/output_projector/vars/2"] = np.zeros(3, "float32")

    assert codes(changed(CORPUS / "ad_sqrt.keras", tmp_path, weights=add)) == {"KAV422"}


def test_a_group_that_nobody_looks_at_does_no_harm(tmp_path):
    def add(file):
        file[f"{COUPLING}/elsewhere/vars/0"] = np.zeros(3, "float32")

    assert codes(changed(CORPUS / "ad_sqrt.keras", tmp_path, weights=add)) == set()


def network(config):
    return config["config"]["inference_network"]


@pytest.mark.parametrize("change", [
    lambda config: network(config)["config"].pop("depth"),
    lambda config: network(config)["config"]["subnet_kwargs"].pop("widths"),
    lambda config: network(config)["config"]["subnet_kwargs"].update(widths=[]),
    lambda config: network(config)["config"]["base_distribution"]["config"]["mean"]["config"].pop("dtype"),
    lambda config: network(config)["config"]["base_distribution"]["config"]["std"]["config"].update(value=[1.0, "much"]),
    lambda config: network(config)["config"]["base_distribution"]["config"]["std"].update(class_name="__tensor__x"),
    lambda config: network(config)["build_config"]["shapes_dict"]["xz_shape"].__setitem__(1, -4),
    lambda config: network(config)["build_config"]["shapes_dict"].update(xz_shape=6),
    lambda config: config["config"]["dtype"].update(module=True),
    lambda config: network(config).update(registered_name=["bayesflow.networks>CouplingFlow"]),
])
def test_configs_that_the_library_refuses_or_builds_otherwise(tmp_path, change):
    assert validated(changed(CORPUS / "ad_sqrt.keras", tmp_path, config=change)).verdict == "invalid"


@pytest.mark.parametrize(("name", "change"), [
    ("ad_sqrt", lambda config: config.update(module=0.5)),
    ("ad_sqrt", lambda config: config.update(class_name=True)),
    ("ad_sqrt", lambda config: network(config).update(module=["a"], class_name=5)),
    ("mlp", lambda config: config["config"].update(activation_=config["config"].pop("activation"))),
    ("mlp_res_norm", lambda config: config["config"].pop("dtype")),
    # A model whose `build` fails goes on without, and what is not built is content with what another attribute leads to.
    ("ap_ratio", lambda config: config["build_config"]["input_shape"].pop("inference_variables")),
    ("ad_sqrt", lambda config: config.pop("build_config")),
])
def test_what_nobody_looks_at_does_no_harm(tmp_path, name, change):
    subject = validated(changed(CORPUS / f"{name}.keras", tmp_path, config=change))
    assert subject.verdict == "clean"
    assert subject.facts["against"].endswith("bayesflow==2.0.12")


@pytest.mark.parametrize("change", [
    lambda config: network(config)["config"].update(depth=10**12),
    lambda config: network(config)["config"].update(depth=20_000),
    lambda config: network(config)["config"]["subnet_kwargs"].update(widths=[3] * 50_000),
])
def test_a_hostile_config_has_an_end(tmp_path, change):
    assert validated(changed(CORPUS / "ad_sqrt.keras", tmp_path, config=change)).verdict in ("clean", "invalid")
