"""One child process that runs `probe.py` under some Python, with a time limit for every answer."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from kerasarchive.errors import ProbeFailed

PROBE = Path(__file__).with_name("probe.py")
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "CUDA_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
}
"""CPU only, and the plain kernels: oneDNN's differ in the last digits from release to release."""


class Probe:
    """A running `probe.py`: start it once, ask it about many archives, close it. Also a context manager.

    `python` is the interpreter, `library` what to import (``keras``, ``tensorflow``, ``tf_keras``), `modules` the
    custom objects' modules (names or ``.py`` files), `memory` the limit in bytes (0: none), `backend` Keras 3's. `call`
    is a module whose ``outputs(model, case)`` says what a model computes that is not merely called; `case` comes with
    each request.
    """

    def __init__(
        self,
        python: str,
        *,
        library: str = "keras",
        backend: str = "",
        modules: Sequence[str] = (),
        call: str = "",
        variables: Mapping[str, str] | None = None,
        memory: int = 0,
        start_timeout: float = 180.0,
    ) -> None:
        environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        environ |= QUIET | ({"KERAS_BACKEND": backend} if backend else {}) | dict(variables or {})
        options = json.dumps({"library": library, "modules": list(modules), "memory": memory, "call": call})
        # -I would hide the current directory, where a module of custom objects may lie; -P is too new for 3.7.
        command = [python, "-W", "ignore", str(PROBE), options]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environ,
                errors="replace",
            )
        except OSError as error:
            msg = f"cannot start {python}: {error.strerror or error}"
            raise ProbeFailed(msg, hint="name another Python with --old-env or --new-env") from None
        self._said: deque[str] = deque(maxlen=40)
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._threads = [
            threading.Thread(target=self._read_answers, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        try:
            self.about = self._next(start_timeout, "importing Keras")
            if not self.about.get("ready"):
                raise ProbeFailed(f"Keras cannot be imported in {python}: {self.about.get('error')}")  # noqa: EM102
        except ProbeFailed:
            self.close()
            raise

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line.rstrip())

    def _next(self, timeout: float, doing: str) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            self.close()
            msg = f"the probe did not answer within {timeout:.0f} s while {doing}"
            raise ProbeFailed(msg, hint="a hang while loading is a known defect of Keras 3.8 to 3.10") from None
        if line is None:
            self._process.wait()
            self._threads[1].join(5)
            last = next((text for text in reversed(self._said) if text.strip()), "no message")
            msg = f"the probe died (exit code {self._process.returncode}) while {doing}: {last[:300]}"
            raise ProbeFailed(msg)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, request: Mapping[str, Any], *, timeout: float = 300.0) -> dict[str, Any]:
        """The answer to one request (see `probe.py`); ProbeFailed if the child dies or takes longer than `timeout` seconds."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(dict(request)) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError, OSError):
            pass  # it is dead: the reader says why
        return self._next(timeout, f"running {Path(str(request.get('path', '?'))).name}")

    def close(self) -> None:
        """End the child."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join(5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def __enter__(self) -> Probe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
