"""What a careless migration would get silently wrong: masks through operators, defaults, ties, constants, reuse."""

import numpy as np
import tensorflow as tf

from cases import L, case, chain, inp, ints, keras, put, rnd
from cases.training import compiled, opt

TOKENS = np.array([[1, 2, 0, 0], [3, 4, 4, 0]], "int32")


def tokens(after, x=TOKENS):
    """A model of what stands after a masked embedding."""
    start = inp(4, dtype="int32")
    return keras.Model(start, after(L.Embedding(5, 3, mask_zero=True)(start))), x


put("adv_mask_times_number", lambda: tokens(lambda h: L.LSTM(3)(h * 2.0)))
put("adv_mask_plus_layer", lambda: tokens(lambda h: L.LSTM(3)(L.Add()([h, L.Dense(3)(h)]))))
put("adv_mask_plus_unmasked", lambda: tokens(lambda h: L.LSTM(3)(L.Add()([h, L.Dense(3)(tf.stop_gradient(h))]))))
put("adv_mask_activation", lambda: tokens(lambda h: L.GRU(3)(L.LeakyReLU(0.2)(L.LayerNormalization()(h)))))
put("adv_mask_return_sequences", lambda: tokens(lambda h: L.LSTM(2)(L.LSTM(3, return_sequences=True)(h))))
put("adv_mask_bidi_concat", lambda: tokens(lambda h: L.Bidirectional(L.GRU(2, return_sequences=True))(h)))
put("adv_mask_flatten", lambda: tokens(lambda h: L.Dense(2)(L.Flatten()(h))))
put(
    "adv_mask_nested_model",
    lambda: tokens(lambda h: L.LSTM(3)(keras.Sequential([keras.Input((4, 3)), L.Dense(3), L.Dropout(0.1)])(h))),
)
put("adv_mask_attention", lambda: tokens(lambda h: L.Attention()([h, h])))
put(
    "adv_mask_timedist_lstm_hardsig",
    lambda: tokens(lambda h: L.LSTM(3, recurrent_activation="hard_sigmoid")(L.TimeDistributed(L.Dense(2))(h))),
)
put("adv_mask_permute", lambda: tokens(lambda h: L.GlobalAveragePooling1D()(L.Dense(3)(L.Dropout(0.2)(h)))))
put("adv_mask_concatenate_time", lambda: tokens(lambda h: L.SimpleRNN(3)(L.Concatenate(axis=1)([h, L.Dense(3)(h)]))))


# Operators whose defaults differ between TensorFlow and keras.ops.


def operators(*shape, x=None):
    def register(build):
        def make():
            start = inp(*shape)
            return keras.Model(start, build(start))

        put(f"adv_{build.__name__}", make, x)
        return build

    return register


@operators(4, 3)
def op_argmax_default_axis(x):
    return [tf.argmax(x), tf.argmin(x, -1), tf.argsort(x), tf.sort(x, direction="DESCENDING")]


@operators(4)
def op_leaky_default(x):
    return [
        tf.nn.leaky_relu(x),
        tf.nn.gelu(x, approximate=True),
        tf.nn.gelu(x),
        tf.nn.crelu(x),
        tf.nn.swish(x),
        tf.nn.selu(x),
    ]


@operators(4)
def op_rounding(x):
    return [
        tf.round(x * 2.0),
        tf.math.floormod(x, -0.7),
        x % 0.7,
        tf.sign(x),
        tf.math.ceil(x),
        tf.math.floordiv(x, 0.3),
        tf.truediv(x, 3),
    ]


@operators(5, 3)
def op_cumulative(x):
    return [
        tf.cumsum(x, axis=1, exclusive=True),
        tf.cumsum(x, 1, reverse=True),
        tf.math.cumprod(x, axis=2),
        tf.math.reduce_logsumexp(x, 1),
    ]


