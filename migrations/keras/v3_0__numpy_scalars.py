"""Numbers in a layer's config are plain: Keras 3 does not revive the NumPy scalars that tf.keras 2.12 wrote."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Object, RewriteModel, transform, unchanged


def plain_numbers(model: Object, log: Log) -> Object:
    """NumPy scalars are plain numbers"""

    def change(obj: Object) -> Object:
        config = _plain(obj.config)
        return obj if config is obj.config else replace(obj, config=config)

    return transform(model, change)


def _plain(value: Any) -> Any:
    """`value` without NumPy scalars; the very same where there are none. Objects have been looked at already."""
    if isinstance(value, Mapping):
        inner = value.get("config")
        if value.get("class_name") == "__numpy__" and isinstance(inner, Mapping):
            scalar = inner.get("value")
            return scalar if isinstance(scalar, (bool, int, float)) else value
        items = {key: _plain(item) for key, item in value.items()}
        return items if any(items[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        sequence = [_plain(item) for item in value]
        return sequence if any(new is not old for new, old in zip(sequence, value, strict=True)) else value
    return value


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/saving/serialization_lib.py of 3.0.0: a class's config reaches from_config as it is",
    operations=(RewriteModel(plain_numbers, back=unchanged),),
)
