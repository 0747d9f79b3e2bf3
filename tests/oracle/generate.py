"""Write small archives and what they compute with one old release: our own cases, chosen to catch a careless migration.

    PYTHON_WITH_TF_2_15 tests/oracle/generate.py OUT [--only GLOB]

Runs under tf.keras 2.12 to 2.15. Per case `<case>.keras` and `<case>.npz`: the record form of README.md beside this file.
Weights are randomised, so that a weight that silently stays unloaded shows. The oracle is the writing release after
reloading its own archive: where that differs from the model in memory, `lost_at_save` says so.
"""

import argparse
import fnmatch
import json
import os
import sys
import traceback
import warnings
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")
warnings.simplefilter("ignore")

import numpy as np
import tensorflow as tf
from tensorflow import keras

L = keras.layers
tf.get_logger().setLevel("ERROR")
CASES = {}


def case(name, x=None, **options):
    """Register a builder of a model (or of (model, inputs))."""

    def register(build):
        assert name not in CASES, name
        CASES[name] = (build, x, options)
        return build

    return register


def put(name, build, x=None, **options):
    case(name, x, **options)(build)


def inp(*shape, name=None, dtype=None, **more):
    return keras.Input(shape, name=name, dtype=dtype, **more)


def rnd(*shape):
    return np.random.RandomState(sum(shape) + len(shape)).normal(size=shape).astype("float32")


def ints(high, *shape):
    return np.random.RandomState(high).randint(0, high, size=shape).astype("int32")


def chain(shape, *layers, name=None):
    """A Functional model of these layers in a row."""
    x = start = inp(*shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x, name=name)


# --- one layer after another ------------------------------------------------------------------------------------------

