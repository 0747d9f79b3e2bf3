"""Write small archives and what they compute with one old release: our own cases, chosen to catch a careless migration.

    PYTHON_WITH_TF_2_15 tests/oracle/generate.py OUT [--only GLOB]

Runs under tf.keras 2.12 to 2.15. Per case `<case>.keras` and `<case>.npz`: the record form of README.md beside this file.
Weights are randomised, so that a weight that silently stays unloaded shows. The oracle is the writing release after
reloading its own archive: where that differs from the model in memory, `lost_at_save` says so.
"""

import argparse
import fnmatch
import json
import os
import sys
import traceback
from pathlib import Path

import numpy as np
import tensorflow as tf
from cases import CASES, adversarial, graphs, keras, layers, policies, preprocessing, sequences, training  # noqa: F401
from records import default_inputs, flat, optimizer_facts, predict, randomise, step, targets_of

tf.get_logger().setLevel("ERROR")


def save(model, path):
    if tf.__version__.startswith("2.12"):
        model.save(path, save_format="keras_v3")
    else:
        model.save(path)


def make(name, folder):
    """Build, save, reload in this very release, record."""
    build, x, options = CASES[name]
    keras.backend.clear_session()
    tf.random.set_seed(1)
    built = build()
    model, x = built if isinstance(built, tuple) else (built, x)
    x = default_inputs(model) if x is None else x
    if not name.startswith(("pp_", "train_refrozen", "one_spectralnorm", "init_")):
        randomise(model)
    if options.get("steps") and model.optimizer is not None:
        step(model, x, options["steps"])
    path = str(folder / f"{name}.keras")
    save(model, path)
    meta = {"flags": [], "version": tf.__version__, "nweights": len(model.weights)}
    meta["kind"], inputs = flat(x)
    meta["ykind"], outputs = predict(model, x)
    if model.optimizer is not None:
        meta.update(optimizer_facts(model))
    arrays = {"in_" + key: value for key, value in inputs.items()}
    try:
        again = keras.models.load_model(path)
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
        if again.optimizer is not None:
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
    np.savez_compressed(folder / f"{name}.npz", _meta=json.dumps(meta), **arrays)
    return meta


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in sorted(CASES):
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            meta = make(name, options.out)
            note = {key: meta[key] for key in ("lost_at_save", "reload", "fit_error") if key in meta}
            print(name, json.dumps(note) if note else "ok", flush=True)
        except Exception as error:
            failed += 1
            print(name, "cannot be made:", type(error).__name__, str(error).splitlines()[:1], flush=True)
            if os.environ.get("VERBOSE"):
                traceback.print_exc()
    print(
        f"{tf.__version__}: {len(list(options.out.glob('*.keras')))} archives, {failed} could not be made",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
