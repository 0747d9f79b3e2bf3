"""SavedModels and checkpoints with bytes flipped, cut out or cut off: findings or a reason, never a traceback."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kerasarchive import api

SOURCES = ["tf2.4/gru_seq.sm", "tf2.12/train_adam_nested.sm", "tensorflow/module_writes_file.sm"]
FILES = ["saved_model.pb", "keras_metadata.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"]


def broken(content, data):
    content = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        kind = data.draw(st.sampled_from(["flip", "value", "cut", "insert", "truncate", "copy"]))
        if kind == "flip" and content:
            content[at] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "value":
            content[at : at + 4] = data.draw(st.sampled_from([b"\0", b"\xff", b"\x7f", b"\x01"])) * 4
        elif kind == "cut":
            del content[at : at + data.draw(st.integers(1, 64))]
        elif kind == "insert":
            content[at:at] = data.draw(st.binary(min_size=1, max_size=64))
        elif kind == "truncate":
            del content[at:]
        else:
            start = data.draw(st.integers(0, max(0, len(content) - 1)))
            content[at : at + 16] = content[start : start + 16]
    return bytes(content)


def look(path):
    for report in (
        api.inspect(path, weights=True),
        api.validate(path),
        api.audit(path, for_=("keras==3.15.1",)),
        api.diff(path, path),
        api.migrate(path, to="keras==3.15.1", dry_run=True),
    ):
        assert "KAV000" not in {each.rule for subject in report.subjects for each in subject.findings}, report


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_saved_models(name, corpus, tmp_path, data):
    folder = tmp_path / "model.sm"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(corpus / name, folder)
    path = folder / data.draw(st.sampled_from([each for each in FILES if Path(folder, each).exists()]))
    path.write_bytes(broken(path.read_bytes(), data))
    look(folder)


@pytest.mark.parametrize("name", ["tf2.4/comp_nested.ckpt/weights", "tensorflow/module.ckpt"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_checkpoints(name, corpus, tmp_path, data):
    for suffix in (".index", ".data-00000-of-00001"):
        content = Path(f"{corpus / name}{suffix}").read_bytes()
        Path(tmp_path, f"c{suffix}").write_bytes(broken(content, data) if data.draw(st.booleans()) else content)
    look(tmp_path / "c")
