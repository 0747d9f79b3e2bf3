"""What changed between two releases of Keras 3, up and down, on single objects."""

from pathlib import Path

import pytest

from kerasarchive import api
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.lower import Inexpressible, lower
from kerasarchive.migration import Log, Node, Object, Ref, State, Step, TensorSource, catalogue, route
from kerasarchive.migration.later_keys import without_later_keys
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema import load

BY_NAME = {migration.name.partition("/")[2]: migration for migration in catalogue("keras")}


def taken(name, obj, *, down=False):
    log = Log()
    return Step(BY_NAME[name], down).apply(obj, log), log


def layer(cls, nodes=None, states=None, **config):
    return Object(cls, "keras.layers", {"name": "one", **config}, nodes=nodes, states=states or {})


def operation(module, cls, *args, config=None, **kwargs):
    node = Node(args, kwargs)
    return Object(cls, f"keras.src.ops.{module}", {"name": "op", **(config or {})}, registered_name=cls, nodes=(node,))


X, Y = Ref("x", 0, 0), Ref("y", 0, 0)


@pytest.mark.parametrize(
    ("before", "config", "args", "kwargs"),
    [
        (operation("numpy", "OnesLike", X, dtype=None), {"dtype": None}, (X,), {}),
        (operation("core", "Slice", X, [0, 1], [2, 2]), {"shape": [2, 2]}, (X, [0, 1]), {}),
        (operation("numpy", "Full", [2, 2], X, "int32"), {"shape": [2, 2], "dtype": "int32"}, (X,), {}),
        (operation("numpy", "SearchSorted", X, Y, side="right"), {"side": "right"}, (X, Y), {}),
        (operation("nn", "DotProductAttention", X, Y, Y, scale=0.5, flash_attention=None), {"flash_attention": None},
         (X, Y, Y), {"scale": 0.5}),
    ],
)  # fmt: skip
def test_what_is_no_tensor_moves_from_the_call_to_the_operation_and_back(before, config, args, kwargs):
    after, log = taken("v3_11__arguments_of_operations", before)
    assert after.config == {"name": "op", **config}
    assert (after.nodes[0].args, dict(after.nodes[0].kwargs)) == (args, kwargs)
    assert not log.refusals
    again, _ = taken("v3_11__arguments_of_operations", after, down=True)
    assert again.config == before.config
    assert set(again.nodes[0].refs) == set(before.nodes[0].refs)
    once_more = taken("v3_11__arguments_of_operations", again)[0].config
    assert {**dict.fromkeys(config), **once_more} == after.config


def test_an_operation_called_in_two_ways_is_refused():
    both = operation("numpy", "OnesLike", X, dtype="int32")
    calls = (*both.nodes, Node((Y,), {"dtype": None}))
    both = Object(both.class_name, both.module, both.config, both.registered_name, nodes=calls)
    assert taken("v3_11__arguments_of_operations", both)[1].refusals


@pytest.mark.parametrize(("ema", "scheduled"), [(False, False), (True, False), (False, True)])
def test_nadam_there_and_back(ema, scheduled):
    rate = Object("ExponentialDecay", "keras.optimizers.schedules", {}) if scheduled else 0.01
    count = (1 if scheduled else 2) + (6 if ema else 4) + 1
    state = State().numbered([TensorSource(f"optimizer/vars/{index}") for index in range(count)])
    before = Object("Nadam", "keras.optimizers", {"learning_rate": rate, "use_ema": ema}, states={"": state})
    after, _ = taken("v3_10__nadam_product_last", before)
    paths = [source.path for source in after.states[""].variables.values()]
    assert paths != [source.path for source in state.variables.values()]
    again, _ = taken("v3_10__nadam_product_last", after, down=True)
    assert [source.path for source in again.states[""].variables.values()] == [f"optimizer/vars/{i}" for i in range(count)]


def test_rms_scaling_is_told_from_the_weights():
    gamma = {"": State().numbered([TensorSource("a")])}
    assert taken("v3_4__rms_scaling", layer("LayerNormalization", states=gamma))[0].config["rms_scaling"] is True
    alone = layer("LayerNormalization", states=gamma, center=False)
    assert taken("v3_4__rms_scaling", alone)[0] is alone


