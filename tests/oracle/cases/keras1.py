"""Keras 1.2: other names, other arguments, other weights; layers that Keras 2 dropped; the Merge layer."""

import numpy as np
from keras import backend as K
from keras import constraints, optimizers, regularizers
from keras.layers import Input, merge
from keras.models import Model, Sequential

from cases import L, case, ints, keras, put, rnd

V, S, T, F = (4,), (6, 3), (8, 8, 3), (3, 8, 8)
C, CF = (5, 5, 5, 2), (2, 5, 5, 5)
TH, TF = {"dim_ordering": "th"}, {"dim_ordering": "tf"}


def conv2d(filters, rows, columns, **options):
    return lambda: L.Convolution2D(filters, rows, columns, **options)


SINGLE = {
    "dense": (V, lambda: L.Dense(3, activation="relu")),
    "dense_nobias": (V, lambda: L.Dense(3, bias=False, init="he_normal")),
    "dense_reg": (V, lambda: L.Dense(3, W_regularizer=regularizers.l1l2(0.01, 0.02), b_regularizer="l2")),
    "dense_activity_l2": (V, lambda: L.Dense(3, activity_regularizer=regularizers.activity_l2(0.01))),
    "dense_maxnorm": (V, lambda: L.Dense(3, W_constraint=constraints.maxnorm(1.5), b_constraint="nonneg")),
    "dense_unitnorm": (V, lambda: L.Dense(3, W_constraint=constraints.unitnorm(), init="orthogonal")),
    "dense_hardsig": (V, lambda: L.Dense(3, activation="hard_sigmoid")),
    "dense_3d": (S, lambda: L.Dense(3)),
    "conv2d_tf": (T, conv2d(4, 3, 2, subsample=(2, 1), border_mode="same", activation="relu", **TF)),
    "conv2d_th": (F, conv2d(4, 3, 2, subsample=(2, 1), border_mode="same", activation="relu", **TH)),
    "conv2d_tf_valid_nobias": (T, conv2d(4, 3, 3, bias=False, **TF)),
    "conv2d_th_valid_nobias": (F, conv2d(4, 3, 3, bias=False, init="uniform", **TH)),
    "conv2d_th_hardsig": (F, conv2d(4, 3, 3, activation="hard_sigmoid", W_regularizer="l2", **TH)),
    "conv1d": (S, lambda: L.Convolution1D(4, 3, border_mode="same", subsample_length=2)),
    "conv1d_valid": (S, lambda: L.Convolution1D(4, 2, activation="tanh", bias=False)),
    "atrous1d": (S, lambda: L.AtrousConvolution1D(4, 2, atrous_rate=2)),
    "atrous2d_tf": (T, lambda: L.AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2), **TF)),
    "atrous2d_th": (F, lambda: L.AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2), **TH)),
    "deconv2d_tf": (T, lambda: L.Deconvolution2D(4, 3, 3, output_shape=(2, 17, 17, 4), subsample=(2, 2), **TF)),
    "deconv2d_same_tf": (T, lambda: L.Deconvolution2D(
        4, 3, 3, output_shape=(2, 16, 16, 4), subsample=(2, 2), border_mode="same", **TF
    )),
    "deconv2d_th": (F, lambda: L.Deconvolution2D(4, 3, 3, output_shape=(2, 4, 10, 10), **TH)),
    "separable2d_tf": (T, lambda: L.SeparableConvolution2D(4, 3, 3, depth_multiplier=2, **TF)),
    "separable2d_th": (F, lambda: L.SeparableConvolution2D(4, 3, 3, border_mode="same", **TH)),
    "conv3d_tf": (C, lambda: L.Convolution3D(3, 2, 3, 2, border_mode="same", **TF)),
    "conv3d_th": (CF, lambda: L.Convolution3D(3, 2, 3, 2, subsample=(1, 2, 1), **TH)),
    "upsampling1d": (S, lambda: L.UpSampling1D(3)),
    "upsampling2d_tf": (T, lambda: L.UpSampling2D((2, 3), **TF)),
    "upsampling2d_th": (F, lambda: L.UpSampling2D((2, 3), **TH)),
    "upsampling3d_tf": (C, lambda: L.UpSampling3D((1, 2, 1), **TF)),
    "zeropad1d": (S, lambda: L.ZeroPadding1D(2)),
    "zeropad1d_pair": (S, lambda: L.ZeroPadding1D((2, 1))),
    "zeropad2d_tf": (T, lambda: L.ZeroPadding2D((1, 2), **TF)),
    "zeropad2d_four_th": (F, lambda: L.ZeroPadding2D((1, 2, 0, 3), **TH)),
    "zeropad2d_dict": (T, lambda: L.ZeroPadding2D(
        {"top_pad": 1, "bottom_pad": 2, "left_pad": 3, "right_pad": 0}, **TF
    )),
    "zeropad3d_tf": (C, lambda: L.ZeroPadding3D((1, 2, 1), **TF)),
    "cropping1d": (S, lambda: L.Cropping1D((1, 2))),
    "cropping2d_th": (F, lambda: L.Cropping2D(((1, 2), (0, 3)), **TH)),
    "cropping3d_tf": (C, lambda: L.Cropping3D(((1, 1), (0, 2), (1, 0)), **TF)),
    "maxpool1d": (S, lambda: L.MaxPooling1D(2, stride=1)),
    "avgpool1d_same": (S, lambda: L.AveragePooling1D(3, border_mode="same")),
    "maxpool2d_tf": (T, lambda: L.MaxPooling2D((3, 2), strides=(2, 2), border_mode="same", **TF)),
    "maxpool2d_th": (F, lambda: L.MaxPooling2D((2, 2), **TH)),
    "avgpool2d_th": (F, lambda: L.AveragePooling2D((2, 3), strides=(1, 1), **TH)),
    "maxpool3d_tf": (C, lambda: L.MaxPooling3D((2, 2, 1), **TF)),
    "avgpool3d_th": (CF, lambda: L.AveragePooling3D(**TH)),
    "gap1d": (S, lambda: L.GlobalAveragePooling1D()),
    "gmp1d": (S, lambda: L.GlobalMaxPooling1D()),
    "gap2d_th": (F, lambda: L.GlobalAveragePooling2D(**TH)),
    "gmp2d_tf": (T, lambda: L.GlobalMaxPooling2D(**TF)),
    "gap3d_th": (CF, lambda: L.GlobalAveragePooling3D(**TH)),
    "locally1d": (S, lambda: L.LocallyConnected1D(4, 3, subsample_length=1)),
    "locally2d_tf": ((5, 5, 2), lambda: L.LocallyConnected2D(3, 2, 3, subsample=(1, 2), **TF)),
    "locally2d_th": ((2, 5, 5), lambda: L.LocallyConnected2D(3, 2, 3, **TH)),
    "simplernn": (S, lambda: L.SimpleRNN(4, return_sequences=True)),
    "lstm": (S, lambda: L.LSTM(4)),
    "lstm_gpu": (S, lambda: L.LSTM(4, consume_less="gpu", return_sequences=True)),
    "lstm_mem": (S, lambda: L.LSTM(4, consume_less="mem", forget_bias_init="zero", inner_activation="sigmoid")),
    "lstm_dropouts": (S, lambda: L.LSTM(4, dropout_W=0.2, dropout_U=0.1, W_regularizer="l2", go_backwards=True)),
    "lstm_unroll": (S, lambda: L.LSTM(3, unroll=True, activation="hard_sigmoid")),
    "gru": (S, lambda: L.GRU(4)),
    "gru_gpu": (S, lambda: L.GRU(4, consume_less="gpu", return_sequences=True)),
    "gru_mem_sigmoid": (S, lambda: L.GRU(4, consume_less="mem", inner_activation="sigmoid", go_backwards=True)),
    "convlstm_tf": ((3, 6, 6, 2), lambda: L.ConvLSTM2D(3, 3, 3, border_mode="same", return_sequences=True, **TF)),
    "convlstm_th": ((3, 2, 6, 6), lambda: L.ConvLSTM2D(3, 3, 3, border_mode="same", **TH)),
    "bidi_lstm": (S, lambda: L.Bidirectional(L.LSTM(3, return_sequences=True))),
    "bidi_gru_sum": (S, lambda: L.Bidirectional(L.GRU(3), merge_mode="sum")),
    "bidi_lstm_gpu_none": (S, lambda: L.Bidirectional(L.LSTM(3, consume_less="gpu"), merge_mode="ave")),
    "timedist_dense": (S, lambda: L.TimeDistributed(L.Dense(4, activation="tanh"))),
    "timedist_conv_th": ((4, 3, 6, 6), lambda: L.TimeDistributed(L.Convolution2D(2, 3, 3, **TH))),
    "timedistributeddense": (S, lambda: L.TimeDistributedDense(4, activation="tanh")),
    "maxout": (V, lambda: L.MaxoutDense(3, nb_feature=5)),
    "maxout_nobias": (V, lambda: L.MaxoutDense(3, nb_feature=2, bias=False)),
    "highway": (V, lambda: L.Highway(activation="tanh")),
    "highway_nobias": (V, lambda: L.Highway(bias=False)),
    "bn": (V, lambda: L.BatchNormalization(epsilon=0.01, momentum=0.9)),
    "bn_axis1": (F, lambda: L.BatchNormalization(axis=1)),
    "bn_mode1": (V, lambda: L.BatchNormalization(mode=1)),
    "bn_mode2": (V, lambda: L.BatchNormalization(mode=2, beta_init="one", gamma_regularizer="l2")),
    "leaky": (V, lambda: L.LeakyReLU(0.2)),
    "prelu": (T, lambda: L.PReLU()),
    "prelu_shared": (T, lambda: L.PReLU(shared_axes=[1, 2])),
    "elu": (V, lambda: L.ELU(0.7)),
    "psoftplus": (V, lambda: L.ParametricSoftplus()),
    "thresholded": (V, lambda: L.ThresholdedReLU(0.5)),
    "srelu": (V, lambda: L.SReLU()),
    "masking_gru": (S, lambda: L.Masking(0.5)),
    "dropout": (V, lambda: L.Dropout(0.3)),
    "spatial1d": (S, lambda: L.SpatialDropout1D(0.3)),
    "spatial2d_th": (F, lambda: L.SpatialDropout2D(0.3, **TH)),
    "spatial3d": (C, lambda: L.SpatialDropout3D(0.3, **TF)),
    "gaussian_noise": (V, lambda: L.GaussianNoise(0.3)),
    "gaussian_dropout": (V, lambda: L.GaussianDropout(0.3)),
    "activation": (V, lambda: L.Activation("softsign")),
    "reshape": (S, lambda: L.Reshape((-1, 2))),
    "permute": (S, lambda: L.Permute((2, 1))),
    "flatten_th": (F, lambda: L.Flatten()),
    "repeat": (V, lambda: L.RepeatVector(3)),
    "activityreg": (V, lambda: L.ActivityRegularization(l1=0.1, l2=0.2)),
    "lambda": (V, lambda: L.Lambda(lambda x: x * 2.0 + 1.0)),
    "lambda_shape": (V, lambda: L.Lambda(lambda x: x[:, :2], output_shape=(2,))),
    "lambda_arguments": (V, lambda: L.Lambda(lambda x, by: x * by, arguments={"by": 3.0})),
    "embedding": (V, lambda: L.Embedding(9, 3, input_length=4)),
    "embedding_dropout": (V, lambda: L.Embedding(9, 3, dropout=0.2, W_regularizer="l2", W_constraint="nonneg")),
}  # fmt: skip
INTEGER = {"embedding": ints(9, 2, 4), "embedding_dropout": ints(9, 2, 4)}


