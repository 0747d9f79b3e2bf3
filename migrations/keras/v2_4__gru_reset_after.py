"""``GRU`` applies its reset gate after the recurrent product by default; before 2.1.5 it could not, and did not say so."""

from kerasarchive.migration import Migration, PinDefault

migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="keras/layers/recurrent.py of 2.1.4: GRUCell.call; tensorflow/python/keras/layers/recurrent_v2.py of 2.4: GRU",
    operations=(PinDefault(("keras.layers.GRU", "keras.layers.GRUCell"), "reset_after", False),),
)
