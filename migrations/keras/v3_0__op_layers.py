"""Functions of TensorFlow that a graph called directly are no layers any more: operations of ``keras.ops`` take their place."""

from kerasarchive.migration import Log, Migration, Object, RewriteGraph
from kerasarchive.migration.functions import speak_back, translate


def operations(model: Object, log: Log) -> Object:
    """functions of TensorFlow are said in operations of Keras"""
    return translate(model, log)


def op_layers(model: Object, log: Log) -> Object:
    """operations of Keras are said as functions of TensorFlow"""
    return speak_back(model, log)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/core/tf_op_layer.py of 2.15.0 and TensorFlowOpLayer in keras/engine/base_layer.py of TensorFlow "
    "2.2.0, which 3.0.0 has not; keras/src/ops of 3.0.0",
    operations=(RewriteGraph(operations, back=op_layers),),
)