def test_a_repair_is_taken_both_ways_and_only_for_the_releases_that_need_it():
    def names(source, target):
        return [step.migration.name for step in route(Release("keras", source), Release("keras", target), BY_NAME.values())]

    assert "keras/v3_7__random_shear" in names("3.8.0", "3.15.1")
    assert "keras/v3_7__random_shear" in names("3.15.1", "3.8.0")
    assert "keras/v3_4__rms_scaling" not in names("3.5.0", "3.15.1")
    assert names("3.8.0", "3.8.0") == []


def test_random_crop_resizes_as_it_did_unless_there_is_nothing_to_crop():
    given = {"height": 4, "width": 5, "data_format": "channels_last"}
    after, log = taken("v3_6__random_crop", layer("RandomCrop", **given))
    assert (after.class_name, after.get("crop_to_aspect_ratio")) == ("Resizing", True)
    assert [said.kind for said in log.announcements] == ["inference_only"]
    whole = layer("RandomCrop", nodes=(Node((Ref("x", 0, 0, (None, 4, 5, 3)),)),), **given)
    assert taken("v3_6__random_crop", whole)[0] is whole
    assert taken("v3_6__random_crop", whole, down=True)[0] is whole
    assert taken("v3_6__random_crop", layer("RandomCrop", **given), down=True)[1].refusals


def test_a_policy_is_an_object_or_a_name():
    policy = Object("DTypePolicy", "keras", {"name": "mixed_float16"})
    quantized = Object("QuantizedDTypePolicy", "keras.dtype_policies", {"mode": "int8", "source_name": "float32"})
    down = [taken("v3_4__policy_objects", layer("Dense", dtype=each), down=True)[0].get("dtype") for each in (policy, quantized)]
    assert down == ["mixed_float16", "int8_from_float32"]


def test_an_alpha_that_is_not_the_rank_is_announced():
    log = taken("v3_10__lora_alpha", layer("Dense", lora_rank=2, lora_alpha=8), down=True)[1]
    assert [said.kind for said in log.announcements] == ["training_semantics"]


def test_later_keys_go_at_their_default_and_are_refused_otherwise():
    newer, older = load("keras==3.15.1"), load("keras==3.3.3")
    log = Log()
    plain = layer("InputLayer", batch_shape=[None, 3], ragged=False, optional=False)
    assert set(without_later_keys(plain, newer, older, log).config) == {"name", "batch_shape"}
    assert not log.refusals
    optional = layer("InputLayer", batch_shape=[None, 3], optional=True)
    assert without_later_keys(optional, newer, older, log) is optional
    assert "`optional` is true" in log.refusals[0].reason


def test_an_int4_kernel_is_packed_anew_without_a_loss():
    import numpy as np

    values = np.random.RandomState(0).randint(-8, 8, (7, 5)).astype("int8")
    padded = np.vstack([values, np.zeros((1, 5), "int8")])
    rows = ((padded[::2] & 0x0F) | (padded[1::2] << 4)).astype("int8")
    state = State().numbered(
        [TensorSource("k", shape=rows.shape), TensorSource("b", shape=(5,)), TensorSource("s", shape=(5,))]
    )
    policy = Object("QuantizedDTypePolicy", "keras.dtype_policies", {"mode": "int4", "source_name": "float32"})
    before = Object(
        "Dense", "keras.layers", {"name": "d", "units": 5, "dtype": policy},
        extra={"build_config": {"input_shape": [None, 7]}}, states={"": state},
    )  # fmt: skip
    after, log = taken("v3_14__int4_columns", before)
    kernel = after.states[""].variables["0"].transform(rows)
    assert kernel.shape == (7, 3)
    low, high = (kernel << 4).astype("int8") >> 4, kernel >> 4
    assert (np.stack([low, high], axis=2).reshape(7, 6)[:, :5] == values).all()
    assert after.get("quantization_config").class_name == "Int4QuantizationConfig"
    assert not log.refusals
    assert taken("v3_14__int4_columns", after, down=True)[1].refusals


