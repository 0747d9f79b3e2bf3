"""Write small archives, and what they compute, with a release of Keras 3: ``PYTHON keras3_archives.py OUT [--only GLOB]``.

Under `OUT` stand `<case>.keras` and `<case>.npz` (the record form of README.md beside this file) for every case that the
release can build. The cases are those that a step between two releases of Keras 3 could spoil: arguments that came and
went, operations whose calls changed, quantized weights, models inside of models, the state of every optimizer.
"""

import argparse
import fnmatch
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
from keras import layers as L
from keras import ops

CASES = {}
RANDOM = np.random.RandomState


def case(build, *, name=None, x=None, steps=0, raw=False):
    """Register a builder. `steps` of training before saving; `raw`: its weights stay as they were made."""
    CASES[name or build.__name__] = (build, x, steps, raw)
    return build


def inp(*shape, **more):
    return keras.Input(shape, **more)


def chain(shape, *made, **more):
    x = start = inp(*shape)
    for layer in made:
        x = layer(x)
    return keras.Model(start, x, **more)


def op(name, shape, function, *, inputs=1, **more):
    def build():
        start = [inp(*shape) for _ in range(inputs)]
        return keras.Model(start, function(*start))

    case(build, name=f"op_{name}", **more)


def compiled(name, optimizer, loss="mse", steps=3, **more):
    def build():
        model = chain((4,), L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(2))
        model.compile(optimizer() if callable(optimizer) else optimizer, loss, **more)
        return model

    case(build, name=f"train_{name}", steps=steps)


def one(name, shape, layer, **more):
    case(lambda: chain(shape, layer()), name=f"one_{name}", **more)


# Operations whose arguments moved, came or went.
op("ones_like", (4,), lambda x: ops.ones_like(x) + x)
op("zeros_like_dtype", (4,), lambda x: ops.cast(ops.zeros_like(x, dtype="int32"), "float32") + x)
op("full_like", (4,), lambda x: ops.full_like(x, 2.5) * x)
op("isclose", (4,), lambda x, y: ops.isclose(x, y), inputs=2)
op("slice", (4, 5), lambda x: ops.slice(x, (0, 1, 0), (2, 2, 3)), x="batch of two")
op("searchsorted", (4,), lambda x: ops.searchsorted(ops.sort(x[0]), x[0], side="right"))
op("stack", (4,), lambda x, y: ops.stack([x, y], axis=1), inputs=2)
op("linspace", (4,), lambda x, y: ops.linspace(x, y, num=3), inputs=2)
op("top_k", (6,), lambda x: ops.top_k(x, 2)[0])
op("pad", (4, 3), lambda x: ops.pad(x, [[0, 0], [1, 1], [0, 0]], constant_values=1.5))
op("threshold", (4,), lambda x: ops.threshold(x, 0.3, -1.0))
op("rms", (4,), lambda x: ops.rms_normalization(x))
op("layer_norm", (4,), lambda x: ops.layer_normalization(x))
op("attention", (5, 2, 4), lambda q, k, v: ops.dot_product_attention(q, k, v), inputs=3)
op(
    "attention_scaled",
    (5, 2, 4),
    lambda q, k, v: ops.dot_product_attention(q, k, v, scale=0.2, is_causal=True),
    inputs=3,
)
op("batch_norm", (4,), lambda x: ops.batch_normalization(x, ops.mean(x, 0), ops.var(x, 0), axis=-1))
op("moments", (4, 3), lambda x: ops.moments(x, axes=[1])[0])
op("normalize", (4,), lambda x: ops.normalize(x, axis=-1, order=2))
op("one_hot", (), lambda x: ops.one_hot(ops.cast(ops.absolute(x), "int32"), 4))
op("multi_hot", (3,), lambda x: ops.multi_hot(ops.cast(ops.absolute(x), "int32"), 6))
op("argmax_keep", (4, 3), lambda x: ops.argmax(x, axis=-1, keepdims=True))
op("resize", (6, 6, 3), lambda x: ops.image.resize(x, (3, 4)))
op("crop", (6, 6, 3), lambda x: ops.image.crop_images(x, 1, 2, target_height=3, target_width=3))
op("pad_images", (4, 4, 2), lambda x: ops.image.pad_images(x, 1, 1, target_height=8, target_width=8))
op("gray", (4, 4, 3), lambda x: ops.image.rgb_to_grayscale(x))
op("patches", (6, 6, 2), lambda x: ops.image.extract_patches(x, (2, 2)))
op("fft", (8,), lambda x: ops.fft((x, x))[0])
op("solve", (3, 3), lambda x: ops.solve(ops.matmul(x, ops.transpose(x, (0, 2, 1))) + 4 * ops.eye(3), x))
op("qr", (3, 3), lambda x: ops.abs(ops.qr(x)[1]))
op("nan_to_num", (4,), lambda x: ops.nan_to_num(x))
op("segment", (6,), lambda x: ops.segment_sum(x[0], ops.convert_to_tensor([0, 0, 1, 1, 2, 2]), num_segments=3))
op("einsum", (4, 3), lambda x, y: ops.einsum("bij,bkj->bik", x, y), inputs=2)
op("meshed", (4,), lambda x: ops.concatenate([ops.sin(x), ops.cos(x), ops.exp(-ops.square(x))], axis=-1))
op("reshape", (4, 6), lambda x: ops.reshape(x, (-1, 3, 8)))
op("split", (6,), lambda x: ops.split(x, 3, axis=-1)[1])
op("where", (4,), lambda x: ops.where(x > 0, x, ops.zeros_like(x)))
op("cumsum", (4,), lambda x: ops.cumsum(x, axis=-1))
op("median", (5,), lambda x: ops.median(x, axis=-1))
op("scatter", (4,), lambda x: ops.scatter(ops.convert_to_tensor([[0], [2]]), x[0, :2], (5,)))
op("cast", (4,), lambda x: ops.cast(x, "float16"))
op("clip", (4,), lambda x: ops.clip(x, -0.3, 0.4))
op("hard_silu", (4,), lambda x: ops.hard_silu(x) + ops.silu(x))
op("softmax_axes", (4, 3), lambda x: ops.softmax(x, axis=(1, 2)))
op("named", (4,), lambda x: ops.Mean(axis=-1, name="my_mean")(x) if hasattr(ops, "Mean") else ops.mean(x, -1))
op("index", (5, 6), lambda x: x[:, 1:4, ::2])
op("index_new", (5, 6), lambda x: x[:, None, -1])

