"""A draft names what two releases, or two archives of one model, show; it can be loaded, and marks what is not sure."""

import importlib.util
import sys
from pathlib import Path

import pytest

import kerasarchive
from kerasarchive import migration
from kerasarchive.migration import RemoveKey, RenameAttribute, RenameClass, RenameKey

ROOT = Path(__file__).parents[3]
FLOOR = 0.8
"""Of the operations of the finished migrations of Keras, so many are in their drafts; 86 % were when this was written."""


def drafted(tmp_path, *archives, **releases):
    out = tmp_path / "drafts" / "v0_0__draft.py"
    out.parent.mkdir(exist_ok=True)
    (subject,) = kerasarchive.draft_migration(*archives, output=out, **releases).subjects
    assert subject.verdict == "clean", subject.findings
    (made,) = migration.read(out.parent)
    return made, out.read_text()


def operations(made, kind):
    return [each for each in made.operations if type(each) is kind]


@pytest.fixture(scope="module")
def measured():
    spec = importlib.util.spec_from_file_location("drafts", ROOT / "tests" / "agreement" / "drafts.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["drafts"] = module
    spec.loader.exec_module(module)
    return module


def test_drafts_name_most_of_what_the_finished_migrations_do(measured):
    named, of = measured.share(list(measured.counted("keras")))
    assert of > 250
    assert named >= FLOOR * of


def test_keys_and_classes_of_keras_2(tmp_path):
    made, _ = drafted(tmp_path, from_="keras==1.2.2", to="keras==2.0.0")
    assert made.made_in.version == "2.0.0"
    renamed = {(cls, each.old): each.new for each in operations(made, RenameKey) for cls in each.classes}
    assert renamed["keras.layers.Dense", "output_dim"] == "units"
    assert renamed["keras.layers.Dense", "W_regularizer"] == "kernel_regularizer"
    assert renamed["keras.layers.Convolution2D", "border_mode"] == "padding"
    classes = {each.old: each.new for each in operations(made, RenameClass)}
    assert classes["keras.layers.Convolution2D"] == "keras.layers.Conv2D"


def test_what_went_without_a_trace_is_removed_at_its_default(tmp_path):
    made, _ = drafted(tmp_path, from_="keras==2.15.0", to="keras==3.0.0")
    (gone,) = [each for each in operations(made, RemoveKey) if each.key == "renorm_momentum"]
    assert gone.default == 0.99


@pytest.mark.parametrize(
    ("old", "new"), [("bayesflow==2.0.12", "bayesflow==2.1.0"), ("keras==3.8.0", "keras==3.9.0")], ids=str
)
def test_every_draft_can_be_loaded_and_says_that_nobody_has_looked(tmp_path, old, new):
    made, text = drafted(tmp_path, from_=old, to=new)
    assert (made.library, made.evidence[:4]) == (new.partition("==")[0], "TODO")
    assert "TODO" in made.summary
    assert text.endswith("\n")


def test_two_archives_show_what_no_schema_says(tmp_path, capsys):
    model = ROOT / "tests" / "plugin" / "own_summary.keras"
    folder = tmp_path / "own"
    folder.mkdir()
    key = 'RenameKey("my_project>WindowSummary", "width", "units")'
    part = 'RenameAttribute("my_project>WindowSummary", "out", "head")'
    (folder / "v2_0__a.py").write_text(
        "from kerasarchive.migration import Migration, RenameAttribute, RenameKey\n"
        f'migration = Migration("my_project", "2.0", "a test", ({key}, {part}), tells=True)\n'
    )
    newer = tmp_path / "newer.keras"
    kerasarchive.migrate(model, to="my_project==2.0", migrations=folder, output=newer)
    made, text = drafted(tmp_path, model, newer, from_="my_project==1.0", to="my_project==2.0")
    assert made.operations == (
        RenameKey("my_project>WindowSummary", "width", "units"),
        RenameAttribute("my_project>WindowSummary", "out", "head"),
    )
    assert "#   layers/window_summary/out/vars/0 -> layers/window_summary/head/vars/0\n" in text
    # The draft does the very thing that was drafted.
    again = tmp_path / "again.keras"
    options = {"migrations": tmp_path / "drafts", "output": again, "from_": "my_project==1.0"}
    assert kerasarchive.migrate(model, to="my_project==2.0", **options).subjects[0].verdict == "migrated"
    assert kerasarchive.diff(newer, again).subjects[0].changes == ()


@pytest.mark.parametrize(
    ("archives", "releases", "said"),
    [
        ((), {"from_": "keras==3.8.0", "to": "keras==3.0.0"}, "does not come after"),
        ((), {"from_": "keras==3.8.0", "to": "bayesflow==2.1.0"}, "two libraries"),
        (("one.keras",), {"from_": "keras==3.8.0", "to": "keras==3.9.0"}, "two archives"),
        ((), {"from_": "nolib==1.0", "to": "nolib==2.0"}, "nolib"),
    ],
)  # fmt: skip
def test_what_cannot_be_drafted_is_said(archives, releases, said):
    (subject,) = kerasarchive.draft_migration(*archives, **releases).subjects
    assert subject.verdict == "failed"
    assert said in subject.findings[0].message