@operators(5, 3)
def op_pad_modes(x):
    return [
        tf.pad(x, [[0, 0], [1, 2], [0, 0]], mode="REFLECT"),
        tf.pad(x, [[0, 0], [2, 0], [1, 1]], constant_values=3.0),
        tf.pad(x, [[0, 0], [1, 1], [0, 0]], "SYMMETRIC"),
    ]


@operators(5, 3)
def op_norms(x):
    return [
        tf.nn.l2_normalize(x, axis=1, epsilon=0.5),
        tf.norm(x, axis=-1),
        tf.math.l2_normalize(x, -1),
        *tf.nn.moments(x, [1], keepdims=True),
    ]


@operators(6, 3)
def op_splits(x):
    return [
        *tf.split(x, [1, 2, 3], axis=1),
        *tf.unstack(x, axis=2),
        tf.gather(x, [2, 0], axis=1),
        tf.roll(x, 1, axis=1),
    ]


@operators(4, 4)
def op_matrix(x):
    return [
        tf.linalg.diag_part(x),
        tf.transpose(x, perm=[0, 2, 1]),
        tf.matmul(x, x, adjoint_b=True),
        tf.linalg.band_part(x, 0, 1),
        x @ x,
    ]


@operators(4)
def op_logic(x):
    flag = x > 0.0
    return [
        tf.logical_not(flag),
        flag & (x < 1.0),
        ~flag,
        tf.reduce_any(flag, axis=1),
        tf.cast(x, tf.int32),
        tf.cast(flag, "float32"),
        x != 0.0,
    ]


@operators(6, 6, 3)
def op_image(x):
    return [
        tf.nn.max_pool2d(x, 3, 2, "SAME"),
        tf.image.resize(x, (9, 4), method="nearest"),
        tf.image.flip_left_right(x),
        tf.nn.avg_pool2d(x, [2, 3], [1, 2], "SAME"),
        tf.nn.depth_to_space(tf.concat([x] * 4, -1), 2),
        tf.image.resize(x, [4, 4], antialias=True),
    ]


@operators(4, 3)
def op_dynamic_shape(x):
    size = tf.shape(x)
    return [
        tf.reshape(x, [size[0], -1]),
        tf.reshape(x, [-1, size[1] * size[2]]),
        tf.zeros_like(x) + tf.cast(size[1], "float32"),
        tf.ones([3]) * x,
    ]


@operators(4)
def op_safe_division(x):
    return [
        tf.math.divide_no_nan(x, tf.nn.relu(x)),
        tf.math.squared_difference(x, 2.0),
        tf.math.rsqrt(tf.abs(x)),
        tf.math.log1p(tf.abs(x)),
        tf.math.expm1(x),
        tf.math.erf(x),
        tf.clip_by_value(x, -0.3, 0.2),
        tf.math.pow(tf.abs(x), 0.3),
        2.0**x,
        tf.math.reciprocal(x),
    ]


@operators(4)
def op_one_hot_values(x):
    index = tf.cast(tf.abs(x), tf.int32)
    return [
        tf.one_hot(index, 3, on_value=2.0, off_value=-1.0),
        tf.one_hot(index, 3, axis=1),
        tf.range(4, dtype="float32") * x,
    ]


@operators(4)
def op_where_one_sided(x):
    return [
        tf.where(x > 0.0, x, 0.0),
        tf.where(x > 0.0, 1.0, x),
        tf.maximum(0.1, x),
        tf.minimum(x, [0.0, 1.0, -1.0, 0.5]),
        1.0 + x,
        x - 1,
        3 // (1.0 + tf.abs(x)),
    ]


@operators(4)
def op_random(x):
    return [x + 0.0 * tf.random.normal((2, 4)), tf.nn.dropout(x, 0.0)]


@case("adv_op_on_second_output_twice")
def _():
    """Operators on outputs of a nested model that is used twice: node and tensor indices are not zero."""
    y = inp(4)
    inner = keras.Model(y, [L.Dense(3)(y) * 2.0, L.Dense(3)(y) + 1.0], name="inner")
    a, b = inp(4), inp(4)
    (p, q), (r, s) = inner(a), inner(b)
    return keras.Model([a, b], [p - s, L.Dense(2)(q * r), s])


