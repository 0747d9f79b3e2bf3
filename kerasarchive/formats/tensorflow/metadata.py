"""What tf.keras says of its objects in a SavedModel: JSON texts, in keras_metadata.pb since TF 2.5, before in the objects.

Sources: keras/protobuf/saved_metadata.proto, keras/saving/legacy/saved_model/load.py (``_read_legacy_metadata``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kerasarchive.formats.tensorflow.wire import Damaged, fields, message, number, text
from kerasarchive.model.trackable import Tracked

KERAS = ("_tf_keras_layer", "_tf_keras_model", "_tf_keras_sequential", "_tf_keras_network", "_tf_keras_input_layer",
         "_tf_keras_rnn_layer", "_tf_keras_metric")  # fmt: skip
"""What Keras calls its objects in the graph."""

MODELS = ("_tf_keras_model", "_tf_keras_sequential", "_tf_keras_network")

SEQUENCES = ("__tuple__", "TensorShape")


def with_metadata(nodes: Sequence[Tracked], data: bytes) -> tuple[Tracked, ...]:
    """The objects with what keras_metadata.pb says of them. Raises Damaged."""
    found = list(nodes)
    for field, value in fields(memoryview(data)):
        if field != 1:
            continue
        node, identifier, metadata = 0, "", ""
        for inner, item in fields(message(value)):
            if inner == 2:
                node = number(item)
            elif inner == 4:
                identifier = text(item)
            elif inner == 5:
                metadata = text(item)
        if node >= len(found):
            msg = f"speaks of object {node}, which does not exist"
            raise Damaged(msg)
        found[node] = replace(found[node], identifier=identifier, metadata=metadata)
    return tuple(found)


def plain(value: Any) -> Any:
    """JSON with tuples and shapes as lists, as HDF5 files have them: tf.keras marks both and reads either alike.

    Source: keras/saving/legacy/saved_model/json_utils.py (``Encoder``, ``decode``). Not deeper than the JSON reader goes.
    """
    if isinstance(value, dict):
        if value.get("class_name") in SEQUENCES and isinstance(value.get("items"), list) and len(value) == 2:
            return [plain(item) for item in value["items"]]
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
