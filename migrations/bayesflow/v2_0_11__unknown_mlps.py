"""MLPs are made of dense blocks everywhere; where one lies in a network that kav does not know, its layout stays unknown."""

import re

from kerasarchive.migration import Log, Migration, Object, RewriteModel, State, descend

LATER = frozenset(
    f"bayesflow.networks>{name}"
    for name in (
        "DeepSet",
        "SetTransformer",
        "TimeSeriesTransformer",
        "FusionTransformer",
    )
)
"""What is taken apart as a whole by a later step."""
OLD = re.compile(r"(residual|sequential)(_\d+)?$")


def holds_old(state: State) -> bool:
    """Whether an MLP in the old layout lies somewhere below."""
    layers = state.children.get("layers")
    if layers is not None and any(
        OLD.match(name) and "layers" in child.children for name, child in layers.children.items()
    ):
        return True
    return any(holds_old(child) for child in state.children.values())


def refuse(model: Object, log: Log) -> Object:
    """MLPs inside of other networks are made of dense blocks"""
    for obj in descend(model):
        known = obj.key in LATER or not obj.key.startswith("bayesflow.")
        if not known and any(holds_old(state) for state in obj.states.values()):
            reason = "it holds an MLP in the layout of up to 2.0.10, and which layer comes after it is not known"
            log.refuse(obj, reason, "keep the release that wrote it, or train it anew")
    return model


migration = Migration(
    library="bayesflow",
    release="2.0.11",
    evidence="bayesflow/networks/subnets/mlp/mlp.py of 2.0.10 and 2.0.11",
    operations=(RewriteModel(refuse),),
    tells=True,
)
