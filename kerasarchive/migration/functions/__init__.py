"""Functions of TensorFlow in a graph of tf.keras, said in operations of Keras 3: one table, grouped by what they do."""

from kerasarchive.migration.functions.translation import FUNCTIONS, translate

__all__ = ["FUNCTIONS", "translate"]