@case("adv_op_keyword_tensor")
def _():
    a, b = inp(4), inp(4)
    return keras.Model(
        [a, b],
        [
            tf.subtract(y=a, x=b),
            tf.add(x=a, y=b),
            tf.math.divide(x=b, y=2.0 + tf.abs(a)),
            tf.where(condition=a > b, x=b, y=a),
        ],
    )


@case("adv_op_list_argument_mixed")
def _():
    a = inp(3)
    return keras.Model(
        a,
        [
            tf.concat([a, tf.constant([[1.0], [2.0]])], axis=-1),
            tf.stack([a, a * 2.0, tf.zeros_like(a)], -1),
            tf.add_n([a, a, a]),
        ],
    )


@case("adv_op_constant_matrix")
def _():
    a = inp(3)
    table = np.arange(6, dtype="float32").reshape(3, 2)
    return keras.Model(
        a,
        [
            tf.matmul(a, table),
            tf.constant(table)[tf.newaxis, 0] * a[:, :2],
            a * np.float32(2.5),
            a + np.array([1.0, 2.0, 3.0], "float32"),
        ],
    )


# hard_sigmoid where scaling the weights is not the whole story.

put("adv_hardsig_shared", lambda: _hardsig_shared())


def _hardsig_shared():
    a, b = inp(4), inp(4)
    layer = L.Dense(4, activation="hard_sigmoid")
    return keras.Model([a, b], L.Add()([layer(a), layer(layer(b))]))


put("adv_hardsig_timedist", lambda: chain((5, 3), L.TimeDistributed(L.Dense(4, activation="hard_sigmoid"))))
put(
    "adv_hardsig_timedist_model",
    lambda: chain(
        (5, 3), L.TimeDistributed(chain((3,), L.Dense(4, activation="hard_sigmoid"), L.Activation("hard_sigmoid")))
    ),
)
put("adv_hardsig_function", lambda: chain((4,), L.Dense(4, activation=keras.activations.hard_sigmoid)))
put(
    "adv_hardsig_in_sequential",
    lambda: keras.Sequential(
        [keras.Input((4,)), keras.Sequential([L.Dense(3), L.Activation("hard_sigmoid")]), L.Dense(2, "hard_sigmoid")]
    ),
)
put("adv_hardsig_spectral", lambda: chain((4,), L.SpectralNormalization(L.Dense(3, activation="hard_sigmoid"))))
put(
    "adv_hardsig_separable1d",
    lambda: chain(
        (6, 3), L.SeparableConv1D(4, 3, activation="hard_sigmoid"), L.DepthwiseConv1D(2, activation="hard_sigmoid")
    ),
)
put("adv_hardsig_transpose", lambda: chain((6, 3), L.Conv1DTranspose(4, 3, activation="hard_sigmoid", use_bias=False)))
put(
    "adv_hardsig_cells",
    lambda: chain(
        (6, 3),
        L.RNN(
            [
                L.LSTMCell(3, recurrent_activation="hard_sigmoid"),
                L.GRUCell(3, recurrent_activation="hard_sigmoid"),
                L.SimpleRNNCell(2, "hard_sigmoid"),
            ]
        ),
    ),
)
put(
    "adv_hardsig_cell_shared_default",
    lambda: chain((6, 3), L.GRU(3, recurrent_activation="hard_sigmoid", use_bias=False, reset_after=False), L.Dense(2)),
)
put("adv_hardsig_convlstm_all", lambda: chain((3, 6, 6, 2), L.ConvLSTM2D(2, 3, activation="hard_sigmoid")))
put("adv_hardsig_convlstm3d", lambda: chain((2, 4, 4, 4, 2), L.ConvLSTM3D(2, 2, use_bias=False)))
put("adv_hardsig_lstm_peephole_state", lambda: _hardsig_states())
put("adv_hardsig_mixed", lambda: chain((4,), L.Dense(4, activation="hard_sigmoid", dtype="mixed_float16"), L.Dense(2)))


