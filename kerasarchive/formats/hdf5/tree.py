"""The tree of an HDF5 file: superblock, groups, datasets. Iterative, bounded, and deaf to links out of the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.formats.hdf5.attributes import read_attribute_types, read_attributes
from kerasarchive.formats.hdf5.bytesource import ByteSource, Damaged, Foreign
from kerasarchive.formats.hdf5.datasets import (
    CHUNKED,
    CONTIGUOUS,
    KNOWN_FILTERS,
    VIRTUAL,
    Dataset,
    read_dataset,
)
from kerasarchive.formats.hdf5.datatypes import Datatype
from kerasarchive.formats.hdf5.groups import EXTERNAL, HARD, SOFT, Link, read_links
from kerasarchive.formats.hdf5.headers import (
    DATATYPE,
    FIRST,
    LAYOUT,
    LINK_INFO,
    SYMBOL_TABLE,
    Message,
    parse_header,
    read_header,
)
from kerasarchive.formats.hdf5.pattern import HEAD, Pattern, learn
from kerasarchive.formats.limits import Limits
from kerasarchive.formats.rules import finding
from kerasarchive.formats.view import View
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.weights import Tensor

TORN = (struct.error, IndexError, OverflowError, MemoryError)
"""What torn structures raise in the parser."""
PATTERNS = 100
"""How many kinds of headers are learnt at most, so that a hostile file gains nothing by having many."""
MAGIC = b"\x89HDF\r\n\x1a\n"


@dataclass(slots=True)
class Listing:
    """What a walk found: tensors and groups by path with the addresses of their headers, and what was wrong."""

    tensors: dict[str, Tensor] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    """Where the HDF5 library made the listing; kav's parser reads a header again when it is asked for."""
    groups: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The attributes of every object, where the HDF5 library made the listing; the root's under ""."""
    top: tuple[str, ...] = ()
    """The names under the root, likewise."""


@contextmanager
def bounded() -> Iterator[None]:
    """Turns TORN into Damaged."""
    try:
        yield
    except TORN as error:
        msg = f"a structure is cut off ({error})"
        raise Damaged(msg) from None


