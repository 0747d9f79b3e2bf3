"""A lookup layer takes its vocabulary from a file or URL that the archive names: it reads what the loader can read.

``StringLookup``, ``IntegerLookup`` and ``TextVectorization`` accept a path where a list of tokens belongs. Releases up
to 3.11.3 open it on loading, local or remote, and its lines end up in the model (CVE-2025-12058). An honest archive
holds the tokens, as a list or as an asset; tokens in a list may well look like paths.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding

_LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization", "IndexLookup")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Lookups whose vocabulary is one text instead of a list."""
    for site in evidence.of_class(*_LOOKUPS):
        path = site.config.get("vocabulary")
        if isinstance(path, dict) and path.get("class_name") in ("__numpy__", "__tensor__"):
            held = path.get("config")
            path = held.get("value") if isinstance(held, dict) else None
        if isinstance(path, str) and path:
            yield RULE.finding(f"reads its vocabulary from {path[:200]!r}", site.location.at("config", "vocabulary"))


RULE = Rule(
    code="KAV106",
    name="vocabulary-path",
    severity="high",
    remedy="Put the tokens themselves into the layer (set_vocabulary) and save the model again.",
    check=check,
    passing=(
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": ["/etc/hosts", "b"]}},
        {"class_name": "TextVectorization", "module": "keras.layers", "config": {"vocabulary": None}},
    ),
    failing=(
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/hosts"}},
        {"class_name": "IndexLookup", "module": "keras.src.layers.preprocessing.index_lookup",
         "config": {"vocabulary": "https://example.org/words.txt"}},
        {"class_name": "TextVectorization", "config": {"vocabulary": "words.txt"}},
        {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": {
            "class_name": "__numpy__", "config": {"value": "/etc/hosts", "dtype": "str"}}}},
    ),
)  # fmt: skip