# Layers whose arguments or weights changed.
one("ln_rms", (6,), lambda: L.LayerNormalization(rms_scaling=True))
one("ln_rms_axes", (3, 6), lambda: L.LayerNormalization(axis=[1, 2], rms_scaling=True))
one("ln_rms_center", (6,), lambda: L.LayerNormalization(rms_scaling=True, center=False, scale=False))
one("ln_gamma", (6,), lambda: L.LayerNormalization(center=False))
one("ln_beta", (6,), lambda: L.LayerNormalization(scale=False))
one("bn", (6,), L.BatchNormalization)
one("bn_sync", (6,), lambda: L.BatchNormalization(synchronized=True, momentum=0.9))
one("gn", (6,), lambda: L.GroupNormalization(groups=3))
one("gn_all", (6,), lambda: L.GroupNormalization(groups=-1))
one("unit", (6,), L.UnitNormalization)
one("rotation", (8, 8, 3), lambda: L.RandomRotation(0.2))
one("crop", (8, 8, 3), lambda: L.RandomCrop(4, 5))
one("crop_same", (4, 5, 3), lambda: L.RandomCrop(4, 5))
one("crop_square", (9, 6, 1), lambda: L.RandomCrop(3, 3, data_format="channels_last"))
one("zoom", (8, 8, 3), lambda: L.RandomZoom(0.2))
one("translation", (8, 8, 3), lambda: L.RandomTranslation(0.1, 0.1))
one("flip", (8, 8, 3), L.RandomFlip)
one("contrast", (8, 8, 3), lambda: L.RandomContrast(0.3))
one("brightness", (8, 8, 3), lambda: L.RandomBrightness(0.3))
one("center_crop", (8, 8, 3), lambda: L.CenterCrop(4, 4))
one("resizing", (8, 8, 3), lambda: L.Resizing(4, 6, crop_to_aspect_ratio=True))
one("resizing_pad", (8, 8, 3), lambda: L.Resizing(4, 6, pad_to_aspect_ratio=True))
one("shear", (8, 8, 3), lambda: L.RandomShear(0.2, 0.1))
one("shear_range", (8, 8, 3), lambda: L.RandomShear((0.1, 0.2), 0.0))
one("solarization", (8, 8, 3), lambda: L.Solarization(addition_factor=0.0))
one("autocontrast", (8, 8, 3), lambda: L.AutoContrast())
one("equalization", (8, 8, 3), lambda: L.Equalization())
one("posterization", (8, 8, 3), lambda: L.RandomPosterization(4))
one("saturation", (8, 8, 3), lambda: L.RandomSaturation(0.4))
one("hue", (8, 8, 3), lambda: L.RandomHue(0.2))
one("perspective", (8, 8, 3), lambda: L.RandomPerspective(0.5, 0.5))
one("stft", (64,), lambda: L.STFTSpectrogram(frame_length=16, frame_step=8))
one("mel", (400,), lambda: L.MelSpectrogram(sequence_length=64, sampling_rate=2000, fft_length=64, num_mel_bins=8))
one("zp1", (5, 3), lambda: L.ZeroPadding1D(2))
one("dense_names", (5,), lambda: L.Dense(3, kernel_initializer="orthogonal", bias_initializer="ones"))
one("identity_init", (4,), lambda: L.Dense(4, kernel_initializer=keras.initializers.IdentityInitializer(gain=2.0)))
one("orthogonal_init", (4,), lambda: L.Dense(4, kernel_initializer=keras.initializers.OrthogonalInitializer(gain=2.0)))
one("gelu", (4,), lambda: L.Dense(4, activation=keras.activations.gelu))
one("glu", (4,), lambda: L.Dense(4, activation="glu"))
one("hard_tanh", (4,), lambda: L.Activation("hard_tanh"))
one("activity", (4,), lambda: L.ActivityRegularization(l1=0.1))
one("dropout_shape", (4, 3), lambda: L.Dropout(0.3, noise_shape=(None, 1, 3)))
one("alpha_dropout", (4, 3), lambda: L.AlphaDropout(0.3))
one("noise", (4, 3), lambda: L.GaussianNoise(0.3))
one("spatial", (4, 3), lambda: L.SpatialDropout1D(0.3))
one("masking", (4, 3), lambda: L.Masking(0.5))
one("permute", (4, 3), lambda: L.Permute((2, 1)))
one("up2d", (4, 4, 2), lambda: L.UpSampling2D(2, interpolation="bilinear"))
one("avg2d", (6, 6, 2), lambda: L.AveragePooling2D(2))
one("lstm", (4, 3), lambda: L.LSTM(3, return_sequences=True, recurrent_dropout=0.1, dropout=0.1))
one("lstm_cudnn", (4, 3), lambda: L.LSTM(3, use_cudnn=False))
one("gru_no_reset", (4, 3), lambda: L.GRU(3, reset_after=False))
one("bidi", (4, 3), lambda: L.Bidirectional(L.GRU(3, return_sequences=True)))
one("convlstm", (3, 5, 5, 2), lambda: L.ConvLSTM2D(2, 2, dropout=0.2))
one("timedist", (3, 5, 2), lambda: L.TimeDistributed(L.Dense(4)))
one("depthwise", (6, 6, 2), lambda: L.DepthwiseConv2D(2, depth_multiplier=2))
one("conv_cf", (6, 6, 2), lambda: L.Conv2D(3, 2, dilation_rate=2, padding="same"))
one("conv3d_t", (3, 3, 3, 2), lambda: L.Conv3DTranspose(2, 2))
one("einsum_dense", (5, 4), lambda: L.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d"))
one("spectral", (4,), lambda: L.SpectralNormalization(L.Dense(3)))
one("rms_norm", (6,), lambda: L.RMSNormalization())
one("prelu", (4, 3), lambda: L.PReLU(shared_axes=[1]))
one("policy", (4,), lambda: L.Dense(3, dtype="mixed_float16"))
one("policy_object", (4,), lambda: L.Dense(3, dtype=keras.DTypePolicy("mixed_bfloat16")))
one("float64", (4,), lambda: L.Dense(3, dtype="float64"))
one(
    "quantize_off",
    (4,),
    lambda: L.Dense(3, kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2), kernel_constraint="non_neg"),
)