V, S, T, C = (4,), (6, 3), (8, 8, 3), (5, 5, 5, 2)
SINGLE = {
    "dense_reg": (V, lambda: L.Dense(3, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02), bias_regularizer="l2")),
    "dense_orthreg": (V, lambda: L.Dense(3, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.02, "columns"))),
    "dense_l1str": (V, lambda: L.Dense(3, activity_regularizer="l1")),
    "dense_constraints": (V, lambda: L.Dense(3, kernel_constraint=keras.constraints.MaxNorm(1.5, axis=1), bias_constraint="non_neg")),
    "dense_minmax": (V, lambda: L.Dense(3, kernel_constraint=keras.constraints.MinMaxNorm(0.5, 1.0, 0.7, axis=[0]))),
    "dense_radial": ((6, 6, 3), lambda: L.Conv2D(4, 3, kernel_constraint=keras.constraints.RadialConstraint())),
    "dense_hardsig": (V, lambda: L.Dense(3, activation="hard_sigmoid")),
    "dense_hardsig_nobias": (V, lambda: L.Dense(3, activation="hard_sigmoid", use_bias=False)),
    "dense_actlayer": (V, lambda: L.Dense(3, activation=L.LeakyReLU(0.15))),
    "dense_3d": (S, lambda: L.Dense(4, activation="tanh")),
    "act_hardsig": (V, lambda: L.Activation("hard_sigmoid")),
    "act_leaky": (V, lambda: L.LeakyReLU(alpha=0.2)),
    "act_prelu_shared": (T, lambda: L.PReLU(shared_axes=[1, 2])),
    "act_elu": (V, lambda: L.ELU(alpha=0.7)),
    "act_relu_all": (V, lambda: L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)),
    "act_thresholded": (V, lambda: L.ThresholdedReLU(theta=0.5)),
    "act_softmax_axis": (S, lambda: L.Softmax(axis=1)),
    "act_softmax_axes": (S, lambda: L.Softmax(axis=[1, 2])),
    "permute": (S, lambda: L.Permute((2, 1))),
    "reshape_infer": (T, lambda: L.Reshape((-1, 6))),
    "cropping3d": (C, lambda: L.Cropping3D(((1, 0), (0, 2), (1, 1)))),
    "zeropad1d": (S, lambda: L.ZeroPadding1D((2, 1))),
    "upsampling2d_bilinear": (T, lambda: L.UpSampling2D((2, 3), interpolation="bilinear")),
    "upsampling3d": (C, lambda: L.UpSampling3D((1, 2, 1))),
    "activityreg": (V, lambda: L.ActivityRegularization(l1=0.1, l2=0.2)),
    "conv1d_causal_dil": (S, lambda: L.Conv1D(4, 2, padding="causal", dilation_rate=2, activation="hard_sigmoid")),
    "conv1d_groups": ((6, 4), lambda: L.Conv1D(4, 3, groups=2, padding="same")),
    "conv2d_stride": (T, lambda: L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="swish")),
    "conv2d_hardsig": (T, lambda: L.Conv2D(4, 3, activation="hard_sigmoid")),
    "conv3d": (C, lambda: L.Conv3D(3, 2, padding="same", kernel_initializer="he_uniform")),
    "conv3d_hardsig": (C, lambda: L.Conv3D(3, 2, activation="hard_sigmoid")),
    "conv1d_transpose": (S, lambda: L.Conv1DTranspose(4, 3, strides=2, padding="same", output_padding=1)),
    "conv2d_transpose": (T, lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="hard_sigmoid")),
    "conv3d_transpose": (C, lambda: L.Conv3DTranspose(3, 2, strides=(2, 1, 2))),
    "depthwise1d": (S, lambda: L.DepthwiseConv1D(3, depth_multiplier=2)),
    "depthwise2d": (T, lambda: L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", depthwise_regularizer="l2")),
    "depthwise2d_hardsig": (T, lambda: L.DepthwiseConv2D(3, activation="hard_sigmoid")),
    "separable1d": (S, lambda: L.SeparableConv1D(4, 3, depth_multiplier=2)),
    "separable2d": (T, lambda: L.SeparableConv2D(4, 3, strides=2, activation="hard_sigmoid")),
    "locally1d": (S, lambda: L.LocallyConnected1D(4, 3)),
    "averagepool1d": (S, lambda: L.AveragePooling1D(2, strides=1, padding="same")),
    "averagepool2d": (T, lambda: L.AveragePooling2D((3, 2), strides=2, padding="same")),
    "averagepool3d": (C, lambda: L.AveragePooling3D(2)),
    "maxpool1d": (S, lambda: L.MaxPooling1D(3, strides=2, padding="same")),
    "globalavgpool3d": (C, lambda: L.GlobalAveragePooling3D(keepdims=True)),
    "globalmaxpool2d": (T, lambda: L.GlobalMaxPooling2D()),
    "bn_axis1": (T, lambda: L.BatchNormalization(axis=1, momentum=0.9, epsilon=0.01, scale=False)),
    "bn_3d": (C, lambda: L.BatchNormalization()),
    "bn_axes2": (T, lambda: L.BatchNormalization(axis=[1, 3])),
    "bn_sync": (T, lambda: L.BatchNormalization(synchronized=True)),
    "bn_exp_sync": (T, lambda: L.experimental.SyncBatchNormalization()),
    "bn_renorm": (T, lambda: L.BatchNormalization(renorm=True, renorm_momentum=0.8)),
    "ln_axes_neg": (S, lambda: L.LayerNormalization(axis=[-2, -1], center=False, epsilon=0.01)),
    "ln_axis1": (S, lambda: L.LayerNormalization(axis=1)),
    "unitnorm": (S, lambda: L.UnitNormalization(axis=1)),
    "unitnorm_axes": (S, lambda: L.UnitNormalization(axis=[1, 2])),
    "groupnorm": ((6, 6, 4), lambda: L.GroupNormalization(groups=2, axis=-1, epsilon=0.01)),
    "groupnorm_instance": ((6, 6, 4), lambda: L.GroupNormalization(groups=-1)),
    "spectralnorm_dense": (V, lambda: L.SpectralNormalization(L.Dense(3), power_iterations=2)),
    "lstm_hardsig": (S, lambda: L.LSTM(4, recurrent_activation="hard_sigmoid")),
    "lstm_hardsig_both": (S, lambda: L.LSTM(4, activation="hard_sigmoid", recurrent_activation="hard_sigmoid")),
    "lstm_hardsig_act": (S, lambda: L.LSTM(4, activation="hard_sigmoid")),
    "lstm_impl1": (S, lambda: L.LSTM(4, implementation=1, recurrent_dropout=0.2, dropout=0.1)),
    "lstm_backwards": (S, lambda: L.LSTM(4, go_backwards=True, return_sequences=True)),
    "lstm_unroll": (S, lambda: L.LSTM(3, unroll=True, unit_forget_bias=False, use_bias=False)),
    "lstm_time_major": (S, lambda: L.LSTM(3, time_major=True)),
    "gru_hardsig": (S, lambda: L.GRU(4, recurrent_activation="hard_sigmoid")),
    "gru_hardsig_noreset": (S, lambda: L.GRU(4, recurrent_activation="hard_sigmoid", reset_after=False, activation="hard_sigmoid")),
    "gru_nobias": (S, lambda: L.GRU(4, use_bias=False, return_sequences=True)),
    "simplernn_hardsig": (S, lambda: L.SimpleRNN(4, activation="hard_sigmoid")),
    "convlstm1d": ((4, 6, 2), lambda: L.ConvLSTM1D(3, 2)),
    "convlstm2d": ((3, 6, 6, 2), lambda: L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)),
    "convlstm2d_sigmoid": ((3, 6, 6, 2), lambda: L.ConvLSTM2D(3, 3, recurrent_activation="sigmoid")),
    "bidi_convlstm": ((3, 6, 6, 2), lambda: L.Bidirectional(L.ConvLSTM2D(2, 3, padding="same"))),
    "bidi_lstm_sum": (S, lambda: L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum")),
    "bidi_ave_hardsig": (S, lambda: L.Bidirectional(L.GRU(3, recurrent_activation="hard_sigmoid"), merge_mode="ave")),
    "bidi_two_kinds": (S, lambda: L.Bidirectional(L.LSTM(3), backward_layer=L.GRU(3, go_backwards=True))),
    "rnn_lstmcell": (S, lambda: L.RNN(L.LSTMCell(3, recurrent_activation="hard_sigmoid"), return_sequences=True)),
    "rnn_list_of_cells": (S, lambda: L.RNN([L.LSTMCell(3), L.GRUCell(4), L.SimpleRNNCell(2)])),
    "rnn_stacked_same": (S, lambda: L.RNN(L.StackedRNNCells([L.GRUCell(3), L.GRUCell(3)]))),
    "timedist_dense": ((4, 3), lambda: L.TimeDistributed(L.Dense(5))),
    "timedist_bn": ((4, 3), lambda: L.TimeDistributed(L.BatchNormalization())),
    "gaussian_noise": (V, lambda: L.GaussianNoise(0.3, seed=1)),
    "gaussian_dropout": (V, lambda: L.GaussianDropout(0.3)),
    "alpha_dropout": (V, lambda: L.AlphaDropout(0.2, noise_shape=None)),
    "spatial_dropout1d": (S, lambda: L.SpatialDropout1D(0.4)),
    "dropout_noise_shape": (S, lambda: L.Dropout(0.4, noise_shape=(None, 1, 3), seed=7)),
    "rescaling": (T, lambda: L.Rescaling(scale=[0.5, 2.0, 1.0], offset=0.1)),
    "resizing_bicubic": (T, lambda: L.Resizing(5, 6, interpolation="bicubic")),
    "resizing_nearest_crop": (T, lambda: L.Resizing(4, 8, interpolation="nearest", crop_to_aspect_ratio=True)),
    "resizing_area": (T, lambda: L.Resizing(4, 4, interpolation="area")),
    "centercrop": (T, lambda: L.CenterCrop(5, 4)),
    "centercrop_larger": (T, lambda: L.CenterCrop(12, 10)),
    "randomcrop": (T, lambda: L.RandomCrop(5, 6, seed=3)),
    "randomflip": (T, lambda: L.RandomFlip("horizontal", seed=1)),
    "randomzoom": (T, lambda: L.RandomZoom((-0.2, 0.3), width_factor=0.1, fill_mode="constant", fill_value=0.5)),
    "randomtranslation": (T, lambda: L.RandomTranslation(0.1, (-0.2, 0.1))),
    "randomrotation": (T, lambda: L.RandomRotation((-0.1, 0.2), fill_mode="nearest")),
    "randombrightness": (T, lambda: L.RandomBrightness((-0.2, 0.4), value_range=(0, 1))),
    "randomheight": (T, lambda: L.RandomHeight(0.3)),
    "einsum_dense": (S, lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")),
    "einsum_hardsig": (S, lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d", activation="hard_sigmoid")),
    "masking_lstm": (S, lambda: keras.Sequential([L.Masking(0.5), L.LSTM(3)])),
}
for _name, (_shape, _make) in SINGLE.items():
    # Two more layers of the same kinds around it, so that group names are counted up and the order of weights matters.
    put(f"one_{_name}", lambda shape=_shape, make=_make: chain(shape, make()))

INITIALIZERS = {
    "zeros": {}, "ones": {}, "constant": {"value": 0.3}, "random_normal": {"stddev": 0.2, "seed": 3}, "random_uniform": {},
    "truncated_normal": {"mean": 0.1}, "glorot_normal": {"seed": 1}, "glorot_uniform": {}, "he_normal": {}, "he_uniform": {},
    "lecun_normal": {}, "lecun_uniform": {}, "orthogonal": {"gain": 0.7}, "identity": {"gain": 0.5},
    "variance_scaling": {"scale": 2.0, "mode": "fan_avg", "distribution": "untruncated_normal"},
}
for _name, _config in INITIALIZERS.items():
    put(f"init_{_name}", lambda name=_name, config=_config: chain(
        V, L.Dense(4, kernel_initializer=keras.initializers.get({"class_name": name, "config": config}), bias_initializer="zeros")))

ACTIVATIONS = ("elu exponential gelu hard_sigmoid linear mish relu selu sigmoid softmax softplus softsign swish tanh").split()
put("activations_all", lambda: chain((5,), *(L.Dense(5, activation=name) for name in ACTIVATIONS), L.Activation("relu")))


# --- graphs -----------------------------------------------------------------------------------------------------------

@case("graph_same_class_many")
def _():
    """Creation order is not graph order: names and groups must not be mixed up."""
    last, middle, first = L.Dense(4, name="last"), L.Dense(4, name="middle"), L.Dense(4, name="first")
    x = inp(4)
    return keras.Model(x, last(L.Add()([middle(first(x)), first(x)])))


@case("graph_shared_layer")
def _():
    a, b = inp(4, name="a"), inp(4, name="b")
    shared, norm = L.Dense(3, activation="hard_sigmoid"), L.BatchNormalization()
    return keras.Model([a, b], [norm(shared(a)), L.Dense(2)(norm(shared(b)))])


@case("graph_shared_model_twice")
def _():
    inner = keras.Sequential([L.Dense(4), L.BatchNormalization(), L.Dense(3)], name="tower")
    inner.build((None, 4))
    a, b = inp(4), inp(4)
    return keras.Model([a, b], L.Concatenate()([inner(a), inner(b), L.Dense(3)(a)]))


@case("graph_nested_functional_hidden_output")
def _():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    inner = keras.Model(x, [h, L.Dense(3)(h)], name="inner")
    y = inp(4)
    p, q = inner(y)
    return keras.Model(y, [L.Dense(2)(q), L.Dense(2)(p)])


@case("graph_deep_nesting")
def _():
    model = keras.Sequential([keras.Input((4,)), L.Dense(4), L.Dense(4)])
    for depth in range(3):
        x = inp(4)
        model = keras.Model(x, L.Dense(4)(model(L.Dense(4, name=f"pre_{depth}")(x))), name=f"level_{depth}")
    return model


@case("graph_seq_in_seq")
def _():
    return keras.Sequential([keras.Input((4,)), keras.Sequential([L.Dense(4), L.Dense(3)]), L.Dense(3),
                             keras.Sequential([L.Dense(2), L.BatchNormalization()])])


@case("graph_func_in_seq")
def _():
    return keras.Sequential([chain(V, L.Dense(3), L.BatchNormalization()), L.Dense(3), chain((3,), L.Dense(2))])


@case("graph_seq_no_inputlayer")
def _():
    return keras.Sequential([L.Dense(4, input_shape=(3,)), L.Dense(2)])


@case("graph_seq_deferred", x=rnd(2, 3))
def _():
    model = keras.Sequential([L.Dense(4), L.BatchNormalization(), L.Dense(2)])
    model(rnd(2, 3))
    return model


@case("graph_batch_shape")
def _():
    x = keras.Input(batch_shape=(2, 6, 3))
    return keras.Model(x, L.LSTM(3, stateful=True)(x))


@case("graph_stateful_gru")
def _():
    x = keras.Input(batch_shape=(2, 6, 3))
    return keras.Model(x, L.Dense(2)(L.GRU(3, stateful=True, return_sequences=True)(x)))


@case("graph_dict_inputs", x={"zeta": rnd(2, 4), "alpha": rnd(2, 3)})
def _():
    z, a = inp(4, name="zeta"), inp(3, name="alpha")
    return keras.Model({"zeta": z, "alpha": a}, L.Concatenate()([L.Dense(3)(z), L.Dense(2)(a)]))


@case("graph_dict_outputs")
def _():
    x = inp(4)
    return keras.Model(x, {"z": L.Dense(2)(x), "a": L.Dense(3)(x), "m": x})


@case("graph_same_shape_outputs_swapped")
def _():
    """Two outputs and two inputs of one shape: a wrong order loads and computes something else."""
    a, b = inp(3, name="second"), inp(3, name="first")
    h = L.Dense(3, name="z")(b)
    g = L.Dense(3, name="a")(a)
    return keras.Model([b, a], [g, h])


@case("graph_passthrough_and_repeat")
def _():
    x = inp(4)
    h = L.Dense(4)(x)
    return keras.Model(x, [x, h, h])


@case("graph_slash_names")
def _():
    x = inp(4, name="in/put")
    h = L.Dense(3, name="block/dense")(x)
    g = L.Dense(3, name="block_dense")(x)
    return keras.Model(x, L.Add(name="a/b/c")([h, g]), name="mo/del")


@case("graph_names_with_dots_spaces")
def _():
    x = inp(4, name="in.put")
    return keras.Model(x, L.Dense(2, name="dense.1")(L.Dense(3, name="Dense-A")(x)), name="m.x")


@case("graph_layer_used_in_order_not_created")
def _():
    x = inp(4)
    late = L.Dense(4, kernel_initializer="ones")
    early = L.Dense(4)
    y = early(x)
    z = late(y)
    return keras.Model(x, early(z))


@case("graph_submodel_of_layers")
def _():
    """A model over part of another: its layers carry nodes that are not in it."""
    x = inp(4)
    h1 = L.Dense(4, name="one")(x)
    h2 = L.Dense(4, name="two")(h1)
    keras.Model(x, L.Dense(2)(h2))
    return keras.Model(x, h2)


@case("graph_second_node_only")
def _():
    """The layer's first call is outside the model: node indices are not zero."""
    shared = L.Dense(4, name="shared")
    other = inp(4)
    shared(other)
    x = inp(4)
    return keras.Model(x, L.Dense(2)(shared(x)))


@case("graph_training_flag")
def _():
    x = inp(4)
    h = L.BatchNormalization()(x, training=False)
    return keras.Model(x, L.Dense(2)(h))


@case("graph_bn_training_true")
def _():
    x = inp(4)
    return keras.Model(x, L.BatchNormalization()(x, training=True))


@case("graph_frozen_nested")
def _():
    inner = chain(V, L.Dense(4), L.BatchNormalization(), L.Dense(3), name="frozen")
    inner.trainable = False
    x = inp(4)
    return keras.Model(x, L.Dense(2)(inner(x)))


for _merge in ("Add Average Concatenate Maximum Minimum Multiply").split():
    put(f"merge_{_merge.lower()}_three", lambda cls=_merge: _merge_three(cls))


def _merge_three(cls):
    a, b, c = inp(4), inp(4), inp(4)
    return keras.Model([a, b, c], getattr(L, cls)()([L.Dense(3)(c), L.Dense(3)(a), b if cls == "Concatenate" else L.Dense(3)(b)]))


@case("merge_subtract_order")
def _():
    a, b = inp(4, name="q"), inp(4, name="p")
    return keras.Model([a, b], L.Subtract()([b, a]))


@case("merge_concat_axis1")
def _():
    a, b = inp(5, 3), inp(2, 3)
    return keras.Model([a, b], L.Concatenate(axis=1)([a, b]))


@case("merge_dot_axes_normalize")
def _():
    a, b = inp(5, 3), inp(4, 3)
    return keras.Model([a, b], L.Dot(axes=(2, 2), normalize=True)([a, b]))


@case("merge_dot_axes_int")
def _():
    a, b = inp(3), inp(3)
    return keras.Model([a, b], L.Dot(axes=-1)([a, b]))


@case("ops_residual")
def _():
    x = inp(4)
    h = L.Dense(4)(x)
    return keras.Model(x, (h + x * 2.0 - 1.0) / (1.0 + tf.abs(h)) + h[:, :1] ** 2.0)


@case("ops_const_left")
def _():
    x = inp(4)
    return keras.Model(x, [1.0 - x, 2.0 / (3.0 + tf.square(x)), -x, tf.constant([1.0, 2.0, 3.0, 4.0]) * x, x // 0.3, x % 0.3])


@case("ops_reduce")
def _():
    x = inp(5, 3)
    return keras.Model(x, [tf.reduce_mean(x, axis=1), tf.reduce_sum(x, axis=[1, 2], keepdims=True), tf.reduce_max(x, -1),
                           tf.math.reduce_std(x, 1), tf.reduce_prod(x, axis=1), tf.math.reduce_variance(x, axis=-1)])


@case("ops_shape")
def _():
    x = inp(4, 3)
    return keras.Model(x, [tf.transpose(x, [0, 2, 1]), tf.expand_dims(x, -1), tf.squeeze(tf.expand_dims(x, 1), 1), tf.concat([x, x], 1),
                           tf.stack([x, x * 2.0], axis=1), tf.reshape(x, (-1, 12)), tf.reverse(x, [1]), *tf.split(x, 2, axis=1)])


@case("ops_where_compare")
def _():
    x, y = inp(4), inp(4)
    return keras.Model([x, y], [tf.where(x > y, x, y * 0.5), tf.cast(x >= 0.0, "float32"), tf.maximum(x, y), tf.minimum(y, 0.2),
                                tf.cast(tf.logical_and(x > 0.0, y > 0.0), tf.int32)])


@case("ops_slices")
def _():
    x = inp(6, 5)
    return keras.Model(x, [x[:, -1], x[:, ::2, 1:], x[:, tf.newaxis, 1:3], x[:, ::-1], x[0]])


@case("ops_slice_ellipsis")
def _():
    x = inp(6, 5)
    return keras.Model(x, x[..., -2:])


@case("ops_nn")
def _():
    x = inp(6, 6, 3)
    return keras.Model(x, [tf.nn.leaky_relu(x, alpha=0.3), tf.nn.relu6(x), tf.nn.silu(x), tf.nn.softmax(x, axis=1), tf.nn.elu(x),
                           tf.nn.avg_pool2d(x, 2, 2, "VALID"), tf.image.resize(x, (3, 3)), tf.nn.log_softmax(x), tf.sigmoid(x),
                           keras.activations.hard_sigmoid(x), tf.nn.gelu(x), tf.nn.softplus(x)])


@case("ops_matmul_transpose")
def _():
    x, y = inp(4, 3), inp(4, 5)
    return keras.Model([x, y], [tf.matmul(x, y, transpose_a=True), tf.linalg.matmul(y, x, transpose_a=True), tf.tensordot(x, tf.ones((3, 2)), 1)])


@case("ops_backend")
def _():
    k = keras.backend
    x = inp(4, 3)
    return keras.Model(x, [k.mean(x, axis=1), k.sum(x, axis=-1, keepdims=True), k.clip(x, -0.5, 0.5), k.exp(x), k.batch_flatten(x)])


@case("ops_einsum")
def _():
    x, y = inp(4, 3), inp(5, 3)
    return keras.Model([x, y], tf.einsum("bij,bkj->bik", x, y))


# --- recurrent state, masks, attention --------------------------------------------------------------------------------

@case("rnn_seq2seq")
def _():
    enc, dec = inp(6, 3, name="enc"), inp(4, 2, name="dec")
    _out, h, c = L.LSTM(5, return_state=True)(enc)
    y = L.LSTM(5, return_sequences=True)(dec, initial_state=[h, c])
    return keras.Model([enc, dec], L.Dense(2, activation="softmax")(y))


@case("rnn_seq2seq_hardsig_gru")
def _():
    enc, dec = inp(6, 3), inp(4, 2)
    _out, h = L.GRU(5, return_state=True, recurrent_activation="hard_sigmoid")(enc)
    return keras.Model([enc, dec], L.GRU(5, return_sequences=True, recurrent_activation="hard_sigmoid")(dec, initial_state=h))


@case("rnn_bidi_return_state")
def _():
    x = inp(6, 3)
    outs = L.Bidirectional(L.LSTM(3, return_state=True, return_sequences=True))(x)
    return keras.Model(x, list(outs))


@case("rnn_bidi_initial_state")
def _():
    x, a, b = inp(6, 3), inp(3), inp(3)
    return keras.Model([x, a, b], L.Bidirectional(L.GRU(3))(x, initial_state=[a, b]))


@case("rnn_return_state_swapped")
def _():
    """h and c have one shape."""
    x = inp(6, 3)
    _y, h, c = L.LSTM(4, return_state=True)(x)
    return keras.Model(x, [c, h])


@case("rnn_embedding_mask", x=np.array([[1, 2, 0, 0], [3, 0, 0, 0]], "int32"))
def _():
    x = inp(None, dtype="int32")
    return keras.Model(x, L.Dense(2)(L.LSTM(4)(L.Embedding(5, 3, mask_zero=True)(x))))


@case("rnn_mask_through_dense_bidi", x=np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"))
def _():
    x = inp(4, dtype="int32")
    h = L.Embedding(5, 3, mask_zero=True)(x)
    h = L.Dropout(0.3)(L.TimeDistributed(L.Dense(3))(h))
    return keras.Model(x, L.Bidirectional(L.LSTM(2, return_sequences=True))(h))


@case("rnn_mask_average", x=np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"))
def _():
    x = inp(4, dtype="int32")
    return keras.Model(x, L.GlobalAveragePooling1D()(L.Embedding(5, 3, mask_zero=True)(x)))


@case("rnn_masking_concat")
def _():
    x = inp(5, 3)
    m = L.Masking(0.0)(x)
    return keras.Model(x, L.SimpleRNN(3)(L.Concatenate()([m, L.Dense(2)(m)]))), np.array(
        [[[1, 2, 3], [0, 0, 0], [1, 1, 1], [0, 0, 0], [0, 0, 0]], [[1, 0, 0], [2, 1, 0], [0, 0, 0], [0, 0, 1], [3, 3, 3]]], "float32")


@case("emb_input_length", x=ints(6, 2, 4))
def _():
    return keras.Sequential([L.Embedding(6, 3, input_length=4, embeddings_regularizer="l2", embeddings_constraint="max_norm"), L.Flatten(), L.Dense(2)])


@case("emb_shared_two", x=[ints(6, 2, 4), ints(5, 2, 4)])
def _():
    a, b = inp(4, dtype="int32"), inp(4, dtype="int32")
    emb = L.Embedding(6, 3)
    return keras.Model([a, b], L.Dot(axes=2)([emb(a), L.Embedding(5, 3)(b)]))


@case("att_dot_scale_three")
def _():
    q, v, k = inp(5, 3), inp(4, 3), inp(4, 3)
    return keras.Model([q, v, k], L.Attention(use_scale=True, score_mode="concat")([q, v, k]))


@case("att_additive_noscale")
def _():
    q, v = inp(5, 3), inp(4, 3)
    return keras.Model([q, v], L.AdditiveAttention(use_scale=False)([q, v]))


@case("att_scores")
def _():
    q, v = inp(5, 3), inp(4, 3)
    return keras.Model([q, v], list(L.Attention(dropout=0.1)([q, v], return_attention_scores=True)))


@case("att_mask_kwarg", x=[rnd(2, 5, 3), rnd(2, 4, 3), np.array([[1, 1, 0, 0], [1, 0, 1, 1]], bool)])
def _():
    q, v, m = inp(5, 3), inp(4, 3), inp(4, dtype="bool")
    return keras.Model([q, v, m], L.Attention()([q, v], mask=[None, m]))


@case("att_causal_call")
def _():
    q = inp(5, 3)
    return keras.Model(q, L.Attention()([q, q], use_causal_mask=True))


@case("mha_self")
def _():
    x = inp(5, 6)
    return keras.Model(x, L.LayerNormalization()(x + L.MultiHeadAttention(2, 3, value_dim=4, output_shape=6, dropout=0.1)(x, x)))


@case("mha_kwargs_and_mask", x=[rnd(2, 5, 6), rnd(2, 4, 7), np.array(np.arange(40).reshape(2, 5, 4) % 3 > 0)])
def _():
    q, v, m = inp(5, 6), inp(4, 7), inp(5, 4, dtype="bool")
    out, scores = L.MultiHeadAttention(2, 3, use_bias=False)(query=q, value=v, attention_mask=m, return_attention_scores=True)
    return keras.Model([q, v, m], [out, scores])


@case("mha_key_positional")
def _():
    q, v, k = inp(5, 6), inp(4, 6), inp(4, 6)
    return keras.Model([q, v, k], L.MultiHeadAttention(2, 3)(q, v, k))


@case("mha_causal_two_blocks")
def _():
    x = y = inp(5, 4)
    for _ in range(2):
        y = L.Add()([y, L.MultiHeadAttention(2, 2)(y, y, use_causal_mask=True)])
        y = L.LayerNormalization()(y)
        y = L.Add()([y, L.Dense(4)(L.Dense(8, activation="gelu")(y))])
    return keras.Model(x, y)


@case("mha_embedding_mask", x=np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"))
def _():
    x = inp(4, dtype="int32")
    h = L.Embedding(5, 4, mask_zero=True)(x)
    return keras.Model(x, L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 2)(h, h)))


# --- preprocessing ----------------------------------------------------------------------------------------------------

@case("pp_normalization_adapted")
def _():
    layer = L.Normalization(axis=-1)
    layer.adapt(rnd(20, 4) * 3.0 + 1.0)
    return chain(V, layer, L.Dense(2))


@case("pp_normalization_axes")
def _():
    layer = L.Normalization(axis=(1, 2))
    layer.adapt(rnd(20, 6, 3) * 2.0)
    return chain(S, layer)


@case("pp_normalization_axis_none")
def _():
    layer = L.Normalization(axis=None)
    layer.adapt(rnd(20, 6, 3) * 2.0 + 5.0)
    return chain(S, layer)


@case("pp_normalization_invert")
def _():
    layer = L.Normalization(axis=-1, invert=True)
    layer.adapt(rnd(20, 4) * 3.0 + 1.0)
    return chain(V, layer)


@case("pp_normalization_constants")
def _():
    return chain(V, L.Normalization(axis=-1, mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 2.0]))


@case("pp_category_onehot", x=ints(4, 2, 1))
def _():
    return chain_of(inp(1, dtype="int32"), L.CategoryEncoding(4, output_mode="one_hot"))


@case("pp_category_count", x=[ints(4, 2, 3), np.abs(rnd(2, 3))])
def _():
    x, w = inp(3, dtype="int32"), inp(3)
    return keras.Model([x, w], L.CategoryEncoding(4, output_mode="count")(x, count_weights=w))


@case("pp_discretization")
def _():
    return chain(V, L.Discretization(bin_boundaries=[-0.5, 0.0, 0.7], output_mode="int"))


@case("pp_discretization_adapted")
def _():
    layer = L.Discretization(num_bins=4, epsilon=0.01, output_mode="multi_hot")
    layer.adapt(rnd(40, 1))
    return chain(V, layer)


@case("pp_hashing_int", x=ints(50, 2, 3))
def _():
    return chain_of(inp(3, dtype="int32"), L.Hashing(7, salt=[13, 17], mask_value=1))


@case("pp_hashing_str", x=np.array([["a", "bb"], ["c", "a"]]))
def _():
    return chain_of(inp(2, dtype="string"), L.Hashing(5))


@case("pp_hashedcrossing", x=[ints(9, 2, 1), ints(7, 2, 1)])
def _():
    a, b = inp(1, dtype="int64"), inp(1, dtype="int64")
    return keras.Model([a, b], L.HashedCrossing(6, output_mode="one_hot")((a, b)))


@case("pp_integerlookup", x=np.array([[12, 99], [7, 36]], "int64"))
def _():
    return chain_of(inp(2, dtype="int64"), L.IntegerLookup(vocabulary=[12, 36, 7], num_oov_indices=2, mask_token=0))


@case("pp_integerlookup_adapted", x=np.array([[12, 99], [7, 36]], "int64"))
def _():
    layer = L.IntegerLookup(output_mode="multi_hot")
    layer.adapt(np.array([12, 12, 12, 36, 36, 7]))
    return chain_of(inp(2, dtype="int64"), layer)


@case("pp_stringlookup", x=np.array([["a", "zz"], ["c", "b"]]))
def _():
    return chain_of(inp(2, dtype="string"), L.StringLookup(vocabulary=["c", "a", "b"], num_oov_indices=1, mask_token=""))


@case("pp_stringlookup_two_adapted", x=[np.array([["a"], ["zz"]]), np.array([["x"], ["y"]])])
def _():
    """Two vocabularies of one size: a wrong path loads and looks up something else."""
    first, second = L.StringLookup(), L.StringLookup()
    first.adapt(np.array(["b", "b", "a"]))
    second.adapt(np.array(["y", "y", "x"]))
    a, b = inp(1, dtype="string"), inp(1, dtype="string")
    return keras.Model([a, b], [second(b), first(a)])


@case("pp_stringlookup_tfidf", x=np.array([["a", "zz"], ["c", "b"]]))
def _():
    layer = L.StringLookup(output_mode="tf_idf")
    layer.adapt(np.array([["a", "b"], ["a", "c"]]))
    return chain_of(inp(2, dtype="string"), layer)


@case("pp_textvectorization", x=np.array([["Hello world, hello"], ["a b"]]))
def _():
    layer = L.TextVectorization(max_tokens=20, output_mode="int", output_sequence_length=5)
    layer.adapt(["hello world", "a hello"])
    return chain_of(inp(1, dtype="string"), layer, L.Embedding(20, 3, mask_zero=True), L.LSTM(2))


@case("pp_textvectorization_tfidf", x=np.array([["Hello world, hello"], ["a b"]]))
def _():
    layer = L.TextVectorization(output_mode="tf_idf", ngrams=2, standardize="lower")
    layer.adapt(["hello world", "a hello"])
    return chain_of(inp(1, dtype="string"), layer)


def chain_of(start, *layers):
    x = start
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x)


@case("pp_image_pipeline")
def _():
    return keras.Sequential([keras.Input((8, 8, 3)), L.Rescaling(1 / 255.0), L.RandomFlip(), L.RandomContrast(0.2), L.Resizing(6, 6),
                             L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), L.Dense(2)])


# --- dtype policies ---------------------------------------------------------------------------------------------------

def with_policy(policy, build):
    keras.mixed_precision.set_global_policy(policy)
    try:
        return build()
    finally:
        keras.mixed_precision.set_global_policy("float32")


def _small_net():
    return chain(V, L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(3), L.Activation("softmax", dtype="float32"))


put("dtype_mixed_float16", lambda: with_policy("mixed_float16", _small_net))
put("dtype_mixed_bfloat16", lambda: with_policy("mixed_bfloat16", _small_net))
put("dtype_float64_layer", lambda: chain(V, L.Dense(3, dtype="float64"), L.Dense(2)))
put("dtype_float16_layer", lambda: chain(V, L.Dense(3, dtype="float16"), L.Dense(2)))
put("dtype_policy_layer", lambda: chain(V, L.Dense(3, dtype=keras.mixed_precision.Policy("mixed_float16")), L.Dense(2)))
put("dtype_bf16_rnn", lambda: with_policy("mixed_bfloat16", lambda: chain(S, L.LSTM(3), L.Dense(2))))


# --- compiled ---------------------------------------------------------------------------------------------------------

def net():
    x = inp(4)
    h = L.Dense(5, activation="tanh", name="wide")(x)
    g = L.Dense(5, activation="tanh", name="alike")(x)
    h = L.BatchNormalization()(L.Add()([h, g]))
    return keras.Model(x, L.Dense(3, activation="softmax", name="out")(h))


def compiled(optimizer=None, loss="categorical_crossentropy", build=net, **more):
    def make():
        model = build()
        model.compile(optimizer=optimizer() if callable(optimizer) else optimizer, loss=loss() if callable(loss) and not hasattr(loss, "__wrapped__") else loss, **more)
        return model

    return make


O = keras.optimizers
legacy = O.legacy
OPTIMIZERS = {
    "adam": lambda: O.Adam(0.01), "adam_string": "adam", "sgd_string": "sgd", "rmsprop_string": "rmsprop",
    "adam_amsgrad": lambda: O.Adam(0.01, amsgrad=True, beta_1=0.8), "adam_clipnorm": lambda: O.Adam(0.01, clipnorm=0.3),
    "adam_globalclip": lambda: O.Adam(0.01, global_clipnorm=0.2), "adam_wd": lambda: O.Adam(0.01, weight_decay=0.02),
    "adam_ema": lambda: O.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "adamw": lambda: O.AdamW(0.01, weight_decay=0.03), "adamax": lambda: O.Adamax(0.01), "nadam": lambda: O.Nadam(0.01),
    "adagrad": lambda: O.Adagrad(0.05), "adadelta": lambda: O.Adadelta(0.5), "adafactor": lambda: O.Adafactor(0.01),
    "ftrl": lambda: O.Ftrl(0.05, l1_regularization_strength=0.01, beta=0.1), "lion": lambda: O.Lion(0.003) if hasattr(O, "Lion") else None,
    "rmsprop_centered": lambda: O.RMSprop(0.01, momentum=0.9, centered=True), "rmsprop": lambda: O.RMSprop(0.01, rho=0.8),
    "sgd": lambda: O.SGD(0.1), "sgd_momentum": lambda: O.SGD(0.05, momentum=0.9), "sgd_nesterov": lambda: O.SGD(0.05, momentum=0.9, nesterov=True),
    "sgd_wd_momentum": lambda: O.SGD(0.05, momentum=0.5, weight_decay=0.1),
    "sched_exp": lambda: O.Adam(O.schedules.ExponentialDecay(0.05, 3, 0.7, staircase=True)),
    "sched_piecewise": lambda: O.SGD(O.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01]), momentum=0.9),
    "sched_inverse": lambda: O.Adam(O.schedules.InverseTimeDecay(0.05, 2, 0.5)),
    "sched_cosine_warm": lambda: O.Adam(O.schedules.CosineDecay(0.0, 20, alpha=0.1, warmup_target=0.05, warmup_steps=5)),
    "sched_poly_cycle": lambda: O.RMSprop(O.schedules.PolynomialDecay(0.05, 4, 0.001, power=2.0, cycle=True)),
    "sched_restarts": lambda: O.Adam(O.schedules.CosineDecayRestarts(0.05, 5, t_mul=1.5, m_mul=0.8)),
    "legacy_adam": lambda: legacy.Adam(0.01), "legacy_adam_decay": lambda: legacy.Adam(0.01, decay=0.1, amsgrad=True),
    "legacy_sgd_momentum": lambda: legacy.SGD(0.05, momentum=0.9, nesterov=True), "legacy_sgd": lambda: legacy.SGD(0.05),
    "legacy_rmsprop": lambda: legacy.RMSprop(0.01, centered=True, momentum=0.5), "legacy_nadam": lambda: legacy.Nadam(0.01),
    "legacy_ftrl": lambda: legacy.Ftrl(0.05), "legacy_adagrad": lambda: legacy.Adagrad(0.05), "legacy_adam_clip": lambda: legacy.Adam(0.01, clipnorm=0.5),
}
for _name, _optimizer in OPTIMIZERS.items():
    put(f"opt_{_name}", compiled(_optimizer), steps=2)
