"""A ``TorchModuleWrapper`` unpickles a PyTorch module that the archive carries: arbitrary code on loading.

Releases 3.11.0 to 3.11.2 unpickle it even in safe mode (CVE-2025-49655); with ``safe_mode=False`` every release does.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding


def check(evidence: Evidence) -> Iterator[Finding]:
    """The layer under any module or registered name."""
    for site in evidence.of_class("TorchModuleWrapper"):
        yield RULE.finding("unpickles a PyTorch module on loading", site.location)


RULE = Rule(
    code="KAV105",
    name="torch-module-wrapper",
    severity="critical",
    remedy="Do not load it. Keep the module's weights as safetensors and rebuild the layer in code.",
    check=check,
    passing=({"class_name": "Dense", "module": "keras.layers", "config": {"module": "AAAA"}},),
    failing=(
        {"class_name": "TorchModuleWrapper", "module": "keras.layers", "config": {"module": "AAAA"}},
        {"class_name": "TorchModuleWrapper", "module": "keras.src.utils.torch_utils", "config": {}},
    ),
)
