"""What users and archives call a release."""

import pytest

from kerasarchive import schema
from kerasarchive.errors import UnknownRelease
from kerasarchive.model.archive import Archive
from kerasarchive.model.release import Release


@pytest.mark.parametrize(("text", "version"), [
    ("keras==3.15.1", "3.15.1"),
    ("==3.0", "3.0.0"),
    ("keras==3", "3.0.0"),
    ("3.15", "3.15.1"),
    ("3.15.*", "3.15.1"),
    ("keras==3.3.*", "3.3.3"),
    ("3", "3.15.1"),
    ("2", "2.15.0"),
    ("2.13.1", "2.13.1"),
    ("latest", "3.15.1"),
    ("keras==latest", "3.15.1"),
    ("keras", "3.15.1"),
    (" keras == 3.8.0 ", "3.8.0"),
])
def test_targets(text, version):
    assert schema.target(text) == Release("keras", version)


@pytest.mark.parametrize(("text", "nearest"), [
    ("keras==3.15.9", "keras==3.15.1"),
    ("keras==3.12.9", "keras==3.12.4"),
    ("keras==0.3.3", "keras==1.0.0"),
    ("keras==2.2.5-tf", "keras==2.2.5"),
    ("keras==2.13.0", "keras==2.13.1"),
    ("4", "keras==3.15.1"),
    ("3.99.*", "keras==3.15.1"),
    ("keras==banana", "keras=="),
    ("keras==", "keras=="),
])
def test_an_unknown_target_names_the_nearest(text, nearest):
    with pytest.raises(UnknownRelease) as caught:
        schema.target(text)
    assert nearest in caught.value.hint
    assert "\n" not in str(caught.value)


def test_an_unknown_library_names_the_nearest():
    with pytest.raises(UnknownRelease, match="kers") as caught:
        schema.target("kers==3.0.0")
    assert caught.value.hint == "did you mean keras?"


def test_load_refuses_what_it_does_not_know():
    with pytest.raises(UnknownRelease, match=r"3\.15\.9"):
        schema.load(Release("keras", "3.15.9"))


@pytest.mark.parametrize(("version", "read_as", "relaxed"), [
    ("3.15.1", "3.15.1", False),
    ("3.12.9", "3.12.4", False),
    ("2.13.0", "2.13.1", False),
    ("3.0.0.dev2024", "3.0.0", False),
    ("2.4.0", "2.4.0", False),
    ("2.2.4-tf", "2.2.4-tf", False),
    ("2.2.4", "2.2.4", False),
    ("2.2.0-tf", "2.2.4-tf", False),
    ("2.0.8-tf", "2.1.6-tf", False),
    ("1.2.9", "1.2.2", False),
    ("0.3.3", None, False),
    ("3.16.0", "3.15.1", True),
    ("3.15.2", "3.15.1", True),
    ("4.0.0", "3.15.1", True),
])
def test_the_schema_to_read_an_archive_with(version, read_as, relaxed):
    found = schema.reading(Release("keras", version))
    assert (found.release.label if found else None) == read_as
    assert (found.relaxed if found else False) is relaxed


@pytest.mark.parametrize(("metadata", "version", "certainty"), [
    ({"keras_version": "3.15.1"}, "3.15.1", "recorded"),
    ({"keras_version": "2.2.4-tf"}, "2.2.4", "recorded"),
    ({"keras_version": "3.0.0.dev2024"}, "3.0.0.dev2024", "recorded"),
    ({"keras_version": "2.15.0", "kav": {"from": "keras==2.12.0", "to": "keras==3.15.1"}}, "3.15.1", "recorded"),
    ({"keras_version": "2.15.0", "kav": "nonsense"}, "2.15.0", "recorded"),
    ({"keras_version": "banana"}, None, "unknown"),
    ({"keras_version": 3}, None, "unknown"),
    ({}, None, "unknown"),
])
def test_written_with(metadata, version, certainty):
    (found,) = schema.written_with(Archive("x", "keras-zip", metadata=metadata))
    assert (found.release.version if found.release else None) == version
    assert found.certainty == certainty
    assert found.because


def test_written_with_keeps_the_flavour():
    (found,) = schema.written_with(Archive("x", "h5-model", metadata={"keras_version": "2.2.4-tf"}))
    assert found.release.flavour == "tf"


def test_a_bare_config_may_say_its_release():
    (found,) = schema.written_with(Archive("x", "config-json", config={"class_name": "S", "keras_version": "2.15.0"}))
    assert found.release == Release("keras", "2.15.0")
