"""The compiled check and jsonschema must never disagree: the one decides, the other explains."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasarchive import schema
from kerasarchive.validation.checker import Checker, compile_check, is_serialized

K3 = schema.load("keras==3.15.1")
NAMES = ["keras.layers.Dense", "keras.layers.Conv2D", "keras.layers.BatchNormalization", "keras.layers.InputLayer",
         "keras.DTypePolicy", "keras.losses.MeanSquaredError", "keras.src.ops.numpy.Add"]
CHECKERS = {name: Checker(K3.definition(K3.get(name))) for name in NAMES}

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.floats(allow_nan=False),
    st.sampled_from(["same", "SAME", "relu", "rleu", "3", "pkg>fn", "glorot_uniform", "a/b", "float32", ""]))
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner)), max_leaves=4)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_the_compiled_check_is_jsonschema(name, data):
    checker = CHECKERS[name]
    keys = st.sampled_from([*sorted(checker.known), "bogus"])
    config = data.draw(st.dictionaries(keys, values, max_size=5))
    assert checker.accepts(config, frozenset()) is not any(True for _ in checker.errors(config, frozenset()))


@pytest.mark.parametrize(("value", "accepted"), [(64, True), (True, True), (64.0, False), ("64", False), (None, False)])
def test_integers_are_pythons(value, accepted):
    assert CHECKERS["keras.layers.Dense"].accepts({"units": value}, frozenset()) is accepted


def test_serialized_objects_are_judged_elsewhere():
    marker = {"class_name": "__numpy__", "config": {"value": 3, "dtype": "int64"}}
    assert is_serialized(marker)
    assert CHECKERS["keras.layers.Dense"].accepts({"units": marker}, frozenset())


def test_keys_to_let_pass():
    checker = CHECKERS["keras.layers.Dense"]
    assert not checker.accepts({"units": 1, "old": 2}, frozenset())
    assert checker.accepts({"units": 1, "old": 2}, frozenset({"old"}))
    assert list(checker.errors({"units": 1, "old": 2}, frozenset({"old"}))) == []


def test_unknown_keywords_of_json_schema_are_left_to_jsonschema():
    check = compile_check({"type": "integer", "minimum": 3})
    assert check(3)
    assert not check(2)
