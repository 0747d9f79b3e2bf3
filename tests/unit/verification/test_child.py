"""The child process: crashes, hangs and noise become one line. A stand-in plays Keras, so that nothing is installed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasarchive.errors import ProbeFailed, VerificationError
from kerasarchive.verification import verify
from kerasarchive.verification.child import Probe

CORPUS = Path(__file__).parents[2] / "corpus" / "keras" / "tf2.15"
FAKE = """
import os, sys, time, warnings
import numpy as np
__version__ = "3.15.1"
class backend:
    backend = staticmethod(lambda: "fake")
    clear_session = staticmethod(lambda: None)
class ops:
    convert_to_tensor = staticmethod(np.asarray)
class Adam:
    iterations = np.asarray(2)
    learning_rate = 0.01
    class _V(np.ndarray):
        name = "slot"
    variables = [np.asarray(2).view(_V), np.full((2, 2), 0.5).view(_V)]
class Model:
    weights = [1, 2]
    loss = "mse"
    optimizer = Adam()
    shift = 0.0
    def __call__(self, x, training=None):
        return (x if not isinstance(x, (dict, list)) else list(x)[0]) * FACTOR + self.shift
    def train_on_batch(self, x, y):
        self.shift = float(np.mean(y)); return [0.25, 0.5]
FACTOR = 2.0
class models:
    @staticmethod
    def load_model(path, **options):
        print("noise on standard output")
        name = os.path.basename(path)
        if "crash" in name: os._exit(9)
        if "hang" in name: time.sleep(60)
        if "refused" in name: raise TypeError("Could not deserialize\\n  class 'Functional'")
        if "network" in name:
            import socket; socket.create_connection(("127.0.0.1", 9))
        warnings.warn("something was skipped")
        return Model()
"""


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "keras.py").write_text(FAKE)
    return {"PYTHONPATH": str(tmp_path / "fake")}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "in.npz"
    np.savez(path, _meta=json.dumps({"kind": "single"}), in_=np.ones((2, 3), "float32"))
    return path


def test_an_answer(variables: dict[str, str], feed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.npz"
    with Probe(sys.executable, variables=variables) as probe:
        assert probe.about["release"] == "3.15.1"
        answer = probe.ask({"path": "a.keras", "inputs": str(feed), "outputs": str(out), "fit": True})
    assert answer["ok"], answer
    assert answer["warnings"] == ["something was skipped"]
    assert answer["training"]["lr"] == 0.01 and answer["training"]["abs"] == 4.0
    with np.load(out) as data:
        assert np.array_equal(data["out_"], np.full((2, 3), 2.0))
        assert data["fit_loss"] == 0.25
        assert data["fit_"].mean() > 2.0
        assert np.array_equal(data["state_1"], np.full((2, 2), 0.5))


def test_what_the_archive_does_wrong_is_an_answer(variables: dict[str, str], feed: Path) -> None:
    with Probe(sys.executable, variables=variables) as probe:
        answer = probe.ask({"path": "refused.keras", "inputs": str(feed)})
        assert not answer["ok"] and answer["stage"] == "load"
        assert answer["error"] == "TypeError: Could not deserialize class 'Functional'"
        assert probe.ask({"path": "fine.keras"})["ok"], "the same child goes on"


def test_a_crash_says_the_exit_code(variables: dict[str, str]) -> None:
    with (
        Probe(sys.executable, variables=variables) as probe,
        pytest.raises(ProbeFailed, match=r"exit code 9.*crash\.keras"),
    ):
        probe.ask({"path": "crash.keras"})


def test_a_hang_is_ended(variables: dict[str, str]) -> None:
    with (
        Probe(sys.executable, variables=variables) as probe,
        pytest.raises(ProbeFailed, match="did not answer within 1 s"),
    ):
        probe.ask({"path": "hang.keras"}, timeout=1.0)


def test_the_archive_gets_no_network(variables: dict[str, str]) -> None:
    with Probe(sys.executable, variables=variables) as probe:
        assert "no network" in probe.ask({"path": "network.keras"})["error"]


def test_a_python_without_keras(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('keras is broken here')")
    with pytest.raises(ProbeFailed, match="keras is broken here"):
        Probe(sys.executable, variables={"PYTHONPATH": str(tmp_path)})


def test_a_python_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProbeFailed, match="cannot start"):
        Probe(str(tmp_path / "gone"))


def test_custom_objects_are_imported_and_handed_over(variables: dict[str, str], tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text("class Scale: pass\n")
    with Probe(sys.executable, variables=variables, modules=[str(module)]) as probe:
        assert probe.ask({"path": "a.keras"})["ok"]
    with pytest.raises(ProbeFailed, match="No module named 'nowhere'"):
        Probe(sys.executable, variables=variables, modules=["nowhere"])


@pytest.fixture
def faked(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` with the stand-in: KAV passes the environment on, but takes PYTHONPATH away."""
    original = Probe.__init__

    def patched(self: Probe, python: str, **options: Any) -> None:
        original(self, python, **(options | {"variables": variables, "library": "keras"}))

    monkeypatch.setattr(Probe, "__init__", patched)


def test_verify_two_archives(faked: None) -> None:
    path = str(CORPUS / "comp_nested.keras")
    found = verify(path, path, old_env="self", new_env="self", fit=True)
    assert found["verdict"] == "clean" and found["outputs"]["equal"] and found["fit"]["equal"]
    assert found["training_state"]["equal"]
    assert found["inputs"]["source"] == "random"
    json.dumps(found)


def test_verify_against_recorded_outputs(faked: None, tmp_path: Path) -> None:
    path = str(CORPUS / "comp_nested.keras")
    record = tmp_path / "record.npz"
    np.savez(record, in_=np.ones((2, 4), "float32"), out_=np.full((2, 4), 2.5, "float32"))
    found = verify(None, path, new_env="self", expect=str(record))
    assert found["verdict"] == "different"
    assert found["because"] == ["output 0: max abs error 0.5"]


def test_a_new_archive_that_does_not_load_is_the_answer_no(faked: None, tmp_path: Path) -> None:
    old = CORPUS / "comp_nested.keras"
    new = tmp_path / "refused.keras"
    shutil.copyfile(old, new)
    found = verify(str(old), str(new), old_env="self", new_env="self")
    assert found["verdict"] == "different" and not found["new"]["loads"]
    assert found["because"] == [
        "the new archive does not run: load: TypeError: Could not deserialize class 'Functional'"
    ]
    with pytest.raises(ProbeFailed, match="Could not deserialize"):
        verify(str(new), str(old), old_env="self", new_env="self")


def test_verify_needs_something_to_compare_with() -> None:
    with pytest.raises(VerificationError, match="nothing to compare with"):
        verify(None, "x.keras")


def test_verify_refuses_pickles(faked: None, tmp_path: Path) -> None:
    record = tmp_path / "record.npz"
    np.savez(record, in_=np.array([{"a": 1}], dtype=object))
    with pytest.raises(VerificationError, match="cannot be read as npz"):
        verify(None, str(CORPUS / "comp_nested.keras"), new_env="self", expect=str(record))
