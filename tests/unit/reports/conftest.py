import pytest

from kerasarchive.model.change import Change
from kerasarchive.model.finding import Finding, Skipped
from kerasarchive.model.location import Location, in_hdf5, in_json
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import (
    Announcement,
    Compatibility,
    Output,
    PlanSummary,
    Reason,
    Refusal,
    Report,
    StepSummary,
    Subject,
)


@pytest.fixture
def everything() -> Report:
    """A report that has one of everything, with what is hard to show."""
    place = in_json("config.json", "config", "layers", 3)
    hostile = "evil\x1b[2J\u202ename|`x`<b>"
    archive = Subject(
        path="models/a.keras",
        verdict="flagged",
        format="keras-zip",
        sha256="0" * 64,
        written_by=(
            Provenance("keras", Release("keras", "2.15.0")),
            Provenance("bayesflow", between=(Release("bayesflow", "2.0.4"), Release("bayesflow", "2.0.5")), because=("x",)),
            Provenance("other"),
        ),
        output=Output("new.keras", "keras-zip"),
        facts={
            "model": "Functional",
            "parameters": 1234567,
            "trainable": True,
            "nothing": None,
            "loss": float("nan"),
            "bounds": (float("inf"), -float("inf")),
            "layers": [
                {"name": hostile, "shape": [None, 3], "parameters": 12},
                {"name": "dense", "shape": [None, 10], "parameters": 1200, "note": "shared"},
            ],
            "compile": {"optimizer": "Adam", "metrics": ["accuracy", "mse"]},
            "note": "word " * 60,
        },
        findings=(
            Finding("KAV101", "lambda-bytecode", "critical", f"holds {hostile}", place, remedy="Do not load it."),
            Finding("KAV102", "custom-object", "medium", "needs pkg>Class", place / "config", "likely"),
        ),
        changes=(
            Change("~", place / "units", 3, 4, "renamed"),
            Change("+", place / "added", None, {"a": [1, float("nan")]}),
            Change("-", place / "gone", "old", None),
            Change(">", in_hdf5("model.weights.h5", "a/vars/0"), "a/vars/0", "b/vars/0"),
            Change("~", in_hdf5("model.weights.h5", "c/vars/0"), note="scaled by 1.2"),
        ),
        skipped=(Skipped("weights", "unreadable"),),
        not_assessed=("what the model computes",),
        compatibility=(
            Compatibility(
                "keras==3.15.1", "no", "n/a", "n/a",
                (Reason("`axis` was a list", place, "keras==3.0.0"), Reason("no place")), ("pkg>Class",), "kav migrate a",
            ),
        ),
        plan=PlanSummary(
            (StepSummary("v3_0__axis", "keras==3.0.0", "One axis."),),
            (("a/vars/0", "b/vars/0"),),
            (Refusal(place, "no equal layer", "replace it", "keras==3.0.0"),),
            (Announcement("training_semantics", place, "scaled weights"),),
        ),
        comparison={"outputs": [{"name": "y", "max abs error": 1e-7}], "equal": True},
    )  # fmt: skip
    return Report("audit", (archive, Subject("b.keras", "failed"), Subject("c.keras")), 2)


@pytest.fixture
def place() -> Location:
    return in_json("config.json")
