"""``SpectralNormalization`` can be loaded; tf.keras could save it, and not load what it saved."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject, unchanged


def refuse(obj: Object, log: Log) -> Object:
    """tf.keras cannot load it"""
    reason = "tf.keras does not load it, not even from an archive of its own"
    raise Refuse(reason, "name a target of Keras 3")


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="measured: 2.15.0 raises 'str' object is not callable for a SpectralNormalization that it saved; 3.0.5 loads it",
    operations=(RewriteObject("keras.layers.SpectralNormalization", unchanged, consequence="harmless", back=refuse),),
)