def around(shape, make):
    """The layer in a Functional model; a fixed batch where the layer asks for one."""
    x = Input(shape=shape)
    return Model(x, make()(x))


def in_sequential(shape, make):
    """The layer in a Sequential, between two of another kind where its shapes allow."""
    model = Sequential()
    layer = make()
    model.add(L.Activation("linear", input_shape=shape))
    model.add(layer)
    return model


for _name, (_shape, _make) in SINGLE.items():
    put(f"k1_{_name}", lambda shape=_shape, make=_make: around(shape, make), x=INTEGER.get(_name))
    if _name not in INTEGER:
        put(f"k1_seq_{_name}", lambda shape=_shape, make=_make: in_sequential(shape, make))


def sequential(*layers):
    return Sequential(list(layers))


def cnn(shape, **order):
    return sequential(
        L.Convolution2D(4, 3, 3, activation="relu", input_shape=shape, **order), L.ZeroPadding2D((1, 1), **order),
        L.Convolution2D(4, 3, 3, border_mode="same", **order), L.BatchNormalization(axis=1 if shape == F else -1),
        L.MaxPooling2D((2, 2), **order), L.Dropout(0.25), L.Flatten(), L.Dense(5, activation="relu"),
        L.Dense(3, activation="softmax"),
    )  # fmt: skip


