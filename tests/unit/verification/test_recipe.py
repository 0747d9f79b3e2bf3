"""Which packages, backend and Pythons a release gets."""

from __future__ import annotations

import pytest

from kerasarchive.errors import OracleUnavailable
from kerasarchive.model.release import Release
from kerasarchive.verification.recipe import for_release, for_spec, needs_tensorflow


@pytest.mark.parametrize(
    ("version", "first", "library", "backend"),
    [
        ("3.15.1", "keras==3.15.1", "keras", "numpy"),
        ("3.8.0", "keras==3.8.0", "keras", "numpy"),
        ("3.0.5", "keras==3.0.5", "keras", "jax"),
        ("2.15.0", "tensorflow", "tensorflow", ""),
        ("2.4.0", "tensorflow", "tensorflow", ""),
        ("2.3.1", "keras==2.3.1", "keras", "tensorflow"),
        ("1.2.2", "keras==1.2.2", "keras", "tensorflow"),
        ("2.2.4-tf", "tensorflow", "tensorflow", ""),
        ("2.3.0-tf", "tensorflow", "tensorflow", ""),
    ],
)
def test_releases(version: str, first: str, library: str, backend: str) -> None:
    recipe = for_release(Release("keras", version))
    assert recipe.requirements[0].startswith(first)
    assert (recipe.library, recipe.backend) == (library, backend)


def test_tf_keras_runs_in_the_tensorflow_of_its_minor_version() -> None:
    recipe = for_release(Release("keras", "2.12.0"))
    assert recipe.requirements[0].endswith("==2.12.*") and "numpy<2" in recipe.requirements
    assert recipe.pythons[0] == "3.11"
    assert for_release(Release("keras", "2.4.0")).pythons == ("3.8", "3.7")


def test_standalone_keras_runs_in_graphs_of_tensorflow_1() -> None:
    for version in ("1.2.2", "2.0.8", "2.3.1"):
        recipe = for_release(Release("keras", version))
        assert {"tensorflow==1.15.5", "h5py==2.10.0"} < set(recipe.requirements)
        assert recipe.pythons == ("3.7",)
    assert any(each.startswith("theano") for each in for_release(Release("keras", "1.2.2")).requirements)


def test_the_flavours_of_tf_keras_run_in_the_tensorflow_that_wrote_them() -> None:
    assert for_release(Release("keras", "2.3.0-tf")).requirements[0].endswith("==2.2.3")
    assert for_release(Release("keras", "2.2.4-tf")).requirements[0].endswith("==2.1.4")


def test_training_and_tensorflow_ask_for_other_backends() -> None:
    release = Release("keras", "3.15.1")
    assert for_release(release, training=True).backend == "jax"
    assert for_release(release, training=True).requirements == for_release(release).requirements
    assert for_release(release, tensorflow=True).backend == "tensorflow"


@pytest.mark.parametrize("version", ["0.3.3", "4.0.0"])
def test_releases_that_cannot_be_run(version: str) -> None:
    with pytest.raises(OracleUnavailable, match="does not know how to run"):
        for_release(Release("keras", version))


def test_specs() -> None:
    assert for_spec("tf2.15") == for_release(Release("keras", "2.15.0"))
    assert for_spec("keras==3.8.0") == for_release(Release("keras", "3.8.0"))
    assert for_spec("keras==3.8.0, tensorflow-cpu==2.17.0").backend == "tensorflow"
    assert for_spec("keras==3.8.0 torch").requirements == ("keras==3.8.0", "torch")
    assert for_spec("tensorflow-cpu==2.15.1 numpy<2").library == "tensorflow"


@pytest.mark.parametrize("spec", ["", "nonsense", "torch"])
def test_specs_that_name_nothing(spec: str) -> None:
    with pytest.raises(OracleUnavailable, match="cannot make an environment"):
        for_spec(spec)


def test_lookups_need_tensorflow() -> None:
    inner = {"class_name": "StringLookup", "config": {}}
    assert needs_tensorflow({"class_name": "Sequential", "config": {"layers": [inner]}})
    assert not needs_tensorflow(
        {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {}}]}}
    )
