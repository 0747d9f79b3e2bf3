"""The initializer ``Orthogonal`` was called ``OrthogonalInitializer``."""

from kerasarchive.migration import Migration, RenameClass

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/initializers/random_initializers.py of 2.15.0 and 3.0.0; measured with 3.3.3",
    operations=(RenameClass("keras.initializers.Orthogonal", "keras.initializers.OrthogonalInitializer"),),
)
