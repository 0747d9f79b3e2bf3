"""Graphs: sharing, nesting, several inputs and outputs, names, merging, operators."""

import tensorflow as tf

from cases import L, case, chain, inp, keras, put, rnd
from cases.layers import V


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
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.Sequential([L.Dense(4), L.Dense(3)]),
            L.Dense(3),
            keras.Sequential([L.Dense(2), L.BatchNormalization()]),
        ]
    )


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


for _merge in ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"]:
    put(f"merge_{_merge.lower()}_three", lambda cls=_merge: _merge_three(cls))


def _merge_three(cls):
    a, b, c = inp(4), inp(4), inp(4)
    return keras.Model(
        [a, b, c], getattr(L, cls)()([L.Dense(3)(c), L.Dense(3)(a), b if cls == "Concatenate" else L.Dense(3)(b)])
    )


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
    return keras.Model(
        x, [1.0 - x, 2.0 / (3.0 + tf.square(x)), -x, tf.constant([1.0, 2.0, 3.0, 4.0]) * x, x // 0.3, x % 0.3]
    )


@case("ops_reduce")
def _():
    x = inp(5, 3)
    return keras.Model(
        x,
        [
            tf.reduce_mean(x, axis=1),
            tf.reduce_sum(x, axis=[1, 2], keepdims=True),
            tf.reduce_max(x, -1),
            tf.math.reduce_std(x, 1),
            tf.reduce_prod(x, axis=1),
            tf.math.reduce_variance(x, axis=-1),
        ],
    )


@case("ops_shape")
def _():
    x = inp(4, 3)
    return keras.Model(
        x,
        [
            tf.transpose(x, [0, 2, 1]),
            tf.expand_dims(x, -1),
            tf.squeeze(tf.expand_dims(x, 1), 1),
            tf.concat([x, x], 1),
            tf.stack([x, x * 2.0], axis=1),
            tf.reshape(x, (-1, 12)),
            tf.reverse(x, [1]),
            *tf.split(x, 2, axis=1),
        ],
    )


@case("ops_where_compare")
def _():
    x, y = inp(4), inp(4)
    return keras.Model(
        [x, y],
        [
            tf.where(x > y, x, y * 0.5),
            tf.cast(x >= 0.0, "float32"),
            tf.maximum(x, y),
            tf.minimum(y, 0.2),
            tf.cast(tf.logical_and(x > 0.0, y > 0.0), tf.int32),
        ],
    )


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
    return keras.Model(
        x,
        [
            tf.nn.leaky_relu(x, alpha=0.3),
            tf.nn.relu6(x),
            tf.nn.silu(x),
            tf.nn.softmax(x, axis=1),
            tf.nn.elu(x),
            tf.nn.avg_pool2d(x, 2, 2, "VALID"),
            tf.image.resize(x, (3, 3)),
            tf.nn.log_softmax(x),
            tf.sigmoid(x),
            keras.activations.hard_sigmoid(x),
            tf.nn.gelu(x),
            tf.nn.softplus(x),
        ],
    )


@case("ops_matmul_transpose")
def _():
    x, y = inp(4, 3), inp(4, 5)
    return keras.Model(
        [x, y],
        [
            tf.matmul(x, y, transpose_a=True),
            tf.linalg.matmul(y, x, transpose_a=True),
            tf.tensordot(x, tf.ones((3, 2)), 1),
        ],
    )


@case("ops_backend")
def _():
    k = keras.backend
    x = inp(4, 3)
    return keras.Model(
        x, [k.mean(x, axis=1), k.sum(x, axis=-1, keepdims=True), k.clip(x, -0.5, 0.5), k.exp(x), k.batch_flatten(x)]
    )


@case("ops_einsum")
def _():
    x, y = inp(4, 3), inp(5, 3)
    return keras.Model([x, y], tf.einsum("bij,bkj->bik", x, y))
