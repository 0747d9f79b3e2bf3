"""Archives of KerasNLP and KerasHub under a later KerasHub: the package's new name, and a converter's new arguments."""

import json
import zipfile

import h5py
import numpy as np
import pytest

import kerasarchive
from kerasarchive import formats

TARGET = "keras_hub==0.32.0"
CONVERTER = {
    "name": "converter", "trainable": True, "dtype": "float32", "image_size": [2, 2], "scale": 0.5, "offset": None,
    "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": False, "interpolation": "bilinear", "antialias": False,
    "bounding_box_format": "yxyx", "data_format": "channels_last",
}  # fmt: skip


def archive(path, package, class_name, module, config):
    layers = [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
         "config": {"batch_shape": [None, 2, 2, 3], "dtype": "float32", "sparse": False, "ragged": False, "name": "in"}},
        {"module": f"{package}.src.{module}", "class_name": class_name, "registered_name": f"{package}>{class_name}",
         "config": config, "build_config": {"input_shape": [None, 2, 2, 3]}},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": None,
         "build_config": {"input_shape": [None, 2, 2, 3]},
         "config": {"name": "dense", "trainable": True, "dtype": "float32", "units": 2, "activation": "linear"}},
    ]  # fmt: skip
    model = {
        "module": "keras", "class_name": "Sequential", "registered_name": None, "build_config": {"input_shape": [None, 2, 2, 3]},
        "config": {"name": "net", "trainable": True, "dtype": "float32", "layers": layers},
    }  # fmt: skip
    weights = path.with_suffix(".h5")
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 2), "float32")
        file["layers/dense/vars/1"] = np.zeros(2, "float32")
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("metadata.json", json.dumps({"keras_version": "3.8.0", "date_saved": "2025-01-01@00:00:00"}))
        made.writestr("config.json", json.dumps(model))
        made.write(weights, "model.weights.h5")
    return path


def vit(path, **normalization):
    return archive(
        path, "keras_hub", "ViTImageConverter", "models.vit.vit_image_converter", {**CONVERTER, **normalization}
    )


def migrated(path, **options):
    out = path.with_name("new.keras")
    (subject,) = kerasarchive.migrate(path, to=TARGET, output=out, **options).subjects
    if subject.verdict != "migrated":
        return subject, None
    with formats.open(out) as opened:
        return subject, opened.config["config"]["layers"][1]


MEAN, STD = [0.5, 0.4, 0.3], [0.5, 0.8, 0.25]


@pytest.mark.parametrize(
    "given",
    [
        {"norm_mean": MEAN, "norm_std": STD},
        {"norm_mean": MEAN, "norm_std": None},
        {"norm_mean": None, "norm_std": STD, "scale": None},
        {"norm_mean": 0.5, "norm_std": 0.5, "offset": 1.0},
        {"norm_mean": MEAN, "norm_std": STD, "scale": [1.0, 2.0, 3.0], "offset": [0.0, 1.0, 2.0]},
    ],
)
def test_scale_and_offset_normalize_as_mean_and_deviation_did(tmp_path, given):
    subject, converter = migrated(vit(tmp_path / "vit.keras", **given))
    assert converter is not None, subject.plan
    config = converter["config"]
    assert not {"norm_mean", "norm_std"} & config.keys()
    old = {**CONVERTER, **given}
    x = np.array([3.0, 7.0, 11.0])

    def of(value, otherwise):
        return otherwise if value is None else np.array(value)

    before = (x * of(old["scale"], 1.0) + of(old["offset"], 0.0) - of(old["norm_mean"], 0.0)) / of(old["norm_std"], 1.0)
    assert np.allclose(before, x * np.array(config["scale"]) + np.array(config["offset"]))


@pytest.mark.parametrize("std", [[0.5, 0.0, 0.5], [0.5, 0.5], ["a", "b", "c"]])
def test_what_cannot_be_expressed_is_refused(tmp_path, std):
    subject, _ = migrated(vit(tmp_path / "vit.keras", norm_mean=MEAN, norm_std=std))
    assert subject.verdict == "refused"


def nlp(path):
    config = {"name": "mix", "trainable": True, "dtype": "float32", "kernel_initializer": "glorot_uniform"}
    return archive(path, "keras_nlp", "FNetEncoder", "layers.modeling.f_net_encoder", config | {
        "intermediate_dim": 4, "dropout": 0, "activation": "relu", "layer_norm_epsilon": 1e-5, "bias_initializer": "zeros",
    })  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"from_": "keras_nlp==0.14.4"}])
def test_keras_nlp_became_keras_hub(tmp_path, options):
    subject, layer = migrated(nlp(tmp_path / "nlp.keras"), **options)
    assert layer is not None, (subject.findings, subject.plan)
    assert layer["registered_name"] == "keras_hub>FNetEncoder"
    assert layer["module"] == "keras_hub.src.layers.modeling.f_net_encoder"
    assert "keras_nlp" in [one.library for one in subject.written_by]
    assert kerasarchive.migrate(tmp_path / "new.keras", to=TARGET, dry_run=True).subjects[0].verdict == "clean"
