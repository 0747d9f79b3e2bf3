"""Standalone Keras 2.0 to 2.3: what tf.keras never had, and what its h5 files hold otherwise."""

import numpy as np

from cases import L, case, chain, inp, ints, keras, put, rnd
from cases.layers import C, S, T, V

FIRST, FIRST3 = (3, 8, 8), (2, 5, 5, 5)
CF = {"data_format": "channels_first"}
SINGLE = {
    "cf_conv2d": (FIRST, lambda: L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu", **CF)),
    "cf_conv2d_valid_dilated": (FIRST, lambda: L.Conv2D(4, 3, dilation_rate=2, use_bias=False, **CF)),
    "cf_conv3d": (FIRST3, lambda: L.Conv3D(3, 2, padding="same", **CF)),
    "cf_conv2d_transpose": (FIRST, lambda: L.Conv2DTranspose(4, 3, strides=2, padding="same", **CF)),
    "cf_separable2d": (FIRST, lambda: L.SeparableConv2D(4, 3, depth_multiplier=2, padding="same", **CF)),
    "cf_depthwise2d": (FIRST, lambda: L.DepthwiseConv2D(3, depth_multiplier=2, **CF)),
    "cf_maxpool2d": (FIRST, lambda: L.MaxPooling2D((3, 2), strides=1, padding="same", **CF)),
    "cf_avgpool2d": (FIRST, lambda: L.AveragePooling2D(2, **CF)),
    "cf_maxpool3d": (FIRST3, lambda: L.MaxPooling3D(2, **CF)),
    "cf_gap2d": (FIRST, lambda: L.GlobalAveragePooling2D(**CF)),
    "cf_gmp3d": (FIRST3, lambda: L.GlobalMaxPooling3D(**CF)),
    "cf_upsampling2d": (FIRST, lambda: L.UpSampling2D((2, 3), **CF)),
    "cf_zeropad2d": (FIRST, lambda: L.ZeroPadding2D(((1, 2), (0, 3)), **CF)),
    "cf_crop2d": (FIRST, lambda: L.Cropping2D(((1, 2), (0, 3)), **CF)),
    "cf_flatten": (FIRST, lambda: L.Flatten(**CF)),
    "cf_locally2d": ((2, 5, 5), lambda: L.LocallyConnected2D(3, 2, **CF)),
    "cf_convlstm": ((3, 2, 5, 5), lambda: L.ConvLSTM2D(3, 3, padding="same", return_sequences=True, **CF)),
    "bn_axis1_cf": (FIRST, lambda: L.BatchNormalization(axis=1, momentum=0.9, epsilon=0.01)),
    "bn_no_scale": (V, lambda: L.BatchNormalization(scale=False, beta_regularizer="l2")),
    "bn_no_center": (V, lambda: L.BatchNormalization(center=False, gamma_constraint="non_neg")),
    "bn_frozen": (V, lambda: L.BatchNormalization(trainable=False)),
    "conv1d_cf": ((3, 6), lambda: L.Conv1D(4, 3, padding="same", data_format="channels_first")),
    "conv1d_causal": (S, lambda: L.Conv1D(4, 3, padding="causal", dilation_rate=2, strides=1)),
    "conv2d_transpose_valid": (T, lambda: L.Conv2DTranspose(4, (3, 2), strides=(2, 1), padding="valid")),
    "conv3d_transpose": (C, lambda: L.Conv3DTranspose(3, 2, strides=(2, 1, 2), padding="same")),
    "separable2d_reg": (
        T,
        lambda: L.SeparableConv2D(4, 3, depthwise_regularizer="l1", pointwise_constraint="max_norm"),
    ),
    "separable1d_dil": (S, lambda: L.SeparableConv1D(4, 2, dilation_rate=2, activation="hard_sigmoid")),
    "depthwise2d_valid": (T, lambda: L.DepthwiseConv2D((3, 2), strides=(2, 2), use_bias=False)),
    "locally1d_nobias": (S, lambda: L.LocallyConnected1D(4, 2, strides=2, use_bias=False)),
    "locally2d": ((5, 5, 2), lambda: L.LocallyConnected2D(3, (2, 3), strides=(1, 2), activation="tanh")),
    "simplernn": (S, lambda: L.SimpleRNN(4, return_sequences=True, dropout=0.1, recurrent_dropout=0.1)),
    "gru_default": (S, lambda: L.GRU(4)),
    "gru_reset_after": (S, lambda: L.GRU(4, reset_after=True, recurrent_activation="sigmoid")),
    "gru_reset_after_nobias": (S, lambda: L.GRU(4, reset_after=True, use_bias=False)),
    "gru_impl2": (S, lambda: L.GRU(4, implementation=2, return_sequences=True)),
    "gru_backwards": (S, lambda: L.GRU(4, go_backwards=True, unroll=True)),
    "lstm_default": (S, lambda: L.LSTM(4)),
    "lstm_impl2": (S, lambda: L.LSTM(4, implementation=2, recurrent_activation="sigmoid")),
    "lstm_reg": (
        S,
        lambda: L.LSTM(4, kernel_regularizer="l2", recurrent_constraint="unit_norm", activity_regularizer="l1"),
    ),
    "convlstm_default": ((3, 6, 6, 2), lambda: L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)),
    "convlstm_valid": ((3, 6, 6, 2), lambda: L.ConvLSTM2D(3, (3, 2), strides=(1, 2), use_bias=False)),
    "bidi_concat": (S, lambda: L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidi_mul_gru": (S, lambda: L.Bidirectional(L.GRU(3), merge_mode="mul")),
    "bidi_none": (S, lambda: L.Bidirectional(L.SimpleRNN(3), merge_mode=None)),
    "bidi_convlstm": ((3, 6, 6, 2), lambda: L.Bidirectional(L.ConvLSTM2D(2, 3, padding="same"))),
    "timedist_conv": ((3, 6, 6, 2), lambda: L.TimeDistributed(L.Conv2D(3, 2))),
    "timedist_bn": ((4, 3), lambda: L.TimeDistributed(L.BatchNormalization())),
    "timedist_seq": ((4, 3), lambda: L.TimeDistributed(keras.Sequential([L.Dense(4, input_shape=(3,)), L.Dense(2)]))),
    "rnn_of_cells": (S, lambda: L.RNN([L.LSTMCell(3), L.GRUCell(4), L.SimpleRNNCell(2)])),
    "rnn_stacked": (S, lambda: L.RNN(L.StackedRNNCells([L.GRUCell(3, reset_after=True), L.GRUCell(3)]))),
    "prelu_shared": (T, lambda: L.PReLU(shared_axes=[1, 2])),
    "elu": (V, lambda: L.ELU(0.7)),
    "leaky": (V, lambda: L.LeakyReLU(0.2)),
    "thresholded": (V, lambda: L.ThresholdedReLU(0.5)),
    "relu": (V, lambda: L.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)),
    "relu_max": (V, lambda: L.ReLU(6.0)),
    "softmax_axis1": (S, lambda: L.Softmax(axis=1)),
    "dense_hardsig": (V, lambda: L.Dense(3, activation="hard_sigmoid", bias_initializer="ones")),
    "dense_constraints": (V, lambda: L.Dense(3, kernel_constraint=keras.constraints.max_norm(1.5, axis=1))),
    "dense_l1l2": (V, lambda: L.Dense(3, kernel_regularizer=keras.regularizers.l1_l2(0.01, 0.02))),
    "dense_on_3d": (S, lambda: L.Dense(4)),
    "dropouts": (S, lambda: keras.Sequential([L.Dropout(0.3, (None, 1, 3), 7, input_shape=S), L.GaussianDropout(0.2)])),
    "alphadropout": (V, lambda: L.AlphaDropout(0.2, seed=3)),
    "noise": (V, lambda: L.GaussianNoise(0.3)),
    "spatial1d": (S, lambda: L.SpatialDropout1D(0.4)),
    "spatial2d_cf": (FIRST, lambda: L.SpatialDropout2D(0.4, **CF)),
    "activityreg": (V, lambda: L.ActivityRegularization(l1=0.1, l2=0.2)),
    "lambda_py": (V, lambda: L.Lambda(lambda x: x * 2.0 + 1.0)),
    "lambda_shape": (V, lambda: L.Lambda(lambda x, k=2: x[:, :k], output_shape=lambda s: (s[0], 2))),
    "lambda_args": (V, lambda: L.Lambda(lambda x, by: x * by, arguments={"by": 3.0}, output_shape=(4,))),
    "embedding": ((4,), lambda: L.Embedding(9, 3, embeddings_regularizer="l2", input_length=4)),
}
INTEGER = {"embedding": ints(9, 2, 4)}
for _name, (_shape, _make) in SINGLE.items():
    put(f"k2_{_name}", lambda shape=_shape, make=_make: chain(shape, make()), x=INTEGER.get(_name))


