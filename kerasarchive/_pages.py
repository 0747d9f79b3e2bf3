"""Writes docs/rules: ``python -m kerasarchive._pages docs/rules``. A test compares the folder with what this gives."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FAMILIES = {
    "KAV0": "kav could not do it",
    "KAV1": "Code and names that lead out of the model",
    "KAV2": "The container: zip, folder, JSON",
    "KAV3": "The weights: HDF5, shards, npz",
    "KAV4": "What a release does not accept",
    "KAV5": "What exhausts memory or time",
    "KAV6": "What a target release would do",
}


def pages() -> dict[str, str]:
    """File name -> content: an index of all codes, and a page for each rule that has more to say than a line."""
    from kerasarchive import auditing
    from kerasarchive._reference import rules

    detailed = {rule.code: rule for rule in auditing.rules()}
    known = sorted(rules(), key=lambda facts: facts["code"])
    found = {"README.md": _index(known, detailed)}
    for code, rule in detailed.items():
        found[f"{code}.md"] = (
            f"# {code} {rule.name}\n\nSeverity: {rule.severity}, unless the finding says otherwise.\n\n"
            f"{rule.explains}\n\n**What to do.** {rule.remedy}\n"
        )
    return found


def _index(known: list[dict[str, Any]], detailed: Mapping[str, Any]) -> str:
    lines = ["# Rules", "", "Written by `python -m kerasarchive._pages docs/rules`. `kav explain CODE` says the same."]
    for family, title in FAMILIES.items():
        lines += ["", f"## {family}xx: {title}", "", "| code | name | severity | about |", "| --- | --- | --- | --- |"]
        for facts in known:
            if facts["code"].startswith(family):
                code = f"[{facts['code']}]({facts['code']}.md)" if facts["code"] in detailed else facts["code"]
                about = facts["about"].replace("|", "\\|")
                lines.append(f"| {code} | {facts['name']} | {facts['severity']} | {about} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the pages and remove those of rules that are gone."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for stale in {path.name for path in folder.glob("*.md")} - set(wanted):
        (folder / stale).unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
