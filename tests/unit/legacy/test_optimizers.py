"""Slots of optimizers: listed slot by slot until 2.10, in the order of names in Keras 1, variable by variable in Keras 3."""

import numpy as np

from .conftest import dense

ADAM = {"optimizer_config": {"class_name": "Adam", "config": {"lr": 0.01}}, "loss": "mse", "metrics": []}


def model(random, *names, frozen=()):
    layers = [dense(name, 2, 2, use_bias=False, trainable=name not in frozen) for name in names]
    layers[0]["config"]["batch_input_shape"] = [None, 2]
    return layers, {name: [(f"{name}/kernel:0", random(2, 2))] for name in names}


def slots(random, number, kinds=2):
    arrays = [random(2, 2) for _ in range(number * kinds)]
    return [("iterations:0", np.int64(5)), *((f"slot_{index}:0", array) for index, array in enumerate(arrays))], arrays


def test_slots_go_variable_by_variable(write, migrate, random):
    layers, weights = model(random, "a", "b")
    listed, arrays = slots(random, 2)
    _, config, new = migrate(write(layers, weights, training=ADAM, slots=listed))
    assert config["compile_config"]["optimizer"]["config"]["learning_rate"] == 0.01
    assert new["optimizer/vars/0"] == 5
    assert np.isclose(new["optimizer/vars/1"], 0.01)
    for place, index in enumerate((0, 2, 1, 3), start=2):
        assert np.array_equal(new[f"optimizer/vars/{place}"], arrays[index])


def test_slots_of_early_keras_2_follow_the_names(write, migrate, random):
    layers, weights = model(random, "b", "a")
    listed, arrays = slots(random, 2)
    _, _, new = migrate(write(layers, weights, "2.0.5", training=ADAM, slots=listed))
    # `a` comes first in the list, `b` is the model's first layer: m_a m_b v_a v_b.
    for place, index in enumerate((1, 3, 0, 2), start=2):
        assert np.array_equal(new[f"optimizer/vars/{place}"], arrays[index])


def test_placeholders_of_amsgrad_are_left_out(write, migrate, random):
    layers, weights = model(random, "a")
    listed, _ = slots(random, 1)
    _, _, new = migrate(write(layers, weights, training=ADAM, slots=[*listed, ("vhat:0", np.zeros(1, "float32"))]))
    assert len([path for path in new if path.startswith("optimizer/")]) == 4


def test_state_of_other_variables_is_dropped_as_the_writing_release_drops_it(write, migrate, random):
    layers, weights = model(random, "a", "b", frozen=("a",))
    listed, _ = slots(random, 2)
    listed[1] = ("slot_0:0", random(3, 3))
    subject, _, new = migrate(write(layers, weights, training=ADAM, slots=listed))
    assert "lost_at_save" in {said.kind for said in subject.plan.announcements}
    assert not [path for path in new if path.startswith("optimizer/vars/2")]


def test_clipnorm_of_standalone_keras_is_global(write, migrate, random):
    layers, weights = model(random, "a")
    training = {**ADAM, "optimizer_config": {"class_name": "SGD", "config": {"lr": 0.1, "clipnorm": 2.0}}}
    for version, key in (("2.3.1", "global_clipnorm"), ("2.3.0-tf", "clipnorm")):
        listed = [("iterations:0", np.int64(0))]
        _, config, _ = migrate(
            write(layers, weights, version, training=training, slots=listed, name=f"{version}.h5"), force=True
        )
        assert config["compile_config"]["optimizer"]["config"].get(key) == 2.0