def sequential(*layers):
    return keras.Sequential(list(layers))


put("k2_seq_dense", lambda: sequential(L.Dense(4, input_shape=(3,), activation="relu"), L.Dropout(0.5), L.Dense(2)))
put("k2_seq_input_dim", lambda: sequential(L.Dense(4, input_dim=3), L.BatchNormalization(), L.Dense(2)))
put("k2_seq_inputlayer", lambda: sequential(L.InputLayer((3,), name="given"), L.Dense(4), L.Dense(2)))
put("k2_seq_inputlayer_batch", lambda: sequential(L.InputLayer(batch_input_shape=(2, 3)), L.Dense(4)))
put(
    "k2_seq_embedding_lstm",
    lambda: sequential(L.Embedding(9, 3, mask_zero=True), L.LSTM(3), L.Dense(2)),
    x=ints(9, 2, 4),
)
put("k2_seq_embedding_conv", lambda: sequential(
    L.Embedding(9, 3, input_length=6), L.Conv1D(4, 3, activation="relu"), L.MaxPooling1D(2), L.Flatten(), L.Dense(2)
), x=ints(9, 2, 6))  # fmt: skip
put("k2_seq_cnn", lambda: sequential(
    L.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3)), L.BatchNormalization(), L.MaxPooling2D(), L.Dropout(0.2),
    L.Flatten(), L.Dense(5, activation="relu"), L.Dense(3, activation="softmax"),
))  # fmt: skip
put("k2_seq_cnn_cf", lambda: sequential(
    L.Conv2D(4, 3, activation="relu", input_shape=FIRST, **CF), L.BatchNormalization(axis=1), L.MaxPooling2D(**CF),
    L.Flatten(**CF), L.Dense(3, activation="softmax"),
))  # fmt: skip
put("k2_seq_cnn_cf_plain_flatten", lambda: sequential(L.Conv2D(4, 3, input_shape=FIRST, **CF), L.Flatten(), L.Dense(3)))
put("k2_seq_in_seq", lambda: sequential(
    sequential(L.Dense(4, input_shape=(3,)), L.Dense(4)), L.Dense(4), sequential(L.Dense(2, input_shape=(4,)))
))  # fmt: skip
put("k2_seq_stateful", lambda: sequential(
    L.LSTM(3, stateful=True, return_sequences=True, batch_input_shape=(2, 5, 3)), L.GRU(2, stateful=True)
))  # fmt: skip
put("k2_seq_stacked_bidi", lambda: sequential(
    L.Bidirectional(L.LSTM(3, return_sequences=True), input_shape=S), L.Bidirectional(L.LSTM(2)), L.Dense(2)
))  # fmt: skip
put("k2_seq_named_twice", lambda: sequential(L.Dense(4, input_shape=(4,), name="dense_9"), L.Dense(4, name="dense_1"),
                                             L.Dense(4, name="dense_3"), L.Dense(4, name="dense_2")))  # fmt: skip