class Hdf5Tree:
    """One HDF5 file in `view`. Raises Damaged or Foreign on construction if the superblock says so."""

    def __init__(self, view: View, member: str, limits: Limits) -> None:
        self.view = view
        self.member = member
        self.limits = limits
        self.truncated = 0
        with bounded():
            self.source, self.root = self._superblock(view)

    def _superblock(self, view: View) -> tuple[ByteSource, int]:
        offset = 0
        while view.pread(offset, 8) != MAGIC:
            offset = max(512, offset * 2)
            if offset >= view.size:
                msg = "there is no HDF5 signature"
                raise Damaged(msg)
        head = view.pread(offset, 112).ljust(112, b"\0")
        version = head[8]
        if version in (0, 1):
            start = 24 if version == 0 else 28
            widths = head[13:15]
            end_at, root_at = start + 16, start + 40
        elif version in (2, 3):
            start, widths, end_at, root_at = 12, head[9:11], 28, 36
        else:
            msg = f"superblock version {version}"
            raise Foreign(msg)
        if widths != b"\x08\x08":
            msg = "addresses that are not 8 bytes wide"
            raise Foreign(msg)
        base, end, root = (struct.unpack_from("<Q", head, at)[0] for at in (start, end_at, root_at))
        if base not in (0, offset):
            msg = "a base address that is not where the file begins"
            raise Foreign(msg)
        self.truncated = max(0, offset + end - base - view.size) if base == 0 else max(0, end - view.size)
        return ByteSource(view, offset), root

    def header(self, address: int) -> list[Message]:
        """The messages of the object at `address`."""
        with bounded():
            return read_header(self.source, address)

    def links(self, address: int) -> list[Link]:
        """The links of the group at `address`."""
        with bounded():
            return read_links(self.source, read_header(self.source, address), self.limits.hdf5_objects)

    def attributes(self, address: int) -> dict[str, Any]:
        """The attributes of the object at `address`."""
        with bounded():
            return read_attributes(self.source, read_header(self.source, address), self.limits)

    def attribute_types(self, address: int) -> dict[str, Datatype]:
        """The element types of the attributes of the object at `address`."""
        with bounded():
            return read_attribute_types(self.source, read_header(self.source, address))

    def dataset(self, address: int) -> Dataset:
        """The dataset at `address`."""
        with bounded():
            return read_dataset(self.source, read_header(self.source, address), self.limits)

    def find(self, path: str) -> int | None:
        """The address of the object at `path`, by hard links alone; None if there is none."""
        address = self.root
        for part in path.split("/") if path else ():
            raw = part.encode("utf-8", "surrogateescape")
            for name, kind, target in self.links(address):
                if name == raw and kind == HARD:
                    address = target
                    break
            else:
                return None
        return address

    def walk(self) -> Listing:
        """Everything in the file, depth first, names in byte order. Foreign if the HDF5 library has to do it."""
        listing = Listing()
        if self.truncated:
            message = f"the file is {self.truncated:,} bytes shorter than it says"
            listing.findings.append(finding("hdf5-truncated", message, in_hdf5(self.member)))
        seen: dict[int, str] = {}
        patterns: dict[bytes, Pattern] = {}
        visits = letters = 0
        limits, peek, size, base = self.limits, self.source.peek, self.view.size, self.source.base
        addresses, tensors = listing.addresses, listing.tensors
        most_visits, most_letters = limits.hdf5_objects, limits.hdf5_names
        stack: list[tuple[str, int, int, int]] = [("", HARD, self.root, 0)]
        while stack:
            path, kind, address, depth = stack.pop()
            visits += 1
            letters += len(path)
            if visits > most_visits or letters > most_letters or len(listing.findings) >= limits.findings:
                excess = self._excess(visits, letters)
                listing.findings.append(finding("hdf5-too-large", f"{excess}; kav stopped there", in_hdf5(self.member)))
                break
            if kind != HARD:
                self._report_link(path, kind, listing)
                continue
            start = peek(address, FIRST)
            pattern = patterns.get(start[:HEAD])
            if pattern is not None and address not in seen and (place := pattern.match(start, size)) is not None:
                seen[address] = path
                shape, nbytes, values, stored = place
                addresses[path] = address
                tensors[path] = Tensor(path, shape, pattern.dtype, nbytes, stored, values + base)
                continue
            try:
                self._visit(path, address, depth, start, seen, stack, patterns, listing)
            except (Damaged, *TORN) as error:
                message = str(error) if isinstance(error, Damaged) else f"a structure is cut off ({error})"
                listing.findings.append(finding("hdf5-broken", message, in_hdf5(self.member, path)))
        return listing

    def _excess(self, visits: int, letters: int) -> str:
        if visits > self.limits.hdf5_objects:
            return f"has more than {self.limits.hdf5_objects:,} objects"
        if letters > self.limits.hdf5_names:
            return f"has paths of more than {self.limits.hdf5_names:,} characters"
        return f"is wrong in more than {self.limits.findings:,} places"

    def _report_link(self, path: str, kind: int, listing: Listing) -> None:
        at = in_hdf5(self.member, path)
        if kind == SOFT:
            listing.findings.append(finding("hdf5-soft-link", "is a symbolic link, which was not followed", at))
        else:
            what = "leads to another file" if kind == EXTERNAL else f"is of the user-defined kind {kind}"
            listing.findings.append(finding("hdf5-external-link", f"{what} and was not followed", at))

    def _visit(
        self, path: str, address: int, depth: int, start: bytes, seen: dict[int, str],
        stack: list[tuple[str, int, int, int]], patterns: dict[bytes, Pattern], listing: Listing,
    ) -> None:  # fmt: skip
        again = seen.get(address)
        seen.setdefault(address, path)
        messages = parse_header(self.source, address, start)
        kinds = {message[0] for message in messages}
        if LAYOUT in kinds:
            if again is not None:
                self._report_shared(path, again, listing)
            dataset = read_dataset(self.source, messages, self.limits)
            self._add(path, address, dataset, listing)
            if len(patterns) < PATTERNS and (pattern := learn(start, dataset)) is not None:
                patterns[start[:HEAD]] = pattern
        elif SYMBOL_TABLE not in kinds and LINK_INFO not in kinds:
            committed = DATATYPE in kinds
            name = "hdf5-committed-type" if committed else "hdf5-broken"
            message = "is a named datatype" if committed else "is no object that kav knows"
            listing.findings.append(finding(name, message, in_hdf5(self.member, path)))
        elif again is not None:
            self._report_shared(path, again, listing)
        else:
            if path:
                listing.groups[path] = address
            if depth >= self.limits.hdf5_depth:
                message = f"is nested {depth} groups deep; kav did not look further"
                listing.findings.append(finding("hdf5-too-large", message, in_hdf5(self.member, path)))
            else:
                room = max(0, self.limits.hdf5_objects - len(seen))
                self._push(path, read_links(self.source, messages, room), depth, stack, listing)

    def _push(
        self, path: str, links: list[Link], depth: int, stack: list[tuple[str, int, int, int]], listing: Listing
    ) -> None:
        prefix = f"{path}/" if path else ""
        for name, kind, target in reversed(links):
            text = name.decode("utf-8", "backslashreplace")
            if not name or name == b"." or b"/" in name:
                message = f"the name {text!r} is none that HDF5 allows"
                listing.findings.append(finding("hdf5-broken", message, in_hdf5(self.member, path)))
            else:
                stack.append((prefix + text, kind, target, depth + 1))

    def _report_shared(self, path: str, first: str, listing: Listing) -> None:
        message = f"is the same object as {first or 'the root'}"
        listing.findings.append(finding("hdf5-shared-object", message, in_hdf5(self.member, path)))

    def _add(self, path: str, address: int, dataset: Dataset, listing: Listing) -> None:
        judged = judge(dataset, self.view.size, self.limits)
        if judged:
            at = in_hdf5(self.member, path)
            listing.findings.extend(finding(name, message, at) for name, message in judged)
            if dataset.external or dataset.layout == VIRTUAL:
                return
        listing.addresses[path] = address
        offset = None
        if dataset.layout == CONTIGUOUS and dataset.address is not None:
            offset = dataset.address + self.source.base
        listing.tensors[path] = Tensor(
            path, dataset.shape, dataset.datatype.name, dataset.nbytes, dataset.stored, offset
        )


