"""What changed between two releases of Keras 3, up and down, on single objects."""

import pytest

from kerasarchive.migration import Log, Node, Object, Ref, State, Step, TensorSource, catalogue, route
from kerasarchive.migration.later_keys import without_later_keys
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
    assert taken("v3_11__arguments_of_operations", again)[0].config == after.config


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
