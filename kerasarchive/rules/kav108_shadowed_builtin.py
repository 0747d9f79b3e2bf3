"""An object of Keras is registered under another name, so that somebody else's class may stand in for it.

``registered_name`` is looked up before the module. If an object says that it is ``keras.layers.Dense`` and is
registered as ``package>Thing``, readers and scanners see the one and Keras loads the other. Releases since 3.15.0
refuse it; the archives of old releases, which repeat the class name there, are no such case.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.auditing.symbols import is_keras
from kerasarchive.model.finding import Finding


def check(evidence: Evidence) -> Iterator[Finding]:
    """Objects of Keras's own modules whose registered name is neither empty nor the class's."""
    for site, symbol in evidence.objects:
        module, registered = site.value.get("module"), site.value.get("registered_name")
        if not isinstance(registered, str) or not isinstance(module, str) or not is_keras(module):
            continue
        named = site.value.get("config") if site.class_name == "function" else site.class_name
        package = registered.partition(">")[0]
        if registered in (named, site.class_name, "function", "") or package in ("Custom", "keras"):
            continue
        if registered.rpartition(">")[2] == symbol.name.rpartition(".")[2] and ">" not in registered:
            continue
        yield RULE.finding(f"says it is {module}.{named} and is registered as {registered}", site.location)


RULE = Rule(
    code="KAV108",
    name="shadowed-builtin",
    severity="medium",
    remedy="Ask whoever made it which of the two it is; save it again with the class's real module.",
    check=check,
    passing=(
        {
            "class_name": "Functional",
            "module": "keras.src.models.functional",
            "config": {},
            "registered_name": "Functional",
        },
        {"class_name": "Dense", "module": "keras.layers", "config": {}, "registered_name": None},
    ),
    failing=({"class_name": "Dense", "module": "keras.layers", "config": {}, "registered_name": "labpkg>Other"},),
)
