"""What is predicted for a layer's own group equals what real releases stored there."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kerasarchive import formats
from kerasarchive.layout import shapes, variables

CORPUS = Path(__file__).parents[2] / "corpus" / "keras"
FILES = sorted(CORPUS.glob("*/*.keras"))
UNKNOWN = {"rnn_customcell": "a custom cell"}


def layers(config: Any, prefix: str, path: tuple[str | int, ...]) -> list[tuple[str, Any, tuple[str | int, ...]]]:
    """(name, layer, path) of a flat model's layers; nested models are not entered."""
    return [(prefix, layer, (*path, "config", "layers", i)) for i, layer in enumerate(config["config"]["layers"])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_as_many_tensors_of_those_shapes_are_stored(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    if path.stem in UNKNOWN:
        pytest.skip(UNKNOWN[path.stem])
    major = 2 if path.parent.name.startswith("tf") else 3
    flows = shapes.infer(config)
    expected: list[tuple[int | None, ...] | None] = []
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(config, ())]
    seen = []
    while stack:
        model, at = stack.pop()
        for _, layer, where in layers(model, "", at):
            if "layers" in layer["config"]:
                stack.append((layer, where))
                continue
            if str(layer.get("module")).startswith("keras.src.ops"):
                continue
            flow = flows[where]
            shape: Any = flow.input_shape
            if layer["class_name"] == "MultiHeadAttention":
                named = {f"{key}_shape": value for key, value in flow.named.items()}
                shape = {"query_shape": flow.inputs[0], **named}
            for part in variables.tree(layer["class_name"], layer["config"], input_shape=shape, major=major):
                assert part.variables is not None, part
                expected.extend(v.shape for v in part.variables if v.key is not None)
                seen.append(part.class_name)
    with formats.open(path) as opened:
        if opened.weights is None:
            pytest.skip("no weights that kav reads")
        stored = [t.shape for p, t in opened.weights.tensors().items() if not p.startswith(("optimizer/", "metrics/"))]
    assert len(stored) == len(expected)
    left = list(stored)
    for shape in sorted(expected, key=lambda s: s is None or None in s):
        fits = [
            one
            for one in left
            if shape is None
            or (
                len(one) == len(shape)
                and all(size is None or size == other for size, other in zip(shape, one, strict=True))
            )
        ]
        assert fits, (shape, left, seen)
        left.remove(fits[0])
