"""``RandomShear`` writes a factor as a range from minus to plus, which its own constructor refuses."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig


def factors(config: dict[str, Any]) -> dict[str, Any]:
    """a range from minus to plus is what one number stands for"""
    return {key: _number(value) if key in ("x_factor", "y_factor") else value for key, value in config.items()}


def _number(value: Any) -> Any:
    symmetric = isinstance(value, list) and len(value) == 2 and value[0] == -value[1] and value[1] >= 0
    return value[1] if symmetric else value


migration = Migration(
    library="keras",
    release="3.7.0",
    evidence="keras/src/layers/preprocessing/image_preprocessing/random_shear.py of 3.8.0 and 3.15.1: __init__, get_config",
    repairs=("3.6.0", "3.15.1"),
    operations=(RewriteConfig("keras.layers.RandomShear", factors),),
)
