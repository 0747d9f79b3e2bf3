"""``DeepSet`` was rewritten around attention: an old one becomes a graph of Keras's own layers that computes the same.

Old: each equivariant layer joins a pooled summary to every member of the set and passes both through an MLP. A dense
layer on what is joined is the sum of two dense layers, of which the second is on the summary and is broadcast.
"""

from kerasarchive.migration import (
    Graft,
    Log,
    Migration,
    Object,
    Ref,
    Refuse,
    RewriteObject,
    State,
    TensorSource,
    members,
    rows,
)
from kerasarchive.migration import part as part_of

POOLING = {"mean": "keras.layers.GlobalAveragePooling1D", "max": "keras.layers.GlobalMaxPooling1D"}
ADVICE = "keep the release that wrote it, or train it anew"


class Old:
    """An old DeepSet while its layers are made."""

    def __init__(self, obj: Object, graft: Graft) -> None:
        self.graft = graft
        self.activation = obj.get("activation", "silu")
        self.dropout = obj.get("dropout", 0.05)
        self.pooling = [obj.get(key, "mean") for key in ("inner_pooling", "output_pooling")]
        if not isinstance(self.activation, str) or any(str(pool) not in POOLING for pool in self.pooling):
            reason = "its activation or its pooling is one that kav does not take apart"
            raise Refuse(reason, ADVICE)

    def dense(self, name: str, state: State, place: str, x: Ref) -> Ref:
        """The dense layer at `place`; `x` itself where there is none."""
        if place not in state.children:
            return x
        variables = part_of(state, place).variables
        return self.graft.dense(name, x, variables["0"], variables.get("1"))

    def joined(self, name: str, x: Ref, summary: Ref, kernel: TensorSource, bias: TensorSource) -> Ref:
        """A dense layer on `x` joined with the summary of its set."""
        width = (x.shape or ())[-1] or 0
        first = self.graft.dense(
            f"{name}_of_member", x, rows(kernel, 0, width, "the rows for the member of the set"), bias
        )
        second = rows(kernel, width, None, "the rows for the summary of the set")
        return self.graft.add(name, first, self.graft.dense(f"{name}_of_set", summary, second, None))

    def mlp(self, name: str, state: State, x: Ref, summary: Ref | None = None) -> Ref:
        """What an MLP gives for `x`, joined with a summary where there is one."""
        blocks = state.children.get("blocks")
        found = members(blocks, "dense_block") if blocks else members(part_of(state, "layers"), "residual")
        if not found:
            reason = "its parts are not those of a DeepSet that kav knows"
            raise Refuse(reason, ADVICE)
        for index, block in enumerate(found):
            title = f"{name}_{index}"
            pair = {
                "dense": part_of(block, "dense" if blocks else "layers/dense").variables,
                "projector": block.children["projector"].variables if "projector" in block.children else {},
            }
            if summary is not None and not pair["projector"]:
                reason = "a block of it has no projection of its own, so that member and summary cannot be told apart"
                raise Refuse(reason, ADVICE)
            outs = {}
            for part, variables in pair.items():
                if not variables:
                    outs[part] = x
                elif summary is not None:
                    outs[part] = self.joined(f"{title}_{part}", x, summary, variables["0"], variables["1"])
                else:
                    outs[part] = self.graft.dense(f"{title}_{part}", x, variables["0"], variables["1"])
            h = self.graft.activation(f"{title}_activation", outs["dense"], self.activation)
            if self.dropout:
                h = self.graft.layer(
                    "keras.layers.Dropout", f"{title}_dropout", h, h.shape or (), rate=float(self.dropout)
                )
            x, summary = self.graft.add(title, outs["projector"], h), None
        return x

    def invariant(self, name: str, state: State, x: Ref, pooling: str, keepdims: bool) -> Ref:
        """A summary of the set."""
        h = self.mlp(f"{name}_inner", part_of(state, "inner_fc"), x)
        h = self.dense(f"{name}_inner_projector", state, "inner_projector", h)
        width = (h.shape or ())[-1]
        shape = (None, 1, width) if keepdims else (None, width)
        h = self.graft.layer(
            POOLING[pooling], f"{name}_pooling", h, shape, keepdims=keepdims, data_format="channels_last"
        )
        h = self.mlp(f"{name}_outer", part_of(state, "outer_fc"), h)
        return self.dense(f"{name}_outer_projector", state, "outer_projector", h)

    def equivariant(self, name: str, state: State, x: Ref) -> Ref:
        """Every member of the set, with what is known of the others."""
        x = self.dense(f"{name}_input_projector", state, "input_projector", x)
        summary = self.invariant(f"{name}_invariant", part_of(state, "invariant_module"), x, self.pooling[0], True)
        h = self.mlp(f"{name}_equivariant", part_of(state, "equivariant_fc"), x, summary)
        x = self.graft.add(f"{name}_sum", x, self.dense(f"{name}_projector", state, "out_fc_projector", h))
        if "layer_norm" not in state.children:
            return x
        weights = list(state.children["layer_norm"].variables.values())
        shape = x.shape or ()
        return self.graft.layer(
            "keras.layers.LayerNormalization", f"{name}_norm", x, shape, weights, axis=-1, epsilon=1e-3
        )


def graft(obj: Object, log: Log) -> Object:
    """the class was rewritten; a graph of Keras's own layers computes what it did"""
    state = obj.states.get("", State())
    if "invariant_module" not in state.children:
        return obj
    shape = (obj.extra.get("build_config") or {}).get("input_shape")
    if not isinstance(shape, list) or len(shape) != 3:
        reason = "it does not say that it was built for sets of vectors, for which alone kav can take it apart"
        raise Refuse(reason, ADVICE)
    made = Graft(obj.own_name or "deep_set")
    old = Old(obj, made)
    start = x = made.input("set", (None, None, shape[-1]))
    equivariant = state.children.get("equivariant_modules", State())
    for index, each in enumerate(members(equivariant, "equivariant_layer")):
        x = old.equivariant(f"layer_{index}", each, x)
    x = old.invariant("last", part_of(state, "invariant_module"), x, old.pooling[1], False)
    projector = part_of(state, "output_projector").variables
    log.announce(
        obj, "inference_only", "stands as a graph: it summarizes as before, and brings no loss of its own to training"
    )
    return made.model([start], made.dense("summary", x, projector["0"], projector.get("1")))


migration = Migration(
    library="bayesflow",
    release="2.0.12",
    evidence="bayesflow/networks/summary/deep_set of 2.0.11 and 2.0.12",
    operations=(RewriteObject("bayesflow.networks>DeepSet", graft),),
    tells=True,
)
