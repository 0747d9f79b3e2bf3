from __future__ import annotations

import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kerasarchive.layout import shapes

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"layers": list(layers)}}


def layer(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "module": "keras.layers", "config": config}


def outputs(*layers: dict[str, Any]) -> Any:
    return shapes.infer(sequential(*layers))[()].outputs


@pytest.mark.parametrize(
    ("shape", "made", "expected"),
    [
        ([None, 9, 4], layer("Dense", units=3), (None, 9, 3)),
        ([None, 9, 9, 4], layer("Conv2D", filters=3, kernel_size=[2, 3], strides=[2, 2]), (None, 4, 4, 3)),
        (
            [None, 9, 9, 4],
            layer("Conv2D", filters=3, kernel_size=[3, 3], strides=[2, 2], padding="same"),
            (None, 5, 5, 3),
        ),
        ([None, 9, 4], layer("Conv1D", filters=3, kernel_size=[3], padding="causal", dilation_rate=[2]), (None, 9, 3)),
        ([None, 4, 9], layer("Conv1D", filters=3, kernel_size=[3], data_format="channels_first"), (None, 3, 7)),
        ([None, None, 4], layer("Conv1D", filters=3, kernel_size=[3]), (None, None, 3)),
        ([None, 9, 4], layer("MaxPooling1D", pool_size=[2], strides=None), (None, 4, 4)),
        ([None, 9, 9, 4], layer("GlobalAveragePooling2D", keepdims=True), (None, 1, 1, 4)),
        ([None, 4, 4, 2], layer("Conv2DTranspose", filters=3, kernel_size=[3, 3], strides=[2, 2]), (None, 9, 9, 3)),
        ([None, 4, 4, 2], layer("ZeroPadding2D", padding=[[1, 2], [0, 3]]), (None, 7, 7, 2)),
        ([None, 4, 2], layer("Cropping1D", cropping=[1, 2]), (None, 1, 2)),
        ([None, 4, 2], layer("Flatten"), (None, 8)),
        ([None, 4, 2], layer("Reshape", target_shape=[-1, 4]), (None, 2, 4)),
        ([None, 4, 2], layer("Permute", dims=[2, 1]), (None, 2, 4)),
        ([None, 4, 2], layer("LSTM", units=3, return_sequences=True), (None, 4, 3)),
        ([None, 4, 2], layer("Bidirectional", layer=layer("GRU", units=3), merge_mode="sum"), (None, 3)),
        ([None, 4, 9, 2], layer("TimeDistributed", layer=layer("Flatten")), (None, 4, 18)),
        ([None, 7], layer("Embedding", input_dim=9, output_dim=2), (None, 7, 2)),
    ],
)
def test_one_layer(shape: list[int | None], made: dict[str, Any], expected: tuple[int | None, ...]) -> None:
    assert outputs(layer("InputLayer", batch_shape=shape), made) == (expected,)


def test_states_are_outputs() -> None:
    made = layer("LSTM", units=3, return_state=True)
    assert outputs(layer("InputLayer", batch_shape=[None, 4, 2]), made) == ((None, 3),) * 3


def test_an_unknown_layer_is_unknown_and_recorded_shapes_help_after_it() -> None:
    custom = {"class_name": "Scale", "registered_name": "labpkg>Scale", "config": {}}
    after = layer("Dense", units=3) | {"build_config": {"input_shape": [None, 5, 2]}}
    assert outputs(layer("InputLayer", batch_shape=[None, 4]), custom) == (None,)
    assert outputs(layer("InputLayer", batch_shape=[None, 4]), custom, after) == ((None, 5, 3),)


@pytest.mark.parametrize(
    ("release", "case", "expected"),
    [
        (release, case, expected)
        for release in ("tf2.15", "k3.15.1")
        for case, expected in {
            "nested_func_in_func": ((None, 3), (None, 2)),
            "dict_outputs": ((None, 2), (None, 1)),
            "mha_kw": ((None, 5, 6),),
            "timedist_conv": None,
            "shared_model": None,
            "bidi_none": None,
        }.items()
    ],
)
def test_models_of_both_node_styles(release: str, case: str, expected: Any) -> None:
    flows = shapes.infer(config(release, case))
    assert all(None not in flow.outputs for flow in flows.values())
    if expected is not None:
        assert flows[()].outputs == expected


