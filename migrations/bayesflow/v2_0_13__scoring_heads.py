"""Heads of a ``ScoringRuleNetwork`` lie in the container of their score: Keras 3.15, which it needs now, saves nested ones.

Before, `heads_flat` alone was saved; now `heads` comes first, and `heads_flat` would be skipped without an error.
"""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, State, members

NETWORKS = ("bayesflow.networks>ScoringRuleNetwork", "bayesflow.networks>PointNetwork")


def numbered(name: str, index: int) -> str:
    """How Keras calls a container's members."""
    return f"{name}_{index}" if index else name


def nest(obj: Object, log: Log) -> Object:
    """its heads lie under `heads/container`, one for each score, no longer under `heads_flat`"""
    state = obj.states.get("", State())
    flat = state.children.get("heads_flat")
    if flat is None:
        return obj
    heads = (obj.extra.get("build_config") or {}).get("heads")
    found = members(flat, "sequential")
    if not isinstance(heads, dict) or sum(map(len, heads.values())) != len(found) or len(found) != len(flat.children):
        reason = "it does not say which head is for which score"
        raise Refuse(reason)
    each = iter(found)
    containers = {
        numbered("container", index): State(
            children={numbered("sequential", place): next(each) for place, _ in enumerate(names)}
        )
        for index, names in enumerate(heads.values())
    }
    children = {
        ("heads" if name == "heads_flat" else name): State(children=containers) if name == "heads_flat" else child
        for name, child in state.children.items()
    }
    return obj.with_state(lambda each: type(each)(each.variables, children, each.assets, each.group, each.stored))


migration = Migration(
    library="bayesflow",
    release="2.0.13",
    evidence="bayesflow 2.0.13 requires keras>=3.15.0; keras/src/saving/saving_lib.py of 3.15: _save_container_state",
    operations=(RewriteObject(NETWORKS, nest, consequence="differs"),),
    tells=True,
)
