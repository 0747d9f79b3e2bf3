"""TensorFlow's checkpoint: the weights alone, what ``model.save_weights(prefix)`` of tf.keras writes by default."""

from __future__ import annotations

from pathlib import Path

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.tensorflow.sstable import FOOTER, is_table
from kerasarchive.formats.tensorflow.store import BundleStore
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.trackable import ObjectGraph, Tracked

INDEX = ".index"
LATEST = b"model_checkpoint_path:"


def recognise(source: Source) -> bool:
    """A file that ends like a LevelDB table: the index, by its own name or by the prefix that it shares with its data.

    Or the text file ``checkpoint`` beside it, which names the latest one.
    """
    if source.view is None:
        return False
    return source.head.startswith(LATEST) or is_table(source.view.pread(max(0, source.view.size - FOOTER), FOOTER))


def _prefix(source: Source) -> Path:
    if not source.head.startswith(LATEST):
        return Path(source.path.removesuffix(INDEX))
    named = source.head.partition(b'"')[2].partition(b'"')[0].decode("utf-8", "backslashreplace")
    if named != Path(named).name or named in ("", ".", ".."):
        # TensorFlow would go wherever an absolute path leads.
        msg = f"names the checkpoint {named!r}, which is no file beside it"
        raise ArchiveError(msg, hint="name the checkpoint itself", rule="tf-damaged")
    return Path(source.path).with_name(named)


def read(source: Source) -> Archive:
    """The archive, which has no config. The data files are opened when a tensor is asked for."""
    prefix = _prefix(source)
    store = BundleStore(prefix, "", source.limits, source.closers)
    findings: list[Finding] = []
    nodes: tuple[Tracked, ...] = ()
    # Without its index there is nothing to say: this raises.
    store.tensors()
    try:
        nodes = store.objects
    except ArchiveError as error:
        findings.append(finding("tf-damaged", error.message, Location()))
    return Archive(
        path=source.path, format=FORMAT.name, weights=store, objects=ObjectGraph(nodes),
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


FORMAT = Format("tf-checkpoint", "TensorFlow checkpoint (.index and .data)", recognise, read, precedence=65)
