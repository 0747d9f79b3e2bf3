"""`make bench`: kav beside importing Keras and `load_model`, in one run on one machine; prints a Markdown table.

Two archives, built once into `.bench/` by real Keras 3.15.1 (`build.py`): 500 MB of 30 Dense layers and 1,500 small
layers, both with Adam state. *Warm* is the call inside a process that has done it before, against import + load_model of
Keras. *Cold* is the whole command, start of Python included, against `python -c "import keras; load_model"`. *Peak* is
the largest resident set of the command's process. `migrate` is measured with a config-only change (an archive as
Keras 3.8 spells it, weights untouched) against `cp` and a sync of the copy; start-up of Python is taken off both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from audits import audits
from measured import ENVIRON, timed
from memory import memories

HERE = Path(__file__).parent
TARGET = "keras==3.15.1"
COMMANDS = ("inspect", "validate", "audit")
WARM, COLD, PEAK, COPY = 100.0, 10.0, 100e6, 1.5
"""The targets: how many times faster, bytes, and how many times `cp`."""


def json_of(command: list[str]) -> dict[str, float]:
    done = subprocess.run(command, env=ENVIRON, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def older(path: Path, out: Path) -> None:
    """The same archive as an older release would have written it, where only the config differs: kav has to rewrite that."""
    import zipfile

    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            with source.open(item) as stream, target.open(item, "w") as sink:
                if item.filename == "metadata.json":
                    sink.write(json.dumps(json.load(stream) | {"keras_version": "3.8.0"}).encode())
                elif item.filename == "config.json":
                    config = json.load(stream)
                    for key in ("input_layers", "output_layers"):
                        config["config"][key] = [config["config"][key]]
                    sink.write(json.dumps(config).encode())
                else:
                    # In pieces: a child's peak memory is never below that of the process that starts it.
                    shutil.copyfileobj(stream, sink, 1 << 20)


def copied(path: Path, out: Path, runs: int) -> float:
    """Best seconds of `cp` and a sync of the copy."""
    times = []
    for _ in range(runs):
        out.unlink(missing_ok=True)
        started = time.perf_counter()
        subprocess.run(["cp", str(path), str(out)], check=True)
        subprocess.run(["sync", str(out)], check=True)
        times.append(time.perf_counter() - started)
    out.unlink()
    return min(times)


def mark(good: bool) -> str:
    return "" if good else " **missed**"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(".bench"))
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ["XDG_CACHE_HOME"] = str(Path(".demo").resolve())
    from kerasarchive.verification.environment import prepare
    from kerasarchive.verification.recipe import for_spec

    keras = prepare(for_spec(TARGET))
    subprocess.run(
        [keras, str(HERE / "build.py"), str(options.folder)], env=ENVIRON, check=True, stderr=subprocess.DEVNULL
    )
    kav = [sys.executable, "-m", "kerasarchive"]
    missed = 0
    print(
        f"{TARGET} with the NumPy backend, Python {sys.version.split()[0]}, {os.cpu_count()} cores; best of {options.runs}\n"
    )
    print("| archive | | warm | times faster | cold | times faster | peak memory |")
    print("|---|---|---|---|---|---|---|")
    for name in ("large", "many"):
        path = options.folder / f"{name}.keras"
        # The best run of Keras, so that the comparison is not with a cold disk.
        loads = [json_of([keras, str(HERE / "measure.py"), "keras", str(path)]) for _ in range(options.runs)]
        warm = min(load["seconds"] for load in loads)
        cold, _ = timed([keras, "-c", f"import keras; keras.models.load_model({str(path)!r})"], options.runs)
        peak = max(load["peak"] for load in loads)
        size = path.stat().st_size
        print(
            f"| {name} ({size / 1e6:.0f} MB) | Keras: import + load_model | {warm:.2f} s | 1 "
            f"| {cold:.2f} s | 1 | {peak / 1e6:.0f} MB |"
        )
        for command in COMMANDS:
            inside = json_of([sys.executable, str(HERE / "measure.py"), command, str(path), str(5 * options.runs)])
            outside, memory = timed([*kav, command, str(path)], options.runs)
            faster = warm / inside["seconds"], cold / outside
            good = faster[0] >= WARM, faster[1] >= COLD, memory <= PEAK
            missed += good.count(False)
            print(
                f"| | kav {command} | {inside['seconds'] * 1e3:.1f} ms | {faster[0]:.0f}{mark(good[0])} | {outside * 1e3:.0f} ms "
                f"| {faster[1]:.0f}{mark(good[1])} | {memory / 1e6:.0f} MB{mark(good[2])} |", flush=True,
            )  # fmt: skip
    missed += migration(options.folder, kav, options.runs)
    missed += audits(options.folder, kav, options.runs)
    missed += memories(options.folder)
    return 1 if missed else 0


def migration(folder: Path, kav: list[str], runs: int) -> int:
    """The table of `migrate` against `cp` and sync; how many targets are missed."""
    missed = 0
    startup, _ = timed([*kav, "--help"], runs)
    print(
        "\n| config-only change | cp + sync | kav migrate | of which start-up | times cp | peak memory |"
        "\n|---|---|---|---|---|---|"
    )
    for name in ("large", "many"):
        source, out = folder / f"{name}-3.8.keras", folder / f"{name}-new.keras"
        if not source.exists():
            older(folder / f"{name}.keras", source)
        copy = copied(source, out, runs)
        out.unlink(missing_ok=True)
        best, peak = float("inf"), 0
        for _ in range(runs):
            seconds, memory = timed([*kav, "migrate", str(source), "--to", TARGET, "-o", str(out)], 1)
            best, peak = min(best, seconds), max(peak, memory)
            if not out.exists():
                raise SystemExit(f"kav migrate wrote nothing for {source}")
            out.unlink()
        times = (best - startup) / copy
        # Planning costs what the config costs: the target is about the bytes of a large archive.
        good = times <= COPY or name != "large"
        missed += not good
        print(
            f"| {name} | {copy:.2f} s | {best:.2f} s | {startup:.2f} s | {times:.2f}{mark(good)} | {peak / 1e6:.0f} MB |",
            flush=True,
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())
