"""A config that no Keras wrote ends in a plan that refuses, or in a KavError: never in a traceback."""

import copy
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasarchive import formats
from kerasarchive.errors import KavError

from .conftest import ARCHIVES, planned

JUNK = [None, True, 0, -1, 10**30, 1.5, float("nan"), "", "x", [], {}, [[]], ["a", 0, 0], [1, 2, 3], {"class_name": 3}]
JUNK += [{"class_name": "X", "config": {}}, {"class_name": "__lambda__", "config": {}}, "keras.layers", "../x"]


def places(value, path=()):
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def put(config, path, value, *, delete):
    for part in path[:-1]:
        config = config[part]
    if delete:
        del config[path[-1]]
    else:
        config[path[-1]] = copy.deepcopy(value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.data())
def test_junk_anywhere_in_a_config(data):
    path = data.draw(st.sampled_from(ARCHIVES))
    with formats.open(path) as archive:
        config = copy.deepcopy(archive.config)
        for _ in range(data.draw(st.integers(1, 3))):
            spot = data.draw(st.sampled_from(list(places(config))))
            put(config, spot, data.draw(st.sampled_from(JUNK)), delete=data.draw(st.booleans()))
        try:
            plan = planned(replace(archive, config=config), "keras==3.15.1")
        except KavError as error:
            assert error.message
        else:
            assert all(refusal.reason for refusal in plan.refusals)
