"""Where the schema files come from, and what happens when they are not as they should be."""

import json

import pytest

from kerasarchive import _catalog
from kerasarchive.errors import SchemaError


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A catalogue of its own with one library in it."""
    caches = (_catalog.read_schema, _catalog.definition_texts, _catalog.definition)
    monkeypatch.setattr(_catalog, "folder", lambda kind: tmp_path / kind)
    for cached in caches:
        cached.cache_clear()
    yield tmp_path / "schemas" / "pkg"
    for cached in caches:
        cached.cache_clear()


def put(library, name, text):
    library.mkdir(parents=True, exist_ok=True)
    (library / name).write_text(text)


def test_the_checkout_has_both_folders():
    assert (_catalog.folder("schemas") / "keras" / "index.json").is_file()
    assert _catalog.migrations("keras").name == "keras"
    assert "keras" in _catalog.libraries()


def test_no_such_folder():
    with pytest.raises(SchemaError, match="has no nonsense"):
        _catalog.folder("nonsense")


def test_a_library_is_a_folder_with_an_index(library):
    put(library, "index.json", "{}")
    (library.parent / "empty").mkdir()
    assert _catalog.libraries() == ("pkg",)


@pytest.mark.parametrize(("text", "message"), [("{", "is no JSON"), ("[]", "is no JSON object"), (None, "cannot be read")])
def test_broken_files_are_errors_in_a_line(library, text, message):
    library.mkdir(parents=True)
    if text is not None:
        put(library, "1.0.0.json", text)
    with pytest.raises(SchemaError, match=message) as caught:
        _catalog.read_schema("pkg", "1.0.0.json")
    assert "1.0.0.json" in caught.value.location


def test_definitions_are_the_same_however_the_file_is_laid_out(library):
    definitions = {"pkg.A": {"type": "object"}, "pkg.B": {"$ref": "1.0.0.json#/$defs/pkg.B"}}
    older = {"$defs": {"pkg.B": {"title": 'with "quotes", and a comma,'}}}
    put(library, "1.0.0.json", json.dumps(older))
    put(library, "1.1.0.json", json.dumps({"$defs": definitions}, indent=1))
    lines = ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in definitions.items())
    put(library, "1.2.0.json", '{"title":"x",\n"$defs":{\n' + lines + "\n}}\n")
    for name in ("1.1.0.json", "1.2.0.json"):
        assert list(_catalog.definition_texts("pkg", name)) == ["pkg.A", "pkg.B"]
        assert _catalog.definition("pkg", name, "pkg.A") == {"type": "object"}
        assert _catalog.definition("pkg", name, "pkg.B") is _catalog.definition("pkg", "1.0.0.json", "pkg.B")
