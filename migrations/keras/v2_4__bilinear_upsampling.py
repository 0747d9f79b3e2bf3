"""``UpSampling2D(interpolation="bilinear")`` samples at the centres of pixels since TensorFlow 2, not at their corners."""

from dataclasses import replace

from kerasarchive.migration import (
    Graft,
    Log,
    Migration,
    Node,
    Object,
    Ref,
    Refuse,
    RewriteModel,
    State,
    descend,
    transform,
)

WHY = "bilinear upsampling of TensorFlow 1 samples at the corners of pixels"
ADVICE = "replace it by nearest upsampling or a transposed convolution, and train on"


def other_samples(model: Object, log: Log) -> Object:
    """bilinear upsampling from the corners of pixels is a moving average over nearest upsampling"""

    def change(obj: Object) -> Object:
        if obj.key != "keras.layers.UpSampling2D" or obj.get("interpolation") != "bilinear":
            return obj
        height, width = _factors(obj)
        if height == width == 1:
            return obj
        if centred is None:
            reason = f"{WHY}, and the archive does not say whether 1.14 or before wrote it, or 1.15 or later"
            log.refuse(obj, reason, ADVICE)
            return obj
        log.did(obj, "bilinear upsampling samples elsewhere", "differs")
        return _averaged(obj, height, width)

    centred = _centred(model, log)
    if centred:
        return model
    return transform(model, change)


def _centred(model: Object, log: Log) -> bool | None:
    """Whether the writing release samples at the centres already: tf.keras does from TensorFlow 1.15 on.

    1.13 to 2.1 are all 2.2.4-tf; but 1.15 gave every InputLayer the key `ragged`.
    """
    if log.source is None or not log.source.flavour:
        return False
    if log.source.version == "2.3.0":
        return True  # TensorFlow 2.2
    inputs = [obj for obj in descend(model) if obj.class_name == "InputLayer" and isinstance(obj.config, dict)]
    return any("ragged" in layer.config for layer in inputs) if inputs else None


def _factors(obj: Object) -> tuple[int, int]:
    size = obj.get("size", [2, 2])
    pair = [size, size] if isinstance(size, int) else size
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(isinstance(n, int) and n > 0 for n in pair):
        reason = f"its size is {size!r}"
        raise Refuse(reason)
    return pair[0], pair[1]


def _averaged(obj: Object, height: int, width: int) -> Object:
    """Sample i of f new ones per pixel is the mean of the samples i to i + f - 1 of nearest upsampling.

    Of these, f - i mod f show the pixel and i mod f the next one. Beyond the border the last pixel goes on; "same" padding
    leaves out what is not there, on the side behind for a window of two, which is the same.
    """
    name, layout = str(obj.own_name), obj.get("data_format") or "channels_last"
    made, shape = Graft(name), (None, None, None, None)
    # The first layer of a Sequential says the shape of the input.
    x = made.input(f"{name}_input", tuple(obj.get("batch_input_shape") or shape))
    nearest = {"size": [height, width], "interpolation": "nearest", "data_format": layout}
    ref = made.layer("keras.layers.UpSampling2D", f"{name}_nearest", x, shape, **nearest)
    beyond = max(height, width) > 2
    if beyond:
        ref = _bordered(
            made, ref, [0, height - 1, width - 1, 0] if layout == "channels_last" else [0, 0, height - 1, width - 1]
        )
    window = {
        "pool_size": [height, width],
        "strides": [1, 1],
        "padding": "valid" if beyond else "same",
        "data_format": layout,
    }
    ref = made.layer("keras.layers.AveragePooling2D", f"{name}_mean", ref, shape, **window)
    return replace(made.model(x, ref), name=obj.name, nodes=obj.nodes, states={"": State()}, origin=obj.origin)


def _bordered(made: Graft, ref: Ref, behind: list[int]) -> Ref:
    """The image mirrored behind its border, where nearest upsampling repeats the last pixel often enough."""
    name = f"{made.name}_border"
    config = {"name": name, "trainable": True, "dtype": "float32", "function": "pad"}
    arguments = {"paddings": [[0, number] for number in behind], "mode": "SYMMETRIC"}
    made.layers.append(Object("TFOpLambda", "keras.layers", config, name=name, nodes=(Node((ref,), arguments),)))
    return replace(ref, layer=name)


migration = Migration(
    library="keras",
    release="2.4.0",
    evidence="resize_images in keras/backend.py: resize_bilinear of TensorFlow 1.13, 1.14 and standalone Keras on 1.15 "
    "(half_pixel_centers=False), resize_images_v2 of tf.keras in 1.15 and later; measured with 2.3.1",
    operations=(RewriteModel(other_samples, consequence="differs"),),
)