put("opt_adam_nosteps", compiled(lambda: O.Adam(0.02)), steps=0)

NUMBERS = "one two three".split()
LOSSES = {
    "mse": "mse", "MSE": "MSE", "mae": "mae", "mape": "mape", "msle": "msle", "kld": "kld", "logcosh": "logcosh", "huber": "huber",
    "hinge": "hinge", "squared_hinge": "squared_hinge", "categorical_hinge": "categorical_hinge", "poisson": "poisson",
    "cosine_str": "cosine_similarity", "bce_str": "binary_crossentropy", "focal_str": "binary_focal_crossentropy",
    "scce_str": "sparse_categorical_crossentropy", "fn_mse": lambda: keras.losses.mean_squared_error,
    "cls_cce_smooth": lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.1, from_logits=True),
    "cls_bce_logits": lambda: keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
    "cls_scce_ignore": lambda: keras.losses.SparseCategoricalCrossentropy(ignore_class=1),
    "cls_huber_delta": lambda: keras.losses.Huber(delta=0.2), "cls_logcosh": lambda: keras.losses.LogCosh(),
    "cls_cosine_axis": lambda: keras.losses.CosineSimilarity(axis=1), "cls_focal": lambda: keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5),
    "cls_mse_sum": lambda: keras.losses.MeanSquaredError(reduction="sum"), "cls_mse_none": lambda: keras.losses.MeanSquaredError(reduction="none"),
    "cls_kld": lambda: keras.losses.KLDivergence(), "cls_poisson_named": lambda: keras.losses.Poisson(name="mine"),
}
for _name, _loss in LOSSES.items():
    put(f"loss_{_name}", compiled(lambda: O.Adam(0.01), _loss), steps=1)

