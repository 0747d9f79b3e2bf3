from dataclasses import dataclass

import pytest

from kerasarchive import compatibility, schema, validation
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_json
from kerasarchive.model.release import Release
from kerasarchive.model.report import Refusal
from kerasarchive.model.weights import Tensor

TARGET = Release("keras", "3.15.1")
ROOT = in_json("config.json")
LAYER = ROOT.at("config", "layers", 0)


@dataclass(frozen=True)
class Effect:
    consequence: str
    location: Location = LAYER
    message: str = "Dense: changed"
    release: str = "keras==3.0.0"


@dataclass(frozen=True)
class Plan:
    source: Release = Release("keras", "2.15.0")
    refusals: tuple[Refusal, ...] = ()
    consequences: tuple[Effect, ...] = ()


class Store:
    member = "model.weights.h5"

    def tensors(self):
        return {"optimizer/vars/0": Tensor("optimizer/vars/0", (), "int64", 8, 8)}


@pytest.fixture(scope="module")
def accepts():
    return schema.load(TARGET)


@pytest.fixture
def assess(accepts):
    def run(config=None, plan=Plan(), findings=(), format="keras-zip", compiled=False, **options):  # noqa: B008
        config = config or {"class_name": "Sequential", "module": "keras", "config": {"layers": []}}
        weights = Store() if compiled else None
        config = {**config, "compile_config": {"optimizer": "adam"}} if compiled else config
        archive = Archive("dir/m.keras", format, config=config, config_at=ROOT, weights=weights)
        return compatibility.assess(archive, TARGET, accepts, findings, plan, **options)

    return run


def answers(one):
    return one.loads, one.same_outputs, one.keeps_training_state


def test_nothing_to_do(assess):
    one = assess()
    assert answers(one) == ("yes", "yes", "n/a")
    assert (one.because, one.needs, one.fix) == ((), (), "")
    assert list(compatibility.statements(one)) == []


@pytest.mark.parametrize(
    ("consequence", "expected", "rule"),
    [
        ("fails", ("no", "n/a", "n/a"), "KAV601"),
        ("differs", ("yes", "no", "yes"), "KAV602"),
        ("loses_state", ("yes", "yes", "no"), "KAV603"),
        ("harmless", ("yes", "yes", "yes"), None),
    ],
)
def test_consequences(assess, consequence, expected, rule):
    one = assess(plan=Plan(consequences=(Effect(consequence),)), compiled=True)
    assert answers(one) == expected
    said = list(compatibility.statements(one))
    assert [finding.rule for finding in said] == ([rule] if rule else [])
    if rule:
        assert one.because[0].release == "keras==3.0.0"
        assert one.fix == "kav migrate dir/m.keras --to keras==3.15.1 -o dir/m-keras-3.15.1.keras"
        assert said[0].location == LAYER


def test_a_validation_finding_means_no(assess):
    finding = Finding("KAV401", "unknown-argument", "high", "Dense takes no argument x", LAYER.at("config", "x"))
    one = assess(findings=(finding,))
    assert one.loads == "no"
    assert one.because[0].location == LAYER.at("config", "x")


def test_the_step_that_cures_it_is_the_better_reason(assess):
    finding = Finding("KAV401", "unknown-argument", "high", "Dense takes no argument x", LAYER.at("config", "x"))
    one = assess(findings=(finding,), plan=Plan(consequences=(Effect("fails"),)))
    assert [reason.message for reason in one.because] == ["Dense: changed"]


def test_custom_objects_are_needed(assess):
    config = {"class_name": "Mine", "module": "pkg", "registered_name": "pkg>Mine", "config": {}}
    custom = validation.RULES[9].finding("pkg>Mine is not Keras's own", ROOT)
    assert custom.rule == "KAV410"
    one = assess(config, findings=(custom,))
    assert answers(one) == ("with-custom-objects", "unknown", "n/a")
    assert one.needs == ("pkg>Mine",)
    assert one.fix == ""


def test_audit_findings_do_not_break_loading(assess):
    assert assess(findings=(Finding("KAV102", "custom-object", "medium", "needs pkg>Mine", LAYER),)).loads == "yes"


@pytest.mark.parametrize(
    ("rule", "target", "loads"),
    [("KAV101", "3.15.1", "no"), ("KAV101", "3.0.0", "no"), ("KAV104", "3.15.1", "no"), ("KAV104", "3.12.1", "no"),
     ("KAV104", "3.13.1", "yes"), ("KAV104", "3.12.0", "yes"), ("KAV105", "3.11.2", "yes"), ("KAV105", "3.11.3", "no"),
     ("KAV106", "3.11.3", "yes"), ("KAV106", "3.12.0", "no")],
)  # fmt: skip
def test_safe_mode(accepts, rule, target, loads):
    """Keras's branches got their guards apart: 3.12.1 has one that 3.13.1 has not."""
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": []}}
    archive = Archive("m.keras", "keras-zip", config=config, config_at=ROOT)
    finding = Finding(rule, "x", "critical", "code", LAYER)
    one = compatibility.assess(archive, Release("keras", target), accepts, (finding,), Plan())
    assert one.loads == loads
    assert loads == "yes" or "safe_mode" in one.because[0].message


def test_refusals_say_why_there_is_no_fix(assess):
    refused = Plan(refusals=(Refusal(LAYER, "no equal layer"),), consequences=(Effect("fails"),))
    one = assess(plan=refused)
    assert one.loads == "no"
    assert one.fix.startswith("none: kav migrate refuses it: config.json#/config/layers/0: no equal layer")


def test_what_was_not_looked_into_is_unknown(assess):
    assert answers(assess(plan=Plan(refusals=(Refusal(LAYER, "cannot be read"),))))[:2] == ("unknown", "unknown")
    one = assess(plan=None, no_plan="no route")
    assert one.loads == "unknown"
    assert [finding.rule for finding in compatibility.statements(one)] == ["KAV604"]


def test_weights_alone_do_not_load(accepts):
    archive = Archive("m.weights.h5", "weights-h5")
    assert compatibility.assess(archive, TARGET, accepts, (), Plan()).loads == "no"
    config = Archive("m.json", "config-json", config={"class_name": "Sequential", "config": {}}, config_at=ROOT)
    assert compatibility.assess(config, TARGET, accepts, (), Plan()).loads == "no"


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ({"class_name": "LayerNormalization", "config": {"name": "a", "axis": [-1]}}, ("yes", "yes", "n/a")),
        ({"class_name": "LayerNormalization", "config": {"name": "a", "axis": [1, 2]}}, ("no", "n/a", "n/a")),
        ({"class_name": "Softmax", "config": {"name": "a", "axis": [1, 2]}}, ("yes", "no", "n/a")),
        ({"class_name": "StringLookup", "config": {"name": "a", "vocabulary": None}}, ("yes", "no", "n/a")),
        ({"class_name": "StringLookup", "config": {"name": "a", "vocabulary": ["x"]}}, ("yes", "yes", "n/a")),
    ],
)
def test_what_the_hdf5_loader_makes_of_a_layer(assess, layer, expected):
    config = {"class_name": "Sequential", "config": {"layers": [layer]}}
    assert answers(assess(config, format="h5-model")) == expected
