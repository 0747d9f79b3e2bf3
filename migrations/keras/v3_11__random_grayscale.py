"""``RandomGrayscale`` can stand in a Functional model; before, such a model could not be run once it was loaded."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged


def refuse_in_graph(obj: Object, log: Log) -> Object:
    """it cannot stand in a graph"""
    if obj.nodes is None:
        return obj
    reason = "before Keras 3.11 a Functional model with it cannot be run: its output is its input to the graph"
    raise Refuse(reason, "name a target from 3.11 on")


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="measured 3.15.1 -> 3.8.0, 3.9.2, 3.10.0 (fail) and 3.11.3: compute_output_spec returns its input",
    operations=(RewriteObject("keras.layers.RandomGrayscale", unchanged, back=refuse_in_graph),),
)