M = keras.metrics
METRICS = {
    "strings": ["accuracy", "mae", "AUC"], "acc": ["acc"], "mixed_case": ["mse", "MAE", "MeanSquaredError"],
    "classes": lambda: [M.Precision(thresholds=[0.3, 0.6]), M.Recall(top_k=2), M.AUC(multi_label=True, num_labels=3, curve="PR"), M.TopKCategoricalAccuracy(k=2)],
    "functions": lambda: [keras.metrics.mean_absolute_error, keras.losses.categorical_crossentropy, keras.metrics.categorical_accuracy],
    "more": lambda: [M.CosineSimilarity(axis=1), M.KLDivergence(), M.LogCoshError(), M.Poisson(), M.MeanRelativeError(normalizer=[1.0, 2.0, 3.0]), M.Hinge()],
    "conf": lambda: [M.FalsePositives(), M.SensitivityAtSpecificity(0.5, num_thresholds=20), M.OneHotMeanIoU(3), M.BinaryAccuracy(threshold=0.7), M.F1Score(threshold=0.4)],
}
for _name, _metrics in METRICS.items():
    put(f"met_{_name}", lambda metrics=_metrics: compiled(lambda: O.Adam(0.01), metrics=metrics() if callable(metrics) else metrics)(), steps=1)