put(
    "k2_seq_masking",
    lambda: sequential(L.Masking(0.5, input_shape=S), L.GRU(3, return_sequences=True), L.TimeDistributed(L.Dense(2))),
)
put(
    "k2_seq_timedist_first",
    lambda: sequential(L.TimeDistributed(L.Dense(4), input_shape=(5, 3)), L.Flatten(), L.Dense(2)),
)
put("k2_seq_repeat_decoder", lambda: sequential(
    L.LSTM(4, input_shape=S), L.RepeatVector(3), L.LSTM(4, return_sequences=True), L.TimeDistributed(L.Dense(2))
))  # fmt: skip
put("k2_seq_reshape_permute", lambda: sequential(L.Reshape((3, 2), input_shape=(6,)), L.Permute((2, 1)), L.Dense(3)))
put("k2_seq_functional_inside", lambda: sequential(chain(V, L.Dense(3), L.BatchNormalization()), L.Dense(3)))

MERGES = {
    "add": lambda: L.Add(),
    "subtract": lambda: L.Subtract(),
    "multiply": lambda: L.Multiply(),
    "average": lambda: L.Average(),
    "maximum": lambda: L.Maximum(),
    "minimum": lambda: L.Minimum(),
    "concatenate": lambda: L.Concatenate(axis=-1),
    "concatenate1": lambda: L.Concatenate(axis=1),
    "dot": lambda: L.Dot(axes=2),
    "dot_pair": lambda: L.Dot(axes=(2, 2), normalize=True),
}