def test_projections_with_a_scale_get_their_policies_by_a_map():
    def part(first, *rest):
        shapes = [first, *rest]
        return State().numbered([TensorSource(str(index), shape=shape) for index, shape in enumerate(shapes)])

    narrow = part((4, 2, 3), (2, 3), (1, 1, 2, 3))
    state = State(children={f"{key}_dense": narrow for key in ("query", "key", "value")})
    state = state.with_child("output_dense", part((2, 3, 4), (4,), (1, 1, 4)))
    before = layer("MultiHeadAttention", states={"": state}, num_heads=2, use_bias=True, dtype="float32")
    after, _ = taken("v3_4__quantized_attention", before)
    assert sorted(after.get("dtype").get("policy_map")) == [".*/attention_output", ".*/key", ".*/query", ".*/value"]
    packed = state.with_child("output_dense", part((1, 3, 4), (4,), (1, 1, 4)))
    int4 = layer("MultiHeadAttention", states={"": packed}, num_heads=2, use_bias=True, dtype="float32")
    assert taken("v3_4__quantized_attention", int4)[0] is int4


@pytest.mark.parametrize(("name", "advice"), [("softmax_v2", "keras.activations.softmax"), ("sin", "package>function")])
def test_a_function_of_no_package_is_refused_with_what_would_name_it(name, advice):
    function = Object("function", "builtins", name, "function")
    refusals = taken("v3_0__functions_of_no_package", layer("Dense", activation=function))[1].refusals
    assert advice in refusals[0].advice
    mine = layer("Dense", activation=Object("function", "builtins", "mine"))
    assert not taken("v3_0__functions_of_no_package", mine)[1].refusals


def test_layers_in_lists_of_lists_are_not_lost_without_a_word():
    inner = State(children={"container": State(children={"dense": State().numbered([TensorSource("w")])})})
    block = Object("Block", "mine", {"name": "b"}, "lab>Block", states={"": State(children={"grid": inner}, group="")})
    assert "lists of lists" in taken("v3_15__containers", block, down=True)[1].refusals[0].reason
    assert [said.kind for said in taken("v3_15__lists_in_lists", block)[1].announcements] == ["lost_at_save"]
    known = Object("Net", "mine", {"name": "b"}, "bayesflow.networks>Net", states=block.states)
    assert not taken("v3_15__lists_in_lists", known)[1].announcements


def test_normalize_swaps_its_arguments_and_back():
    swapped, _ = taken("v3_1__normalize_arguments", operation("nn", "Normalize", X, config={"axis": 1, "order": 2}))
    assert (swapped.get("axis"), swapped.get("order")) == (2, 1)
    assert taken("v3_1__normalize_arguments", swapped, down=True)[0].get("axis") == 1


def test_before_3_3_a_model_in_a_sequence_gives_a_list():
    ends = {"input_layers": Ref("x", 0, 0), "output_layers": Ref("x", 0, 0)}
    start = Object("InputLayer", "keras.layers", {"name": "x"}, name="x", nodes=())
    inner = Object("Functional", "keras.src.models.functional", {"name": "f", "layers": [start], **ends})
    outer = Object("Sequential", "keras", {"name": "s", "layers": [inner]})
    at = Location("config.json", "#")
    assert lower(outer, dialect(Release("keras", "3.3.0")), at).config["class_name"] == "Sequential"
    with pytest.raises(Inexpressible, match="gives a list"):
        lower(outer, dialect(Release("keras", "3.2.1")), at)


@pytest.mark.parametrize(("target", "verdict"), [("keras==3.3.3", "refused"), ("keras==3.8.0", "migrated")])
def test_what_no_release_on_the_way_reads_is_refused_upwards_too(tmp_path, target, verdict):
    source = Path(__file__).parents[2] / "corpus" / "keras" / "tf2.15" / "mha_kw.keras"
    (subject,) = api.migrate(str(source), to=target, output=str(tmp_path / "out.keras")).subjects
    assert subject.verdict == verdict
    assert all("output_shape" in refusal.reason for refusal in subject.plan.refusals)
