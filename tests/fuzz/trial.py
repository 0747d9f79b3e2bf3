"""One mutant before kav's commands: what kav may not do is a `Fault`. Runs in the process that calls it, under a watchdog."""

from __future__ import annotations

import logging
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasarchive import api, reports
from kerasarchive.errors import KavError
from kerasarchive.model.report import Report

SECONDS = 5.0
"""Of this process; the wall's clock is given four times as much, for other work on the machine."""
TARGET = "keras==3.15.1"
COMMANDS: dict[str, Callable[[Path, Path], Report]] = {
    "inspect": lambda path, _: api.inspect(path, weights=True),
    "validate": lambda path, _: api.validate(path),
    "audit": lambda path, _: api.audit(path, for_=(TARGET,)),
    "migrate": lambda path, _: api.migrate(path, to=TARGET, dry_run=True),
    "diff": lambda path, other: api.diff(other, path),
}


class _Last(logging.Handler):
    """The traceback that kav logged last: its reports have only the error's own words."""

    text = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.text = "".join(traceback.format_exception(*record.exc_info, limit=-6))


LAST = _Last()
logging.getLogger("kav").addHandler(LAST)
logging.getLogger("kav").setLevel(logging.DEBUG)
logging.getLogger("kav").propagate = False


class Hang(BaseException):
    """Not an Exception: nothing in kav may catch it."""


@dataclass(frozen=True)
class Fault:
    """What went wrong: a traceback, a hang, or a rule that stumbled."""

    command: str
    kind: str
    where: str


def tried(path: Path, other: Path, commands: tuple[str, ...]) -> Iterator[Fault]:
    """The faults of `commands` on `path`; `other` is what it is compared with."""
    for name in commands:
        started, LAST.text = time.process_time(), ""
        try:
            with _watched():
                report = COMMANDS[name](path, other)
                for format_ in ("text", "json", "sarif"):
                    reports.render(report, format_)
            fault = _told(report)
        except Hang:
            fault = ("hang", traceback.format_exc(limit=-6))
        except KavError as error:
            fault = None if error.message and "\n" not in str(error) else ("message", repr(error))
        except BaseException:  # noqa: B036 - a SystemExit out of kav is a fault like any other
            fault = ("traceback", traceback.format_exc(limit=-6))
        if fault is None and time.process_time() - started > SECONDS:
            fault = ("slow", f"{time.process_time() - started:.1f} s")
        if fault is not None:
            yield Fault(name, *fault)


def _told(report: Report) -> tuple[str, str] | None:
    """Whether kav caught an error of its own."""
    if report.exit_code not in (0, 1, 2):
        return "exit code", str(report.exit_code)
    for subject in report.subjects:
        for finding in subject.findings:
            if finding.rule == "KAV000":
                return "internal error", LAST.text or finding.message
            if "\n" in finding.message.strip():
                return "message", finding.message
        for gap in subject.skipped:
            if gap.reason.startswith("the rule failed"):
                return "rule failed", f"{gap.what}: {gap.reason}\n{LAST.text}"
    return None


@contextmanager
def _watched() -> Iterator[None]:
    def ring(number: int, frame: Any) -> None:
        raise Hang

    before = [signal.signal(each, ring) for each in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, 4 * SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(each, handler)
