"""Distributions no longer hold a random generator of their own."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject

DISTRIBUTIONS = tuple(f"bayesflow.distributions>{name}" for name in ("DiagonalNormal", "DiagonalStudentT", "Mixture"))


def drop(obj: Object, log: Log) -> Object:
    """`seed_generator` is no longer an argument"""
    config = {key: value for key, value in obj.config.items() if key != "seed_generator"}
    if len(config) == len(obj.config):
        return obj
    for state in obj.states.values():
        if "seed_generator" in state.children:
            log.drop(source for _, source in state.children["seed_generator"].all_variables())
    changed = obj.with_config(config)
    return changed.with_state(
        lambda state: type(state)(
            state.variables,
            {name: child for name, child in state.children.items() if name != "seed_generator"},
            state.assets,
            state.group,
            state.stored,
        )
    )


migration = Migration(
    library="bayesflow",
    release="2.0.14",
    evidence="bayesflow/distributions/diagonal_normal.py of 2.0.13 and 2.0.14",
    operations=(RewriteObject(DISTRIBUTIONS, drop, consequence="harmless"),),
    tells=True,
)