def two_heads():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    return keras.Model(x, [L.Dense(3, name="zed")(h), L.Dense(3, name="alpha")(h)])


def two_heads_dict():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    return keras.Model(x, {"zed": L.Dense(3, name="zed")(h), "alpha": L.Dense(3, name="alpha")(h)})


put("multi_loss_list", compiled(lambda: O.Adam(0.01), ["mse", "mae"], two_heads, loss_weights=[0.3, 2.0]), steps=2)
put("multi_loss_dict", compiled(lambda: O.Adam(0.01), {"alpha": "mae", "zed": "mse"}, two_heads, loss_weights={"alpha": 0.1, "zed": 3.0}), steps=2)
put("multi_loss_dict_out", compiled(lambda: O.Adam(0.01), {"alpha": "mae", "zed": "huber"}, two_heads_dict, loss_weights={"alpha": 0.1, "zed": 3.0}), steps=2)
put("multi_loss_one", compiled(lambda: O.Adam(0.01), "mse", two_heads, metrics={"alpha": ["mae", "mse"], "zed": "mae"}), steps=2)
put("multi_metrics_list", compiled(lambda: O.SGD(0.1, momentum=0.9), "mse", two_heads, metrics=[["mae"], ["mse", "mae"]], weighted_metrics=["mae"]), steps=2)


