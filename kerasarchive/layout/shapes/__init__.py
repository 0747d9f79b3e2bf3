"""The shape of every tensor in a model, from its config alone.

`infer` follows the declared input shapes through Sequential and Functional models of Keras 2 and 3; None means unknown.
"""

from kerasarchive.layout.shapes.call import Call, Source, calls_of, sources_of
from kerasarchive.layout.shapes.inference import MODELS, Flow, Trace, evidence, infer, input_shape, layer_name, trace
from kerasarchive.layout.shapes.setting import Shape, product, shape_of, shapes_of

__all__ = [
    "MODELS",
    "Call",
    "Flow",
    "Shape",
    "Source",
    "Trace",
    "calls_of",
    "evidence",
    "infer",
    "input_shape",
    "layer_name",
    "product",
    "shape_of",
    "shapes_of",
    "sources_of",
    "trace",
]
