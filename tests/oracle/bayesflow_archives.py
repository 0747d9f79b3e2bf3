"""Write small archives with a release of BayesFlow: ``PYTHON bayesflow_archives.py OUT [CASE...]``.

Under `OUT/<release>/` stands one `.keras` for every case that the release can build; the others are named on standard
error. Test cases of which release may have written an archive, and of what its own release accepts. Runs under
BayesFlow 2.0.0 to 2.1.0 with any backend.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import bayesflow as bf
import keras
import numpy as np

RELEASE = version("bayesflow")
RANDOM = np.random.default_rng(7)
DATA = {
    "theta": RANDOM.normal(size=(6, 2)),
    "sigma": RANDOM.gamma(1, 1, size=(6, 1)) + 0.1,
    "c": RANDOM.normal(size=(6, 3)),
    "x": RANDOM.normal(size=(6, 7, 2)),
}
SHAPE, CONDITIONS, SERIES = (6, 3), (6, 4), (6, 7, 2)
SMALL = {"widths": (4, 4)}


def adapter(summary=False):
    made = bf.Adapter().convert_dtype("float64", "float32").constrain("sigma", lower=0)
    made = made.concatenate(["theta", "sigma"], into="inference_variables")
    if summary:
        return made.rename("x", "summary_variables").keep(["inference_variables", "summary_variables"])
    return made.rename("c", "inference_conditions").keep(["inference_variables", "inference_conditions"])


def standardized():
    made = bf.Adapter().convert_dtype("float64", "float32").standardize("theta", mean=0.5, std=2.0)
    return made.concatenate(["theta", "sigma"], into="inference_variables").keep(["inference_variables"])


def approximator(cls, adapter, **options):
    """Built from data, in whichever way the release has for it."""
    made = cls(adapter=adapter, **options)
    data = {key: keras.ops.convert_to_tensor(value) for key, value in adapter(DATA).items()}
    if hasattr(made, "build_from_data"):
        made.build_from_data(data)
    else:
        made.build(keras.tree.map_structure(keras.ops.shape, data))
    return made


def built(layer, *shapes):
    layer.build(*shapes)
    return layer


def continuous(network, summary=None, adapted=None, **options):
    return approximator(
        bf.ContinuousApproximator, adapted or adapter(summary is not None), inference_network=network, summary_network=summary,
        **options,
    )  # fmt: skip


def flow(**options):
    return bf.networks.CouplingFlow(depth=1, subnet_kwargs=SMALL, **options)


def point():
    if hasattr(bf.networks, "ScoringRuleNetwork"):
        from bayesflow.approximators import ScoringRuleApproximator
        from bayesflow.scoring_rules import MeanScore, QuantileScore

        network = bf.networks.ScoringRuleNetwork(
            scoring_rules={"mean": MeanScore(), "quantiles": QuantileScore(q=[0.2, 0.5, 0.8])}, subnet=bf.networks.MLP((4,))
        )
        return approximator(ScoringRuleApproximator, adapter(), inference_network=network)
    network = bf.networks.PointInferenceNetwork(
        scores={"mean": bf.scores.MeanScore(), "quantiles": bf.scores.QuantileScore(q=[0.2, 0.5, 0.8])}, subnet="mlp"
    )
    return approximator(bf.PointApproximator, adapter(), inference_network=network)


CASES = {
    "mlp": lambda: built(bf.networks.MLP((4, 4)), (5, 3)),
    "mlp_plain": lambda: built(bf.networks.MLP((4,), residual=False, dropout=None), (5, 3)),
    "flow": lambda: built(flow(), SHAPE, CONDITIONS),
    "flow_spline": lambda: built(flow(transform="spline", permutation="orthogonal"), SHAPE, CONDITIONS),
    "flow_matching": lambda: built(bf.networks.FlowMatching(subnet_kwargs=SMALL), SHAPE, CONDITIONS),
    "consistency": lambda: built(bf.networks.ConsistencyModel(total_steps=20, subnet_kwargs=SMALL), SHAPE, CONDITIONS),
    "diffusion": lambda: built(bf.networks.DiffusionModel(subnet_kwargs=SMALL), SHAPE, CONDITIONS),
    "deep_set": lambda: built(bf.networks.DeepSet(summary_dim=3, depth=1), SERIES),
    "set_transformer": lambda: built(bf.networks.SetTransformer(summary_dim=3), SERIES),
    "time_series_network": lambda: built(bf.networks.TimeSeriesNetwork(summary_dim=3), SERIES),
    "time_series_transformer": lambda: built(bf.networks.TimeSeriesTransformer(summary_dim=3), SERIES),
    "continuous": lambda: continuous(flow()),
    "continuous_standardized": lambda: continuous(flow(), adapted=standardized()),
    "continuous_summary": lambda: continuous(flow(), bf.networks.DeepSet(summary_dim=3, depth=1)),
    "continuous_matching": lambda: continuous(bf.networks.FlowMatching(subnet_kwargs=SMALL)),
    "point": point,
}


def main(out, names):
    folder = Path(out) / RELEASE
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        if names and name not in names:
            continue
        keras.utils.set_random_seed(1)
        try:
            made = make()
            if not isinstance(made, keras.Model):
                # `keras.saving.save_model` takes models alone; this is what their `save` does.
                from keras.src.saving.saving_lib import save_model

                save_model(made, folder / f"{name}.keras")
            else:
                made.save(folder / f"{name}.keras")
        except Exception as error:
            sys.stderr.write(f"{RELEASE} {name}: {type(error).__name__}: {str(error)[:200]}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
