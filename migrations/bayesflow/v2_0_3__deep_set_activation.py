"""The activation of a ``DeepSet`` is silu by default, no longer gelu; archives hold what was passed alone."""

from kerasarchive.migration import Migration, PinDefault

migration = Migration(
    library="bayesflow",
    release="2.0.3",
    evidence="bayesflow/networks/deep_set/deep_set.py of 2.0.2 and 2.0.3",
    operations=(
        PinDefault(("bayesflow.utils.decorators>DeepSet", "bayesflow.networks>DeepSet"), "activation", "gelu"),
    ),
)