def _hardsig_states():
    x = inp(6, 3)
    y, h, c = L.LSTM(
        3, recurrent_activation="hard_sigmoid", return_state=True, return_sequences=True, go_backwards=True
    )(x)
    return keras.Model(x, [L.LSTM(3, recurrent_activation="hard_sigmoid")(y, initial_state=[h, c]), c])


# Layers whose defaults or meaning moved between 2.x and 3.

put("adv_leaky_default", lambda: chain((4,), L.LeakyReLU(), L.ELU(), L.PReLU()))
put(
    "adv_relu_leaky_capped",
    lambda: chain((4,), L.ReLU(negative_slope=0.3), L.ReLU(max_value=0.8), L.ReLU(threshold=0.1)),
)
put("adv_upsampling_channels_first_text", lambda: chain((4, 4, 2), L.UpSampling2D(2, interpolation="bicubic")))
put("adv_upsampling_lanczos", lambda: chain((4, 4, 2), L.UpSampling2D(2, interpolation="lanczos3")))
put("adv_resizing_gaussian", lambda: chain((8, 8, 3), L.Resizing(5, 5, interpolation="gaussian")))
put("adv_resizing_crop_bilinear", lambda: chain((9, 7, 3), L.Resizing(4, 5, crop_to_aspect_ratio=True)))
put("adv_centercrop_upscale", lambda: chain((6, 10, 3), L.CenterCrop(8, 5)))
put(
    "adv_bn_no_center_no_scale",
    lambda: chain((4, 3), L.BatchNormalization(center=False, scale=False), L.BatchNormalization(axis=1)),
)
put(
    "adv_layernorm_list_one",
    lambda: chain((4, 3), L.LayerNormalization(axis=[1]), L.LayerNormalization(axis=(-1,), scale=False)),
)
put("adv_groupnorm_axis1", lambda: chain((4, 6), L.GroupNormalization(2, axis=1)))
put("adv_gelu_dense", lambda: chain((4,), L.Dense(3, activation="gelu"), L.Dense(3, activation=tf.nn.gelu)))
put(
    "adv_dense_tf_function_activation",
    lambda: chain((4,), L.Dense(3, activation=tf.nn.relu), L.Dense(3, activation=tf.tanh)),
)
put("adv_two_normalizations", lambda: _two_normalizations())
put(
    "adv_embedding_then_conv",
    lambda: chain_tokens(L.Embedding(6, 4), L.Conv1D(3, 2), L.GlobalMaxPooling1D()),
    ints(6, 2, 5),
)
put("adv_dot_attention_scaled_seed", lambda: _scaled_attention())
put("adv_stateful_bidi", lambda: _stateful_bidi())
put(
    "adv_lstm_dropout_implementation2",
    lambda: chain((6, 3), L.LSTM(3, dropout=0.5, recurrent_dropout=0.5, implementation=2)),
)
put(
    "adv_gru_time_first_unrolled",
    lambda: chain((4, 3), L.GRU(3, unroll=True, return_sequences=True), L.GRU(2, go_backwards=True)),
)
put("adv_input_sparse_named", lambda: _named_batch())
put("adv_flatten_channels_first", lambda: chain((3, 4, 5), L.Flatten(data_format="channels_first"), L.Dense(2)))
put("adv_pooling_channels_first_gap", lambda: chain((3, 4, 5), L.GlobalAveragePooling2D(data_format="channels_first")))
put("adv_bidi_none_outputs", lambda: chain((6, 3), L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="mul")))


def chain_tokens(*layers):
    x = start = inp(5, dtype="int32")
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x)


def _two_normalizations():
    one, two = L.Normalization(), L.Normalization()
    one.adapt(rnd(20, 4) * 3.0)
    two.adapt(rnd(30, 4) + 7.0)
    a, b = inp(4), inp(4)
    second, first = two(b), one(a)
    return keras.Model([a, b], [second, first])


