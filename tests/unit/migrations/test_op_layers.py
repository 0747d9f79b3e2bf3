"""Functions of TensorFlow in a graph: what takes their place, and what is refused rather than guessed."""

import re

import pytest

from kerasarchive import schema
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.graph import GraphError
from kerasarchive.layout.lower import lower
from kerasarchive.migration import Log, Node, Object, Ref, Step, catalogue
from kerasarchive.migration.functions import FUNCTIONS, translate
from kerasarchive.model.location import Location
from kerasarchive.model.objects import leaves
from kerasarchive.model.release import Release
from kerasarchive.validation import validate_config

FULL = {"start": None, "stop": None, "step": None}
X = Ref("x", 0, 0)
Y = Ref("y", 0, 0)


def layer_input(name, shape, dtype):
    config = {"name": name, "batch_shape": [None, *shape], "dtype": dtype}
    return Object("InputLayer", "keras.layers", config, name=name, nodes=())


def call(function, first=X, name="f", **arguments):
    kind = "SlicingOpLambda" if function == "__operators__.getitem" else "TFOpLambda"
    config = {"name": name, "dtype": "float32", "function": function}
    return Object(kind, "keras.src.layers.core.tf_op_layer", config, kind, name=name, nodes=(Node((first,), arguments),))


def graph(*calls, shape=(4,), dtype="float32", other=None, end=None):
    layers = [layer_input("x", shape, dtype), layer_input("y", other if other is not None else shape, dtype), *calls]
    config = {"name": "model", "layers": layers, "input_layers": [X, Y], "output_layers": end or Ref(calls[-1].name, 0, 0)}
    return Object("Functional", "keras.src.models.functional", config, "Functional")


def translated(*calls, **options):
    log = Log()
    model = translate(graph(*calls, **options), log)
    assert not log.refusals, log.refusals
    return [layer for layer in model.config["layers"] if layer.class_name != "InputLayer"], model


def refused(*calls, **options):
    log = Log()
    before = graph(*calls, **options)
    assert translate(before, log) is before
    return [refusal.reason for refusal in log.refusals]


def names(layers):
    return [layer.class_name for layer in layers]


ONE_OPERATION = [
    # function, arguments, class, config without the name, the arguments after the first
    ("math.multiply", {"y": 2}, "numpy.Multiply", {}, (2.0,)),
    ("math.abs", {}, "numpy.Absolute", {}, ()),
    ("nn.relu", {}, "nn.Relu", {}, ()),
    ("math.reduce_mean", {"axis": [1]}, "numpy.Mean", {"axis": 1, "keepdims": False}, ()),
    ("math.reduce_sum", {"axis": None, "keepdims": True}, "numpy.Sum", {"axis": None, "keepdims": True}, ()),
    ("math.reduce_logsumexp", {"axis": 1}, "math.Logsumexp", {"axis": [1], "keepdims": False}, ()),
    ("expand_dims", {"axis": -1}, "numpy.ExpandDims", {"axis": -1}, ()),
    ("compat.v1.transpose", {"perm": [1, 0]}, "numpy.Transpose", {"axes": [1, 0]}, ()),
    ("reshape", {"shape": [-1, 2, 2]}, "numpy.Reshape", {"new_shape": [-1, 2, 2]}, ()),
    ("nn.softmax", {"axis": None}, "nn.Softmax", {"axis": -1}, ()),
    ("nn.gelu", {}, "nn.Gelu", {"approximate": False}, ()),
    ("nn.leaky_relu", {}, "nn.LeakyRelu", {"negative_slope": 0.2}, ()),
    ("cast", {"dtype": "int32"}, "core.Cast", {"dtype": "int32"}, ()),
    ("split", {"num_or_size_splits": [1, -1], "axis": 1}, "numpy.Split", {"indices_or_sections": [1], "axis": 1}, ()),
    ("clip_by_value", {"clip_value_min": 0, "clip_value_max": 1}, "numpy.Clip", {"x_min": 0.0, "x_max": 1.0}, ()),
    ("math.cumsum", {}, "numpy.Cumsum", {"axis": 0}, ()),
    ("stop_gradient", {}, "core.StopGradient", None, ()),
]


@pytest.mark.parametrize(("function", "arguments", "cls", "config", "rest"), ONE_OPERATION, ids=lambda value: str(value)[:30])
def test_one_operation(function, arguments, cls, config, rest):
    (operation,), _ = translated(call(function, **arguments))
    module, _, class_name = cls.rpartition(".")
    assert (operation.module, operation.class_name) == (f"keras.src.ops.{module}", class_name)
    assert operation.registered_name == class_name
    assert operation.name == "f"
    # Operations with arguments of their own take no name in Keras 3.0.
    assert operation.config == (config or ({} if config is None else {"name": "f"}))
    assert operation.nodes[0].args == (X, *rest)
    assert not operation.nodes[0].kwargs


