"""Does the new archive compute what the old one computed? Asked of real Keras, in child processes, and only on demand."""

from __future__ import annotations

from kerasarchive.verification.comparison import verify

__all__ = ["verify"]