def test_both_releases_of_one_model_have_the_same_shapes() -> None:
    for path in sorted((CORPUS / "tf2.15").glob("*.keras")):
        if not (CORPUS / "k3.15.1" / path.name).exists() or path.stem in ("lambda_py", "rnn_customcell"):
            continue
        old, new = (shapes.infer(config(release, path.stem))[()].outputs for release in ("tf2.15", "k3.15.1"))
        assert old == new, path.stem


def config(release: str, case: str) -> Any:
    with zipfile.ZipFile(CORPUS / release / f"{case}.keras") as archive:
        return json.loads(archive.read("config.json"))


JUNK = (None, "x", -1, 10**40, True, [], {}, [[[]]], [None, "a"], {"class_name": "Dense"}, 1.5)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(
    "case", ["tf2.15/nested_func_in_func", "k3.15.1/mha_kw", "k3.15.1/bidi_none", "tf2.15/rnn_stacked"]
)
def test_a_config_with_any_value_replaced_is_survived(case: str, junk: Any) -> None:
    original = json.dumps(config(*case.split("/")))
    places = count(json.loads(original))
    for number in range(places):
        damaged = json.loads(original)
        replace(damaged, number, junk)
        shapes.infer(damaged)


def count(value: Any) -> int:
    total, stack = 0, [value]
    while stack:
        current = stack.pop()
        children = list(current.values()) if isinstance(current, dict) else current if isinstance(current, list) else []
        total += len(children)
        stack.extend(children)
    return total


def replace(value: Any, number: int, junk: Any) -> None:
    stack = [value]
    while stack:
        current = stack.pop()
        keys: Any = (
            list(current) if isinstance(current, dict) else range(len(current)) if isinstance(current, list) else ()
        )
        for key in keys:
            if number == 0:
                current[key] = junk
                return
            number -= 1
            stack.append(current[key])


def test_a_graph_that_calls_itself_ends() -> None:
    loop = layer("Dense", units=3) | {"name": "a", "inbound_nodes": [[["b", 0, 0, {}]]]}
    back = layer("Dense", units=3) | {"name": "b", "inbound_nodes": [[["a", 0, 0, {}]]]}
    model = {
        "class_name": "Functional",
        "config": {"layers": [loop, back], "input_layers": [], "output_layers": [["a", 0, 0]]},
    }
    assert shapes.infer(model)[()].outputs == (None,)


def test_work_is_bounded() -> None:
    """Each model calls the next one twice: 2**20 calls if nobody counts."""
    inner: dict[str, Any] = layer("Dense", units=3)
    for _ in range(20):
        node = {
            "class_name": "InputLayer",
            "name": "i",
            "config": {"name": "i", "batch_shape": [None, 3]},
            "inbound_nodes": [],
        }
        call = [[["i", 0, 0, {}]], [["i", 0, 0, {}]]]
        inner = {
            "class_name": "Functional",
            "config": {
                "layers": [node, inner | {"name": "m", "inbound_nodes": call}],
                "input_layers": [["i", 0, 0]],
                "output_layers": [["m", 1, 0]],
            },
        }
    begin = time.perf_counter()
    shapes.infer(inner)
    assert time.perf_counter() - begin < 20


@pytest.mark.parametrize(
    ("mode", "shape", "expected"),
    [("int", [None, 3], (None, 3)), ("one_hot", [None, 3], (None, 3, 3)), ("multi_hot", [None, 3], (None, 3))],
)
def test_bins(mode: str, shape: list[int | None], expected: tuple[int | None, ...]) -> None:
    made = layer("Discretization", bin_boundaries=[0.0, 1.0], output_mode=mode)
    assert outputs(layer("InputLayer", batch_shape=shape), made) == (expected,)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("Add", {}, (None, 4, 3)),
        ("Sum", {"axis": -1}, (None, 4)),
        ("Mean", {"axis": [1], "keepdims": True}, (None, 1, 3)),
        ("Reshape", {"newshape": [-1, 12]}, (None, 12)),
        ("Transpose", {"axes": [0, 2, 1]}, (None, 3, 4)),
        ("ExpandDims", {"axis": 1}, (None, 1, 4, 3)),
        ("Unheard", {}, None),
    ],
)
def test_operations(name: str, options: dict[str, Any], expected: Any) -> None:
    from kerasarchive.layout.shapes import operation

    assert operation.output(name, options, ((None, 4, 3),)) == expected
