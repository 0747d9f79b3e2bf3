"""`make fuzz [N=...]`: mutants of real archives before `inspect`, `validate`, `audit --for`, `migrate --dry-run` and `diff`.

Looked for: tracebacks, hangs (more than 5 s of CPU or 20 s in all), more than 512 MB, rules that stumble, a process that
dies. Each mutant is made from its number alone: `make fuzz ARGS='--only 123 --keep'` makes it again and leaves it
in the folder that it names. A mutant runs one command, or with `--every` all five.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from .mutant import made
from .seeds import seeds
from .trial import COMMANDS, Fault, tried

MEMORY = 512 << 20
LIFE = 500
"""So many mutants are a process's share: what it keeps of many releases' schemas is not a mutant's memory."""
SILENCE = 90
"""Seconds after which a worker that says nothing is stopped; its own watchdog rings long before."""


def work(options: argparse.Namespace) -> None:
    """The worker: tries the mutants of its range, a line of JSON for each fault and now and then one that it lives."""
    found = seeds()
    names = tuple(COMMANDS)
    with tempfile.TemporaryDirectory(prefix="kav-fuzz-") as folder:
        for number in range(options.first, options.last, options.step):
            chance = Random(f"{options.seed}:{number}")
            say({"number": number})
            what, path = made(found, chance, Path(folder, "mutant"))
            _, other = made((chance.choice(found),), Random(number % 97), Path(folder, "other"))
            commands = names if options.every else (names[chance.randrange(len(names))],)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            for fault in tried(path, other, commands):
                say({"number": number, "what": what, "fault": asdict(fault)})
            peak = (
                max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
                * 1024
            )
            if peak > MEMORY and before <= MEMORY:
                fault = Fault(",".join(commands), "memory", f"{peak >> 20} MB")
                say({"number": number, "what": what, "fault": asdict(fault)})
            if peak > MEMORY or number >= options.first + LIFE * options.step:
                say({"restart": number + options.step})
                return


def say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def watch(options: argparse.Namespace) -> tuple[int, list[dict[str, Any]], int]:
    """Runs workers until the range is done; (mutants tried, faults, the highest memory)."""
    import select

    first, done, faults = options.first, 0, []
    peak = 0
    while first < options.last and time.monotonic() < options.until:
        command = [sys.executable, "-m", "tests.fuzz.fuzz", "--worker", "--first", str(first), "--last", str(options.last),
                   "--seed", options.seed, "--step", str(options.step), *(["--every"] if options.every else [])]  # fmt: skip
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        assert worker.stdout is not None
        current, died = first, "died"
        while True:
            if not select.select([worker.stdout], [], [], SILENCE)[0]:
                died = "hang"
                worker.kill()
                break
            line = worker.stdout.readline()
            if not line:
                break
            said = json.loads(line)
            if "restart" in said:
                current = said["restart"]
                died = ""
            elif "fault" in said:
                faults.append(said)
                fault = said["fault"]
                print(
                    f"\n{said['number']} {said['what']}: {fault['command']}: {fault['kind']}\n{fault['where']}",
                    flush=True,
                )
            else:
                current, done = said["number"], done + 1
                if done % 1000 == 0:
                    print(f"{done:,} mutants, {len(faults)} faults", flush=True)
                if time.monotonic() >= options.until:
                    worker.kill()
                    died = ""
                    break
        _, status, usage = os.wait4(worker.pid, 0)
        worker.returncode = os.waitstatus_to_exitcode(status)
        peak = max(peak, usage.ru_maxrss * 1024)
        if worker.returncode == 0 and died == "died":
            break  # it came to the end of the range
        if died:
            fault = asdict(Fault("", died, str(worker.returncode)))
            faults.append({"number": current, "what": "", "fault": fault})
            print(f"\n{current}: the process {died} ({worker.returncode})", flush=True)
            current += options.step
        first = current
    return done, faults, peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=24 * 60)
    parser.add_argument("--seed", default="kav")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--every", action="store_true", help="all five commands on each mutant")
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only is not None:
        return again(options)
    options.last = options.last or options.first + options.count
    if options.worker:
        work(options)
        return 0
    started = time.monotonic()
    options.until = started + 60 * options.minutes
    done, faults, peak = watch(options)
    kinds = dict(Counter(fault["fault"]["kind"] for fault in faults))
    seconds = time.monotonic() - started
    print(f"{done:,} mutants in {seconds:.0f} s, at most {peak >> 20} MB: {len(faults)} faults {kinds or ''}")
    return 1 if faults else 0


def again(options: argparse.Namespace) -> int:
    """One mutant, all commands."""
    folder = Path(tempfile.mkdtemp(prefix="kav-fuzz-"))
    chance, found = Random(f"{options.seed}:{options.only}"), seeds()
    what, path = made(found, chance, folder / "mutant")
    _, other = made((chance.choice(found),), Random(options.only % 97), folder / "other")
    faults = list(tried(path, other, tuple(COMMANDS)))
    for fault in faults:
        print(f"{what}: {fault.command}: {fault.kind}\n{fault.where}")
    print(path if options.keep else f"{len(faults)} faults")
    if not options.keep:
        import shutil

        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
