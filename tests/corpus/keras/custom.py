"""The custom object of the case `rnn_customcell`, for Keras 3: the oracle imports this before it loads an archive."""

import keras


@keras.saving.register_keras_serializable(package="labpkg")
class MyCell(keras.layers.Layer):
    """A recurrent cell: tanh of the input's and the state's projections."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.k = self.add_weight(shape=(input_shape[-1], self.units), name="k")
        self.r = self.add_weight(shape=(self.units, self.units), name="r")
        self.built = True

    def call(self, inputs, states, training=None):
        out = keras.ops.tanh(keras.ops.matmul(inputs, self.k) + keras.ops.matmul(states[0], self.r))
        return out, [out]

    def get_config(self):
        return super().get_config() | {"units": self.units}
