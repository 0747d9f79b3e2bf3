"""A ``TFSMLayer`` loads a TensorFlow SavedModel from a path or URL that the archive chooses, and runs its graph.

A SavedModel's graph can read and write files and runs on loading; the path may lead to another machine. Releases 3.0 to
3.12.0 and 3.13.0 to 3.13.1 load it even in safe mode (CVE-2026-1462). An archive with such a layer is never
complete in itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding


def check(evidence: Evidence) -> Iterator[Finding]:
    """The layer under any module or registered name."""
    for site in evidence.of_class("TFSMLayer"):
        place = site.config.get("filepath")
        yield RULE.finding(f"loads a SavedModel from {str(place)[:200]!r}", site.location)


RULE = Rule(
    code="KAV104",
    name="tfsm-layer",
    severity="high",
    remedy="Load it only if you trust whoever controls that path; better, export the model as layers.",
    check=check,
    passing=({"class_name": "Dense", "module": "keras.layers", "config": {"filepath": "x"}},),
    failing=(
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "gs://bucket/model"}},
        {"class_name": "TFSMLayer", "module": "keras.src.export.tfsm_layer", "config": {"filepath": "m"}},
        {"class_name": "TFSMLayer", "config": {"filepath": "m"}},
    ),
)
