"""Functions of TensorFlow in a graph of tf.keras, said in operations of Keras 3: one table, grouped by what they do; and back."""

from kerasarchive.migration.functions.spoken_back import speak_back
from kerasarchive.migration.functions.translation import FUNCTIONS, translate

__all__ = ["FUNCTIONS", "speak_back", "translate"]
