"""Releases: PEP 440 where it goes, and the flavour that tf.keras wrote under the numbers of standalone Keras."""

import pytest
from packaging.version import InvalidVersion

from kerasarchive.model.release import Release
from kerasarchive.schema.builder.origin import concerns, origin


def test_a_flavour_is_another_release_right_after_the_bare_number():
    plain, flavoured, later = (Release("keras", version) for version in ("2.2.4", "2.2.4-tf", "2.2.5"))
    assert flavoured != plain
    assert sorted([later, flavoured, plain]) == [plain, flavoured, later]
    assert (str(flavoured), flavoured.version, flavoured.label) == ("keras==2.2.4-tf", "2.2.4", "2.2.4-tf")
    assert Release.parse(str(flavoured)) == flavoured
    assert Release("keras", "2.2.4", "tf") == flavoured
    assert plain.label == "2.2.4"


@pytest.mark.parametrize("version", ["2.2.4-tfx", "-tf", "tf"])
def test_what_is_no_version(version):
    with pytest.raises(InvalidVersion):
        Release("keras", version)


@pytest.mark.parametrize(("releases", "version", "expected"), [
    ("<2.4", "2.3.1", True),
    ("<2.4", "2.3.0-tf", False),
    ("2.3.0-tf", "2.3.0-tf", True),
    ("2.3.0-tf", "2.3.0", False),
    ([">=2.4,<3", "2.3.0-tf"], "2.3.0-tf", True),
    ([">=2.4,<3", "2.3.0-tf"], "2.11.0", True),
    ([">=2.4,<3", "2.3.0-tf"], "2.3.1", False),
])
def test_which_releases_a_fact_concerns(releases, version, expected):
    assert concerns(releases, Release("keras", version)) is expected


def test_where_a_source_comes_from():
    overrides = {"sources": [{"releases": "2.2.4-tf", "project": "tensorflow-cpu", "version": "2.1.4",
                              "folder": "tensorflow_core/python/keras", "package": "tensorflow.python.keras"}]}
    found = origin(Release("keras", "2.2.4-tf"), overrides)
    assert (str(found), found.folder, found.around) == (
        "tensorflow-cpu==2.1.4", "tensorflow_core/python/keras", "tensorflow.python")
    plain = origin(Release("tf_keras", "2.19.0"), {})
    assert (str(plain), plain.folder, plain.package, plain.around) == ("tf-keras==2.19.0", "tf_keras", "tf_keras", "")
