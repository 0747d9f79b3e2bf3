"""An architecture without weights: what ``model.to_json()`` writes."""

from __future__ import annotations

import re

from kerasarchive.formats.document import parse
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import read_all
from kerasarchive.model.archive import Archive
from kerasarchive.model.location import in_json

_ESCAPE = re.compile(rb"\\u00([0-9a-fA-F]{2})")


def looks_like_json(source: Source) -> bool:
    """Whether the file begins like a JSON object, in UTF-8, 16 or 32."""
    if source.view is None:
        return False
    start = source.head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith(b"{")


def recognise(source: Source) -> bool:
    """A JSON object that mentions ``class_name`` and ``config``; the rest shows when it is read."""
    if not looks_like_json(source) or source.view is None:
        return False
    return mentions_model(source.view.pread(0, 1 << 20))


def mentions_model(start: bytes) -> bool:
    """Whether JSON that begins so has the keys of a serialized object, escaped or not."""
    text = _ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), start.replace(b"\0", b""))
    return b'"class_name"' in text and b'"config"' in text


def read(source: Source) -> Archive:
    """The archive: a config and nothing else."""
    assert source.view is not None
    data = read_all(source.view, source.limits.json_size, "")
    config, wrong = parse(data, in_json(""), source.limits)
    findings = list(wrong)
    if config is not None and not (isinstance(config, dict) and "class_name" in config):
        findings.append(finding("json-invalid", "has no class_name at its top: not an architecture", in_json("")))
    version = config.get("keras_version") if isinstance(config, dict) else None
    backend = config.get("backend") if isinstance(config, dict) else None
    facts = {key: value for key, value in (("keras_version", version), ("backend", backend)) if isinstance(value, str)}
    return Archive(
        path=source.path, format=FORMAT.name, metadata=facts, config=config, config_at=in_json(""),
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


FORMAT = Format("config-json", "architecture (.json)", recognise, read, precedence=70)
