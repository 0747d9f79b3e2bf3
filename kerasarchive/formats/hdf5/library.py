"""The HDF5 library, through h5py: for what kav's own parser does not know. Follows nothing out of the file either."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5l, h5o

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.hdf5.bytesource import Damaged
from kerasarchive.formats.hdf5.datasets import CHUNKED, COMPACT, CONTIGUOUS, VIRTUAL, Dataset
from kerasarchive.formats.hdf5.datatypes import FIXED, OPAQUE, REFERENCE, STRING, VLEN, Datatype
from kerasarchive.formats.hdf5.tree import Listing, judge
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View, ViewStream
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import Tensor

ERRORS = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError)
"""What h5py raises on files that are not in order."""
_LAYOUTS = {h5d.COMPACT: COMPACT, h5d.CONTIGUOUS: CONTIGUOUS, h5d.CHUNKED: CHUNKED, h5d.VIRTUAL: VIRTUAL}


def open_library(view: View, member: str) -> Any:
    """The file opened by h5py through `view`, read only."""
    try:
        return h5py.File(ViewStream(view), "r")
    except ERRORS as error:
        msg = f"is not readable as HDF5: {_reason(error)}"
        raise ArchiveError(msg, location=member, hint="get the file once more", rule="hdf5-broken") from None


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def walk(file: Any, view: View, member: str, limits: Limits) -> Listing:
    """Everything in the file, depth first, names in byte order."""
    listing = Listing()
    seen: dict[int, str] = {}
    visits = 0
    stack: list[tuple[str, Any, bytes, int]] = [("", None, b"/", 0)]
    while stack:
        path, parent, raw, depth = stack.pop()
        visits += 1
        if max(visits, len(stack)) > limits.hdf5_objects or len(listing.findings) >= limits.findings:
            message = f"has more than {limits.hdf5_objects:,} objects or {limits.findings:,} faults; kav stopped there"
            listing.findings.append(finding("hdf5-too-large", message, in_hdf5(member)))
            break
        at = in_hdf5(member, path)
        try:
            if parent is not None and (report := _link(parent, raw)) is not None:
                listing.findings.append(finding(*report, at))
                continue
            node = h5o.open(parent, raw) if parent is not None else file["/"].id
            address = h5o.get_info(node).addr
            again = seen.get(address)
            seen.setdefault(address, path)
            if again is not None:
                listing.findings.append(
                    finding("hdf5-shared-object", f"is the same object as {again or 'the root'}", at)
                )
            if isinstance(node, h5d.DatasetID):
                _add(path, node, view, member, limits, listing)
            elif not isinstance(node, h5g.GroupID):
                listing.findings.append(finding("hdf5-committed-type", "is a named datatype", at))
            elif again is None:
                if path:
                    listing.groups[path] = -1
                if depth >= limits.hdf5_depth:
                    message = f"is nested {depth} groups deep; kav did not look further"
                    listing.findings.append(finding("hdf5-too-large", message, at))
                    continue
                for name in sorted(node, reverse=True):
                    text = name.decode("utf-8", "backslashreplace")
                    stack.append((f"{path}/{text}" if path else text, node, name, depth + 1))
        except ERRORS as error:
            listing.findings.append(finding("hdf5-broken", _reason(error), at))
    return listing


def _link(parent: Any, raw: bytes) -> tuple[str, str] | None:
    kind = parent.links.get_info(raw).type
    if kind == h5l.TYPE_HARD:
        return None
    if kind == h5l.TYPE_SOFT:
        return "hdf5-soft-link", "is a symbolic link, which was not followed"
    return "hdf5-external-link", "leads to another file and was not followed"


def _add(path: str, node: Any, view: View, member: str, limits: Limits, listing: Listing) -> None:
    dataset = _describe(node)
    at = in_hdf5(member, path)
    listing.findings.extend(finding(name, message, at) for name, message in judge(dataset, view.size, limits))
    if dataset.external or dataset.layout == VIRTUAL:
        return
    listing.datasets[path] = dataset
    listing.tensors[path] = Tensor(
        path, dataset.shape, dataset.datatype.name, dataset.nbytes, dataset.stored, dataset.address
    )


def _describe(node: Any) -> Dataset:
    plist = node.get_create_plist()
    layout = _LAYOUTS.get(plist.get_layout(), VIRTUAL)
    external = plist.get_external_count() > 0
    shape = tuple(int(extent) for extent in node.shape or ())
    datatype = _datatype(node)
    count = 0 if node.shape is None else 1
    for extent in shape:
        count *= extent
    address = node.get_offset() if layout == CONTIGUOUS and not external else None
    filters = tuple(plist.get_filter(index)[0] for index in range(plist.get_nfilters()))
    stored = 0 if layout == VIRTUAL or external else node.get_storage_size()
    committed = bool(node.get_type().committed())
    return Dataset(shape, datatype, count * datatype.size, layout, address, stored, b"", filters, external, committed)


def _datatype(node: Any) -> Datatype:
    kind, size = node.get_type().get_class(), node.get_type().get_size()
    try:
        dtype = node.dtype
    except ERRORS:
        return Datatype(f"|V{size}", size, kind, usual=False)
    if dtype.kind == "O":
        text = h5py.check_string_dtype(dtype) is not None
        return Datatype("object", size, VLEN if text else REFERENCE, usual=text, text=text)
    if dtype.kind == "V" and dtype.names is None and dtype.itemsize == 2:
        return Datatype("bfloat16", 2, OPAQUE, code="V2")
    usual = dtype.kind in "biufcS"
    code = ""
    if dtype.itemsize == size and dtype.kind in "iufS":
        code = dtype.str if dtype.kind != "S" else f"S{size}"
    elif dtype.kind == "b":
        code = "b1"
    return Datatype(str(dtype), size, STRING if dtype.kind == "S" else FIXED, usual=usual, code=code)


def names(file: Any) -> tuple[str, ...]:
    """The names directly under the root; Damaged if the library cannot list them."""
    try:
        return tuple(raw.decode("utf-8", "backslashreplace") for raw in file["/"].id)
    except ERRORS as error:
        raise Damaged(_reason(error)) from None


def attributes(node: Any) -> dict[str, Any]:
    """The attributes of an h5py object as plain values, None where the type has none; Damaged if broken."""
    found: dict[str, Any] = {}
    try:
        for name in node.attrs:
            try:
                found[name] = plain(node.attrs[name])
            except (OSError, TypeError, ValueError):
                found[name] = None
    except ERRORS as error:
        raise Damaged(_reason(error)) from None
    return found


def plain(value: Any) -> Any:
    """`value` without NumPy in it, bytes decoded."""
    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value] if value.ndim else plain(value.item())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (str, int, float, bool)):
        return value
    return str(value)


def value_of(node: Any) -> np.ndarray[Any, Any]:
    """A dataset's values; Damaged if the library cannot read them."""
    try:
        return np.asarray(node[...])
    except ERRORS as error:
        raise Damaged(_reason(error)) from None
