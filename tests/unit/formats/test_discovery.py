"""Constants found by folder, inside a package and outside."""

import pytest

from kerasarchive._discovery import load_folder
from kerasarchive.errors import PluginError


def test_package():
    found = load_folder("kerasarchive.formats", "FORMAT")
    assert [each.stem for each in found] == sorted(each.stem for each in found)
    assert {each.value.name for each in found} >= {"keras-zip", "keras-dir", "h5-model", "config-json"}


def test_folder_outside_any_package(tmp_path):
    (tmp_path / "v2__b.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass\nclass A:\n    x: int\n\nTHING = A(2)\n"
    )
    (tmp_path / "v1__a.py").write_text("THING = 1\n")
    (tmp_path / "none.py").write_text("OTHER = 1\n")
    (tmp_path / "_private.py").write_text("raise RuntimeError\n")
    (tmp_path / "notes.txt").write_text("no module")
    found = load_folder(tmp_path, "THING")
    assert [each.stem for each in found] == ["v1__a", "v2__b"]
    assert found[0].value == 1
    assert found[1].value.x == 2
    assert load_folder(tmp_path, "THING")[1].value is found[1].value


def test_a_module_that_fails_is_named(tmp_path):
    (tmp_path / "bad.py").write_text("1 / 0\n")
    with pytest.raises(PluginError, match="ZeroDivisionError") as caught:
        load_folder(tmp_path, "THING")
    assert caught.value.location.endswith("bad.py")


def test_an_empty_or_missing_folder(tmp_path):
    assert load_folder(tmp_path, "THING") == ()
    assert load_folder(tmp_path / "missing", "THING") == ()
