"""`TensorFlowOpLayer` of TensorFlow 2.0 to 2.3: a node of a graph, said in operations of Keras 3, or refused by its name."""

import base64

import pytest

from kerasarchive.migration import Node, Object, Ref
from kerasarchive.migration.functions import FUNCTIONS
from kerasarchive.migration.functions.raw import OPERATIONS
from kerasarchive.migration.functions.resizing import _f32
from tests.unit.migrations.test_op_layers import X, Y, call, names, refused, translated

FLOAT = {"T": {"type": "DT_FLOAT"}}


def text(value):
    return {"s": base64.b64encode(value.encode()).decode()}


def node(op, *refs, name="f", constants=None, definition=None, **attributes):
    """As 2.1 to 2.3 write it: protobuf's JSON, constants by the place of the input that they are."""
    definition = definition or {"name": name, "op": op, "input": ["x"], "attr": FLOAT | attributes}
    config = {"name": name, "trainable": True, "dtype": "float32", "node_def": definition, "constants": constants or {}}
    args = (list(refs) if len(refs) > 1 else (refs or (X,))[0],)
    return Object("TensorFlowOpLayer", "keras.layers", config, name=f"tf_op_layer_{name}", nodes=(Node(args),))


def integers(*values):
    return {"list": {"i": [str(value) for value in values]}}


SAME = [
    # a node, and the call of the function that it comes from
    (node("AddV2", constants={"1": 2.5}), "math.add", {"y": 2.5}),
    (node("Sub", constants={"0": 1.0}), "math.subtract", {"first": 1.0, "y": X}),
    (node("Mean", constants={"1": [1, 2]}, keep_dims={"b": True}), "math.reduce_mean", {"axis": [1, 2], "keepdims": True}),
    (node("Reshape", constants={"1": [-1, 8]}), "reshape", {"shape": [-1, 8]}),
    (node("Transpose", constants={"1": [0, 2, 1]}), "transpose", {"perm": [0, 2, 1]}),
    (node("Cast", DstT={"type": "DT_HALF"}, SrcT={"type": "DT_FLOAT"}), "cast", {"dtype": "float16"}),
    (node("LeakyRelu", alpha={"f": 0.25}), "nn.leaky_relu", {"alpha": 0.25}),
    (node("Squeeze", squeeze_dims={"list": {}}), "squeeze", {}),
    (node("MirrorPad", constants={"1": [[0, 0], [1, 1], [0, 0]]}, mode=text("REFLECT")), "pad",
     {"paddings": [[0, 0], [1, 1], [0, 0]], "mode": "REFLECT"}),
    (node("GatherV2", constants={"1": [0, 1], "2": 2}, batch_dims={"i": "0"}), "gather", {"indices": [0, 1], "axis": 2}),
    (node("ArgMax", constants={"1": 2}, output_type={"type": "DT_INT32"}), "math.argmax", {"axis": 2, "output_type": "int32"}),
    (node("StridedSlice", constants={"1": [0, 1], "2": [0, 2], "3": [1, 1]}, begin_mask={"i": "1"}, end_mask={"i": "1"},
          shrink_axis_mask={"i": "2"}), "__operators__.getitem",
     {"slice_spec": [{"start": None, "stop": None, "step": 1}, 1]}),
    (node("StridedSlice", constants={"1": [0, 0, 1], "2": [0, 0, 3], "3": [1, 1, 2]}, ellipsis_mask={"i": "1"},
          new_axis_mask={"i": "2"}), "__operators__.getitem",
     {"slice_spec": ["...", None, {"start": 1, "stop": 3, "step": 2}]}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "function", "arguments"), SAME, ids=lambda value: str(getattr(value, "name", value))[:20]
)
def test_a_node_is_the_function_that_made_it(raw, function, arguments):
    operations, _ = translated(raw, shape=(4, 4))
    expected, _ = translated(
        call(function, **arguments) if "first" not in arguments else _reversed(function), shape=(4, 4)
    )
    assert names(operations) == names(expected)
    assert [operation.nodes[0].args for operation in operations][0] == expected[0].nodes[0].args
    configs = [[{k: v for k, v in one.config.items() if k != "name"} for one in ops] for ops in (operations, expected)]
    assert configs[0] == configs[1]
    assert operations[-1].name == raw.name


def _reversed(function):
    return call(function, 1.0, y=X)


def test_inputs_that_are_lists_and_several_outputs():
    joined = node("ConcatV2", X, Y, name="c", constants={"2": -1}, N={"i": "2"})
    operations, _ = translated(joined)
    assert operations[0].nodes[0].args == ([X, Y],)
    parts = (
        node("Unpack", name="u", num={"i": "4"}, axis={"i": "1"}),
        node("AddN", *(Ref("tf_op_layer_u", 0, i) for i in (0, 3))),
    )
    operations, _ = translated(*parts)
    assert operations[0].config == {"num": 4, "axis": 1}
    assert operations[1].nodes[0].args == (Ref("tf_op_layer_u", 0, 0), Ref("tf_op_layer_u", 0, 3))


def test_sizes_go_through_a_graph():
    shape = node("Shape", name="s", out_type={"type": "DT_INT32"})
    first = node(
        "StridedSlice", Ref("tf_op_layer_s", 0, 0), name="t", shrink_axis_mask={"i": "1"},
        constants={"1": [0], "2": [1], "3": [1]},
    )  # fmt: skip
    packed = node(
        "Pack", Ref("tf_op_layer_t", 0, 0), name="p", constants={"1": 2, "2": 2}, N={"i": "3"}, axis={"i": "0"}
    )
    operations, _ = translated(shape, first, packed, node("Reshape", X, Ref("tf_op_layer_p", 0, 0)))
    assert names(operations) == ["Reshape"]
    assert operations[0].config["new_shape"] == [-1, 2, 2]


