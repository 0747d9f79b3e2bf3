"""`make demo`: an archive that TF 2.15 wrote and Keras 3.15.1 refuses; kav looks at it, migrates it and proves the result.

`demo_sensor.keras` and `demo_sensor.npz` (inputs, outputs, one training step, as TF 2.15.1 computed them) were written by
`tests/oracle/generate.py tests/demo --only demo_sensor` under tensorflow-cpu 2.15.1. Real Keras 3.15.1 is installed into
`.demo/`, with JAX, which its NumPy backend imports: 570 MB, once. Exits with 1 if anything is not as it should be.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WORK = Path(".demo").resolve()
TARGET = "keras==3.15.1"
OLD, NEW, RECORD = "model.keras", "new.keras", "recorded.npz"
LOAD = f"import keras; keras.models.load_model('{OLD}')"
os.environ["XDG_CACHE_HOME"] = str(WORK)
failures: list[str] = []


def say(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def show(shown: str, command: list[str], expected: int, *, last: int = 0, must: str = "") -> None:
    """Run a command, show what it says (its `last` lines only, if given), and note where it is not as expected."""
    print(f"$ {shown}", flush=True)
    environ = os.environ | {"KERAS_BACKEND": "numpy", "PYTHONWARNINGS": "ignore", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        command, cwd=WORK, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    lines = done.stdout.rstrip().splitlines()
    for line in lines[-last:]:
        print(f"  {line[:160]}")
    print(f"  [exit {done.returncode}]", flush=True)
    if done.returncode != expected:
        failures.append(f"{shown}: exit {done.returncode}, expected {expected}")
    if must not in done.stdout:
        failures.append(f"{shown}: does not say {must!r}")


def kav(*arguments: str, expected: int = 0, must: str = "") -> None:
    show("kav " + " ".join(arguments), [sys.executable, "-m", "kerasarchive", *arguments], expected, must=must)


def main() -> int:
    from kerasarchive.errors import OracleUnavailable
    from kerasarchive.verification.environment import prepare
    from kerasarchive.verification.recipe import for_spec

    WORK.mkdir(exist_ok=True)
    shutil.copyfile(HERE / "demo_sensor.keras", WORK / OLD)
    shutil.copyfile(HERE / "demo_sensor.npz", WORK / RECORD)
    (WORK / NEW).unlink(missing_ok=True)
    say(f"Real {TARGET} goes into {WORK.name}/ (about 570 MB, once) ...")
    try:
        python = prepare(for_spec(TARGET))
    except OracleUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    say(f"1. The archive that TF 2.15 wrote does not load in {TARGET}:")
    # The file's own module path is what cannot be imported; Python's last line says so.
    show(f'python -c "{LOAD}"', [python, "-c", LOAD], 1, last=1)
    say("2. What is in it, without running anything:")
    kav("inspect", OLD)
    say("3. Is it what TF 2.15 accepts, and would the new release load it?")
    kav("validate", OLD)
    kav("audit", OLD, "--for", TARGET, expected=1)
    say("4. Migrate it:")
    kav("migrate", OLD, "--to", TARGET, "-o", NEW)
    say("5. What is different:")
    show(f"kav diff {OLD} {NEW}", [sys.executable, "-m", "kerasarchive", "diff", OLD, NEW], 1)
    say(
        f"6. The same outputs as recorded in TF 2.15, in real {TARGET}, and the same training step from where it stopped:"
    )
    kav("verify", NEW, "--expect", RECORD, "--fit")
    if failures:
        say("NOT as it should be:")
        print("\n".join(failures))
        return 1
    say("All as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
