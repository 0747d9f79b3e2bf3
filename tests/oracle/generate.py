"""Write small archives and what they compute with one old release: our own cases, chosen to catch a careless migration.

    PYTHON_WITH_TF_2_15 tests/oracle/generate.py OUT [--only GLOB] [--formats keras,h5,weights,sm]

Runs under standalone Keras 1.2 to 2.3 and tf.keras 2.4 to 2.15. Per case `<case>.keras` (`.h5`; `.weights.h5` and
`.json`; `.sm/`, a SavedModel) and `<case>.npz`: the record form of README.md beside this file.
Weights are randomised, so that a weight that silently stays unloaded shows. The oracle is the writing release after
reloading its own archive: where that differs from the model in memory, `lost_at_save` says so.
"""

import argparse
import fnmatch
import importlib
import json
import os
import sys
import traceback
from pathlib import Path

import numpy as np
from cases import CASES, STANDALONE, VERSION, keras
from records import default_inputs, flat, optimizer_facts, predict, randomise, step, targets_of

SUFFIXES = {"keras": ".keras", "h5": ".h5", "weights": ".weights.h5", "sm": ".sm"}
MODULES = ("adversarial", "graphs", "layers", "policies", "preprocessing", "sequences", "training")
NOT_RANDOM = ("pp_", "train_refrozen", "one_spectralnorm", "init_")
"""Cases whose weights mean something."""


def modules():
    """The modules of `cases/` that this release can build from."""
    if VERSION < (2, 0):
        return ("keras1",)
    return ("layers", "graphs", "sequences", "training", "standalone") if STANDALONE else MODULES


def default_formats():
    if STANDALONE:
        return "h5,weights"
    return "keras" if VERSION >= (2, 12) else "h5,weights,sm"


def save(model, path, form):
    """Write the model in one format; Keras 3's own only with the release that has it."""
    if form == "weights":
        model.save_weights(path)
        Path(path.replace(".weights.h5", ".json")).write_text(model.to_json())
    elif form == "sm":
        model.save(path, save_format="tf")
    elif form == "keras" and VERSION == (2, 12):
        model.save(path, save_format="keras_v3")
    else:
        model.save(path)


def make(name, folder, formats):
    """Build, save, reload in this very release, record."""
    build, x, options = CASES[name]
    if keras.backend.backend() == "tensorflow":
        keras.backend.clear_session()
    if not STANDALONE:
        importlib.import_module("tensorflow").random.set_seed(1)
    built = build()
    model, x = built if isinstance(built, tuple) else (built, x)
    x = default_inputs(model) if x is None else x
    if not name.startswith(NOT_RANDOM):
        randomise(model)
    compiled = getattr(model, "optimizer", None) is not None
    if options.get("steps") and compiled:
        step(model, x, options["steps"])
    written, refused = [], {}
    for form in formats:
        path = str(folder / (name + SUFFIXES[form]))
        try:
            save(model, path, form)
            written.append(path)
        except Exception as error:
            # TF 2.4 to 2.10 stop in the middle of an h5 where two slots share a name: what is left is no archive.
            if Path(path).is_file():
                Path(path).unlink()
            refused[form] = f"{type(error).__name__}: {error}"[:200]
    if not written:
        raise ValueError(str(refused))
    version = keras.__version__ if STANDALONE else importlib.import_module("tensorflow").__version__
    meta = {"flags": [], "version": version, "backend": keras.backend.backend(), "nweights": len(model.weights)}
    if refused:
        meta["not_written"] = refused
    meta["kind"], inputs = flat(x)
    meta["ykind"], outputs = predict(model, x)
    if compiled:
        meta.update(optimizer_facts(model))
    arrays = {"in_" + key: value for key, value in inputs.items()}
    try:
        again = keras.models.load_model(written[0])
        kind, reloaded = predict(again, x)
    except Exception as error:
        meta["reload"] = f"{type(error).__name__}: {error}"[:300]
    else:
        same = kind == meta["ykind"] and all(
            outputs[key].shape == reloaded[key].shape
            and np.allclose(outputs[key], reloaded[key], atol=1e-3, equal_nan=True)
            if outputs[key].dtype.kind == "f"
            else np.array_equal(outputs[key], reloaded[key])
            for key in outputs
        )
        if not same:
            meta["lost_at_save"] = True
            meta["ykind"], outputs = kind, reloaded
        if getattr(again, "optimizer", None) is not None:
            meta.update({"re_" + key: value for key, value in optimizer_facts(again).items()})
            try:
                targets, _ = targets_of(again, x)
                arrays.update({f"y_{index}": value for index, value in enumerate(targets.values())})
                # What the reloaded model does, and what the one in memory would have done: Nadam's product is not saved.
                step(model, x, 1)
                arrays.update({"cont_" + key: value for key, value in predict(model, x)[1].items()})
                arrays["fit_loss"] = np.asarray(step(again, x, 1))
                arrays.update({"fit_" + key: value for key, value in predict(again, x)[1].items()})
            except Exception as error:
                meta["fit_error"] = f"{type(error).__name__}: {error}"[:300]
    arrays.update({"out_" + key: value for key, value in outputs.items()})
    np.savez_compressed(str(folder / f"{name}.npz"), _meta=json.dumps(meta), **arrays)
    return meta


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="*")
    parser.add_argument("--formats", default=default_formats(), help="first the one that the record is about")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for module in modules():
        importlib.import_module(f"cases.{module}")
    made = failed = 0
    for name in sorted(CASES):
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            meta = make(name, options.out, options.formats.split(","))
            made += 1
            note = {key: meta[key] for key in ("lost_at_save", "reload", "fit_error", "not_written") if key in meta}
            print(name, json.dumps(note) if note else "ok", flush=True)
        except Exception as error:
            failed += 1
            print(name, "cannot be made:", type(error).__name__, str(error).splitlines()[:1], flush=True)
            if os.environ.get("VERBOSE"):
                traceback.print_exc()
    version = keras.__version__ if STANDALONE else importlib.import_module("tensorflow").__version__
    print(f"{version}: {made} cases, {failed} could not be made", file=sys.stderr)


if __name__ == "__main__":
    main()