@case
def attention():
    q, v = inp(5, 4), inp(3, 4)
    return keras.Model([q, v], L.MultiHeadAttention(2, 3, value_dim=2, dropout=0.2)(q, v))


@case
def attention_shape():
    q, v = inp(5, 4), inp(3, 4)
    return keras.Model([q, v], L.MultiHeadAttention(2, 3, output_shape=7)(q, v))


@case
def attention_shape_same():
    q = inp(5, 4)
    return keras.Model(q, L.MultiHeadAttention(2, 3, output_shape=(4,), seed=3)(q, q))


@case
def attention_masked():
    x = inp(5, 4)
    y = L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    return keras.Model(x, L.LayerNormalization()(L.Add()([x, y])))


@case
def attention_grouped():
    x = inp(5, 8)
    return keras.Model(x, L.GroupQueryAttention(4, 4, 2)(x, x))


@case
def attention_additive():
    q, v = inp(5, 4), inp(3, 4)
    return keras.Model([q, v], L.AdditiveAttention()([q, v]))


@case
def attention_scaled():
    q, v = inp(5, 4), inp(3, 4)
    return keras.Model([q, v], L.Attention(use_scale=True, score_mode="concat", dropout=0.1)([q, v]))


# Models inside of models.
@case
def nested_in_sequential():
    return keras.Sequential([inp(4), chain((4,), L.Dense(3), L.ReLU()), L.Dense(2)])


