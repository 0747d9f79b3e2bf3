"""A function of Keras that is no part of a model is named where a model's part belongs.

Keras resolves names in its own package without further questions. Functions that download, unpack or overwrite files,
that load other models, or that switch safe mode off become tools for an attacker as soon as a config can name them
(CVE-2025-8747, CVE-2025-9906, CVE-2025-12060; lists of forbidden functions have grown with every release since 3.11,
and a list of what is forbidden is never complete). kav goes by what is allowed: layers, activations, losses, metrics,
initializers, operations on tensors and the like. Every other name of Keras is reported, under any alias.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.auditing.symbols import is_keras
from kerasarchive.model.finding import Finding


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every name in Keras's package that resolves to something of no serializable role."""
    for site, symbol in evidence.objects:
        module = site.value.get("module")
        if symbol.kind == "forbidden" and isinstance(module, str) and is_keras(module):
            yield RULE.finding(f"names {symbol.name}: {symbol.why}", site.location)


RULE = Rule(
    code="KAV103",
    name="callable-outside-role",
    severity="high",
    remedy="Do not load it: no release of Keras writes that into an archive.",
    check=check,
    passing=(
        {"class_name": "function", "module": "keras.activations", "config": "relu", "registered_name": "relu"},
        {"class_name": "function", "module": "keras.src.activations.activations", "config": "gelu"},
        {"class_name": "Mean", "module": "keras.src.ops.numpy", "config": {"axis": 1}},
    ),
    failing=(
        {"class_name": "function", "module": "keras.utils", "config": "get_file", "registered_name": "get_file"},
        {"class_name": "function", "module": "keras.src.saving.saving_api", "config": "load_model"},
        {"class_name": "Lambda", "module": "keras.layers", "config": {"function": {
            "class_name": "function", "module": "keras.saving", "config": "load_weights"}}},
    ),
)  # fmt: skip