def _scaled_attention():
    q, v = inp(5, 3), inp(4, 3)
    return keras.Model(
        [q, v],
        [L.Attention(use_scale=True)([q, v]), L.AdditiveAttention()([q, v]), L.Attention(score_mode="concat")([q, v])],
    )


def _stateful_bidi():
    x = keras.Input(batch_shape=(2, 5, 3))
    return keras.Model(x, L.Bidirectional(L.LSTM(3, stateful=True))(x))


def _named_batch():
    x = keras.Input((4,), batch_size=2, name="fixed")
    return keras.Model(x, L.Reshape((2, 2))(L.Dense(4)(x)))


# Training: what the optimizer holds must go with its variable.


def attention_all():
    """Every variable of the attention layers has the same shape as some other."""
    x = inp(4, 4)
    h = L.MultiHeadAttention(2, 2, name="b")(x, x)
    h = L.MultiHeadAttention(2, 2, name="a")(h, x)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.GlobalMaxPooling1D()(L.GroupNormalization(2)(h))))


def reused_across():
    """A layer of an inner model is used outside too, before that model: variables appear once, in graph order."""
    shared = L.Dense(4, name="shared")
    y = inp(4)
    inner = keras.Model(y, L.Dense(4, name="own")(shared(y)), name="inner")
    x = inp(4)
    return keras.Model(x, L.Dense(3, activation="softmax")(inner(L.Dense(4, name="first")(shared(x)))))


def half_frozen():
    model = attention_all()
    model.get_layer("a").trainable = False
    return model


def embedding_net():
    x = inp(4, dtype="int32")
    h = L.Embedding(6, 3)(x)
    g = L.Embedding(6, 3)(x)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Flatten()(L.Subtract()([g, h]))))


def stacked_cells():
    return chain((5, 3), L.Bidirectional(L.RNN([L.GRUCell(3), L.GRUCell(3)])), L.Dense(3, activation="softmax"))


def hardsig_constrained():
    return chain(
        (4,),
        L.Dense(4, activation="hard_sigmoid", kernel_constraint="max_norm", kernel_regularizer="l2"),
        L.Dense(3, activation="softmax"),
    )


for _name, _build, _x in (
    ("attention_all", attention_all, None),
    ("reused_across", reused_across, None),
    ("half_frozen", half_frozen, None),
    ("embedding", embedding_net, ints(6, 2, 4)),
    ("stacked_cells", stacked_cells, None),
    ("hardsig_constrained", hardsig_constrained, None),
):
    put(f"adv_train_adam_{_name}", compiled(lambda: opt.Adam(0.02), build=_build), _x, steps=3)
    put(f"adv_train_nadam_{_name}", compiled(lambda: opt.Nadam(0.02), build=_build), _x, steps=3)
    put(
        f"adv_train_sgd_{_name}", compiled(lambda: opt.SGD(0.1, momentum=0.9, nesterov=True), build=_build), _x, steps=2
    )


@case("adv_train_rate_changed", steps=0)
def _():
    from records import default_inputs, step

    model = compiled(lambda: opt.Adam(0.01))()
    step(model, default_inputs(model), 2)
    model.optimizer.learning_rate.assign(0.123)
    return model


@case("adv_train_regularized_frozen_wd", steps=2)
def _():
    model = compiled(lambda: opt.AdamW(0.01, weight_decay=0.1, clipvalue=0.05, use_ema=True))()
    model.get_layer("alike").trainable = False
    model.compile(optimizer=opt.AdamW(0.01, weight_decay=0.1, clipvalue=0.05, use_ema=True), loss="mae")
    return model


# Merging: Keras 2 masks where any input is masked, Keras 3 where all are, and only if all have a mask.

SECOND = np.array([[1, 0, 2, 2], [3, 0, 0, 1]], "int32")