put("k1_cnn_th", lambda: cnn(F, **TH))
put("k1_cnn_tf", lambda: cnn(T, **TF))
put(
    "k1_mlp_input_dim",
    lambda: sequential(L.Dense(5, input_dim=4, init="uniform"), L.Activation("relu"), L.Dropout(0.2), L.Dense(2)),
)
put(
    "k1_text",
    lambda: sequential(L.Embedding(9, 3, mask_zero=True), L.LSTM(4, dropout_W=0.2), L.Dense(1, activation="sigmoid")),
    x=ints(9, 2, 5),
)
put("k1_text_cnn", lambda: sequential(
    L.Embedding(9, 3, input_length=8), L.Convolution1D(4, 3, activation="relu"), L.MaxPooling1D(2), L.Flatten(), L.Dense(1)
), x=ints(9, 2, 8))  # fmt: skip
put("k1_stacked_rnn", lambda: sequential(
    L.LSTM(4, return_sequences=True, input_shape=S), L.GRU(3, return_sequences=True), L.SimpleRNN(2)
))  # fmt: skip
put("k1_stateful", lambda: sequential(L.LSTM(3, stateful=True, batch_input_shape=(2, 5, 3)), L.Dense(2)))
put("k1_input_dim_length", lambda: sequential(L.LSTM(3, input_dim=3, input_length=6), L.Dense(2)))
put("k1_seq2seq_repeat", lambda: sequential(
    L.LSTM(4, input_shape=S), L.RepeatVector(3), L.LSTM(4, return_sequences=True),
    L.TimeDistributed(L.Dense(2, activation="softmax")),
))  # fmt: skip
put("k1_maxout_highway_net", lambda: sequential(
    L.MaxoutDense(4, nb_feature=3, input_dim=4), L.Highway(activation="relu"), L.BatchNormalization(mode=0), L.Dense(2)
))  # fmt: skip
put("k1_seq_in_seq", lambda: sequential(sequential(L.Dense(4, input_dim=3), L.Dense(4)), L.Dense(2)))
put("k1_autoencoder_deconv", lambda: sequential(
    L.Convolution2D(4, 3, 3, subsample=(2, 2), border_mode="same", batch_input_shape=(2, 8, 8, 3), **TF),
    L.Deconvolution2D(3, 3, 3, output_shape=(2, 8, 8, 3), subsample=(2, 2), border_mode="same", **TF),
))  # fmt: skip