def frozen_first():
    """The first layer is frozen when the optimizer is built: slots are those of the rest."""
    model = net()
    model.get_layer("wide").trainable = False
    return model


def frozen_nested():
    inner = chain(V, L.Dense(4, name="a"), L.BatchNormalization(), L.Dense(4, name="b"), name="base")
    inner.trainable = False
    x = inp(4)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Dense(4)(inner(x))))


def out_of_order():
    """Variables are created in another order than the layers stand in the graph; all slots have one shape."""
    last, first, mid = L.Dense(4, use_bias=False, name="z"), L.Dense(4, use_bias=False, name="y"), L.Dense(4, use_bias=False, name="x")
    for layer in (last, mid, first):
        layer.build((None, 4))
    x = inp(4)
    return keras.Model(x, last(mid(first(x))))


def rnn_net():
    return chain(S, L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GRU(3), L.LayerNormalization(), L.Dense(3, activation="softmax"))


def rnn_hardsig_net():
    return chain(S, L.LSTM(3, recurrent_activation="hard_sigmoid"), L.Dense(4, activation="hard_sigmoid"), L.Dense(3, activation="softmax"))


def nested_net():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="relu"), L.BatchNormalization(), L.Dense(4)], name="inner")
    x = inp(4)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Add()([inner(x), L.Dense(4)(inner(L.Dense(4)(x)))])))