def two_masks(merge, second_masked=True, after=None):
    a, b = inp(4, dtype="int32"), inp(4, dtype="int32")
    first, second = L.Embedding(5, 3, mask_zero=True)(a), L.Embedding(5, 3, mask_zero=second_masked)(b)
    return keras.Model([a, b], (after or L.LSTM(3))(merge([first, second]))), [TOKENS, SECOND]


for _merge in ("Add", "Average", "Multiply", "Maximum", "Subtract", "Concatenate"):
    put(f"adv_masks_differ_{_merge.lower()}", lambda cls=_merge: two_masks(getattr(L, cls)()))
    put(f"adv_masks_partial_{_merge.lower()}", lambda cls=_merge: two_masks(getattr(L, cls)(), second_masked=False))
put("adv_masks_differ_average_pool", lambda: two_masks(L.Add(), after=L.GlobalAveragePooling1D()))
put("adv_masks_differ_dense", lambda: two_masks(L.Add(), after=L.Dense(2)))
put("adv_masks_dot", lambda: two_masks(L.Dot(axes=2), after=L.Dense(2)))
put("adv_masks_attention_two", lambda: two_masks(L.Attention(), after=L.LSTM(2)))
put("adv_masks_attention_query_only", lambda: two_masks(L.AdditiveAttention(), second_masked=False, after=L.GRU(2)))


# Frozen layers that are made of layers: which variables the optimizer holds.


def frozen(make, *shape, after=None):
    def build():
        x = inp(*shape)
        layer = make()
        layer.trainable = False
        y = layer(x)
        y = L.Flatten()(after()(y) if after else y)
        return keras.Model(x, L.Dense(3, activation="softmax")(L.Dense(4)(y)))

    return compiled(lambda: opt.Adam(0.02), build=build)


for _name, _make, _shape in (
    ("bidi", lambda: L.Bidirectional(L.LSTM(3)), (5, 3)),
    ("lstm", lambda: L.LSTM(3), (5, 3)),
    ("rnn_cells", lambda: L.RNN([L.GRUCell(3), L.LSTMCell(2)]), (5, 3)),
    ("timedist", lambda: L.TimeDistributed(L.Dense(3)), (5, 3)),
    ("separable", lambda: L.SeparableConv1D(3, 2), (5, 3)),
    ("sequential", lambda: keras.Sequential([keras.Input((5, 3)), L.Dense(3), L.BatchNormalization()]), (5, 3)),
    ("convlstm", lambda: L.ConvLSTM1D(2, 2), (3, 5, 3)),
    ("batchnorm", lambda: L.BatchNormalization(), (5, 3)),
    ("prelu", lambda: L.PReLU(), (5, 3)),
    ("einsum", lambda: L.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d"), (5, 3)),
):
    put(f"adv_frozen_{_name}", frozen(_make, *_shape), steps=2)


@case("adv_frozen_inside_sequential", steps=2)
def _():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(4, name="a"), L.Dense(4, name="b")])
    inner.layers[0].trainable = False
    return compiled(lambda: opt.Adam(0.02), build=lambda: chain((4,), inner, L.Dense(3, activation="softmax")))()


@case("adv_frozen_inside_timedist", steps=2)
def _():
    dense = L.Dense(3)
    dense.trainable = False
    return compiled(
        lambda: opt.Adam(0.02),
        build=lambda: chain((5, 4), L.TimeDistributed(dense), L.Flatten(), L.Dense(3, activation="softmax")),
    )()


@case("adv_frozen_batchnorm_model", steps=2)
def _():
    """The whole model is frozen but for a head: as in fine-tuning."""
    base = chain((4,), L.Dense(4), L.BatchNormalization(), L.Dense(4), name="base")
    for layer in base.layers[:-1]:
        layer.trainable = False
    return compiled(
        lambda: opt.SGD(0.1, momentum=0.9), build=lambda: chain((4,), base, L.Dense(3, activation="softmax"))
    )()
