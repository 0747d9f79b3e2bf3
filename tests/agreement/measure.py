"""What a real release takes for every argument of every class in a corpus: the source of `schemas/<library>/measured.json`.

    python tests/agreement/measure.py --corpus DIR --release keras==3.15.1 --holds '>=3.12' [--python VENV/bin/python]

Every argument is given some forty values of all kinds, one at a time, in the config of a real archive, and the release is
asked to make the model of it. What it takes and refuses becomes a fragment of JSON Schema (`fragments.py`). `--holds` says
for which releases the result is taken to hold. Only the block of that release in measured.json is replaced.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fragments import fragment, is_word

from kerasarchive import _catalog, schema
from kerasarchive.model.config import ObjectNode, is_object
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.schema.builder.source import Module
from kerasarchive.verification.environment import prepare
from kerasarchive.verification.recipe import for_release

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))
from loader import custom_module  # noqa: E402

TRIAL = Path(__file__).with_name("trial.py")
LEFT_OUT = frozenset({"name", "trainable", "dtype", "batch_input_shape", "activity_regularizer"})
"""What every layer has: the schema knows it from the source."""

NUMBERS = (0, 1, 2, 3, -1, -2, 7, 0.0, 1.0, 2.0, 0.5, 2.5, -0.5)
OTHERS = (None, True, False, "1", "", [], [1], [1, 2], [0.5], [0, 0], ["a"], [None], [True], {}, {"value": 1}, "text")
WORDS = [
    "linear", "relu", "tanh", "sigmoid", "softmax", "same", "valid", "causal", "channels_first", "channels_last",
    "float32", "float16", "int32", "int64", "string", "glorot_uniform", "zeros", "sum", "mean", "concat", "mul",
    "ave", "int", "one_hot", "multi_hot", "count", "tf_idf", "nearest", "bilinear", "bicubic", "lanczos3",
    "lanczos5", "area", "gaussian", "mitchellcubic", "auto", "sum_over_batch_size", "none", "constant", "reflect",
    "wrap", "mirror", "fan_in", "fan_out", "fan_avg", "uniform", "normal", "truncated_normal", "untruncated_normal",
    "dot", "horizontal", "vertical", "horizontal_and_vertical", "lower", "upper", "whitespace", "character",
    "lower_and_strip_punctuation", "strip_punctuation", "farmhash", "siphash64", "ROC", "PR", "interpolation",
    "majority", "minoring", "micro", "macro", "weighted", "binary", "multiclass", "htk", "slaney", "log",
    "magnitude", "stft", "psd", "hann", "hamming", "rectangle", "int8", "batch", "crop_to_aspect_ratio", "xyxy",
    "rel_xyxy", "center_xywh", "mse", "accuracy", "max", "avg", "minimum",
]  # fmt: skip

BASES = (".layer", ".operation", ".base_layer", ".keras_saveable", ".module", ".base_optimizer", ".trackable")
"""Modules of what all layers have in common, whose strings are no words of any argument."""

Arguments = dict[str, dict[str, dict[str, Any]]]
"""Class -> argument -> schema."""


def values(base: Any) -> Iterator[Any]:
    """What is tried in place of a value that is known to be right, without repetitions."""
    tried = [*OTHERS, *NUMBERS]
    if isinstance(base, bool):
        tried.append(str(base).lower())
    elif isinstance(base, int):
        tried += [float(base), base + 0.5, str(base), [base], [base] * 2, [base] * 3, -base - 1, -base]
    elif isinstance(base, float):
        tried += [round(base), str(base), [base], [base] * 2, -base]
    elif isinstance(base, str):
        tried += [base.upper(), base.capitalize(), base + "x", [base], *WORDS]
    elif isinstance(base, list):
        numbers = [item for item in base if isinstance(item, (int, float))]
        tried += [base[0] if base else 0, base * 2, base[:-1], [*base, 1], [str(item) for item in base],
                  [float(item) if isinstance(item, int) else item for item in base], [[item] for item in base],
                  [None] * len(base), [True] * len(base), [-item for item in numbers]]  # fmt: skip
    seen = {json.dumps(base)}
    for value in tried:
        text = json.dumps(value)
        if text not in seen:
            seen.add(text)
            yield value


def objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[Any, ...]]]:
    """Every serialized object in a config with its place."""
    if isinstance(value, dict):
        if is_object(value):
            yield value, path
        for key, child in value.items():
            yield from objects(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from objects(child, (*path, index))


def places(corpus: Path, known: schema.ReleaseSchema, good: set[str]) -> Iterator[tuple[str, str, Any, Any, Path]]:
    """(class, argument, config, place, archive) of every argument once with a value and once with null, smallest first."""
    seen: set[tuple[str, str, bool]] = set()
    for archive in sorted(corpus.glob("*.keras"), key=lambda path: (path.stat().st_size, path.name)):
        if archive.stem not in good:
            continue
        with zipfile.ZipFile(archive) as members:
            config = json.loads(members.read("config.json"))
        for found, path in objects(config):
            cls = known.find(ObjectNode(found, Location()), "layer" if "layers" in path[-2:] else "")
            if cls is None or cls.role == "model" or not isinstance(found["config"], dict):
                continue
            for key, value in found["config"].items():
                parameter = cls.parameters.get(key)
                words = parameter is not None and parameter.words
                mark = (cls.name, key, value is None)
                if words or key in LEFT_OUT or isinstance(value, dict) or mark in seen or (cls.name, key, False) in seen:
                    continue
                seen.add(mark)
                yield cls.name, key, config, (*path, "config", key), archive


def changed(config: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The config with another value in that place."""
    copied = copy.deepcopy(config)
    target = copied
    for part in place[:-1]:
        target = target[part]
    target[place[-1]] = value
    return copied