def mha_net():
    x = inp(5, 4)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 2)(x, x))))


for _name, _build in {"frozen_first": frozen_first, "frozen_nested": frozen_nested, "out_of_order": out_of_order, "rnn": rnn_net,
                      "rnn_hardsig": rnn_hardsig_net, "nested": nested_net, "mha": mha_net,
                      "sep_prelu": lambda: chain(T, L.SeparableConv2D(4, 3), L.PReLU(), L.GlobalAveragePooling2D(), L.Dense(3, activation="softmax")),
                      "slash": lambda: chain(V, L.Dense(4, name="b/dense"), L.Dense(3, name="a/dense", activation="softmax")),
                      "convlstm": lambda: chain((3, 5, 5, 2), L.ConvLSTM2D(2, 3), L.Flatten(), L.Dense(3, activation="softmax")),
                      "regularized": lambda: chain(V, L.Dense(4, kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="unit_norm"), L.Dense(3, activation="softmax"))}.items():
    put(f"train_adam_{_name}", compiled(lambda: O.Adam(0.01), build=_build), steps=3)
    put(f"train_rmsprop_{_name}", compiled(lambda: O.RMSprop(0.01, momentum=0.9, centered=True), build=_build), steps=2)


@case("train_refrozen", steps=0)
def _():
    """Frozen only after training: compiled trainable, saved frozen. The slots are more than the trainable variables."""
    model = compiled(lambda: O.Adam(0.01))()
    step(model, default_inputs(model), 2)
    model.get_layer("wide").trainable = False
    return model


