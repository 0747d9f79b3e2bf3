"""The audit's own figures: a small archive, a folder of 1,000, and, where they can be installed, two scanners beside it.

The folder holds copies of a small real archive, each under a name of its own. *CPU* is what the process took, which other
work on the machine does not stretch. modelscan needs TensorFlow to look at a `.keras` at all, so it gets it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SMALL = HERE.parent / "demo" / "demo_sensor.keras"
SCANNERS = {
    "modelscan": (("modelscan==0.8.8", "h5py", "tensorflow-cpu>=2.17,<2.20"), ("-p", str(SMALL))),
    "modelaudit": (("modelaudit==0.2.54", "h5py"), ("scan", str(SMALL))),
}
"""What to install, in an environment for each, since they do not go together; and how it is asked."""
MANY = 1000
COLD, WARM, RATE, PEAK, TIMES = 1.0, 0.05, 100.0, 150e6, 8.0
"""The targets: seconds, seconds, archives per second of one core, bytes, times faster than either scanner."""


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    wall: float
    cpu: float
    peak: int
    code: int


def run(command: list[str], environment: dict[str, str]) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(time.perf_counter() - started, cpu, usage.ru_maxrss * 1024, process.returncode)


def best(command: list[str], environment: dict[str, str], runs: int) -> Run:
    """The run that took the least CPU; the first, which fills caches, is not counted."""
    run(command, environment)
    return min((run(command, environment) for _ in range(runs)), key=lambda each: each.cpu)


def audits(folder: Path, kav: list[str], runs: int) -> int:
    """Prints the table; how many targets are missed."""
    # Bytecode is cached, as it is wherever kav is installed.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "PYTHONWARNINGS": "ignore"}
    cold = best([*kav, "audit", str(SMALL)], environment, runs)
    inside = [sys.executable, str(HERE / "measure.py"), "audit", str(SMALL), str(10 * runs)]
    done = subprocess.run(inside, env=environment, capture_output=True, text=True, check=True)
    warm = json.loads(done.stdout.splitlines()[-1])["seconds"]
    many = folder / "thousand"
    if not many.exists():
        many.mkdir(parents=True)
        for number in range(MANY):
            shutil.copy(SMALL, many / f"model_{number:04}.keras")
    all_of_them = best([*kav, "audit", "-q", str(many)], environment, 1)
    rate = MANY / all_of_them.cpu
    rows = [
        ("a small archive, cold", f"{cold.wall:.2f} s ({cold.cpu:.2f} s CPU)", cold.cpu < COLD),
        ("a small archive, warm", f"{warm * 1e3:.1f} ms", warm < WARM),
        ("a folder of 1,000", f"{rate:.0f} per second and core", rate >= RATE),
        ("peak memory, one and 1,000", f"{cold.peak / 1e6:.0f} and {all_of_them.peak / 1e6:.0f} MB", all_of_them.peak < PEAK),
    ]
    for name, one in scanners(folder, environment, runs):
        faster = one.cpu / cold.cpu
        said = f"{one.wall:.2f} s ({one.cpu:.2f} s CPU, {one.peak / 1e6:.0f} MB, exit {one.code}): "
        said += f"kav is {faster:.0f} times faster"
        rows.append((f"{name}, the same archive, cold", said, faster >= TIMES))
    print("\n| kav audit | measured |\n|---|---|")
    for what, said, good in rows:
        print(f"| {what} | {said}{'' if good else ' **missed**'} |", flush=True)
    return sum(not good for _, _, good in rows)


def scanners(folder: Path, environment: dict[str, str], runs: int) -> Iterator[tuple[str, Run]]:
    """The scanners that can be had here."""
    for name, (packages, arguments) in SCANNERS.items():
        place = folder / name
        python = place / "bin" / "python"
        try:
            if not python.exists():
                subprocess.run(["uv", "venv", "-q", "--python", "3.11", str(place)], check=True)
                subprocess.run(["uv", "pip", "install", "-q", "--python", str(python), *packages], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(place, ignore_errors=True)
            print(f"\n{name} is not measured: it cannot be installed here ({error})")
        else:
            yield name, best([str(place / "bin" / name), *arguments], environment, runs)


if __name__ == "__main__":
    sys.exit(min(1, audits(Path(sys.argv[1] if len(sys.argv) > 1 else ".bench"), [sys.executable, "-m", "kerasarchive"], 3)))