@case
def nested_twice():
    inner = keras.Sequential([inp(4), chain((4,), L.Dense(3))])
    return chain((4,), L.Dense(4), inner, L.Dense(2))


@case
def nested_sequential_in_sequential():
    return keras.Sequential([inp(4), keras.Sequential([inp(4), L.Dense(3)]), keras.Sequential([L.Dense(3), L.ReLU()])])


@case
def timedist_functional():
    return chain((3, 4), L.TimeDistributed(chain((4,), L.Dense(5), L.Dense(2))))


@case
def timedist_sequential():
    return chain((3, 4), L.TimeDistributed(keras.Sequential([inp(4), L.Dense(5), L.BatchNormalization()])))


@case
def timedist_in_sequential():
    return keras.Sequential([inp(3, 4), L.TimeDistributed(chain((4,), L.Dense(2))), L.LSTM(3)])


@case
def shared_functional():
    inner = chain((4,), L.Dense(3, activation="tanh"))
    a, b = inp(4), inp(4)
    return keras.Model([a, b], L.Concatenate()([inner(a), inner(b)]))


@case
def nested_two_outputs():
    x = inp(4)
    inner = keras.Model(x, [L.Dense(2)(x), L.Dense(3)(x)])
    y = inp(4)
    return keras.Model(y, L.Concatenate()(inner(y)))


@case
def nested_dict():
    x = inp(4)
    inner = keras.Model({"a": x}, {"b": L.Dense(2)(x)})
    y = inp(4)
    return keras.Model(y, inner({"a": y})["b"])


@case
def list_of_one():
    x = inp(4)
    return keras.Model([x], [L.Dense(3)(x)])


@case
def tuple_inputs():
    x, y = inp(4), inp(3)
    return keras.Model((x, y), (L.Dense(3)(x), L.Dense(2)(y)))


@case
def dict_io():
    x, y = inp(4, name="x"), inp(3, name="y")
    return keras.Model({"x": x, "y": y}, {"p": L.Dense(3)(x), "q": L.Dense(2)(y)})


@case
def optional_input():
    x, y = inp(4), inp(4)
    return keras.Model([x, y], L.Add()([L.Dense(4)(x), y]))


@case
def shared_initializer():
    init = keras.initializers.RandomNormal(seed=3)
    return chain((4,), L.Dense(3, kernel_initializer=init), L.Dense(3, kernel_initializer=init))


@case
def same_layer_names():
    return chain((4,), L.Dense(4, name="add"), L.Dense(4, name="mean"), lambda x: ops.mean(x + 1.0, axis=-1))