MERGES = {
    "sum": {"mode": "sum"},
    "mul": {"mode": "mul"},
    "ave": {"mode": "ave"},
    "max": {"mode": "max"},
    "concat": {"mode": "concat"},
    "concat1": {"mode": "concat", "concat_axis": 1},
    "dot": {"mode": "dot", "dot_axes": 2},
    "dot_pair": {"mode": "dot", "dot_axes": (2, 1)},
    "cos": {"mode": "cos", "dot_axes": 2},
}


def merged_functional(options):
    shape = (4, 4)
    a, b = Input(shape=shape, name="left"), Input(shape=shape, name="right")
    return Model([a, b], merge([L.TimeDistributed(L.Dense(4))(a), b], **options))


def merged_layers(options):
    """The Merge layer of two Sequential models, which is itself the first layer of one."""
    left, right = (sequential(L.TimeDistributed(L.Dense(4), input_shape=(4, 4))) for _ in range(2))
    model = Sequential()
    model.add(L.Merge([left, right], **options))
    model.add(L.Activation("linear"))
    return model


for _name, _options in MERGES.items():
    put(f"k1_merge_{_name}", lambda options=_options: merged_functional(options))
    put(f"k1_mergelayer_{_name}", lambda options=_options: merged_layers(options))


@case("k1_mergelayer_dense_concat")
def _():
    model = Sequential()
    model.add(
        L.Merge([sequential(L.Dense(4, input_dim=3)), sequential(L.Dense(4, input_dim=2), L.Dense(3))], mode="concat")
    )
    model.add(L.Dense(2))
    return model


