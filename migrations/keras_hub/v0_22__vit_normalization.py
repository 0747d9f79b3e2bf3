"""``ViTImageConverter`` normalizes by ``scale`` and ``offset`` alone; ``norm_mean`` and ``norm_std`` are gone."""

from typing import Any

from kerasarchive.migration import Migration, Refuse, RewriteConfig

KEYS = ("norm_mean", "norm_std")


def channels(value: Any, otherwise: float, count: int) -> list[float]:
    """A number for each channel, given one, a list of them or nothing."""
    if value is None or value == []:
        return [otherwise] * count
    if isinstance(value, list):
        if len(value) != count or not all(isinstance(each, (int, float)) for each in value):
            reason = f"{str(value)[:60]!r} is no number for each of {count} channels"
            raise Refuse(reason, "load it in the release that wrote it and save it with scale and offset")
        return [float(each) for each in value]
    if not isinstance(value, (int, float)):
        reason = f"{str(value)[:60]!r} is no number"
        raise Refuse(reason, "load it in the release that wrote it and save it with scale and offset")
    return [float(value)] * count


def normalize(config: dict[str, Any]) -> dict[str, Any]:
    """(x * scale + offset - norm_mean) / norm_std is x * (scale / norm_std) + (offset - norm_mean) / norm_std"""
    if not any(key in config for key in KEYS):
        return config
    kept = {key: value for key, value in config.items() if key not in KEYS}
    given = [config.get(key) for key in (*KEYS, "scale", "offset")]
    if not any(given[:2]):
        return kept
    count = max(len(value) if isinstance(value, list) else 1 for value in given)
    mean, std, scale, offset = (
        channels(value, otherwise, count) for value, otherwise in zip(given, (0.0, 1.0, 1.0, 0.0), strict=True)
    )
    if 0.0 in std:
        reason = "`norm_std` is 0"
        raise Refuse(reason)
    return kept | {
        "scale": [a / s for a, s in zip(scale, std, strict=True)],
        "offset": [(b - m) / s for b, m, s in zip(offset, mean, std, strict=True)],
    }


migration = Migration(
    library="keras_hub",
    release="0.22.0",
    evidence="keras_hub/src/models/vit/vit_image_converter.py of 0.21.1 and 0.22.0",
    operations=(RewriteConfig("keras_hub>ViTImageConverter", normalize),),
    tells=True,
)