put("train_mixed_float16", lambda: with_policy("mixed_float16", compiled(lambda: O.Adam(0.01), build=_small_net)), steps=2)
put("train_lossscale", compiled(lambda: keras.mixed_precision.LossScaleOptimizer(O.SGD(0.05, momentum=0.9))), steps=2)


# --- making the records -----------------------------------------------------------------------------------------------

def default_inputs(model):
    arrays = [rnd(*(2 if size is None else size for size in tensor.shape)) + index for index, tensor in enumerate(model.inputs)]
    return arrays[0] if len(arrays) == 1 else arrays


def flat(value):
    """(kind, {key: array}) of a structure of tensors."""
    if isinstance(value, dict):
        return "dict", dict(value)
    if isinstance(value, (list, tuple)):
        return "list", {str(index): item for index, item in enumerate(value)}
    return "single", {"": value}


def as_tensor(value):
    return tf.nest.map_structure(tf.convert_to_tensor, value)


def predict(model, x):
    for layer in model.layers:
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_states"):
            try:
                layer.reset_states()
            except (ValueError, AttributeError):
                pass
    kind, outputs = flat(model(as_tensor(x), training=False))
    return kind, {key: np.asarray(value.numpy() if value.dtype != tf.bfloat16 else tf.cast(value, "float32").numpy()) for key, value in outputs.items()}


def loss_name(loss):
    return loss if isinstance(loss, str) else getattr(loss, "__name__", None) or type(loss).__name__ if not isinstance(loss, (list, dict)) else str(loss)[:60]


def target_for(model, output, index):
    text = str(loss_name(model.loss)).lower()
    random = np.random.RandomState(1 + index)
    if "sparse" in text:
        return random.randint(0, output.shape[-1], size=output.shape[:-1]).astype("int32")
    target = random.uniform(0.05, 0.95, size=output.shape).astype("float32")
    return target / target.sum(-1, keepdims=True) if "categorical" in text or "kl" in text else target


def targets_of(model, x):
    kind, outputs = predict(model, x)
    arrays = {key: target_for(model, value, index) for index, (key, value) in enumerate(outputs.items())}
    return arrays, arrays[""] if kind == "single" else arrays if kind == "dict" else list(arrays.values())


def step(model, x, count):
    _, target = targets_of(model, x)
    loss = None
    for _ in range(count):
        loss = model.train_on_batch(x, target)
    return float(loss[0] if isinstance(loss, (list, tuple)) else loss) if loss is not None else None


def randomise(model):
    random = np.random.RandomState(7)
    for weight in model.weights:
        if not weight.dtype.is_floating or "count" in weight.name.split("/")[-1]:
            continue
        value = random.normal(0.0, 0.5, size=weight.shape)
        name = weight.name.split("/")[-1]
        weight.assign(np.abs(value) + 0.5 if "variance" in name or "stddev" in name else value)


def optimizer_facts(model):
    optimizer = model.optimizer
    variables = optimizer.variables
    variables = variables() if callable(variables) and not isinstance(variables, list) else variables
    rate = optimizer.learning_rate
    rate = rate(optimizer.iterations) if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else rate
    return {"opt": type(optimizer).__name__, "opt_n": len(variables),
            "opt_abs": float(sum(np.abs(np.asarray(v.numpy(), "float64")).sum() for v in variables)),
            "lr": float(rate), "loss": loss_name(model.loss)}


def save(model, path):
    if tf.__version__.startswith("2.12"):
        model.save(path, save_format="keras_v3")
    else:
        model.save(path)


def make(name, folder):
    """Build, save, reload in this very release, record."""
    build, x, options = CASES[name]
    keras.backend.clear_session()
    tf.random.set_seed(1)
    built = build()
    model, x = built if isinstance(built, tuple) else (built, x)
    x = default_inputs(model) if x is None else x
    if not name.startswith(("pp_", "train_refrozen", "one_spectralnorm", "init_")):
        randomise(model)
    if options.get("steps") and model.optimizer is not None:
        step(model, x, options["steps"])
    path = str(folder / f"{name}.keras")
    save(model, path)
    meta = {"flags": [], "version": tf.__version__, "nweights": len(model.weights)}
    meta["kind"], inputs = flat(x)
    meta["ykind"], outputs = predict(model, x)
    if model.optimizer is not None:
        meta.update(optimizer_facts(model))
    arrays = {"in_" + key: value for key, value in inputs.items()}
    try:
        again = keras.models.load_model(path)
        kind, reloaded = predict(again, x)
    except Exception as error:
        meta["reload"] = f"{type(error).__name__}: {error}"[:300]
    else:
        same = kind == meta["ykind"] and all(
            outputs[key].shape == reloaded[key].shape and np.allclose(outputs[key], reloaded[key], atol=1e-3, equal_nan=True) if outputs[key].dtype.kind == "f"
            else np.array_equal(outputs[key], reloaded[key]) for key in outputs)
        if not same:
            meta["lost_at_save"] = True
            meta["ykind"], outputs = kind, reloaded
        if again.optimizer is not None:
            meta.update({"re_" + key: value for key, value in optimizer_facts(again).items()})
            try:
                targets, _ = targets_of(again, x)
                arrays.update({f"y_{index}": value for index, value in enumerate(targets.values())})
                arrays["fit_loss"] = np.asarray(step(again, x, 1))
                arrays.update({"fit_" + key: value for key, value in predict(again, x)[1].items()})
            except Exception as error:
                meta["fit_error"] = f"{type(error).__name__}: {error}"[:300]
    arrays.update({"out_" + key: value for key, value in outputs.items()})
    np.savez_compressed(folder / f"{name}.npz", _meta=json.dumps(meta), **arrays)
    return meta


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in sorted(CASES):
        if not fnmatch.fnmatch(name, options.only):
            continue
        try:
            meta = make(name, options.out)
            note = {key: meta[key] for key in ("lost_at_save", "reload", "fit_error") if key in meta}
            print(name, json.dumps(note) if note else "ok", flush=True)
        except Exception as error:
            failed += 1
            print(name, "cannot be made:", type(error).__name__, str(error).splitlines()[:1], flush=True)
            if os.environ.get("VERBOSE"):
                traceback.print_exc()
    print(f"{tf.__version__}: {len(list(options.out.glob('*.keras')))} archives, {failed} could not be made", file=sys.stderr)


if __name__ == "__main__":
    main()