def merged(layer):
    a, b = inp(4, 3, name="left"), inp(4, 3, name="right")
    return keras.Model([a, b], L.Dense(2)(layer([L.Dense(3)(a), L.Dense(3)(b)])))


for _name, _make in MERGES.items():
    put(f"k2_merge_{_name}", lambda make=_make: merged(make()))


@case("k2_shared_layer")
def _():
    a, b = inp(4, name="a"), inp(4, name="b")
    shared, norm = L.Dense(3, activation="hard_sigmoid"), L.BatchNormalization()
    return keras.Model([a, b], [norm(shared(a)), L.Dense(2)(norm(shared(b)))])


@case("k2_siamese")
def _():
    tower = sequential(L.Dense(4, input_shape=(4,), activation="relu"), L.BatchNormalization(), L.Dense(3))
    a, b = inp(4), inp(4)
    away = L.Lambda(lambda pair: keras.backend.abs(pair[0] - pair[1]), output_shape=lambda s: s[0])
    return keras.Model([a, b], L.Dense(1, activation="sigmoid")(away([tower(a), tower(b)])))


@case("k2_nested_functional_two_outputs")
def _():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    inner = keras.Model(x, [h, L.Dense(3)(h)], name="inner")
    y = inp(4)
    p, q = inner(y)
    return keras.Model(y, [L.Dense(2)(q), L.Dense(2)(p)])


@case("k2_nested_three_deep")
def _():
    model = sequential(L.Dense(4, input_shape=(4,)), L.BatchNormalization())
    for depth in range(3):
        x = inp(4)
        model = keras.Model(x, L.Dense(4)(model(L.Dense(4, name=f"pre_{depth}")(x))), name=f"level_{depth}")
    return model


@case("k2_nested_frozen", steps=2)
def _():
    inner = chain(V, L.Dense(4), L.BatchNormalization(), L.Dense(3))
    inner.layers[1].trainable = False
    model = sequential(inner, L.Dense(3))
    inner.trainable = False
    model.compile("adam", "mse")
    return model


@case("k2_partly_frozen_layers", steps=2)
def _():
    """Frozen weights come last in a layer that owns both kinds: BatchNormalization, nested models."""
    inner = chain(V, L.Dense(4, trainable=False), L.BatchNormalization(), L.Dense(3))
    model = chain(V, L.Dense(4), inner, L.Dense(2))
    model.compile(keras.optimizers.RMSprop(0.01), "mse")
    return model


@case("k2_timedist_model")
def _():
    x = inp(4, 6, 6, 2)
    encoder = sequential(L.Conv2D(3, 3, input_shape=(6, 6, 2)), L.BatchNormalization(), L.Flatten())
    return keras.Model(x, L.LSTM(3)(L.TimeDistributed(encoder)(x)))


@case("k2_seq2seq")
def _():
    enc, dec = inp(6, 3, name="enc"), inp(4, 2, name="dec")
    _out, h, c = L.LSTM(5, return_state=True)(enc)
    y, _h, _c = L.LSTM(5, return_sequences=True, return_state=True)(dec, initial_state=[h, c])
    return keras.Model([enc, dec], L.Dense(2, activation="softmax")(y))


@case("k2_bidi_initial_state")
def _():
    x, a, b = inp(6, 3), inp(3), inp(3)
    return keras.Model([x, a, b], L.Bidirectional(L.GRU(3))(x, initial_state=[a, b]))


