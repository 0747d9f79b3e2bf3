"""TensorFlow's SavedModel: a folder with the graph, variables in a tensor bundle, and what tf.keras says of its layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from kerasarchive.errors import ArchiveError
from kerasarchive.formats.document import parse
from kerasarchive.formats.folder import content, files
from kerasarchive.formats.format import Format, Source
from kerasarchive.formats.rules import finding
from kerasarchive.formats.tensorflow.metadata import MODELS, plain, with_metadata
from kerasarchive.formats.tensorflow.metagraph import MetaGraph, read_metagraph
from kerasarchive.formats.tensorflow.objects import joined
from kerasarchive.formats.tensorflow.store import BundleStore
from kerasarchive.formats.tensorflow.wire import Damaged
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location, in_json
from kerasarchive.model.trackable import ObjectGraph

GRAPH, METADATA, INDEX = "saved_model.pb", "keras_metadata.pb", "variables/variables.index"
T = TypeVar("T")
KEYS = ("keras_version", "backend")


@dataclass(frozen=True, slots=True)
class Said:
    """What tf.keras says of the model: its config and training set-up, and where that stands."""

    at: Location = field(default_factory=Location)
    config: Any = None
    training: Any = None
    facts: dict[str, Any] = field(default_factory=dict)


def recognise(source: Source) -> bool:
    """A folder that holds saved_model.pb, and no Keras archive of its own."""
    return source.is_folder and GRAPH in source.names and "model.weights.h5" not in source.names


def read(source: Source) -> Archive:
    """The archive. Without Keras's own words about the model there is no config, only weights."""
    findings: list[Finding] = []
    root = Path(source.path)
    members = tuple(files(root, source, findings))
    names = {member.name for member in members}
    graph = _graph(root, names, source, findings)
    store = None
    if INDEX in names:
        store = BundleStore(root / "variables" / "variables", INDEX, source.limits, source.closers)
    nodes = graph.nodes
    try:
        nodes = joined(nodes, store.objects) if store else nodes
    except ArchiveError as error:
        findings.append(finding("tf-damaged", error.message, Location(INDEX)))
    said = Said()
    if nodes and nodes[0].metadata:
        said = _said(nodes[0].metadata, METADATA if METADATA in names else GRAPH, source, findings)
    if said.config is None:
        findings.append(_no_keras(graph, nodes[0].identifier if nodes else ""))
    facts = {"tensorflow_version": graph.tensorflow_version} if graph.tensorflow_version else {}
    return Archive(
        path=source.path, format=FORMAT.name, members=members, metadata=said.facts | facts,
        config=said.config, config_at=said.at / "model_config", training=said.training,
        training_at=said.at / "training_config", weights=store,
        objects=ObjectGraph(nodes, graph.signatures, graph.assets, partial(_asked, graph.operations),
            partial(_asked, graph.effects), lambda name: _asked(partial(graph.constant, name))),
        findings=tuple(findings), closers=(source.close,),
    )  # fmt: skip


def _graph(root: Path, names: set[str], source: Source, findings: list[Finding]) -> MetaGraph:
    if GRAPH not in names:
        msg = "is a link or no regular file; it was not followed"
        raise ArchiveError(msg, location=GRAPH, rule="tf-damaged")
    try:
        graph = read_metagraph(content(root / GRAPH, source.limits.saved_model, GRAPH), source.limits)
    except Damaged as error:
        msg = f"damaged graph: {error}"
        raise ArchiveError(msg, location=GRAPH, hint="get the file once more", rule="tf-damaged") from None
    if METADATA not in names:
        return graph
    try:
        data = content(root / METADATA, source.limits.json_size, METADATA)
        return graph.with_nodes(with_metadata(graph.nodes, data))
    except (Damaged, ArchiveError) as error:
        findings.append(finding("tf-damaged", str(error), Location(METADATA)))
        return graph


def _asked(of_graph: Callable[[], T]) -> T:
    try:
        return of_graph()
    except Damaged as error:
        msg = f"damaged graph: {error}"
        raise ArchiveError(msg, location=GRAPH, hint="get the file once more", rule="tf-damaged") from None


def _said(text: str, member: str, source: Source, findings: list[Finding]) -> Said:
    at = in_json(member, 0)
    value, wrong = parse(text.encode("utf-8", "surrogatepass"), at, source.limits)
    findings.extend(wrong)
    if not isinstance(value, dict):
        return Said(at)
    facts = {key: value[key] for key in KEYS if isinstance(value.get(key), str)}
    config, training = plain(value.get("model_config")), plain(value.get("training_config"))
    registered = value.get("class_name")
    if isinstance(config, dict) and isinstance(registered, str) and registered.endswith(f">{config.get('class_name')}"):
        # Of a class of the user's own, model_config has the bare name alone; tf.keras goes by the other.
        config["class_name"] = registered
    return Said(at, config if isinstance(config, dict) else None, training, facts)


def _no_keras(graph: MetaGraph, identifier: str) -> Finding:
    if identifier in MODELS:
        message = "Keras saved the model without its config: its class was the user's own and had no get_config"
    elif identifier.startswith("_tf_keras"):
        message = "Keras saved a layer, not a model"
    else:
        message = "Keras says nothing of the model: it was exported for serving, or saved with TensorFlow alone"
    if graph.tensorflow_version:
        message += f" (TensorFlow {graph.tensorflow_version})"
    return finding("tf-no-keras", message, Location(GRAPH))


FORMAT = Format("saved-model", "TensorFlow SavedModel (folder)", recognise, read, precedence=8)