@case("k1_merge_lambda")
def _():
    a, b = Input(shape=(4,)), Input(shape=(4,))
    return Model([a, b], merge([a, b], mode=lambda pair: pair[0] - pair[1], output_shape=lambda shapes: shapes[0]))


@case("k1_merge_three_named")
def _():
    a = Input(shape=(4,), name="main")
    h = [L.Dense(3, name=f"branch_{index}")(a) for index in range(3)]
    return Model(input=a, output=L.Dense(2, name="out")(merge(h, mode="concat", concat_axis=-1, name="joined")))


@case("k1_shared_layer")
def _():
    a, b = Input(shape=(4,)), Input(shape=(4,))
    shared, norm = L.Dense(3, activation="hard_sigmoid"), L.Dense(2)
    return Model([a, b], [norm(shared(a)), norm(shared(b))])


@case("k1_siamese")
def _():
    tower = sequential(L.Dense(4, input_shape=(4,), activation="relu"), L.Dense(3))
    a, b = Input(shape=(4,)), Input(shape=(4,))
    away = L.Lambda(lambda pair: K.abs(pair[0] - pair[1]), output_shape=lambda shapes: shapes[0])
    return Model([a, b], L.Dense(1, activation="sigmoid")(away([tower(a), tower(b)])))


@case("k1_nested_functional")
def _():
    x = Input(shape=(4,))
    inner = Model(x, L.Dense(3)(L.BatchNormalization()(L.Dense(5)(x))), name="inner")
    y = Input(shape=(4,))
    return Model(y, L.Dense(2)(merge([inner(y), inner(L.Dense(4)(y))], mode="sum")))


@case("k1_timedist_model")
def _():
    x = Input(shape=(4, 6, 6, 2))
    encoder = sequential(L.Convolution2D(3, 3, 3, input_shape=(6, 6, 2), **TF), L.Flatten())
    return Model(x, L.LSTM(3)(L.TimeDistributed(encoder)(x)))


@case("k1_residual_th")
def _():
    x = Input(shape=F)
    y = L.Convolution2D(3, 3, 3, border_mode="same", name="conv", **TH)(x)
    y = L.Activation("relu")(L.BatchNormalization(axis=1, name="bn")(y))
    return Model(x, L.GlobalAveragePooling2D(**TH)(merge([x, y], mode="sum")))


@case("k1_inception_th")
def _():
    x = Input(shape=F)
    a = L.Convolution2D(2, 1, 1, **TH)(x)
    b = L.Convolution2D(2, 3, 3, border_mode="same", **TH)(x)
    return Model(x, merge([a, b], mode="concat", concat_axis=1))


