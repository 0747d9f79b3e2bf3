"""Masks travel otherwise: merge layers combine them by another rule, and three layers that dropped them hand them on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.migration import Log, Migration, Node, Object, Ref, RewriteModel, descend


def layers(*names: str) -> frozenset[str]:
    """The layers of those names."""
    return frozenset(f"keras.layers.{name}" for name in names)


MERGES = layers("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
"""Keras 2 keeps a step that every mask keeps; Keras 3 one that any mask keeps, or no mask if an input has none."""
KEEPS_NOW = layers("Identity", "Rescaling", "Normalization")
"""Layers that dropped a mask in Keras 2 and hand it on in Keras 3."""
RECURRENT = layers("RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional")
ATTENTION = layers("Attention", "AdditiveAttention", "MultiHeadAttention")
INDIFFERENT = layers(
    *("Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "ELU"),
    *("GaussianDropout", "GaussianNoise", "LayerNormalization", "LeakyReLU", "Masking", "PReLU"),
    *("ReLU", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "ThresholdedReLU", "UnitNormalization"),
)
"""Layers that hand a mask on in both and compute the same without it."""
USERS = RECURRENT | ATTENTION | layers("GlobalAveragePooling1D", "GroupNormalization", "Softmax", "TimeDistributed")
"""Layers that compute something else with a mask. All other built-in layers neither use masks nor hand them on."""
MODELS = ("Functional", "Sequential", "Model")


def same_masks(model: Object, log: Log) -> Object:
    """masks reach the layers that use them as before"""
    return _same(model, log, "in Keras 3", "handed no mask on in Keras 2 and does now")


def same_masks_before(model: Object, log: Log) -> Object:
    """masks reach the layers that use them as they do now"""
    return _same(model, log, "in Keras 2", "hands a mask on in Keras 3 and did not before")


def _same(model: Object, log: Log, where: str, handed: str) -> Object:
    if not any(_makes(obj) for obj in descend(model)):
        return model
    for graph in descend(model):
        if graph.class_name in MODELS and isinstance(graph.config, Mapping):
            for layer, user in _Travel(graph, nested=graph is not model).changes():
                what = "merges inputs of different masks" if layer.key in MERGES else handed
                log.did(layer, f"{what}, before {user.title}", "differs")
                reason = f"{what}, before {user.title}: {where} other time steps would count"
                log.refuse(
                    layer, reason, "rebuild the model so that its masks are equal, or give them to their user by hand"
                )
    return model


def _makes(obj: Object) -> bool:
    return obj.key == "keras.layers.Masking" or bool(obj.key == "keras.layers.Embedding" and obj.get("mask_zero"))


def _opaque(obj: Object) -> bool:
    """Whether what happens to a mask inside is not looked at: nested models and custom layers."""
    return obj.class_name in MODELS or not (obj.module or "").startswith("keras") or ">" in (obj.registered_name or "")


@dataclass(slots=True)
class _Travel:
    """The masks of one model's tensors as Keras 2 computes them. The same value is the same mask, None is none."""

    graph: Object
    nested: bool
    masks: dict[tuple[str | None, int], object] = field(default_factory=dict)

    def changes(self) -> Iterator[tuple[Object, Object]]:
        """(layer, user of its mask) wherever Keras 3 would hand the user another mask."""
        calls = dict(self._calls())
        for (layer, _), (obj, node) in calls.items():
            carried = [self._mask((ref.layer, ref.node), calls) for ref in node.refs]
            merged = obj.key in MERGES and len(set(map(id, carried))) > 1
            if merged or (obj.key in KEEPS_NOW and any(mask is not None for mask in carried)):
                user = self._user(layer, calls)
                if user is not None:
                    yield obj, user

    def _calls(self) -> Iterator[tuple[tuple[str | None, int], tuple[Object, Node]]]:
        before: str | None = None
        for obj in self.graph.config.get("layers", ()):
            nodes = obj.nodes
            if self.graph.class_name == "Sequential":
                nodes = (Node((Ref(before, 0, 0),)),) if before is not None else ()
                before = obj.own_name
            for index, node in enumerate(nodes or (Node(()),)):
                yield (obj.name or obj.own_name, index), (obj, node)

    def _mask(self, call: tuple[str | None, int], calls: Mapping[Any, tuple[Object, Node]]) -> object:
        """The mask that the output of a call carries; iterative, since a graph may be thousands of calls deep."""
        stack = [call]
        while stack:
            obj, node = calls.get(stack[-1], (None, Node(())))
            inputs = [(ref.layer, ref.node) for ref in node.refs]
            waiting = [one for one in inputs if one not in self.masks and one not in stack]
            if waiting:
                stack.extend(waiting)
                continue
            self.masks[stack.pop()] = self._made(obj, [self.masks.get(one) for one in inputs])
        return self.masks[call]

    def _made(self, obj: Object | None, carried: list[object]) -> object:
        if obj is None:
            return None
        if obj.class_name == "InputLayer":
            # A nested model may be called with anything.
            return object() if self.nested else None
        if _makes(obj):
            return object()
        known = [mask for mask in carried if mask is not None]
        if _opaque(obj):
            return object() if known or any(_makes(inner) for inner in descend(obj)) else None
        if obj.key in MERGES:
            same = len(set(map(id, known))) == 1 and (len(known) == len(carried) or obj.class_name != "Concatenate")
            return known[0] if same else object() if known else None
        if obj.key in RECURRENT:
            inner = obj.get("layer") if obj.class_name == "Bidirectional" else obj
            return carried[0] if carried and isinstance(inner, Object) and inner.get("return_sequences") else None
        hands_on = obj.key in INDIFFERENT | ATTENTION or obj.class_name in ("Softmax", "TimeDistributed")
        return carried[0] if carried and hands_on else None

    def _user(self, start: str | None, calls: Mapping[Any, tuple[Object, Node]]) -> Object | None:
        """A layer that uses the mask which the calls of `start` hand on."""
        reached = {key for key in calls if key[0] == start}
        grown = True
        while grown:
            grown = False
            for key, (obj, node) in calls.items():
                if key in reached or not any((ref.layer, ref.node) in reached for ref in node.refs):
                    continue
                if obj.key in USERS or _opaque(obj):
                    return obj
                if obj.key in INDIFFERENT | MERGES | KEEPS_NOW:
                    reached.add(key)
                    grown = True
        return None


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/merging/base_merge.py of 2.15.0 and 3.0.0: compute_mask; supports_masking in both; measured",
    operations=(RewriteModel(same_masks, back=same_masks_before),),
)