SEVERAL = [
    ("math.squared_difference", {"y": Y}, ["Subtract", "Square"]),
    ("math.l2_normalize", {"axis": -1}, ["Square", "Sum", "Maximum", "Rsqrt", "Multiply"]),
    ("math.argmax", {"axis": -1}, ["Argmax", "Cast"]),
    ("math.argmax", {"axis": -1, "output_type": "int32"}, ["Argmax"]),
    ("nn.silu", {"beta": 2.0}, ["Multiply", "Sigmoid", "Multiply"]),
    ("keras.activations.hard_sigmoid", {}, ["Multiply", "Add", "Maximum", "Minimum"]),
    ("math.cumsum", {"axis": 1, "reverse": True}, ["Flip", "Cumsum", "Flip"]),
    ("reverse", {"axis": [0, 1]}, ["Flip", "Flip"]),
]


@pytest.mark.parametrize(("function", "arguments", "classes"), SEVERAL)
def test_several_operations_of_which_the_last_has_the_name(function, arguments, classes):
    operations, model = translated(call(function, **arguments))
    assert names(operations) == classes
    assert operations[-1].name == "f"
    assert len({operation.name for operation in operations}) == len(operations)
    assert model.config["output_layers"] == Ref("f", 0, 0)


def test_names_in_use_are_not_taken_again():
    taken = call("math.abs", name="f_1")
    operations, _ = translated(taken, call("math.squared_difference", Ref("f_1", 0, 0), y=Y))
    assert [operation.name for operation in operations] == ["f_1", "f_2", "f"]


INTEGER = [
    ("math.truediv", {"y": 3}, ["Cast", "TrueDivide"], "float64"),
    ("math.multiply", {"y": 3}, ["Multiply"], "int32"),
    ("compat.v1.floor_div", {"y": 3}, ["FloorDivide"], "int32"),
    ("math.greater", {"y": 3}, ["Greater"], "bool"),
    ("math.reduce_max", {"axis": 1}, ["Max"], "int32"),
]


@pytest.mark.parametrize(("function", "arguments", "classes", "dtype"), INTEGER)
def test_integers(function, arguments, classes, dtype):
    operations, model = translated(call(function, **arguments), dtype="int32")
    assert names(operations) == classes
    assert next(leaves(model.config["output_layers"])).dtype == dtype


def test_small_integers_are_summed_wider_and_cast_back():
    operations, _ = translated(call("math.reduce_sum", axis=1), dtype="int8")
    assert names(operations) == ["Sum", "Cast"]
    assert operations[-1].config == {"dtype": "int8"}


def test_constants_are_arrays_of_the_other_operand():
    (operation,), _ = translated(call("math.multiply", y=[1, 2, 3, 4]), dtype="int64")
    assert operation.nodes[0].args[1] == {"class_name": "__numpy__", "config": {"value": [1, 2, 3, 4], "dtype": "int64"}}
    (operation,), _ = translated(call("math.greater", y=0.1), dtype="float16")
    assert operation.nodes[0].args[1]["config"] == {"value": 0.1, "dtype": "float16"}


def test_a_constant_on_the_left_stays_there():
    (operation,), _ = translated(call("math.subtract", 1.0, y=X))
    assert operation.nodes[0].args == (1.0, X)


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [((4,), (4,), (X, Y)), ((5, 4), (1, 4), (Y, X)), ((4, 4), (4, 1), (Y, X)), ((4, 1), (4, 4), (X, Y))],
)
def test_what_keras_could_take_for_a_bias_comes_first(left, right, order):
    (operation,), _ = translated(call("__operators__.add", y=Y), shape=left, other=right)
    assert (operation.class_name, operation.nodes[0].args) == ("Add", order)


def test_no_addition_that_keras_takes_for_a_bias_of_another_axis():
    operations, model = translated(call("__operators__.add", y=[[1.0, 2.0, 3.0, 4.0]]), shape=(4, 1))
    assert names(operations) == ["Negative", "Subtract"]
    assert next(leaves(model.config["output_layers"])).shape == (None, 4, 4)


def test_a_vector_for_the_last_axis_is_added_as_it_is():
    operations, _ = translated(call("__operators__.add", y=[1.0, 2.0, 3.0, 4.0]), shape=(3, 4))
    assert names(operations) == ["Add"]


