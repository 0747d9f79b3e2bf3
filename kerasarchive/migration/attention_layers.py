"""The attention of BayesFlow 2.0.12 and 2.0.13 by Keras's own layers.

Source: bayesflow/networks/summary/transformers/attention of 2.0.12. A block projects its queries, attends with
normalization before, and passes on through a gated feedforward network; a constant input (seeds, inducing points) is the
bias of a dense layer without weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kerasarchive.migration.grafting import Graft, changed, nothing, part
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Object, Ref, State
from kerasarchive.model.weights import TensorSource

GATES = {"swiglu": "silu", "geglu": "gelu", "reglu": "relu", "liglu": None}


@dataclass(frozen=True, slots=True)
class Attention:
    """How the blocks of one network are made."""

    graft: Graft
    heads: int
    width: int
    variant: str
    dropout: float
    use_bias: bool

    @classmethod
    def of(cls, graft: Graft, obj: Object, heads: int, width: int) -> Attention:
        """As the config of `obj` says. Raises Refuse."""
        variant = obj.get("glu_variant", "swiglu")
        if variant not in GATES:
            reason = f"its feedforward networks are gated by {variant!r}, which kav does not know"
            raise Refuse(reason)
        return cls(graft, heads, width, variant, float(obj.get("dropout") or 0.0), bool(obj.get("use_bias", False)))

    def norm(self, name: str, state: State, place: str, x: Ref) -> Ref:
        """RMS normalization; `x` itself where there is none."""
        if place not in state.children:
            return x
        weights = list(state.children[place].variables.values())
        return self.graft.layer("keras.layers.RMSNormalization", name, x, x.shape or (), weights, axis=-1, epsilon=1e-6)

    def dense(self, name: str, state: State, place: str, x: Ref) -> Ref:
        """A dense layer."""
        variables = part(state, place).variables
        return self.graft.dense(name, x, variables["0"], variables.get("1"))

    def feedforward(self, name: str, state: State, x: Ref) -> Ref:
        """The gated feedforward network."""
        gate = self.dense(f"{name}_gate", state, "gate_proj", x)
        function = GATES[self.variant]
        if function is not None:
            gate = self.graft.activation(f"{name}_activation", gate, function)
        up = self.dense(f"{name}_up", state, "up_proj", x)
        h = self.graft.layer("keras.layers.Multiply", f"{name}_gated", [gate, up], up.shape or ())
        if self.dropout:
            h = self.graft.layer("keras.layers.Dropout", f"{name}_dropout", h, h.shape or (), rate=self.dropout)
        return self.dense(f"{name}_down", state, "down_proj", h)

    def block(self, name: str, state: State, x: Ref, y: Ref, *, projected: bool = False) -> Ref:
        """Queries `x` attend to `y`; `projected` if `x` has been through the block's projection already."""
        if not projected:
            x = self.dense(f"{name}_projector", state, "input_projector", x)
        query = self.norm(f"{name}_norm_of_query", state, "ln_attn", x)
        key = self.norm(f"{name}_norm_of_key", state, "ln_kv", y)
        attended = self.graft.held(
            "keras.layers.MultiHeadAttention", f"{name}_attention", (query, key), x.shape or (), part(state, "attention"),
            num_heads=self.heads, key_dim=self.width // self.heads, dropout=self.dropout, use_bias=self.use_bias,
            output_shape=[self.width],
        )  # fmt: skip
        x = self.graft.add(f"{name}_attended", x, attended)
        h = self.norm(f"{name}_norm_of_result", state, "ln_ffn", x)
        return self.graft.add(
            f"{name}_result", x, self.feedforward(f"{name}_feedforward", part(state, "feedforward"), h)
        )

    def constant(self, name: str, x: Ref, vectors: TensorSource, projector: State) -> Ref:
        """The same projected vectors for every member of the batch, which `x`, a batch of sets, shows the size of."""
        kernel, bias = projector.variables["0"], projector.variables.get("1")
        count, width = vectors.shape[-2], kernel.shape[-1]

        def project(points: Any, weights: Any, *more: Any) -> Any:
            both = points.reshape(count, -1) @ weights
            return both + more[0] if more else both

        joined = tuple(str(each.path) for each in (kernel, bias) if each is not None)
        what = "the vectors after their projection"
        values = replace(vectors, transform=project, joined=joined, shape=(count, width), what=what)
        return self.vectors(self.graft, name, x, values)

    @staticmethod
    def vectors(graft: Graft, name: str, x: Ref, vectors: TensorSource) -> Ref:
        """The same vectors for every member of the batch, which `x`, a batch of sets, shows the size of."""
        count, width = vectors.shape[-2:]
        rows = (x.shape or ())[-1] or 0
        values = changed(vectors, lambda array: array.reshape(-1), (count * width,), vectors.what or "side by side")
        pooled = graft.layer(
            "keras.layers.GlobalAveragePooling1D",
            f"{name}_size",
            x,
            (None, rows),
            keepdims=False,
            data_format="channels_last",
        )
        flat = graft.dense(f"{name}_values", pooled, nothing(rows, count * width), values)
        return graft.layer("keras.layers.Reshape", name, flat, (None, count, width), target_shape=[count, width])

    def pooling(self, name: str, state: State, x: Ref) -> Ref:
        """A set's summary: seeds that attend to its members, side by side."""
        refined = self.feedforward(f"{name}_refined", part(state, "feedforward"), x)
        mab = part(state, "mab")
        seeds = self.constant(f"{name}_seeds", x, state.variables["0"], part(mab, "input_projector"))
        h = self.block(f"{name}_mab", mab, seeds, refined, projected=True)
        _, count, width = h.shape or (None, 0, 0)
        size = (count or 0) * (width or 0)
        return self.graft.layer("keras.layers.Reshape", f"{name}_flat", h, (None, size), target_shape=[size])
