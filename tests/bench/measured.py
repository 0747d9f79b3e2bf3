"""A command's time and its largest resident set."""

from __future__ import annotations

import os
import subprocess
import time

ENVIRON = os.environ | {"KERAS_BACKEND": "numpy", "JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore"}


def timed(command: list[str], runs: int) -> tuple[float, int]:
    """(best wall seconds, peak bytes) of a command over `runs`."""
    best, peak = float("inf"), 0
    for _ in range(runs):
        started = time.perf_counter()
        process = subprocess.Popen(command, env=ENVIRON, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)}: exit {process.returncode}\n{said.decode()[-2000:]}")
        best, peak = min(best, time.perf_counter() - started), max(peak, usage.ru_maxrss * 1024)
    return best, peak
