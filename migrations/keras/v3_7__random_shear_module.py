"""``RandomShear`` is exported as one of ``keras.layers``."""

from kerasarchive.migration import Migration, MoveModule

OLD = "keras.src.layers.preprocessing.image_preprocessing.random_shear.RandomShear"

migration = Migration(
    library="keras",
    release="3.7.0",
    evidence="keras/src/layers/preprocessing/image_preprocessing/random_shear.py of 3.6.0 and 3.7.0: keras_export",
    operations=(MoveModule(OLD, "keras.layers.RandomShear"),),
)
