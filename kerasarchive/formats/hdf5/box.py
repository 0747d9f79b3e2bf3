"""The HDF5 library in a child process: a hostile file can crash it (it can: bytes flipped at random do), but not kav.

Needed only for what kav's own parser does not know: dense groups and attributes, new chunk indexes, rare filters.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5.bytesource import Damaged
from kerasarchive.formats.hdf5.datasets import Dataset
from kerasarchive.formats.hdf5.datatypes import Datatype
from kerasarchive.formats.hdf5.tree import Listing
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import BytesView, FileView, Handle, View
from kerasarchive.formats.zip.inflate import spill
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import Tensor

if TYPE_CHECKING:
    import numpy as np

SECONDS = {"list": 30, "read": 300}
"""How long the library may take for an answer; damaged files can make it loop for ever."""
_ENTRY = "import sys; sys.path[:] = {path!r}; from kerasarchive.formats.hdf5.boxed import main; main()"


class Box:
    """Asks the library, one question a process."""

    def __init__(self, view: View, member: str, limits: Limits) -> None:
        self._view = view
        self._member = member
        self._limits = limits

    def look(self) -> Listing:
        """Everything in the file, attributes included."""
        try:
            return self._listing(json.loads(self._ask("list")))
        except (ValueError, KeyError, TypeError, AttributeError):
            msg = "the HDF5 library gave no answer"
            raise Damaged(msg) from None

    def _listing(self, answer: Any) -> Listing:
        listing = Listing()
        listing.groups.update(dict.fromkeys(answer["groups"], -1))
        for path, fields in answer["datasets"].items():
            datatype = Datatype(**fields.pop("datatype"))
            for name in ("shape", "filters", "chunk"):
                fields[name] = tuple(fields[name])
            dataset = Dataset(datatype=datatype, inline=b"", **fields)
            listing.datasets[path] = dataset
            listing.tensors[path] = Tensor(
                path, dataset.shape, datatype.name, dataset.nbytes, dataset.stored, dataset.address
            )
        for name, message, path in answer["findings"]:
            listing.findings.append(finding(name, message, in_hdf5(self._member, path)))
        listing.attributes.update(answer["attributes"])
        listing.top = tuple(answer["top"])
        return listing

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of a listed tensor; text as text."""
        import numpy as np

        try:
            values: np.ndarray[Any, Any] = np.load(io.BytesIO(self._ask("read", path)), allow_pickle=False)
        except (ValueError, OSError, EOFError):
            msg = "the HDF5 library gave no answer"
            raise Damaged(msg) from None
        return values

    def _ask(self, question: str, path: str = "") -> bytes:
        window, owned = self._window()
        arguments = [question, str(window.start), str(window.size), json.dumps(asdict(self._limits)), path]
        entry = _ENTRY.format(path=[str(Path(__file__).parents[3]), *(place for place in sys.path if place)])
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "HDF5_PLUGIN_PATH": "::"}
        try:
            done = subprocess.run(  # the child's program is kav itself
                [sys.executable, "-c", entry, *arguments],
                stdin=window.handle.descriptor,
                capture_output=True,
                timeout=SECONDS[question],
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            msg = f"the HDF5 library took more than {SECONDS[question]} seconds"
            raise Damaged(msg) from None
        finally:
            if owned is not None:
                owned.close()
        if done.returncode == 0:
            return done.stdout
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        msg = lines[-1][:300] if done.returncode == 3 and lines else "the HDF5 library crashed on it"
        raise Damaged(msg)

    def _window(self) -> tuple[FileView, Handle | None]:
        if isinstance(self._view, FileView):
            return self._view, None
        if isinstance(self._view, BytesView):
            view, handle = spill(iter([self._view.data]))
            assert isinstance(view, FileView)
            return view, handle
        msg = "the HDF5 library cannot reach the content"
        raise ArchiveError(msg, location=self._member)
