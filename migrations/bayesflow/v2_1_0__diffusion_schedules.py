"""A cosine noise schedule moves at another pace: velocities, and what is sampled with them, would differ without an error.

Up to 2.0.14 `derivative_log_snr` truncated the time twice, so that all velocities were those of today times
r = sin(pi t) / sin(pi u), with t the time before the ends are cut off and u after. With n the noise that the network
finds in z, the noise r n + (1 - r) sigma z makes the velocities of before of today's.
"""

import math
from collections.abc import Mapping

from kerasarchive.migration import Graft, Log, Migration, Object, Ref, Refuse, RewriteObject, SubnetGraph, projector

NETWORK = "bayesflow.networks>DiffusionModel"
ADVICE = "sample with the release that wrote it, or train it anew"
OPS = "keras.src.ops.numpy"
ROW = (None, 1)
MOST = 100.0
"""Beyond that no signal is told from noise in float32."""


def number(schedule: Mapping[str, object], key: str, default: float) -> float:
    """A setting of the schedule. Raises Refuse."""
    value = schedule.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < MOST:
        reason = f"`{key}` of its noise schedule is {value!r}, with which nothing can be computed"
        raise Refuse(reason, ADVICE)
    return float(value)


class Pace:
    """What depends on the log of the signal-to-noise ratio alone, as tensors of one column."""

    def __init__(self, graft: Graft, time: Ref, schedule: Mapping[str, object]) -> None:
        self.graft = graft
        low, high, shift = (
            number(schedule, key, at) for key, at in (("min_log_snr", -15), ("max_log_snr", 15), ("shift", 0))
        )
        first, last = (2 / math.pi * math.atan(math.exp(shift - each / 2)) for each in (high, low))
        snr = self.scaled("log_snr", time, (high - low) / 2, (high + low) / 2)
        self.sigma = self.op(
            "sigma", "Sqrt", graft.activation("noise_share", self.scaled("less_snr", snr, -1.0), "sigmoid")
        )
        self.alpha = self.op("alpha", "Sqrt", graft.activation("signal_share", snr, "sigmoid"))
        t = self.op("angle", "Arctan", self.op("ratio", "Exp", self.scaled("half_snr", snr, -0.5, shift)))
        u = self.scaled("cut_off", t, last - first, first * math.pi / 2)
        sines = [
            self.op(f"{name}_sine", "Sin", self.scaled(f"{name}_twice", each, 2.0))
            for name, each in (("whole", t), ("cut", u))
        ]
        self.ratio = graft.held(f"{OPS}.Divide", "pace", tuple(sines), ROW, None)

    def scaled(self, name: str, x: Ref, by: float, offset: float = 0.0) -> Ref:
        """A multiple and an offset."""
        return self.graft.layer("keras.layers.Rescaling", name, x, x.shape or (), scale=by, offset=offset)

    def op(self, name: str, cls: str, x: Ref) -> Ref:
        """A function of every element."""
        return self.graft.layer(f"{OPS}.{cls}", name, x, x.shape or ())

    def times(self, name: str, *terms: Ref) -> Ref:
        """The product; the first one has the shape."""
        return self.graft.layer("keras.layers.Multiply", name, list(terms), terms[0].shape or ())

    def noise(self, kind: object, z: Ref, found: Ref) -> Ref:
        """The noise in `z`, of what a network of that prediction type gives. Raises Refuse."""
        if kind == "noise":
            return found
        if kind == "velocity":
            return self.graft.add(
                "noise", self.times("noise_of_z", z, self.sigma), self.times("noise_found", found, self.alpha)
            )
        if kind == "F":
            more = self.scaled("more", self.times("alpha_squared", self.alpha, self.alpha), 1.0, 1.0)
            less = self.scaled("less", self.times("noise_found", found, self.alpha), -1.0)
            return self.graft.add("noise", self.times("noise_of_z", z, self.sigma, more), less)
        reason = f"the pace of its noise schedule is another now, and kav does not make up for that where it predicts {kind!r}"
        raise Refuse(reason, ADVICE)


def paced(obj: Object, schedule: Mapping[str, object]) -> Object:
    """The network with a subnet that gives the noise which makes the velocities of before. Raises Refuse."""
    graph, found = SubnetGraph.of(obj), projector(obj)
    if graph is None or len(graph.inputs) < 2:
        reason = "the pace of its noise schedule is another now, and kav does not make up for that with its subnet"
        raise Refuse(reason, ADVICE)
    graft, (z, time) = graph.graft, graph.inputs[:2]
    out = graph.out
    if found is not None:
        out = graft.dense("projected", out, found.variables["0"], found.variables["1"])
    pace = Pace(graft, time, schedule)
    noise = pace.times("noise_paced", pace.noise(obj.get("prediction_type"), z, out), pace.ratio)
    rest = pace.times("rest", z, pace.sigma, pace.scaled("rest_of_pace", pace.ratio, -1.0, 1.0))
    return graph.put(obj, graft.add("noise_of_before", noise, rest), prediction_type="noise")


def change(obj: Object, log: Log) -> Object:
    """the pace of its noise schedule is another"""
    if "mask_handler" in obj.config:
        return obj
    schedule = obj.get("noise_schedule")
    known = isinstance(schedule, Object) and isinstance(schedule.config, Mapping)
    if not known or schedule.class_name not in ("CosineNoiseSchedule", "EDMNoiseSchedule"):
        reason = "what its noise schedule does is another thing now, or kav does not know it"
        raise Refuse(reason, ADVICE)
    if schedule.get("variance_type", "preserving") != "preserving":
        log.did(obj, "variances that explode are integrated otherwise", "differs")
        reason = "its variance explodes, which is integrated otherwise now"
        raise Refuse(reason, ADVICE)
    if schedule.class_name == "EDMNoiseSchedule":
        return obj
    log.did(obj, "the pace of its noise schedule is another", "differs")
    made = paced(obj, schedule.config)
    weighting = None if schedule.get("weighting") == "sigmoid" else schedule.get("weighting")
    log.announce(
        obj, "inference_only", "gives the velocities of before, for densities and samples by a deterministic solver; "
        "a stochastic one adds the noise of 2.1.0, and training weighs and learns otherwise",
    )  # fmt: skip
    return made.with_config(
        {**made.config, "noise_schedule": schedule.with_config({**schedule.config, "weighting": weighting})}
    )


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/networks/inference/diffusion/schedules/cosine_noise_schedule.py of 2.0.14 and 2.1.0: `_untruncated_t`",
    operations=(RewriteObject(NETWORK, change, consequence="differs"),),
    tells=True,
)
