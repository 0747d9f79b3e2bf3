"""A ``Bidirectional`` gives zeros for masked steps; in standalone Keras it repeated the output of the step before."""

from collections.abc import Iterator, Mapping

from kerasarchive.migration import Log, Migration, Object, RewriteModel, descend

RECURRENT = ("RNN", "LSTM", "GRU", "SimpleRNN", "ConvLSTM2D", "Bidirectional", "CuDNNLSTM", "CuDNNGRU")
STEPWISE = ("Activation", "Dropout", "Dense", "LeakyReLU", "PReLU", "ELU", "BatchNormalization", "TimeDistributed")
"""Layers after which a masked step is still masked."""
MODELS = ("Functional", "Sequential", "Model")


def zeros_for_masked_steps(model: Object, log: Log) -> Object:
    """a Bidirectional that returns sequences gives zeros for masked steps"""
    if log.source is not None and log.source.flavour:
        return model  # tf.keras always did
    if not any(obj.class_name == "Masking" or obj.get("mask_zero") is True for obj in descend(model)):
        return model
    for graph in descend(model):
        if graph.class_name in MODELS and isinstance(graph.config, Mapping):
            for layer in graph.get("layers", ()):
                wrapped = layer.get("layer")
                if layer.class_name != "Bidirectional" or not isinstance(wrapped, Object):
                    continue
                if wrapped.get("return_sequences") and not _hidden(layer, graph, set()):
                    log.did(layer, "masked steps are zeros", "differs")
                    reason = (
                        "its outputs for masked steps are zeros in tf.keras, and another layer or the output sees them"
                    )
                    log.refuse(layer, reason, "rebuild the model without masks before this layer")
    return model


def _hidden(layer: Object, graph: Object, seen: set[str | None]) -> bool:
    """Whether only recurrent layers, which skip masked steps, use what `layer` gives."""
    if layer.own_name in seen:
        return True
    seen.add(layer.own_name)
    users = list(_users(layer, graph))
    return bool(users) and all(
        user is not None
        and (user.class_name in RECURRENT or (user.class_name in STEPWISE and _hidden(user, graph, seen)))
        for user in users
    )


def _users(layer: Object, graph: Object) -> Iterator[Object | None]:
    """The layers that take the output of `layer`; None stands for the model's own output."""
    layers = graph.get("layers", [])
    if graph.class_name == "Sequential":
        index = next(i for i, each in enumerate(layers) if each is layer)
        yield layers[index + 1] if index + 1 < len(layers) else None
        return
    for other in layers:
        if any(ref.layer == layer.name for node in other.nodes or () for ref in node.refs):
            yield other
    outputs = graph.get("output_layers")
    for end in outputs if isinstance(outputs, (list, tuple)) else [outputs]:
        if getattr(end, "layer", None) == layer.name:
            yield None


migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="rnn in keras/backend/tensorflow_backend.py of 2.3.1; zero_output_for_mask of tf.keras; measured with 2.3.1",
    operations=(RewriteModel(zeros_for_masked_steps, consequence="differs"),),
)
