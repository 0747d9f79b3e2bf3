"""``TimeSeriesNetwork`` was rewritten: an old one becomes a graph of Keras's own layers that computes the same.

Old: convolutions, then a recurrent layer beside one that skips steps, each perhaps in both directions, side by side.
"""

from typing import Any

from kerasarchive.migration import Graft, Log, Migration, Object, Ref, Refuse, RewriteObject, State, members
from kerasarchive.migration import part as part_of

LAYERS = {"lstm": "keras.layers.LSTM", "gru": "keras.layers.GRU"}
ADVICE = "keep the release that wrote it, or train it anew"


def each(value: Any) -> list[Any]:
    """One or several, as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def recurrent(graft: Graft, obj: Object, name: str, state: State, x: Ref) -> Ref:
    """One recurrent layer, perhaps in both directions."""
    both = bool(obj.get("bidirectional", True))
    size = int(obj.get("recurrent_dim", 128))
    units = size // 2 if both else size
    kind, dropout = LAYERS[str(obj.get("recurrent_type", "gru"))], float(obj.get("dropout", 0.05) or 0.0)
    if not both:
        return graft.held(kind, name, (x,), (None, units), state, units=units, dropout=dropout)
    return graft.both_ways(kind, name, x, state, units=units, dropout=dropout)


def graft(obj: Object, log: Log) -> Object:
    """the class was rewritten; a graph of Keras's own layers computes what it did"""
    state = obj.states.get("", State())
    shape = (obj.extra.get("build_config") or {}).get("input_shape")
    inside = state.children.get("recurrent", State())
    filters, sizes, strides = (
        each(obj.get(key, value)) for key, value in (("filters", 32), ("kernel_sizes", 3), ("strides", 1))
    )
    convolutions = members(part_of(state, "conv/layers"), "conv1d") if "conv" in state.children else []
    known = {"skip_conv", "recurrent", "skip_recurrent"} <= set(inside.children)
    activation = obj.get("activation", "mish")
    if not known or len(convolutions) != min(len(filters), len(sizes), len(strides)) or obj.get("groups") is not None:
        reason = "the class was rewritten, and these parts are not those of an old one that kav takes apart"
        raise Refuse(reason, ADVICE)
    if not isinstance(shape, list) or len(shape) != 3 or not isinstance(activation, str):
        reason = "it does not say that it was built for series of vectors, with an activation by name"
        raise Refuse(reason, ADVICE)
    if str(obj.get("recurrent_type", "gru")) not in LAYERS:
        reason = f"it is made of layers of the kind {obj.get('recurrent_type')!r}"
        raise Refuse(reason, ADVICE)
    made = Graft(obj.own_name or "time_series_network")
    start = x = made.input("series", (None, None, shape[-1]))
    for index, (held, count, size, stride) in enumerate(zip(convolutions, filters, sizes, strides, strict=False)):
        x = made.held(
            "keras.layers.Conv1D", f"conv_{index}", (x,), (None, None, count), held,
            filters=count, kernel_size=[size], strides=[stride], padding="same", activation=activation,
        )  # fmt: skip
    steps, channels = int(obj.get("skip_steps", 4)), int(filters[-1])
    skipped = made.held(
        "keras.layers.Conv1D", "skip_conv", (x,), (None, None, channels * steps), part_of(inside, "skip_conv"),
        filters=channels * steps, kernel_size=[steps], strides=[steps], padding="same", activation="linear",
    )  # fmt: skip
    direct = recurrent(made, obj, "recurrent", part_of(inside, "recurrent"), x)
    skipping = recurrent(made, obj, "skip_recurrent", part_of(inside, "skip_recurrent"), skipped)
    width = ((direct.shape or ())[-1] or 0) + ((skipping.shape or ())[-1] or 0)
    h = made.layer("keras.layers.Concatenate", "side_by_side", [direct, skipping], (None, width), axis=-1)
    projector = part_of(state, "output_projector").variables
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return made.model([start], made.dense("summary", h, projector["0"], projector.get("1")))


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/time_series_network of 2.0.8; bayesflow/networks/summary/recurrent of 2.0.9",
    operations=(RewriteObject("bayesflow.networks>TimeSeriesNetwork", graft),),
)