@case("k2_rnn_constants_none")
def _():
    x = inp(6, 3)
    y, h, c = L.LSTM(4, return_state=True)(x)
    return keras.Model(x, [y, c, h])


@case("k2_stateful_functional")
def _():
    x = keras.Input(batch_shape=(2, 5, 3))
    return keras.Model(x, L.Dense(2)(L.LSTM(3, stateful=True)(x)))


@case("k2_unet")
def _():
    x = inp(8, 8, 2)
    a = L.Conv2D(3, 3, padding="same", activation="relu")(x)
    b = L.Conv2D(4, 3, padding="same")(L.MaxPooling2D()(a))
    c = L.Concatenate()([L.UpSampling2D()(b), a])
    d = L.Concatenate()([L.Conv2DTranspose(2, 2, strides=2)(b), c])
    return keras.Model(x, L.Conv2D(1, 1, activation="sigmoid")(d))


@case("k2_residual_relu6_names")
def _():
    x = inp(8, 8, 4)
    y = L.Activation("relu", name="block/act")(
        L.BatchNormalization(name="block/bn")(L.Conv2D(4, 3, padding="same", name="block/conv")(x))
    )
    return keras.Model(x, L.GlobalAveragePooling2D()(L.add([x, y])))


@case("k2_embedding_shared", x=[ints(6, 2, 4), ints(6, 2, 3)])
def _():
    a, b = inp(4, dtype="int32"), inp(3, dtype="int32")
    table = L.Embedding(6, 3, mask_zero=True)
    lstm = L.LSTM(3)
    return keras.Model([a, b], L.dot([lstm(table(a)), lstm(table(b))], axes=-1, normalize=True))