REFUSED = [
    (node("Bucketize"), "the graph operation Bucketize"),
    (node("ReadFile"), "the graph operation ReadFile"),
    (node("Sub"), "calls Sub with 1 inputs"),
    (node("GatherV2", constants={"1": [0], "2": 1}, batch_dims={"i": "1"}), "batch_dims=1"),
    (node("Cumsum", constants={"1": 1}, exclusive={"b": True}), "exclusive=True"),
    (node("Cast", DstT={"type": "DT_HALF"}, Truncate={"b": True}), "Truncate=True"),
    (node("SelectV2", constants={"1": 1.0, "2": 0.0}, T={"type": "DT_DOUBLE"}), "constants of the dtype float64"),
    (node("AddV2", constants={"1": 1.0}, unheard_of={"i": "3"}), "unheard_of=3"),
    (node("x", definition={"op": 3}), "no node of a TensorFlow graph"),
    (node("x", definition="\x12\x7fAddV2"), "no node of a TensorFlow graph"),
    (node("AddV2", constants={"one": 1.0}), "no node of a TensorFlow graph"),
    (node("AddV2", constants={"1": 1.0}, odd={"s": "%"}), "no node of a TensorFlow graph"),
]


@pytest.mark.parametrize(("raw", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_is_not_sure_is_refused_by_name(raw, reason):
    (said,) = refused(raw)
    assert reason in said
    assert said.startswith("TensorFlowOpLayer 'f': ")


def test_the_text_of_2_0_is_the_same_node():
    attribute = b"\x0a\x09keep_dims\x12\x02\x28\x01"
    listed = b"\x0a\x05extra\x12\x05\x0a\x03\x1a\x01\x07"
    message = b"\x0a\x01f\x12\x03Sum\x1a\x01x\x2a" + bytes([len(attribute)]) + attribute
    operations, _ = translated(node("", definition=message.decode(), constants={"1": 1}))
    assert (names(operations), operations[0].config) == (["Sum"], {"axis": 1, "keepdims": True})
    (said,) = refused(
        node("", definition=(message + b"\x2a" + bytes([len(listed)]) + listed).decode(), constants={"1": 1})
    )
    assert "extra=[7]" in said


def test_scopes_in_names_are_written_otherwise():
    operations, _ = translated(node("SquaredDifference", X, Y, name="norm/mul"))
    assert all("/" not in operation.name for operation in operations)
    assert operations[-1].name == "tf_op_layer_norm_mul"


def resized(op, length, size, **flags):
    """What becomes of one column of pixels, computed from the operations."""
    attributes = {
        name: {"b": value} for name, value in ({"half_pixel_centers": False, "align_corners": False} | flags).items()
    }
    raw = node(op, constants={"1": [size, 1]}, **attributes)
    operations, _ = translated(raw, shape=(length, 1, 1))
    values = {"x": [float(place) ** 2 for place in range(length)]}
    for one in operations:
        args = [values[arg.layer] if isinstance(arg, Ref) else arg for arg in one.nodes[0].args]
        if one.class_name == "Take":
            values[one.name] = [args[0][place] for place in args[1]["config"]["value"]]
        else:
            plain = [[row[0][0] for row in arg["config"]["value"]] if isinstance(arg, dict) else arg for arg in args]
            plain = [[row[0][0] for row in arg] if isinstance(arg[0], list) else arg for arg in plain]
            act = {"Subtract": float.__sub__, "Multiply": float.__mul__, "Add": float.__add__}[one.class_name]
            values[one.name] = [act(a, b) for a, b in zip(*plain, strict=True)]
    return values[operations[-1].name]


def test_images_resized_as_tensorflow_1_did():
    # tf.compat.v1.image.resize_* of TensorFlow 2.2 on the squares of 0, 1, 2, 3.
    assert resized("ResizeBilinear", 4, 8) == [0, 0.5, 1, 2.5, 4, 6.5, 9, 9]
    assert resized("ResizeBilinear", 4, 7, align_corners=True) == [0, 0.5, 1, 2.5, 4, 6.5, 9]
    assert resized("ResizeNearestNeighbor", 4, 6) == [0, 0, 1, 4, 4, 9]
    assert resized("ResizeNearestNeighbor", 4, 6, align_corners=True) == [0, 1, 1, 4, 4, 9]
    assert _f32(0.1) != 0.1


def test_today_s_resizing_is_an_operation():
    raw = node("ResizeBilinear", constants={"1": [8, 8]}, half_pixel_centers={"b": True}, align_corners={"b": False})
    operations, _ = translated(raw, shape=(4, 4, 1))
    assert operations[-1].config["interpolation"] == "bilinear"
    (said,) = refused(node("ResizeBilinear", constants={"1": [8, 8]}, align_corners={"b": True}), shape=(None, None, 1))
    assert "only known at run time" in said


def test_every_operation_is_a_function_too():
    """``tf.raw_ops`` may be called directly, which TensorFlow 2.4 and later save as a function of that name."""
    assert {f"raw_ops.{op}" for op in OPERATIONS} <= set(FUNCTIONS)
    operations, _ = translated(call("raw_ops.Sum", None, input=X, axis=1, keep_dims=True))
    assert operations[0].config == {"axis": 1, "keepdims": True}
