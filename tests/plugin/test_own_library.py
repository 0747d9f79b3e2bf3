"""The page about one's own library does what it says: its files and commands, on an archive that BayesFlow 2.0.12 wrote."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

import kerasarchive
from kerasarchive import formats
from kerasarchive.__main__ import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "your-own-library.md").read_text()
SUMMARY = "summary_network"
EXPECTED = [0, 0, 1, 0, 0]


def commands():
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        yield from block.strip().splitlines()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copy(Path(__file__).with_name("own_summary.keras"), tmp_path / "model.keras")
    own = re.search(r"`(my_migrations)/(\w+\.py)`:\n\n```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / own[1]).mkdir()
    (tmp_path / own[1] / own[2]).write_text(own[3])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state(path):
    """The class's config and its weights below the place where they lie."""
    with formats.open(path) as archive:
        config = archive.config["config"][SUMMARY]
        weights = {
            tensor: archive.weights.read(tensor).tolist()
            for tensor in archive.weights.tensors()
            if "/window_summary/" in tensor
        }
        return config, weights


def test_the_pages_commands(folder, capsys):
    codes = []
    for command in commands():
        kav, *arguments = shlex.split(command)
        assert kav == "kav"
        with pytest.raises(SystemExit) as left:
            main(arguments)
        codes.append(left.value.code)
    assert codes == EXPECTED
    assert "my_project/v2_0__window_summary" in capsys.readouterr().out
    before, after, newest = (state(folder / name) for name in ("model.keras", "newer.keras", "newest.keras"))
    assert before == after
    assert len(before[1]) == 4
    config, weights = newest
    assert "width" not in config["config"]
    assert config["config"]["units"] == before[0]["config"]["width"]
    assert weights == {path.replace("out/", "head/"): value for path, value in before[1].items()}


def test_a_migration_that_does_not_tell_asks_for_the_release(folder):
    (file,) = (folder / "my_migrations").iterdir()
    file.write_text(file.read_text().replace("    tells=True,\n", ""))
    options = {"to": "my_project==2.0", "migrations": folder / "my_migrations", "dry_run": True}
    refused = kerasarchive.migrate(folder / "model.keras", **options).subjects[0]
    assert refused.verdict == "refused"
    assert "--from my_project==" in refused.plan.refusals[0].advice
    assert kerasarchive.migrate(folder / "model.keras", from_="my_project==1.3", **options).subjects[0].verdict == "pending"
