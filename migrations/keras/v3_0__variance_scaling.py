"""``VarianceScaling`` calls its truncated normal distribution by its name."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig


def truncated(config: dict[str, Any]) -> dict[str, Any]:
    """`normal` always meant the truncated normal distribution."""
    return config | {"distribution": "truncated_normal"} if config.get("distribution") == "normal" else config


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/initializers.py of 2.3.1 (K.truncated_normal); keras/src/initializers/random_initializers.py of 3.0.0",
    operations=(RewriteConfig("keras.initializers.VarianceScaling", truncated),),
)
