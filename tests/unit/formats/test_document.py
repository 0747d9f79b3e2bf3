"""The bounded JSON reader."""

import json
import math

import pytest

from kerasarchive.formats import document
from kerasarchive.formats.document import dump, parse
from kerasarchive.formats.limits import Limits
from kerasarchive.model.location import in_json

AT = in_json("config.json")


def read(data, **limits):
    value, findings = parse(data if isinstance(data, bytes) else data.encode(), AT, Limits(**limits))
    return value, [each.name for each in findings]


def test_plain():
    assert read('{"a": [1, 2.5, null, "x"]}') == ({"a": [1, 2.5, None, "x"]}, [])


def test_what_keras_writes_is_legal():
    value, names = read('{"a": NaN, "b": [Infinity, -Infinity]}')
    assert math.isnan(value["a"])
    assert value["b"] == [math.inf, -math.inf]
    assert names == []


def test_duplicate_keys_are_located():
    value, findings = parse(b'{"config": [{"units": 1, "units": 2}]}', AT, Limits())
    assert value == {"config": [{"units": 2}]}
    assert [(f.name, str(f.location)) for f in findings] == [("json-duplicate-key", "config.json#/config/0/units")]


def test_duplicate_key_in_a_value_that_was_replaced():
    _, names = read('{"a": {"x": 1, "x": 2}, "a": 3}')
    assert names == ["json-duplicate-key"] * 2


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [600, 100_000])
def test_deep_nesting_is_no_recursion(opening, depth):
    closing = {"[": "]", "{": "}"}[opening[0]]
    value, names = read(opening * depth + "1" + closing * depth)
    assert value is None
    assert names == ["json-too-large"]


def test_depth_within_the_limit():
    value, names = read("[" * 400 + "]" * 400)
    assert value
    assert names == []


def test_huge_integers():
    value, names = read('{"units": ' + "9" * 200_000 + "}")
    assert value == {"units": "9" * 200_000}
    assert names == ["json-huge-integer"]


def test_too_wide_and_too_long():
    assert read("[" + "[]," * 1000 + "[]]", json_values=500) == (None, ["json-too-large"])
    assert read('"' + "x" * 1000 + '"', json_size=500) == (None, ["json-too-large"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
def test_encodings(encoding):
    assert read('{"a": "ü"}'.encode(encoding)) == ({"a": "ü"}, ["json-encoding"])


@pytest.mark.parametrize("data", [b"", b"{", b'{"a" 1}', b"\xff\xfe\xff", b'{"a": "\xff"}', b"nope", b'{"a": 1} x'])
def test_broken(data):
    assert read(data) == (None, ["json-invalid"])


def test_dump_is_compact_and_keeps_order():
    value = {"b": 1, "a": [float("inf"), "é"]}
    assert dump(value) == b'{"b":1,"a":[Infinity,"\\u00e9"]}'
    assert json.loads(dump(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "{}",
        '{"a": [[], {"b": [1]}], "c": {}}',
        '[[], [[]], "x"]',
        '["]", [[1]], "["]',
        '["[[[[", "]]]]"]',
        '["[", "[", "]"]',
        r'["\"[\"", ["\"]\""]]',
        r'["\"]\"", [[1]], "\"[\""]',
        '["", "", [""]]',
    ],
)
def test_depth_by_text_is_depth_by_values(text):
    by_values = document._depth(json.loads(text))
    assert document._depth_of_text(text.encode(), 500) in (None, by_values)


@pytest.mark.parametrize("inner", ['"x"', r'"\\"', '"]"', '"[]"'])
def test_depth_beyond_the_limit(inner):
    assert read("[" * 40 + inner + "]" * 40, json_depth=40)[1] == []
    assert read("[" * 41 + inner + "]" * 41, json_depth=40) == (None, ["json-too-large"])
    assert read('{"a":' * 60 + inner + "}" * 60, json_depth=40) == (None, ["json-too-large"])