def judge(dataset: Dataset, size: int, limits: Limits) -> list[tuple[str, str]]:
    """What is unusual about a dataset of a file of `size` bytes, as (rule, message)."""
    found = []
    if dataset.external:
        found.append(("hdf5-external-storage", "keeps its values in another file"))
    if dataset.layout == VIRTUAL:
        found.append(("hdf5-virtual-dataset", "is assembled from other datasets"))
    if dataset.committed:
        found.append(("hdf5-committed-type", "has a named datatype"))
    if not dataset.datatype.usual:
        found.append(("hdf5-unusual-type", f"has elements of type {dataset.datatype.name}"))
    unknown = [str(number) for number in dataset.filters if number not in KNOWN_FILTERS]
    if unknown:
        found.append(("hdf5-unknown-filter", f"needs the filter {', '.join(unknown)}"))
    if dataset.layout == CONTIGUOUS and dataset.address is not None and not dataset.external:
        if dataset.address + dataset.stored > size:
            found.append(("hdf5-truncated", "its values reach beyond the end of the file"))
        elif dataset.stored < dataset.nbytes:
            found.append(("hdf5-shape-bomb", f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"))
    elif is_bomb(dataset, limits) and not dataset.external and dataset.layout != VIRTUAL:
        found.append(("hdf5-shape-bomb", f"declares {dataset.nbytes:,} bytes, {dataset.stored:,} are stored"))
    return found


def is_bomb(dataset: Dataset, limits: Limits) -> bool:
    """Whether a dataset declares more than deflate could ever have stored for it."""
    room = 1100 * dataset.stored if dataset.layout == CHUNKED else dataset.stored
    return dataset.nbytes > room + limits.unwritten
