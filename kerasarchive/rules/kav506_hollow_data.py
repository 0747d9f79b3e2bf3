"""Gigabytes are declared for which the archive keeps next to nothing: whoever loads or unpacks it makes them all.

Keras reads a tensor as a whole before it compares its shape, and takes assets out of a `.keras` as they are. A dataset
that was never written, one of compressed zeros, or an asset that inflates a thousand times fills memory and disk; many of
modest size do so together, each below the limit that newer releases put on one. Weights that are truly all zero compress
as well: kav lets pass what the config has a variable of that very shape for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasarchive.auditing.evidence import Evidence
from kerasarchive.auditing.rule import Rule
from kerasarchive.layout import variables
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_hdf5
from kerasarchive.model.weights import Tensor

_TIMES = 100
"""So many times its stored size, data is hollow: trained weights do not compress to half."""
_DEFLATE = 1100
"""More than any deflated data inflates to (1032 times): it was never written."""
_UNWRITTEN = 64 << 20
_COMPRESSED = 256 << 20
_ASSET = 64 << 20
_WEIGHTS = (".h5", ".npz", ".json")


def check(evidence: Evidence) -> Iterator[Finding]:
    """The tensors together, and each other member."""
    archive = evidence.archive
    if archive.weights is not None:
        member = archive.member(archive.weights.member)
        packed = member.stored / member.size if member and member.size else 1.0
        yield from _tensors(evidence, min(1.0, packed))
    for member in archive.members:
        if member.name.endswith(_WEIGHTS) or member.size < _ASSET or member.size < _TIMES * member.stored:
            continue
        message = f"inflates from {member.stored:,} bytes to {member.size:,}"
        yield RULE.finding(message, Location(member.name))


def _tensors(evidence: Evidence, packed: float) -> Iterator[Finding]:
    weights = evidence.archive.weights
    assert weights is not None
    hollow = [
        tensor
        for tensor in weights.tensors().values()
        if tensor.nbytes > 4096 and tensor.nbytes > _TIMES * tensor.stored * packed
    ]
    unwritten = [tensor for tensor in hollow if tensor.nbytes > _DEFLATE * tensor.stored]
    if _total(unwritten) > _UNWRITTEN:
        yield _finding(weights.member, unwritten)
    elif _total(hollow) > _COMPRESSED:
        expected = set(_shapes(evidence))
        odd = [tensor for tensor in hollow if tensor.shape not in expected]
        if _total(odd) > _COMPRESSED:
            yield _finding(weights.member, odd)


def _total(tensors: list[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def _finding(member: str, tensors: list[Tensor]) -> Finding:
    largest = max(tensors, key=lambda tensor: tensor.nbytes)
    several = f"{len(tensors):,} tensors declare" if len(tensors) > 1 else "declares"
    stored = sum(tensor.stored for tensor in tensors)
    message = f"{several} {_total(tensors):,} bytes, of which the file keeps {stored:,}"
    return RULE.finding(message, in_hdf5(member, largest.path))


def _shapes(evidence: Evidence) -> Iterator[tuple[int, ...]]:
    """The shapes of all variables that the config has layers for."""
    found: list[tuple[Any, Any]] = []
    for path, flow in evidence.flows.items():
        layer = evidence.archive.config
        for part in path:
            layer = layer[part]
        found.append((layer, flow.input_shape))
    for site, symbol in evidence.objects:
        built = site.value.get("build_config")
        if symbol.kind == "builtin" and isinstance(built, dict):
            found.append((site.value, built.get("input_shape")))
        elif symbol.kind == "builtin":
            found.append((site.value, None))
    for layer, shape in found:
        name, config = layer.get("class_name"), layer.get("config")
        if isinstance(name, str) and isinstance(config, dict):
            for holder in variables.tree(name, config, input_shape=shape):
                for one in holder.variables or ():
                    if one.shape is not None and None not in one.shape:
                        yield tuple(length or 0 for length in one.shape)


RULE = Rule(
    code="KAV506",
    name="hollow-data",
    severity="high",
    remedy="Do not load or unpack it: it would fill the memory or the disk.",
    check=check,
)
