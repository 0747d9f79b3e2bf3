"""A few of the mutants that `make fuzz` makes by the thousand: before every command, in the time of a test."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import containers, documents, trial
from .mutant import made
from .seeds import Seed, seeds

SEEDS = seeds()


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_mutants(tmp_path, number):
    chance = random.Random(number)
    what, path = made(SEEDS, chance, tmp_path / "mutant")
    _, other = made((chance.choice(SEEDS),), random.Random(number % 97), tmp_path / "other")
    command = list(trial.COMMANDS)[number % len(trial.COMMANDS)]
    assert list(trial.tried(path, other, (command,))) == [], what


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".json", ".sm", ".index", "shards"])
def test_every_container_has_a_seed(suffix):
    assert any(seed.name.endswith(suffix) for seed in SEEDS)


@pytest.mark.parametrize(
    "change",
    [containers.bytes_of, containers.fields_of, containers.members_of, containers.hdf5_of, containers.content_of],
)
def test_a_number_makes_one_mutant(change):
    seed = next(seed for seed in SEEDS if seed.name.endswith(".keras"))
    ((name, data),) = seed.files.items()
    arguments = (name,) if change is containers.content_of else ()
    once = [change(*arguments, data, random.Random(number), b"{}") for number in range(8)]
    assert once == [change(*arguments, data, random.Random(number), b"{}") for number in range(8)]
    assert any(each != data for each in once)


def test_json_that_is_changed_stays_json_now_and_then():
    texts = [documents.mutated(b'{"class_name": "Dense", "config": {"units": 3}}', random.Random(n)) for n in range(60)]
    assert sum(text.startswith((b"{", b"[")) for text in texts) > 30


def test_the_watchdog_sees_what_it_looks_for(tmp_path, monkeypatch):
    def stumbles(path, other):
        raise RuntimeError

    def loops(path, other):
        while True:
            pass

    monkeypatch.setattr(trial, "SECONDS", 0.2)
    monkeypatch.setattr(trial, "COMMANDS", {"stumbles": stumbles, "loops": loops})
    assert [fault.kind for fault in trial.tried(tmp_path, tmp_path, ("stumbles", "loops"))] == ["traceback", "hang"]


def test_two_weight_files_without_a_config_can_be_compared(tmp_path):
    """Found by a mutant: a comparison of flat weights with weights by layer asked the absent config for its layers."""
    flat = next(seed for seed in SEEDS if seed.name.endswith("sequential_inputdim.h5"))
    alone = next(seed for seed in SEEDS if seed.name.endswith("made/latest.weights.h5"))
    paths = [written(tmp_path / str(number), seed) for number, seed in enumerate((alone, flat))]
    assert list(trial.tried(paths[1], paths[0], ("diff",))) == []


def written(folder, seed: Seed):
    folder.mkdir()
    for name, content in seed.files.items():
        (folder / name).write_bytes(content)
    return folder / seed.path


def test_a_class_name_that_is_a_list(tmp_path):
    """Found by a mutant: it was looked up in a set."""
    layers = [{"class_name": ["Dense"], "config": {"name": "d", "units": 1}}]
    (tmp_path / "a.json").write_text(json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}}))
    assert list(trial.tried(tmp_path / "a.json", tmp_path / "a.json", tuple(trial.COMMANDS))) == []