class Trial:
    """One process of the real release that is asked about configs one after the other."""

    def __init__(self, python: str, library: str, modules: list[str]) -> None:
        command = [python, "-W", "ignore", str(TRIAL), library, *modules]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def takes(self, config: Any) -> bool:
        """Whether the release makes a model of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"id": 0, "config": config}) + "\n")
        self.process.stdin.flush()
        return bool(json.loads(self.process.stdout.readline())["taken"])


def source_words(release: Release, wheels: Path | None) -> dict[str, frozenset[str]]:
    """For every class the strings in the modules that it and its ancestors come from, and in those that these import."""
    from kerasarchive.schema.builder.classes import read_classes
    from kerasarchive.schema.builder.distribution import obtain, read
    from kerasarchive.schema.builder.exports import Exports
    from kerasarchive.schema.builder.library.build import overrides_of
    from kerasarchive.schema.builder.origin import origin
    from kerasarchive.schema.builder.source import Source

    place = origin(release, overrides_of(release.library))
    folder = wheels or Path(".agreement")
    folder.mkdir(exist_ok=True)
    source = Source(read(obtain(place, folder), place.folder, place.beside), place.around)
    package = f"{place.package}.src" if f"{place.package}.src" in source.modules else place.package
    strings = {name: _strings(module.tree) for name, module in source.modules.items()}
    near = {
        name: strings[name].union(*(strings.get(each, frozenset()) for each in _imported(module)))
        for name, module in source.modules.items()
    }  # fmt: skip
    return {
        cls.name: frozenset(
            word for ancestor in cls.ancestors if not ancestor.module.name.endswith(BASES)
            for word in near[ancestor.module.name]
        )
        for cls in read_classes(source, Exports(source, package)).values()
    }  # fmt: skip


def _imported(module: Module) -> set[str]:
    found = {binding.target for binding in module.bindings.values() if binding.target}
    found |= {f"{binding.target}.{binding.attribute}" for binding in module.bindings.values() if binding.attribute}
    return {name for name in found if not name.endswith(BASES)}


def _strings(tree: ast.Module) -> frozenset[str]:
    return frozenset(
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--release", required=True)
    parser.add_argument("--holds", required=True)
    parser.add_argument("--python")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--outcomes", type=Path, help="a file that keeps what was tried, and is read if it is there")
    options = parser.parse_args()
    release = schema.target(options.release)
    known = schema.load(release)
    library = "keras" if release.major >= 3 else "tensorflow"
    python = options.python or prepare(for_release(release, tensorflow=True))
    words = source_words(release, options.wheels)
    tried: dict[str, list[Any]] = {}
    if options.outcomes and options.outcomes.exists():
        tried = json.loads(options.outcomes.read_text())
    trial = Trial(python, library, custom_module(options.corpus))
    for name, key, config, place, archive in places(options.corpus, known, good(options.corpus, trial)):
        base = config
        for part in place:
            base = base[part]
        mark = f"{name} {key} {archive.stem}{'-null' if base is None else ''}"
        _, outcomes = tried.setdefault(mark, [base, []])
        had = {json.dumps(value) for value, _ in outcomes}
        for value in values(base):
            if json.dumps(value) not in had:
                outcomes.append((value, trial.takes(changed(config, place, value))))
        if is_word(base) and not any(value == "text" and ok for value, ok in outcomes):
            # One of a fixed list: every string of the source could be another one.
            for word in sorted(words.get(name, frozenset())):
                if json.dumps(word) not in had and is_word(word):
                    outcomes.append((word, trial.takes(changed(config, place, word))))
        print(f"{name}({key}): {sum(ok for _, ok in outcomes)} of {len(outcomes)} taken", file=sys.stderr)
    if options.outcomes:
        options.outcomes.write_text(json.dumps(tried))
    update(release, options.holds, measured(tried))
    return 0


def good(corpus: Path, trial: Trial) -> set[str]:
    """The archives that the release takes as they are."""
    found = set()
    for archive in corpus.glob("*.keras"):
        with zipfile.ZipFile(archive) as members:
            if trial.takes(json.loads(members.read("config.json"))):
                found.add(archive.stem)
    return found


def measured(tried: dict[str, list[Any]]) -> Arguments:
    """The fragment of every argument. What was taken in one archive counts, though another one refused it."""
    bases: dict[tuple[str, str], Any] = {}
    together: dict[tuple[str, str], dict[str, tuple[Any, bool]]] = {}
    for mark, (base, outcomes) in tried.items():
        name, key, _ = mark.split(" ")
        if bases.get((name, key)) is None:
            bases[name, key] = base
        seen = together.setdefault((name, key), {})
        for value, ok in (*outcomes, (base, True)):
            text = json.dumps(value)
            seen[text] = (value, ok or seen.get(text, (value, False))[1])
    found: Arguments = {}
    for (name, key), seen in sorted(together.items()):
        made = fragment(bases[name, key], seen.values())
        if made:
            found.setdefault(name, {})[key] = made
    return found


def update(release: Release, holds: str, arguments: Arguments) -> None:
    """Replace the release's block in measured.json: one argument a line."""
    path = _catalog.schemas(release.library) / "measured.json"
    blocks = json.loads(path.read_text("utf-8"))["measured"] if path.exists() else []
    blocks = [block for block in blocks if block["release"] != release.version]
    blocks.append({"release": release.version, "holds": holds, "arguments": arguments})
    lines = []
    for block in sorted(blocks, key=lambda block: Release(release.library, block["release"])):
        classes = [
            f"{json.dumps(name)}: {{\n" + ",\n".join(
                f"  {json.dumps(key)}: {json.dumps(made, sort_keys=True)}" for key, made in found.items()
            ) + "\n}"
            for name, found in block["arguments"].items()
        ]  # fmt: skip
        head = f'"release": {json.dumps(block["release"])}, "holds": {json.dumps(block["holds"])}'
        lines.append(f'{{{head}, "arguments": {{\n' + ",\n".join(classes) + "\n}}")
    comment = (
        "What real releases take for their arguments, tried value by value: see tests/agreement/measure.py. "
        "`holds` says for which releases a block is taken to hold."
    )
    path.write_text(f'{{"$comment": {json.dumps(comment)},\n"measured": [\n' + ",\n".join(lines) + "\n]}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
