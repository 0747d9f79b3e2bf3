"""The initializer is called ``Orthogonal`` again."""

from kerasarchive.migration import Migration, RenameClass

migration = Migration(
    library="keras",
    release="3.7.0",
    evidence="keras/src/initializers/random_initializers.py of 3.6.0 and 3.7.0",
    operations=(RenameClass("keras.initializers.OrthogonalInitializer", "keras.initializers.Orthogonal"),),
)