@case("k1_embeddings_masked", x=[np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32"), ints(5, 2, 3)])
def _():
    a, b = Input(shape=(4,), dtype="int32"), Input(shape=(3,), dtype="int32")
    h = L.LSTM(3)(L.Embedding(5, 3, mask_zero=True)(a))
    return Model([a, b], L.Dense(2)(merge([h, L.Flatten()(L.Embedding(5, 2, input_length=3)(b))], mode="concat")))


@case("k1_multi_output", steps=2)
def _():
    x = Input(shape=(4,))
    h = L.Dense(5, activation="relu")(x)
    model = Model(x, [L.Dense(3, name="zed")(h), L.Dense(2, name="alpha")(h)])
    model.compile(
        "rmsprop", {"zed": "mse", "alpha": "mae"}, loss_weights={"zed": 0.3, "alpha": 2.0}, metrics=["accuracy"]
    )
    return model


@case("k1_multi_output_list", steps=2)
def _():
    x = Input(shape=(4,))
    h = L.Dense(5, activation="relu")(x)
    model = Model(x, [L.Dense(3)(h), L.Dense(2)(h)])
    model.compile("adam", ["mse", "mae"], loss_weights=[0.3, 2.0])
    return model


@case("k1_temporal", steps=2)
def _():
    model = sequential(L.LSTM(3, return_sequences=True, input_shape=S), L.TimeDistributed(L.Dense(2)))
    model.compile("adam", "mse", sample_weight_mode="temporal")
    return model


def compiled(model, *arguments, **options):
    model.compile(*arguments, **options)
    return model


def net():
    x = Input(shape=(4,))
    h, g = L.Dense(5, activation="tanh", name="wide")(x), L.Dense(5, activation="tanh", name="alike")(x)
    return Model(x, L.Dense(3, activation="softmax", name="out")(L.BatchNormalization()(merge([h, g], mode="sum"))))


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd_momentum_decay": lambda: optimizers.SGD(0.05, momentum=0.9, decay=0.1),
    "sgd_nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipvalue=0.5),
    "rmsprop": lambda: optimizers.RMSprop(0.01, rho=0.8),
    "adagrad": lambda: optimizers.Adagrad(0.05),
    "adadelta": lambda: optimizers.Adadelta(0.5),
    "adam": lambda: optimizers.Adam(0.01, clipnorm=0.5),
    "adam_decay": lambda: optimizers.Adam(0.01, decay=0.1),
    "adamax": lambda: optimizers.Adamax(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "string_adam": lambda: "adam",
}
for _name, _make in OPTIMIZERS.items():
    put(
        f"k1_opt_{_name}",
        lambda make=_make: compiled(net(), make(), "categorical_crossentropy", metrics=["accuracy"]),
        steps=3,
    )
put(
    "k1_opt_seq",
    lambda: compiled(sequential(L.Dense(5, input_dim=4), L.Dense(3)), optimizers.Adam(0.01), "mse"),
    steps=2,
)
put("k1_opt_never_trained", lambda: compiled(net(), "adam", "mse"))
put("k1_opt_conv_th", lambda: compiled(
    sequential(L.Convolution2D(4, 3, 3, input_shape=F, **TH), L.BatchNormalization(axis=1), L.Flatten(), L.Dense(2)),
    "adam", "mse",
), steps=2)  # fmt: skip
put("k1_opt_conv_tf", lambda: compiled(
    sequential(L.Convolution2D(4, 3, 3, input_shape=T, **TF), L.Flatten(), L.Dense(2)), "rmsprop", "mse"
), steps=2)  # fmt: skip
put("k1_opt_lstm", lambda: compiled(sequential(L.LSTM(4, input_shape=S), L.Dense(3)), "adam", "mse"), steps=2)
put(
    "k1_opt_gru_gpu",
    lambda: compiled(sequential(L.GRU(4, consume_less="gpu", input_shape=S), L.Dense(3)), "adam", "mse"),
    steps=2,
)
put("k1_opt_merge_seq", lambda: compiled(
    sequential(L.Merge([sequential(L.Dense(4, input_dim=3)), sequential(L.Dense(4, input_dim=2))], mode="sum"), L.Dense(2)),
    "adam", "mse",
), steps=2)  # fmt: skip
LOSSES = ["mse", "mae", "mape", "msle", "hinge", "squared_hinge", "binary_crossentropy", "kld", "poisson",
          "cosine_proximity",
          "sparse_categorical_crossentropy", "mean_squared_error"]  # fmt: skip
for _name in LOSSES:
    put(f"k1_loss_{_name}", lambda loss=_name: compiled(net(), "adam", loss), steps=1)
put("k1_loss_function", lambda: compiled(net(), "adam", keras.objectives.mean_squared_error), steps=1)
put("k1_call_long", lambda: around(S, lambda: L.LSTM(3, return_sequences=True)), x=rnd(3, 6, 3))
