"""Sequentials that Keras before 2.2.3 wrote as the list of their layers get the names under which their weights are listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kerasarchive import api, formats
from kerasarchive.layout.unnamed import named

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
FILE = CORPUS / "k2.1.6" / "k2_seq_in_seq.h5"


def test_the_names_are_those_of_the_list() -> None:
    with formats.open(FILE) as archive:
        layers = named(archive.config, archive.weights)["config"]
        assert [layer.get("name") for layer in layers] == ["sequential_1", None, "sequential_2"]


@pytest.mark.parametrize("change", ["another name", "one layer fewer"])
def test_names_that_do_not_agree_are_not_taken(change: str) -> None:
    with formats.open(FILE) as archive:
        config: dict[str, Any] = dict(archive.config)
        layers = list(config["config"])
        if change == "another name":
            layers[1] = layers[1] | {"config": layers[1]["config"] | {"name": "other"}}
        else:
            layers.pop()
        config["config"] = layers
        assert named(config, archive.weights) is config


def test_such_an_archive_is_valid_and_migrates(tmp_path: Path) -> None:
    assert api.validate(FILE).subjects[0].verdict == "clean"
    (subject,) = api.migrate(FILE, to="keras==3.15.1", output=tmp_path / "new.keras").subjects
    assert subject.verdict == "migrated"
