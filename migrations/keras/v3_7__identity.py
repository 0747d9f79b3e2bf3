"""The initializer is called ``Identity`` again."""

from kerasarchive.migration import Migration, RenameClass

migration = Migration(
    library="keras",
    release="3.7.0",
    evidence="keras/src/initializers/constant_initializers.py of 3.6.0 and 3.7.0: keras_export",
    operations=(RenameClass("keras.initializers.IdentityInitializer", "keras.initializers.Identity"),),
)
