"""The backward branch of a bidirectional ``TimeSeriesNetwork`` is no longer turned round in its features.

Until then the outputs of the backward cell were flipped along the features, not the time. The same cell with its units
in the reverse order gives these outputs without the flip.
"""

from collections.abc import Callable
from typing import Any

from kerasarchive.migration import Migration, Object, Refuse, State, TensorSource, TransformTensor, changed

GATES = {"gru": 3, "lstm": 4}
BACKWARD = ("recurrent_backward", "skip_recurrent_backward")
WHAT = "the backward cell's units in the reverse order"


def units(gates: int, rows: bool) -> Callable[[Any], Any]:
    """Turn the units of every gate round; of a recurrent kernel the rows too."""

    def turn(array: Any) -> Any:
        split = array.reshape((*array.shape[:-1], gates, array.shape[-1] // gates))
        turned = split[..., ::-1].reshape(array.shape)
        return turned[::-1] if rows else turned

    return turn


def turned(source: TensorSource, gates: int, rows: bool) -> TensorSource:
    """One variable of the cell."""
    return changed(source, units(gates, rows), source.shape, WHAT)


def reverse(obj: Object, state: State) -> State:
    """the backward branch was flipped along the features: its cells' units are turned round"""
    if not obj.get("bidirectional", True) or "recurrent" not in state.children:
        return state
    gates = GATES.get(str(obj.get("recurrent_type", "gru")))
    if gates is None:
        reason = f"it is made of cells of the kind {obj.get('recurrent_type')!r}, whose gates are not known"
        raise Refuse(reason)
    recurrent = state.children["recurrent"]
    for name in BACKWARD:
        layer = recurrent.children.get(name)
        cell = layer.children.get("cell") if layer else None
        if layer is None or cell is None or not cell.variables:
            reason = f"its cell {name!r} is not where it should be"
            raise Refuse(reason)
        new = {key: turned(each, gates, key == "1") for key, each in cell.variables.items()}
        cell = State(new, cell.children, cell.assets, cell.group, cell.stored)
        recurrent = recurrent.with_child(name, layer.with_child("cell", cell))
    return state.with_child("recurrent", recurrent)


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/networks/summary/recurrent/skip_recurrent.py of 2.0.13 (keras.ops.flip) and 2.0.14",
    operations=(TransformTensor("bayesflow.networks>TimeSeriesNetwork", reverse, consequence="differs"),),
)
