"""A library's own schemas and migrations: found where it is installed, without ever importing it."""

import json
import sys

import pytest

import kerasarchive
from kerasarchive import _catalog, _packs, formats
from kerasarchive.errors import UnknownRelease
from kerasarchive.schema import load

TO = "fakelib==2.0"


@pytest.fixture(autouse=True)
def forget():
    _packs._entries.cache_clear()
    yield
    assert "fakelib" not in sys.modules
    _packs._entries.cache_clear()


def listed():
    (subject,) = kerasarchive.list_migrations().subjects
    return subject, [each["name"] for each in subject.facts["migrations"]]


def gate(path):
    with formats.open(path) as archive:
        return archive.config["config"]["layers"][1]["config"]


def test_an_installed_pack_is_listed_and_shown(site):
    assert "fakelib/v2_0__units" in listed()[1]
    (subject,) = kerasarchive.show_migration("units").subjects
    assert subject.facts["summary"] == "`Gate` calls its `width` `units`."


def test_without_a_pack_there_is_no_such_library(archive):
    (subject,) = kerasarchive.migrate(archive, to=TO, dry_run=True).subjects
    assert (subject.verdict, subject.findings[0].rule) == ("failed", "KAV010")


def test_it_leads_to_the_librarys_release_by_its_schemas(site, archive, tmp_path):
    out = tmp_path / "new.keras"
    (subject,) = kerasarchive.migrate(archive, to=TO, output=out).subjects
    assert (subject.verdict, subject.findings) == ("migrated", ())
    assert gate(out) == {"name": "gate", "trainable": True, "dtype": "float32", "units": 3}
    # 1.0 alone has written `width`: so its schemas say.
    assert str(next(one for one in subject.written_by if one.library == "fakelib").between[0]) == "fakelib==1.0.0"
    assert kerasarchive.migrate(out, to=TO, dry_run=True).subjects[0].verdict == "clean"
    with formats.open(archive) as before, formats.open(out) as after:
        assert before.weights.read("layers/gate/vars/0").tolist() == after.weights.read("layers/gate/vars/0").tolist()
        assert after.metadata["kav"]["pins"] == ["keras==3.8.0", "fakelib==2.0.0"]


def test_the_result_is_judged_by_the_packs_schemas(site, archive):
    pack = site / "fakelib" / "kav"
    (pack / "v2_0__units.py").write_text((pack / "v2_0__units.py").read_text().replace('"units"', '"unit"'))
    (subject,) = kerasarchive.migrate(archive, to=TO, dry_run=True).subjects
    assert subject.verdict == "refused"
    assert ["'units'" in refusal.reason for refusal in subject.plan.refusals] == [True]


def test_what_a_pack_brings_is_known_for_one_archive_alone(site, archive):
    kerasarchive.migrate(archive, to=TO, dry_run=True)
    assert "fakelib" not in _catalog.libraries()
    with pytest.raises(UnknownRelease):
        load(TO)


def test_afterwards_others_can_read_the_archive(site, archive, tmp_path):
    out = tmp_path / "new.keras"
    kerasarchive.migrate(archive, to=TO, output=out)
    for look in (kerasarchive.inspect, kerasarchive.validate, kerasarchive.audit):
        assert look(out).subjects[0].verdict in ("clean", "flagged"), look


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("fakelib/kav/v2_0__units.py", "raise ValueError('no')", "cannot be loaded: ValueError: no"),
        ("fakelib/kav/v2_0__units.py", "import sys; sys.exit(3)", "SystemExit"),
        ("fakelib/kav/v2_0__units.py", "migration = 3", "is no Migration"),
        ("fakelib/kav/v2_0__units.py", "def (", "SyntaxError"),
        ("fakelib/kav/schemas/index.json", "{", "cannot be used"),
        ("fakelib/kav/schemas/index.json", '{"library": "fakelib", "releases": {"1": {"file": "9.json"}}}', "no 9.json"),
        ("fakelib-2.0.dist-info/entry_points.txt", "[kerasarchive.migrations]\nfakelib = nowhere.kav\n", "names no folder"),
        ("fakelib-2.0.dist-info/entry_points.txt", "[kerasarchive.migrations]\nfakelib = fakelib:kav\n", "names no folder"),
    ],
)  # fmt: skip
def test_a_broken_pack_is_a_line_that_names_the_package(site, archive, file, text, said):
    (site / file).write_text(text)
    subject, names = listed()
    assert subject.verdict == "failed"
    assert len(names) > 50
    for findings in (subject.findings, kerasarchive.migrate(archive, to=TO, dry_run=True).subjects[0].findings):
        assert [each.rule for each in findings] == ["KAV030"]
        assert "fakelib==2.0" in findings[0].message
        assert said in findings[0].message
        assert "\n" not in findings[0].message


def test_a_pack_does_not_run_for_another_library(site, archive):
    (site / "fakelib/kav/v2_0__units.py").write_text("raise ValueError('no')")
    subject = kerasarchive.migrate(archive, to="keras==3.15.1", dry_run=True).subjects[0]
    assert "KAV030" not in [each.rule for each in subject.findings]


def test_auditing_runs_no_pack(site, archive):
    (site / "fakelib/kav/v2_0__units.py").write_text("raise ValueError('no')")
    for report in (kerasarchive.audit(archive, for_=("keras==3.15.1",)), kerasarchive.validate(archive)):
        assert "KAV030" not in [each.rule for each in report.subjects[0].findings]


def test_of_what_kav_ships_no_pack_is_asked(site):
    (site / "fakelib-2.0.dist-info/entry_points.txt").write_text("[kerasarchive.migrations]\nbayesflow = fakelib.kav\n")
    (site / "fakelib/kav/v2_0__units.py").write_text("raise ValueError('no')")
    assert listed()[0].verdict == "clean"


def test_nothing_is_found_in_the_current_folder(site, monkeypatch):
    monkeypatch.chdir(site)
    assert "fakelib/v2_0__units" not in listed()[1]


def test_a_folder_has_the_form_of_a_pack(site, archive, tmp_path):
    (site / "fakelib-2.0.dist-info/entry_points.txt").unlink()
    pack = site / "fakelib" / "kav"
    assert kerasarchive.migrate(archive, to=TO, dry_run=True, migrations=pack).subjects[0].verdict == "pending"
    assert json.loads((pack / "schemas" / "index.json").read_text())["library"] == "fakelib"