@case
def residual():
    x = inp(4)
    y = L.Dense(4)(x)
    return keras.Model(x, (x + y) * 0.5 - ops.relu(y) / 2.0)


@case
def stateful():
    x = keras.Input(batch_shape=(2, 4, 3))
    return keras.Model(x, L.LSTM(3, stateful=True)(x))


@case
def rnn_cells():
    return chain((4, 3), L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True))


@case
def frozen():
    model = chain((4,), L.Dense(3), L.BatchNormalization(), L.Dense(2))
    model.layers[1].trainable = False
    return model


# Training.
opt = keras.optimizers
compiled("sgd", lambda: opt.SGD(0.1, momentum=0.9, nesterov=True))
compiled("sgd_plain", "sgd")
compiled("adam", "adam")
compiled("adam_ams", lambda: opt.Adam(0.01, amsgrad=True, clipnorm=1.0))
compiled("adamw", lambda: opt.AdamW(0.01, weight_decay=0.01))
compiled("adamax", lambda: opt.Adamax(0.01))
compiled("nadam", lambda: opt.Nadam(0.01))
compiled("nadam_ema", lambda: opt.Nadam(0.01, use_ema=True))
compiled("nadam_schedule", lambda: opt.Nadam(opt.schedules.ExponentialDecay(0.01, 3, 0.5)))
compiled("rmsprop", lambda: opt.RMSprop(0.01, centered=True, momentum=0.5))
compiled("adagrad", lambda: opt.Adagrad(0.1))
compiled("adadelta", lambda: opt.Adadelta(0.1))
compiled("adafactor", lambda: opt.Adafactor(0.1))
compiled("ftrl", lambda: opt.Ftrl(0.1, l1_regularization_strength=0.01))
compiled("lion", lambda: opt.Lion(0.01))
compiled("lamb", lambda: opt.Lamb(0.01))
compiled("muon", lambda: opt.Muon(0.01))
compiled("accumulate", lambda: opt.Adam(0.01, gradient_accumulation_steps=2))
compiled("ema", lambda: opt.Adam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2))
compiled("loss_scale", lambda: opt.LossScaleOptimizer(opt.Adam(0.01)))
compiled("loss_scale_nadam", lambda: opt.LossScaleOptimizer(opt.Nadam(0.01)))
compiled("schedule", lambda: opt.Adam(opt.schedules.CosineDecay(0.01, 10, warmup_target=0.02, warmup_steps=3)))
compiled("huber", "adam", loss=keras.losses.Huber(delta=0.5))
compiled("dice", "adam", loss=keras.losses.Dice() if hasattr(keras.losses, "Dice") else "mse")
compiled("tversky", "adam", loss=keras.losses.Tversky() if hasattr(keras.losses, "Tversky") else "mse")
compiled(
    "ctc_name", "adam", loss="mae", metrics=["mse", keras.metrics.R2Score(), keras.metrics.MeanAbsoluteError(name="m")]
)
compiled("auc", "sgd", loss="binary_crossentropy", metrics=[keras.metrics.AUC(num_thresholds=5)], steps=1)
compiled("jit", "adam", jit_compile=False, run_eagerly=False, steps_per_execution=2)


@case
def train_nested():
    model = keras.Sequential([inp(4), chain((4,), L.Dense(3), L.BatchNormalization()), L.Dense(2)])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model


CASES["train_nested"] = (*CASES["train_nested"][:2], 2, False)


# Quantized and adapted weights.
def quantized(name, mode, *made, shape=(8,), **more):
    def build():
        model = chain(shape, *[layer() for layer in made])
        randomise(model)
        model.quantize(mode)
        return model

    case(build, name=f"quant_{name}", raw=True, **more)


