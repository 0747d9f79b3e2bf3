"""What runs in the child process of `box`: answers one question about the HDF5 file on standard input."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5 import library
from kerasarchive.formats.hdf5.bytesource import Damaged
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.view import FileView, Handle

MEMORY = 16 << 30
"""Address space of the child, in bytes."""


def main() -> None:
    """Answer the question in ``sys.argv``; exit code 3 and a line on stderr where the file is damaged."""
    question, start, size, limits, path = sys.argv[1:]
    _confine()
    view = FileView(Handle(descriptor=0), int(start), int(size))
    try:
        file = library.open_library(view, "")
        _answer(question, file, view, Limits(**json.loads(limits)), path)
    except (Damaged, ArchiveError, *library.ERRORS) as error:
        sys.stderr.write(str(getattr(error, "message", error)).splitlines()[0] + "\n")
        sys.exit(3)


def _confine() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(question: str, file: Any, view: FileView, limits: Limits, path: str) -> None:
    if question == "list":
        listing = library.walk(file, view, "", limits)
        datasets = {}
        for place, dataset in listing.datasets.items():
            fields = asdict(dataset)
            del fields["inline"]
            datasets[place] = fields
        findings = [(each.name, each.message, "/".join(map(str, each.location.parts))) for each in listing.findings]
        attributes = {}
        attributes[""] = library.attributes(file["/"])  # the config is there: without it nothing is known of the file
        for place in (*listing.groups, *listing.tensors):
            try:
                attributes[place] = library.attributes(file[f"/{place}"])
            except (Damaged, *library.ERRORS) as error:
                findings.append(("hdf5-broken", f"its attributes cannot be read: {error}".splitlines()[0], place))
        answer = {"groups": list(listing.groups), "datasets": datasets, "findings": findings}
        _print(answer | {"attributes": attributes, "top": library.names(file)})
    elif question == "read":
        import numpy as np

        values = library.value_of(file[f"/{path}"])
        if values.dtype.hasobject:
            values = np.array([library.plain(each) for each in values.reshape(-1)], "U").reshape(values.shape)
        np.save(sys.stdout.buffer, values, allow_pickle=False)


def _print(value: Any) -> None:
    sys.stdout.buffer.write(json.dumps(value).encode())