def test_slices():
    (operation,), model = translated(
        call("__operators__.getitem", slice_spec=[FULL, None, -1, {"start": 1, "stop": None, "step": 2}]), shape=(5, 6)
    )
    key = [{"class_name": "__slice__", "config": FULL}, None, -1]
    assert operation.nodes[0].args[1] == [*key, {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": 2}}]
    assert next(leaves(model.config["output_layers"])).shape == (None, 1, 3)


def test_an_ellipsis_is_spelled_out():
    (operation,), _ = translated(call("__operators__.getitem", slice_spec=[{"class_name": "__ellipsis__"}, 0]), shape=(5, 6))
    full = {"class_name": "__slice__", "config": FULL}
    assert operation.nodes[0].args[1] == [full, full, 0]


def sizes(*items):
    """A graph that reshapes to sizes taken from `x` by place, or to numbers."""
    calls = [call("compat.v1.shape", name="shape", out_type="int32")]
    target = []
    for place, item in enumerate(items):
        if isinstance(item, str):
            name = f"size_{place}"
            calls.append(call("__operators__.getitem", Ref("shape", 0, 0), name, slice_spec=int(item)))
            target.append(Ref(name, 0, 0))
        else:
            target.append(item)
    return (*calls, call("reshape", shape=target))


def test_one_size_of_a_run_becomes_what_is_left():
    (operation,), _ = translated(*sizes("0", 12), shape=(3, 4))
    assert operation.config == {"new_shape": [-1, 12]}


def test_sizes_that_are_known_are_numbers():
    (operation,), _ = translated(*sizes("0", "2", "1"), shape=(3, 4))
    assert operation.config == {"new_shape": [-1, 4, 3]}


def test_sizes_of_the_tensor_itself_change_nothing():
    (operation,), _ = translated(*sizes("0", "1", 4), shape=(None, 4))
    assert operation.class_name == "Copy"


def test_two_sizes_of_a_run_are_refused_even_if_they_look_alike():
    (reason,) = refused(*sizes("1", "0", 4), shape=(None, 4))
    assert "more than one" in reason


def test_a_size_that_is_an_output_is_refused():
    assert refused(call("shape")) == ["Functional 'model': it takes the size of a tensor, which no operation of Keras 3 gives"]


REFUSED = [
    ("einsum", {}, {}, "does not save the tensors"),
    ("__operators__.eq", {}, {}, "does not save what it compares with"),
    ("math.lgamma", {}, {}, "no exact counterpart"),
    ("math.reduce_mean", {"axis": 1}, {"dtype": "int32"}, "depends on its dtype, which is int32"),
    ("math.cumsum", {"exclusive": True}, {}, "exclusive=True"),
    ("where", {}, {}, "as many as the run finds"),
    ("nn.max_pool2d", {"ksize": 2, "strides": 2, "padding": "SAME", "data_format": "NCHW"}, {"shape": (4, 4, 3)}, "NCHW"),
    ("image.resize", {"size": [2, 2], "method": "area"}, {"shape": (4, 4, 3)}, "method='area'"),
    ("compat.v1.gather", {"indices": [[0]], "batch_dims": 1}, {}, "batch_dims=1"),
    ("math.multiply", {"y": 2.5}, {"dtype": "int32"}, "does not convert it"),
    ("math.multiply", {"y": 2.0, "surprise": 1}, {}, "surprise=1"),
    ("squeeze", {"axis": 1}, {"shape": (None, 4)}, "only known at run time"),
    ("cast", {"dtype": "complex64"}, {}, "complex64"),
    ("pad", {"paddings": [[0, 0]]}, {}, "2 axes"),
    ("linalg.matmul", {"b": Y}, {"dtype": "int32", "shape": (4, 4)}, "as floats"),
    ("__operators__.getitem", {"slice_spec": [True, False]}, {}, "slice_spec"),
]


@pytest.mark.parametrize(("function", "arguments", "options", "reason"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_not_sure_is_refused(function, arguments, options, reason):
    (said,) = refused(call(function, **arguments), **options)
    assert re.search(re.escape(reason), said)
    assert said.startswith(("TFOpLambda 'f': ", "SlicingOpLambda 'f': "))


def test_what_follows_a_refused_call_is_not_refused_again():
    assert len(refused(call("math.lgamma"), call("math.abs", Ref("f", 0, 0), "g"))) == 1


@pytest.mark.parametrize("kind", ["ClassMethod", "InstanceMethod", "InstanceProperty", "TensorFlowOpLayer"])
def test_other_op_layers_are_refused(kind):
    layer = Object(kind, "keras.src.layers.core.tf_op_layer", {"name": "f"}, name="f", nodes=(Node((X,)),))
    (reason,) = refused(layer)
    assert kind in reason


def test_sparse_input_is_refused():
    log = Log()
    model = graph(call("math.abs"))
    model.config["layers"][0].config["sparse"] = True
    assert translate(model, log) is model
    assert "sparse" in log.refusals[0].reason


def test_a_layer_that_only_its_shape_was_needed_of_is_not_lost():
    dense = Object("Dense", "keras.layers", {"name": "d", "units": 3, "dtype": "float32"}, name="d", nodes=(Node((Y,)),))
    (reason,) = refused(
        dense, call("shape", Ref("d", 0, 0), "s"), call("reshape", name="r", shape=Ref("s", 0, 0)), shape=(3,), other=(4,)
    )
    assert reason.startswith("Dense 'd'")


def test_a_graph_without_op_layers_is_the_very_same():
    dense = Object("Dense", "keras.layers", {"name": "d", "units": 3}, name="d", nodes=(Node((X,)),))
    model = graph(dense)
    assert translate(model, Log()) is model


def test_parts_are_outputs_of_their_own():
    calls = call("unstack", axis=1), call("math.add_n", [Ref("f", 0, 0), Ref("f", 0, 2)], "g")
    operations, model = translated(*calls, shape=(3, 4))
    assert operations[0].config == {"num": 3, "axis": 1}
    assert operations[1].nodes[0].args == (Ref("f", 0, 0), Ref("f", 0, 2))
    assert model.config["output_layers"] == Ref("g", 0, 0)


@pytest.mark.parametrize("release", ["3.0.0", "3.0.5", "3.3.3", "3.8.0", "3.15.1"])
@pytest.mark.parametrize(
    ("function", "arguments"),
    [(case[0], case[1]) for case in (*ONE_OPERATION, *SEVERAL)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_release_accepts_its_form(function, arguments, release):
    _, model = translated(call(function, **arguments))
    target = Release("keras", release)
    steps = [Step(found) for found in catalogue("keras") if Release("keras", "3.0.0") < found.made_in <= target]
    for step in steps:
        model = step.apply(model, Log())
    config = lower(model, dialect(target), Location("config.json")).config
    findings = validate_config(config, Location("config.json"), schema.load(target))
    assert [finding.message for finding in findings if "keras.src.ops" in finding.message] == []


def test_names_are_given_from_3_11_on():
    (migration,) = (found for found in catalogue("keras") if found.name.endswith("v3_11__operation_names"))
    (mean,), _ = translated(call("math.reduce_mean", name="tf.math.reduce_mean", axis=1))
    (operation,) = migration.operations
    assert operation.apply(mean, Log()).config == {"name": "tf.math.reduce_mean", "axis": 1, "keepdims": False}
    by_itself = Object("Mean", "keras.src.ops.numpy", {"axis": 1}, name="mean_3", nodes=())
    assert operation.apply(by_itself, Log()) is by_itself


def test_the_table_reads_as_signatures():
    for function in FUNCTIONS.values():
        assert function.signature
        assert all(re.fullmatch(r"[A-Za-z_]\w*", name) for name, _ in function.signature)


NONSENSE = [
    ("concat", {"axis": 7}, {}),
    ("unstack", {"axis": 5}, {}),
    ("unstack", {"num": 10**9, "axis": 0}, {}),
    ("split", {"num_or_size_splits": 10**12}, {}),
    ("math.multiply", {"y": [[1.0], [2.0, 3.0]]}, {}),
    ("math.multiply", {"y": 10**400}, {}),
    ("linalg.matmul", {"b": [[1.0], [2.0, 3.0]], "transpose_b": True}, {"shape": (4, 4)}),
    ("sequence_mask", {"maxlen": 10**12}, {"dtype": "int32", "shape": ()}),
    ("zeros_like", {"dtype": ["float32"]}, {}),
    ("math.reduce_sum", {"axis": 9}, {}),
    ("image.resize", {"size": "large"}, {"shape": (4, 4, 3)}),
    ("__operators__.getitem", {"slice_spec": [0] * 9}, {}),
    ("__operators__.getitem", {"slice_spec": {"start": 0, "stop": 1, "step": 0}}, {}),
    ("transpose", {"perm": [0, 0]}, {}),
    ("no.such.function", {}, {}),
]


@pytest.mark.parametrize(("function", "arguments", "options"), NONSENSE, ids=lambda value: str(value)[:30])
def test_nonsense_is_refused_in_a_line(function, arguments, options):
    (said,) = refused(call(function, **arguments), **options)
    assert "\n" not in said
    assert len(said) < 400


def test_numbers_of_a_range_are_no_memory_bomb():
    (said,) = refused(call("range", 0, limit=10**12), call("math.add", Ref("f", 0, 0), "g", y=X))
    assert "too large" in said


def test_a_cycle_is_an_error_of_the_graph():
    with pytest.raises(GraphError):
        translate(graph(call("math.abs", Ref("g", 0, 0)), call("math.abs", Ref("f", 0, 0), "g")), Log())
