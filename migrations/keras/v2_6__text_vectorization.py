"""TextVectorization pads its output only where the number of tokens is given, and names its modes otherwise."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig

MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def as_the_lookups(config: dict[str, Any]) -> dict[str, Any]:
    """padding without a number of tokens, which did nothing, is left out; a mode goes by its new name"""
    changed = dict(config)
    if config.get("pad_to_max_tokens") and config.get("max_tokens") is None:
        changed["pad_to_max_tokens"] = False
    if isinstance(config.get("output_mode"), str):
        changed["output_mode"] = MODES.get(config["output_mode"], config["output_mode"])
    return config if changed == config else changed


migration = Migration(
    library="keras",
    release="2.6.0",
    evidence="text_vectorization.py of TensorFlow 2.4.4; keras/layers/preprocessing/text_vectorization.py of 2.6.0",
    operations=(RewriteConfig("keras.layers.TextVectorization", as_the_lookups),),
)
