"""The guard, before a stand-in for Keras: nothing but the audited bytes arrives there."""

import json
import shutil
import sys
import types
import zipfile
from pathlib import Path

import pytest

import kerasarchive
from kerasarchive import ModelRefused, Policy
from kerasarchive.errors import KavError

CORPUS = Path(__file__).parents[1] / "corpus" / "keras"


@pytest.fixture
def loaded(monkeypatch):
    """What the stand-in was asked to load: (bytes, options)."""
    calls = []

    def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
        path = Path(filepath)
        calls.append((path, path.read_bytes() if path.is_file() else sorted(p.name for p in path.iterdir()), safe_mode))
        return "model"

    keras = types.ModuleType("keras")
    keras.saving = types.SimpleNamespace(load_model=load_model)
    keras.models = types.SimpleNamespace(load_model=load_model)
    monkeypatch.setitem(sys.modules, "keras", keras)
    return calls


@pytest.fixture
def write(tmp_path):
    def make(layer, name="a.keras"):
        honest = next(CORPUS.glob("k3.15.1/*.keras"), None) or next(CORPUS.rglob("*.keras"))
        with zipfile.ZipFile(honest) as archive:
            weights = archive.read("model.weights.h5")
        config = {
            "module": "keras",
            "class_name": "Sequential",
            "config": {"name": "s", "layers": [layer]},
            "registered_name": None,
        }
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("metadata.json", '{"keras_version": "3.8.0"}')
            archive.writestr("config.json", json.dumps(config))
            archive.writestr("model.weights.h5", weights)
        return tmp_path / name

    return make


HONEST = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "f"}, "registered_name": None}
GADGET = {
    "module": "keras.layers",
    "class_name": "TFSMLayer",
    "config": {"filepath": "gs://x"},
    "registered_name": None,
}
CUSTOM = {"module": "pkg", "class_name": "Scale", "config": {}, "registered_name": "pkg>Scale"}


def test_the_very_bytes(loaded, write):
    path = write(HONEST)
    assert kerasarchive.load_model(path, safe_mode=True) == "model"
    ((copy, content, safe_mode),) = loaded
    assert content == path.read_bytes()
    assert (copy.name, safe_mode) == ("a.keras", True)
    assert copy != path
    assert not copy.exists()


def test_exchanged_after_the_audit(loaded, write, monkeypatch):
    from kerasarchive import api

    path, audit = write(HONEST), api.audit
    before = path.read_bytes()

    def exchange(*args, **options):
        report = audit(*args, **options)
        path.write_bytes(b"evil")
        return report

    monkeypatch.setattr(api, "audit", exchange)
    kerasarchive.load_model(path)
    assert loaded[0][1] == before


def test_refused_with_what_why_and_how(loaded, write):
    path = write(GADGET)
    with pytest.raises(ModelRefused, match=r"KAV104") as refused:
        kerasarchive.load_model(path)
    text = str(refused.value)
    assert f"kav audit {path}" in text
    assert "kav explain KAV104" in text
    assert refused.value.report.exit_code == 1
    assert loaded == []


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"PK\x03\x04"])
def test_what_cannot_be_looked_at_is_refused(loaded, tmp_path, content):
    (tmp_path / "a.keras").write_bytes(content)
    with pytest.raises(ModelRefused, match="could be audited"):
        kerasarchive.load_model(tmp_path / "a.keras", policy=Policy(fail_on="critical"))
    with pytest.raises(KavError, match="cannot be read"):
        kerasarchive.load_model(tmp_path / "none.keras")
    assert loaded == []


def test_custom_objects(loaded, write):
    path = write(CUSTOM)
    with pytest.raises(ModelRefused, match="KAV102"):
        kerasarchive.load_model(path)
    assert kerasarchive.load_model(path, custom_objects={"pkg>Scale": object}) == "model"
    assert kerasarchive.load_model(path, custom_objects={"Scale": object}) == "model"
    assert kerasarchive.load_model(path, policy=Policy(allow=("pkg>*",))) == "model"


def test_folders_and_links_in_them(loaded, write, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(write(HONEST)) as archive:
        archive.extractall(folder)
    kerasarchive.load_model(folder)
    assert loaded[0][1] == ["config.json", "metadata.json", "model.weights.h5"]
    (folder / "assets").mkdir()
    (folder / "assets" / "x").symlink_to("/etc")
    with pytest.raises(ModelRefused, match="KAV243"):
        kerasarchive.load_model(folder)


def test_a_folder_of_models_is_not_one(loaded, write, tmp_path):
    (tmp_path / "models").mkdir()
    for name in ("a.keras", "b.keras"):
        shutil.copy(write(HONEST), tmp_path / "models" / name)
    with pytest.raises(ModelRefused, match="not one model"):
        kerasarchive.load_model(tmp_path / "models")


def test_guard(loaded, write):
    import keras

    good, bad, original = write(HONEST), write(GADGET, "b.keras"), keras.saving.load_model
    with kerasarchive.guard():
        assert keras.models.load_model(str(good), None, False, True) == "model"
        for place in (keras.models, keras.saving):
            with pytest.raises(ModelRefused, match="KAV104"):
                place.load_model(bad, safe_mode=False)
        with pytest.raises(KavError, match="cannot audit"):
            keras.saving.load_model(object())
    assert keras.saving.load_model is original
    assert keras.models.load_model is original
    assert len(loaded) == 1
