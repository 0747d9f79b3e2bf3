"""Every operation: what it changes, what it refuses, and that its reverse undoes it."""

import pytest

from kerasarchive.layout.lay import lay
from kerasarchive.migration import (
    AddKey,
    Migration,
    MoveModule,
    PinDefault,
    Refuse,
    RemoveKey,
    RenameAttribute,
    RenameClass,
    RenameKey,
    ReplaceClass,
    RewriteConfig,
    State,
    Step,
    TensorSource,
)
from kerasarchive.migration.operations.operation import Log
from kerasarchive.model.objects import Object

CLS = "pkg.layers.Thing"


def thing(**config):
    return Object("Thing", "pkg.layers", {"name": "t", **config})


def step(*operations, down=False):
    return Step(Migration("pkg", "2.0.0", "a test", operations), down)


def test_remove_key_drops_the_default_and_refuses_anything_else():
    drop = RemoveKey(CLS, "old", default=False)
    log = Log()
    assert "old" not in drop.apply(thing(old=False), log).config
    assert log.effects[0].consequence == "fails"
    with pytest.raises(Refuse, match="`old` is true"):
        drop.apply(thing(old=True), log)


def test_a_default_of_zero_is_not_false():
    with pytest.raises(Refuse):
        RemoveKey(CLS, "old", default=False).apply(thing(old=0), Log())


def test_what_does_not_match_is_the_very_same_object():
    same = thing(units=3)
    for operation in (
        RemoveKey(CLS, "old"),
        RenameKey(CLS, "old", "new"),
        AddKey(CLS, "new", 1),
        PinDefault(CLS, "units", 5),
        RewriteConfig(CLS, lambda config: config),
        RenameAttribute(CLS, "_a", "a"),
    ):
        assert operation.apply(same, Log()) is same
    assert step(RemoveKey("other.Thing", "units")).apply(same, Log()) is same


@pytest.mark.parametrize(
    ("operation", "before"),
    [
        (RenameKey(CLS, "old", "new"), thing(old=1, units=2)),
        (RenameClass(CLS, "pkg.layers.Other"), thing(units=2)),
        (MoveModule(CLS, "pkg.new.Thing"), thing(units=2)),
        (RewriteConfig(CLS, lambda c: c | {"u": c["u"] * 2}, back=lambda c: c | {"u": c["u"] // 2}), thing(u=2)),
    ],
)
def test_down_after_up_is_the_identity(operation, before):
    up = operation.apply(before, Log())
    back = operation.reverse().apply(up, Log())
    assert (up.key, up.config) != (before.key, before.config)
    assert (back.key, back.config) == (before.key, before.config)


def test_an_added_key_goes_down_at_its_default_alone():
    down = step(AddKey(CLS, "new", None), down=True)
    assert "new" not in down.apply(thing(new=None), Log()).config
    log = Log()
    kept = thing(new=7)
    assert down.apply(kept, log) is kept
    assert "`new` is 7" in log.refusals[0].reason


def test_a_class_that_was_replaced_is_not_captured_on_the_way_down():
    down = step(ReplaceClass("pkg.layers.Old", CLS), down=True)
    own, log = thing(units=2), Log()
    assert down.apply(own, log) is own
    assert not log.refusals


def test_a_rewrite_without_a_way_back_is_refused_on_the_way_down():
    log = Log()
    step(RewriteConfig(CLS, lambda config: config | {"x": 1}), down=True).apply(thing(), log)
    assert "nothing undoes" in log.refusals[0].reason


def test_a_renamed_class_moves_the_weights_of_layers_that_nobody_touched():
    """[Fancy a, Dense b, Fancy c]: fancy -> dense, dense -> dense_1, fancy_1 -> dense_2; segment by segment is wrong."""
    layers = [
        Object(cls, "pkg", {"name": name}, states={"": State({"0": TensorSource(path)})})
        for cls, name, path in (
            ("Fancy", "a", "layers/fancy/vars/0"),
            ("Dense", "b", "layers/dense/vars/0"),
            ("Fancy", "c", "layers/fancy_1/vars/0"),
        )
    ]
    root = Object("Sequential", "keras", {"name": "s", "layers": layers}, states={"": State(group="")})
    after = step(ReplaceClass("pkg.Fancy", "pkg.Dense")).apply(root, Log())
    assert dict(lay(after).weights.moves) == {
        "layers/fancy/vars/0": "layers/dense/vars/0",
        "layers/dense/vars/0": "layers/dense_1/vars/0",
        "layers/fancy_1/vars/0": "layers/dense_2/vars/0",
    }


def test_a_pattern_names_a_module_but_no_custom_class():
    drop = RemoveKey("pkg.layers.*", "old")
    custom = Object("Thing", "pkg.layers", {"old": 1}, registered_name="mine>Thing")
    log = Log()
    assert "old" not in step(drop).apply(thing(old=1), log).config
    assert step(drop).apply(custom, log) is custom


def test_children_are_rewritten_before_their_parents():
    inner, seen = thing(name="inner"), []
    outer = Object("Outer", "pkg.layers", {"name": "outer", "layer": inner})

    def note(config):
        """note the order"""
        seen.append(config["name"])
        return config

    step(RewriteConfig(("pkg.layers.Outer", CLS), note)).apply(outer, Log())
    assert seen == ["inner", "outer"]
