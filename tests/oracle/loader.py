"""Many archives through one real Keras, whatever they do to it: a probe that is started again after a crash or a hang."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerasarchive.errors import ProbeFailed
from kerasarchive.verification.child import Probe


def custom_module(folder: Path) -> list[str]:
    """The `custom.py` in a corpus folder or the one above it, with the custom objects of its cases."""
    return [str(path) for path in (folder / "custom.py", folder.parent / "custom.py") if path.exists()][:1]


class Loader:
    """A probe that is started again after a crash or a hang."""

    def __init__(self, python: str, *, library: str, backend: str, modules: list[str], timeout: float) -> None:
        self.options: dict[str, Any] = {
            "library": library,
            "backend": backend,
            "modules": modules,
            "variables": {"LAB_MODE": "k3" if library == "keras" else "tfk"},
        }
        self.python, self.timeout = python, timeout
        self.probe: Probe | None = None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The probe's answer; a crash or a hang is an answer that is not ok."""
        if self.probe is None:
            self.probe = Probe(self.python, **self.options)
        try:
            return self.probe.ask(request, timeout=self.timeout)
        except ProbeFailed as error:
            self.close()
            return {"ok": False, "stage": "crash", "error": error.message}

    def close(self) -> None:
        if self.probe is not None:
            self.probe.close()
        self.probe = None
