"""The graph cannot be rebuilt: a layer waits for a call that never comes, and some releases wait with it forever.

Keras rebuilds a Functional model by making the calls whose inputs are there, round after round. A reference to a call
that does not exist, or layers that wait for each other, leave it without progress. Keras 3.8, 3.10, 3.11.2 and 3.13.2
then loop without end, which stops any service that loads such a file; 3.12.4 and 3.15.1 raise an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.layout.shapes import calls_of
from kerasarchive.model.finding import Finding

Call = tuple[str, int]


def check(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each graph that gets stuck, at the first layer that does."""
    for site, _ in evidence.objects:
        layers = site.config.get("layers")
        if isinstance(layers, list) and "input_layers" in site.config:
            stuck = _stuck([layer for layer in layers if isinstance(layer, dict)])
            if stuck is not None:
                name, wanted = stuck
                message = f"{name!r} waits for call {wanted[1]} of {wanted[0]!r}, which never comes"
                yield RULE.finding(message, site.location.at("config", "layers"))


def _stuck(layers: list[dict[str, Any]]) -> tuple[str, Call] | None:
    """The first layer whose call cannot be made, and the call that it waits for; None if all can."""
    made: dict[str, int] = {}
    pending: dict[str, list[list[Call]]] = {}
    waiting: dict[Call, set[str]] = {}
    for layer in layers:
        name = _name(layer)
        # A nested model, and perhaps a custom layer, has a call of its own making before the recorded ones.
        made[name] = 1 if _is_model(layer) else 0
        calls = [[source[:2] for source in call.sources] for call in calls_of(layer)]
        if not calls:
            made[name] += 1
        pending[name] = calls[::-1]
    ready = [name for name, calls in pending.items() if calls]
    while ready:
        name = ready.pop()
        calls = pending[name]
        while (
            calls and (missing := next((call for call in calls[-1] if made.get(call[0], 0) <= call[1]), None)) is None
        ):
            calls.pop()
            made[name] += 1
            ready.extend(waiting.pop((name, made[name] - 1), ()))
        if calls and missing is not None:
            waiting.setdefault(missing, set()).add(name)
    for name, calls in pending.items():
        if calls:
            return name, next(call for call in calls[-1] if made.get(call[0], 0) <= call[1])
    return None


def _name(layer: dict[str, Any]) -> str:
    config = layer.get("config")
    name = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return str(name)


def _is_model(layer: dict[str, Any]) -> bool:
    config = layer.get("config")
    is_own = str(layer.get("module") or "keras").startswith("keras") and ">" not in str(layer.get("class_name"))
    return not is_own or isinstance(config, list) or (isinstance(config, dict) and "layers" in config)


def _graph(*edges: tuple[str, list[Any]]) -> dict[str, Any]:
    layers = [
        {"class_name": "Add" if nodes else "InputLayer", "module": "keras.layers", "name": name,
         "config": {"name": name}, "inbound_nodes": nodes}
        for name, nodes in edges
    ]  # fmt: skip
    config = {"name": "m", "layers": layers, "input_layers": [["a", 0, 0]], "output_layers": [["b", 0, 0]]}
    return {"class_name": "Functional", "module": "keras", "config": config}


RULE = Rule(
    code="KAV505",
    name="endless-graph",
    severity="medium",
    remedy="Do not load it where a hanging process hurts.",
    check=check,
    passing=(
        _graph(("b", [[["a", 0, 0, {}]]]), ("a", [])),
        _graph(("a", []), ("b", [[["a", 0, 0, {}]], [["b", 0, 0, {}]]])),
    ),
    failing=(
        _graph(("a", []), ("b", [[["c", 0, 0, {}]]]), ("c", [[["b", 0, 0, {}]]])),
        _graph(("a", []), ("b", [[["a", 3, 0, {}]]])),
        _graph(("a", []), ("b", [[["nobody", 0, 0, {}]]])),
    ),
)
