"""An approximator keeps one ``Standardization`` with a layer for each variable, not a layer for each by itself."""

from dataclasses import replace

from kerasarchive.migration import Migration, Object, State, TransformTensor, members

APPROXIMATORS = tuple(
    f"bayesflow.approximators>{name}Approximator" for name in ("Continuous", "Point", "ModelComparison", "ScoringRule")
)


def gather(obj: Object, state: State) -> State:
    """the statistics of each variable lie under one `standardization`"""
    layers = state.children.get("layers", State())
    old = members(layers, "standardization")
    if not old or "standardize_layers" in old[0].children:
        return state
    names = {f"standardization_{index}" if index else "standardization" for index in range(len(old))}
    inside = State(
        children={f"standardize_{index}" if index else "standardize": each for index, each in enumerate(old)}
    )
    rest = {name: child for name, child in layers.children.items() if name not in names}
    whole = State(children={"standardize_layers": inside})
    return state.with_child("layers", replace(layers, children={**rest, "standardization": whole}))


migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/helpers/standardization/standardization.py of 2.0.9",
    operations=(TransformTensor(APPROXIMATORS, gather),),
    tells=True,
)