quantized("int8", "int8", lambda: L.Dense(6, activation="relu"), lambda: L.Dense(3))
quantized("int8_no_bias", "int8", lambda: L.Dense(6, use_bias=False))
quantized("int8_einsum", "int8", lambda: L.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d"), shape=(3, 8))
quantized("int8_embedding", "int8", lambda: L.Embedding(9, 4), shape=(3,), x="indices")
quantized("int8_mixed", "int8", lambda: L.Dense(6, dtype="mixed_bfloat16"))
quantized("float8", "float8", lambda: L.Dense(6))
quantized("int4", "int4", lambda: L.Dense(6, activation="relu"), lambda: L.Dense(3))
quantized("int4_odd", "int4", lambda: L.Dense(5), lambda: L.Dense(3, use_bias=False), shape=(7,))
quantized("int4_einsum", "int4", lambda: L.EinsumDense("abc,cd->abd", (None, 6), bias_axes="d"), shape=(3, 8))
quantized("int4_embedding", "int4", lambda: L.Embedding(9, 6), shape=(3,), x="indices")


def with_attention(mode):
    def build():
        q = inp(5, 4)
        y = L.MultiHeadAttention(2, 3)(q, q)
        model = keras.Model(q, L.Dense(3)(y))
        randomise(model)
        model.quantize(mode)
        return model

    return build


case(with_attention("int8"), name="quant_int8_attention", raw=True)
case(with_attention("int4"), name="quant_int4_attention", raw=True)


def adapted(name, shape, layer, x=None, alpha=None):
    def build():
        model = chain(shape, layer())
        model.layers[-1].enable_lora(2, **({} if alpha is None else {"lora_alpha": alpha}))
        return model

    case(build, name=f"lora_{name}", x=x)


adapted("dense", (5,), lambda: L.Dense(4))
adapted("dense_alpha", (5,), lambda: L.Dense(4), alpha=4)
adapted("embedding", (3,), lambda: L.Embedding(9, 4), x="indices")
adapted("conv", (5, 5, 3), lambda: L.Conv2D(4, 2))
adapted("einsum", (3, 5), lambda: L.EinsumDense("abc,cd->abd", (None, 6)))


@case
def lora_trained():
    model = chain((5,), L.Dense(4), L.Dense(2))
    model.layers[1].enable_lora(2)
    model.compile("adam", "mse")
    return model


CASES["lora_trained"] = (*CASES["lora_trained"][:2], 2, False)


# Custom objects, registered.
@keras.saving.register_keras_serializable("labpkg")
def doubled(x):
    return x * 2.0


@case
def function_registered():
    return chain((4,), L.Dense(3, activation=doubled), L.Lambda(doubled))


@case
def function_of_ops():
    return chain((4,), L.Dense(3, activation=ops.sin))


@case
def function_of_ops_known():
    return chain((4,), L.Dense(3, activation=ops.relu), L.Activation(ops.softplus))


# Text and numbers.
@case
def lookup_string():
    x = keras.Input((), dtype="string")
    return keras.Model(x, L.StringLookup(vocabulary=["a", "b", "c"], output_mode="one_hot")(x))


CASES["lookup_string"] = (CASES["lookup_string"][0], "strings", 0, True)


@case
def lookup_integer():
    x = keras.Input((3,), dtype="int64")
    return keras.Model(x, L.IntegerLookup(vocabulary=[1, 3, 4], output_mode="multi_hot")(x))


CASES["lookup_integer"] = (CASES["lookup_integer"][0], "indices", 0, True)


@case
def discretized():
    layer = L.Discretization(num_bins=3)
    layer.adapt(np.arange(12, dtype="float32").reshape(6, 2))
    return chain((2,), layer, L.CategoryEncoding(4, output_mode="multi_hot"))


@case
def normalized():
    layer = L.Normalization()
    layer.adapt(np.arange(12, dtype="float32").reshape(6, 2) ** 1.5)
    return chain((2,), layer, L.Dense(2))


for _name in ("discretized", "normalized"):
    CASES[_name] = (*CASES[_name][:3], True)


def randomise(model):
    random = RANDOM(7)
    for weight in model.weights:
        name = weight.path.rpartition("/")[2]
        kind = keras.backend.standardize_dtype(weight.dtype)
        if "float" not in kind or "seed" in weight.path or name in ("count",) or "lora" in name:
            continue
        value = random.normal(0.0, 0.5, size=weight.shape)
        weight.assign(np.abs(value) + 0.5 if "variance" in name or "std" in name else value)


def inputs_of(model, what):
    random = RANDOM(3)
    arrays = []
    flat = model.inputs
    for index, tensor in enumerate(flat):
        shape = tuple(2 if size is None else size for size in tensor.shape)
        kind = keras.backend.standardize_dtype(tensor.dtype)
        if what == "strings":
            arrays.append(np.array(["a", "zz"]))
        elif what == "indices" or "int" in kind:
            arrays.append(random.randint(0, 5, size=shape).astype("int32" if "float" in kind else kind))
        else:
            arrays.append((random.normal(size=shape) + index).astype("float32"))
    struct = getattr(model, "_inputs_struct", None)
    if isinstance(struct, dict):
        return dict(zip(sorted(struct), arrays, strict=True)), "dict"
    return (arrays, "list") if len(arrays) > 1 else (arrays[0], "single")


def flat(value):
    if isinstance(value, dict):
        return "dict", dict(value)
    if isinstance(value, (list, tuple)):
        return "list", {str(index): item for index, item in enumerate(value)}
    return "single", {"": value}


def outputs_of(model, x):
    kind, values = flat(model(x, training=False))
    arrays = {}
    for key, value in values.items():
        array = keras.ops.convert_to_numpy(value)
        arrays[key] = array.astype("float32") if array.dtype.kind == "V" or str(array.dtype) == "bfloat16" else array
    return kind, arrays


def facts(model):
    optimizer = model.optimizer
    values = [keras.ops.convert_to_numpy(variable) for variable in optimizer.variables]
    loss = model.loss
    return {
        "opt": type(optimizer).__name__,
        "opt_n": len(values),
        "opt_abs": float(sum(np.abs(np.asarray(value, "float64")).sum() for value in values)),
        "lr": float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
        "loss": loss if isinstance(loss, str) else getattr(loss, "__name__", None) or type(loss).__name__,
    }


def make(name, folder):
    build, what, steps, raw = CASES[name]
    keras.utils.clear_session() if hasattr(keras.utils, "clear_session") else keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = build()
    if not raw:
        randomise(model)
    x, kind = inputs_of(model, what)
    if steps:
        _, out = outputs_of(model, x)
        random = RANDOM(5)
        targets = [random.uniform(0.1, 0.9, size=value.shape).astype("float32") for value in out.values()]
        for _ in range(steps):
            model.train_on_batch(x, targets[0] if len(targets) == 1 else targets)
    path = str(folder / f"{name}.keras")
    model.save(path)
    meta = {"flags": [], "version": keras.__version__, "kind": kind, "nweights": len(model.weights)}
    if what == "strings":
        import tensorflow as tf

        x = tf.constant(x)
    meta["ykind"], outputs = outputs_of(model, x)
    if getattr(model, "optimizer", None) is not None:
        meta.update(facts(model))
    try:
        again = keras.saving.load_model(path)
        if getattr(again, "optimizer", None) is not None:
            meta.update({"re_" + key: value for key, value in facts(again).items()})
        reloaded = outputs_of(again, x)[1]
        same = all(
            np.allclose(outputs[key], reloaded[key], atol=1e-3) for key in outputs if outputs[key].dtype.kind == "f"
        )
        meta |= {} if same else {"lost_at_save": True}
    except Exception as error:
        meta["reload"] = f"{type(error).__name__}: {error}"[:300]
    strings = what == "strings"
    named = {"in_" + key: np.array(["a", "zz"]) if strings else np.asarray(value) for key, value in flat(x)[1].items()}
    named |= {"out_" + key: value for key, value in outputs.items()}
    np.savez_compressed(folder / f"{name}.npz", _meta=json.dumps(meta), **named)
    return meta


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in sorted(CASES):
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            meta = make(name, options.out)
            note = {key: meta[key] for key in ("lost_at_save", "reload") if key in meta}
            print(name, json.dumps(note) if note else "ok", flush=True)
        except Exception as error:
            failed.append(name)
            print(name, "cannot be made:", type(error).__name__, str(error).splitlines()[:1], flush=True)
            for suffix in (".keras", ".npz"):
                (options.out / f"{name}{suffix}").unlink(missing_ok=True)
    print(
        f"{keras.__version__}: {len(list(options.out.glob('*.keras')))} archives, not made: {' '.join(failed)}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