@case(
    "k2_masked_concat",
    x=[np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"), np.array([[1, 2, 0, 0], [3, 0, 0, 0]], "int32")],
)
def _():
    a, b = inp(4, dtype="int32"), inp(4, dtype="int32")
    h = L.Concatenate()([L.Embedding(5, 3, mask_zero=True)(a), L.Embedding(5, 2, mask_zero=True)(b)])
    return keras.Model([a, b], L.LSTM(3)(h))


@case("k2_masked_loss", x=np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"), steps=2)
def _():
    x = inp(4, dtype="int32")
    model = keras.Model(
        x,
        L.TimeDistributed(L.Dense(3, activation="softmax"))(
            L.GRU(3, return_sequences=True)(L.Embedding(5, 3, mask_zero=True)(x))
        ),
    )
    model.compile("rmsprop", "categorical_crossentropy", sample_weight_mode=None, metrics=["accuracy"])
    return model


def two_heads():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    return keras.Model(x, [L.Dense(3, name="zed")(h), L.Dense(3, name="alpha")(h)])


def compiled(model, *arguments, **options):
    model.compile(*arguments, **options)
    return model


def small():
    x = inp(4)
    h, g = L.Dense(5, activation="tanh", name="wide")(x), L.Dense(5, activation="tanh", name="alike")(x)
    return keras.Model(x, L.Dense(3, activation="softmax", name="out")(L.BatchNormalization()(L.Add()([h, g]))))


opt = keras.optimizers
OPTIMIZERS = {
    "sgd": lambda: opt.SGD(0.1),
    "sgd_momentum_decay": lambda: opt.SGD(0.05, momentum=0.9, decay=0.1),
    "sgd_nesterov": lambda: opt.SGD(0.05, momentum=0.9, nesterov=True, clipvalue=0.5),
    "rmsprop": lambda: opt.RMSprop(0.01, rho=0.8),
    "rmsprop_decay": lambda: opt.RMSprop(0.01, decay=0.01, clipnorm=1.0),
    "adagrad": lambda: opt.Adagrad(0.05),
    "adadelta": lambda: opt.Adadelta(0.5),
    "adam": lambda: opt.Adam(0.01),
    "adam_amsgrad": lambda: opt.Adam(0.01, amsgrad=True, beta_1=0.8),
    "adam_decay_clip": lambda: opt.Adam(0.01, decay=0.1, clipnorm=0.3),
    "adamax": lambda: opt.Adamax(0.01),
    "nadam": lambda: opt.Nadam(0.01),
    "nadam_schedule": lambda: opt.Nadam(0.01, schedule_decay=0.01),
    "string_adam": lambda: "adam",
    "string_sgd": lambda: "sgd",
}
for _name, _make in OPTIMIZERS.items():
    put(f"k2_opt_{_name}", lambda make=_make: compiled(small(), make(), "categorical_crossentropy"), steps=3)
put("k2_opt_never_trained", lambda: compiled(small(), "adam", "mse"))
put("k2_opt_seq_cnn", lambda: compiled(sequential(
    L.Conv2D(4, 3, activation="relu", input_shape=(8, 8, 3)), L.BatchNormalization(), L.Flatten(), L.Dense(3)
), opt.Adam(0.01), "mse", metrics=["mae"]), steps=2)  # fmt: skip
put(
    "k2_opt_seq_lstm",
    lambda: compiled(sequential(L.LSTM(4, input_shape=S), L.Dense(3)), opt.RMSprop(0.01), "mae"),
    steps=2,
)
put("k2_opt_gru", lambda: compiled(sequential(L.GRU(4, input_shape=S), L.Dense(3)), opt.Adam(0.01), "mse"), steps=2)
put(
    "k2_opt_hardsig_dense",
    lambda: compiled(chain(V, L.Dense(3, activation="hard_sigmoid"), L.Dense(2)), opt.Adam(0.01), "mse"),
    steps=2,
)
put(
    "k2_opt_cf_conv",
    lambda: compiled(sequential(L.Conv2D(4, 3, input_shape=FIRST, **CF), L.Flatten(), L.Dense(2)), "adam", "mse"),
    steps=2,
)
put("k2_opt_bidi_nested", lambda: compiled(
    sequential(L.Bidirectional(L.LSTM(3, return_sequences=True), input_shape=S), chain((6, 6), L.Dense(4), L.LSTM(2))),
    opt.Adam(0.01), "mse",
), steps=2)  # fmt: skip
put("k2_opt_shared", lambda: compiled(chain(V, *[L.Dense(4)] * 3), opt.SGD(0.05, momentum=0.9), "mse"), steps=2)

LOSSES = ["mse", "MAE", "mape", "msle", "kld", "logcosh", "hinge", "squared_hinge", "categorical_hinge",
          "poisson", "cosine_proximity", "binary_crossentropy", "sparse_categorical_crossentropy",
          "kullback_leibler_divergence"]  # fmt: skip
for _name in LOSSES:
    put(f"k2_loss_{_name}", lambda loss=_name: compiled(small(), opt.Adam(0.01), loss), steps=1)
put("k2_loss_function", lambda: compiled(small(), "adam", keras.losses.mean_squared_error), steps=1)
put(
    "k2_loss_class",
    lambda: compiled(small(), "adam", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    steps=1,
)
put("k2_loss_class_sum", lambda: compiled(small(), "adam", keras.losses.MeanSquaredError(reduction="sum")), steps=1)
put("k2_loss_huber_class", lambda: compiled(small(), "adam", keras.losses.Huber(delta=0.3)), steps=1)
put("k2_multi_list", lambda: compiled(two_heads(), "adam", ["mse", "mae"], loss_weights=[0.3, 2.0]), steps=2)
put("k2_multi_dict", lambda: compiled(
    two_heads(), opt.RMSprop(0.01), {"alpha": "mae", "zed": "mse"}, loss_weights={"alpha": 0.1, "zed": 3.0},
    metrics={"alpha": ["mae", "mse"]},
), steps=2)  # fmt: skip
put("k2_multi_one", lambda: compiled(two_heads(), "sgd", "mse", metrics=["accuracy", "mae"]), steps=2)
put("k2_metrics", lambda: compiled(
    small(), "adam", "categorical_crossentropy",
    metrics=["accuracy", "top_k_categorical_accuracy", keras.metrics.categorical_accuracy],
    weighted_metrics=["mae"],
), steps=1)  # fmt: skip
put("k2_temporal_weights", lambda: compiled(
    sequential(L.LSTM(3, return_sequences=True, input_shape=S), L.TimeDistributed(L.Dense(2))), "adam", "mse",
    sample_weight_mode="temporal",
), steps=2)  # fmt: skip
put("k2_call_rank3_dense", lambda: chain(S, L.Dense(4), L.Dense(2)), x=rnd(3, 6, 3))
