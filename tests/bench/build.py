"""Build the benchmark's two archives with real Keras 3: 30 Dense layers in 500 MB, 1,500 small ones; Adam state in both.

KERAS_BACKEND=numpy python tests/bench/build.py OUT_DIR
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "numpy")

import keras
import numpy as np


def dense(chains: int, layers: int, units: int) -> keras.Model:
    """Chains of equal Dense layers side by side (Keras recurses along a chain), compiled with Adam whose slots hold values."""
    start = keras.Input((units,))
    ends = []
    for _ in range(chains):
        x = start
        for _ in range(layers):
            x = keras.layers.Dense(units, activation="relu")(x)
        ends.append(x)
    model = keras.Model(start, keras.layers.Add()(ends) if chains > 1 else ends[0])
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    random = np.random.default_rng(0)
    for variable in model.optimizer.variables:
        if len(variable.shape):
            variable.assign(random.random(variable.shape, dtype="float32"))
    model.optimizer.iterations.assign(3)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    # 30 layers of n x n float32, three times (weights, two slots): 500 MB at n = 1,179.
    for name, chains, layers, units in (("large", 1, 30, 1179), ("many", 30, 50, 8)):
        path = options.out / f"{name}.keras"
        if not path.exists():
            dense(chains, layers, units).save(path)


if __name__ == "__main__":
    main()
