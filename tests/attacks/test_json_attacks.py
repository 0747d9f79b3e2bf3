"""F1: JSON that recurses, hides keys or explodes, inside real containers."""

import pytest


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json-too-large"),
        (b"[" * 100_000, "json-too-large"),
        (b'{"class_name": "A", "class_name": "B", "config": {}}', "json-duplicate-key"),
        (b'{"class_name": "A", "config": {"units": ' + b"1" * 200_000 + b"}}", "json-huge-integer"),
        ('{"class_name": "A", "config": {}}'.encode("utf-16"), "json-encoding"),
        (b"[" + b"[]," * 3_000_000 + b"[]]", "json-too-large"),
        (b"[1, 2]", "json-invalid"),
        (b"{'class_name': 1}", "json-invalid"),
        (b"", "json-invalid"),
        (b"\xff\xfe\xfa", "json-invalid"),
    ],
)
def test_config(honest, build, look, config, name):
    honest[1].data = config
    assert name in look(build(honest))[0]


def test_metadata_too(honest, build, look):
    honest[0].data = b'{"keras_version": "3.0.0", "keras_version": "2.15.0"}'
    names, archive = look(build(honest))
    assert names == ["json-duplicate-key"]
    assert archive.metadata["keras_version"] == "2.15.0"


def test_legacy_attribute(tmp_path, look):
    import h5py

    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = '{"class_name": "A", "config": {"x": 1, "x": 2}}'
        file.attrs["training_config"] = "[" * 100_000
    names, archive = look(path)
    assert names == ["json-duplicate-key", "json-too-large"]
    assert archive.config == {"class_name": "A", "config": {"x": 2}}
    assert archive.training is None


def test_bare_architecture(tmp_path, look):
    path = tmp_path / "model.json"
    path.write_bytes(b'{"class_name": "A", "config": ' + b"[" * 200_000)
    assert look(path)[0] == ["json-too-large"]
