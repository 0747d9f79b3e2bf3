"""The attention blocks of BayesFlow up to 2.0.11 by Keras's own layers.

Source: bayesflow/networks/transformers/mab.py of 2.0.8. A block adds attention to a projection of its queries,
normalizes, adds an MLP's projection, and normalizes again.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.migration.grafting import Graft, part
from kerasarchive.migration.mlp_layers import dense_blocks, later_blocks
from kerasarchive.migration.operations.operation import Refuse
from kerasarchive.model.objects import Object, Ref, State


@dataclass(frozen=True, slots=True)
class EarlyAttention:
    """How the blocks of one network are made."""

    graft: Graft
    activation: str
    dropout: float
    use_bias: bool

    @classmethod
    def of(cls, graft: Graft, obj: Object) -> EarlyAttention:
        """As the config of `obj` says. Raises Refuse."""
        activation = obj.get("mlp_activation", "gelu")
        if not isinstance(activation, str):
            reason = "the activation of its MLPs is an object"
            raise Refuse(reason)
        return cls(graft, activation, float(obj.get("dropout", 0.05) or 0.0), bool(obj.get("use_bias", True)))

    def dense(self, name: str, state: State, place: str, x: Ref) -> Ref:
        """A dense layer."""
        variables = part(state, place).variables
        return self.graft.dense(name, x, variables["0"], variables.get("1"))

    def norm(self, name: str, state: State, place: str, x: Ref) -> Ref:
        """Layer normalization; `x` itself where there is none."""
        if place not in state.children:
            return x
        weights = list(state.children[place].variables.values())
        return self.graft.layer(
            "keras.layers.LayerNormalization", name, x, x.shape or (), weights, axis=-1, epsilon=1e-3
        )

    def mlp(self, name: str, state: State, x: Ref) -> Ref:
        """A residual MLP, laid out as in 2.0.11 or before."""
        if "blocks" in state.children:
            return later_blocks(self.graft, state, x, self.activation, self.dropout, name)
        layers = part(state, "layers")
        return dense_blocks(self.graft, layers, x, self.activation, self.dropout, None, f"{name}_")

    def block(self, name: str, state: State, x: Ref, y: Ref, heads: int) -> Ref:
        """Queries `x` attend to `y`."""
        attention = part(state, "attention")
        width = int(part(attention, "output_dense").variables["0"].shape[-1])
        projected = self.dense(f"{name}_projector", state, "input_projector", x)
        attended = self.graft.held(
            "keras.layers.MultiHeadAttention", f"{name}_attention", (x, y), projected.shape or (), attention,
            num_heads=heads, key_dim=width, dropout=self.dropout, use_bias=self.use_bias, output_shape=[width],
        )  # fmt: skip
        h = self.norm(f"{name}_norm_before", state, "ln_pre", self.graft.add(f"{name}_attended", projected, attended))
        beside = self.mlp(f"{name}_mlp", part(state, "mlp"), h)
        out = self.graft.add(f"{name}_sum", h, self.dense(f"{name}_output", state, "output_projector", beside))
        return self.norm(f"{name}_norm_after", state, "ln_post", out)
