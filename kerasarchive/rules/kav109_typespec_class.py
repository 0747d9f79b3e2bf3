"""A ``__typespec__`` names a class other than TensorFlow's type specifications: it is resolved like any object.

Until Keras 3.9.0 the class was looked up by module and name without a question (part of CVE-2025-1550).
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding

_SPECS = frozenset({"TensorSpec", "RaggedTensorSpec", "SparseTensorSpec", "IndexedSlicesSpec", "KerasTensor"})
"""Written by tf.keras and Keras 3 for models whose inputs have one."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Type specifications outside of the known ones."""
    for site in evidence.sites:
        if site.class_name == "TypeSpec" and "serialized" in site.value:
            kind = site.value.get("type_spec")
            if not isinstance(kind, str) or kind.removeprefix("tf.") not in _SPECS:
                message = f"names {str(kind)[:100]} as a type specification"
                yield RULE.finding(message, site.location, severity="medium", confidence="likely")
        if site.class_name != "__typespec__":
            continue
        name, module = site.value.get("spec_name"), site.value.get("module")
        if name in _SPECS and isinstance(module, str) and module.startswith(("tensorflow.", "tf_keras.", "keras.")):
            continue
        yield RULE.finding(f"names {str(module)[:100]}.{str(name)[:100]} as a type specification", site.location)


RULE = Rule(
    code="KAV109",
    name="typespec-class",
    severity="high",
    remedy="Do not load it.",
    check=check,
    passing=(
        {"class_name": "__typespec__", "spec_name": "TensorSpec", "module": "tensorflow.python.framework.tensor",
         "config": [[2], "float32"], "registered_name": None},
        {"class_name": "TypeSpec", "type_spec": "TensorSpec", "serialized": [[2], "float32"]},
        {"class_name": "TypeSpec", "type_spec": "tf.TensorSpec", "serialized": [[2], "float32"]},
    ),
    failing=({"class_name": "TypeSpec", "type_spec": "pkg.Thing", "serialized": [1]},
             {"class_name": "__typespec__", "spec_name": "Popen", "module": "subprocess", "config": [["true"]]},),
)  # fmt: skip
