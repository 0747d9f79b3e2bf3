"""Recurrent states, masks and attention."""

import numpy as np

from cases import L, case, inp, ints, keras, rnd


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
    return keras.Model(
        [enc, dec], L.GRU(5, return_sequences=True, recurrent_activation="hard_sigmoid")(dec, initial_state=h)
    )


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
        [
            [[1, 2, 3], [0, 0, 0], [1, 1, 1], [0, 0, 0], [0, 0, 0]],
            [[1, 0, 0], [2, 1, 0], [0, 0, 0], [0, 0, 1], [3, 3, 3]],
        ],
        "float32",
    )


@case("emb_input_length", x=ints(6, 2, 4))
def _():
    return keras.Sequential(
        [
            L.Embedding(6, 3, input_length=4, embeddings_regularizer="l2", embeddings_constraint="max_norm"),
            L.Flatten(),
            L.Dense(2),
        ]
    )


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
    return keras.Model(
        x, L.LayerNormalization()(x + L.MultiHeadAttention(2, 3, value_dim=4, output_shape=6, dropout=0.1)(x, x))
    )


@case("mha_kwargs_and_mask", x=[rnd(2, 5, 6), rnd(2, 4, 7), np.array(np.arange(40).reshape(2, 5, 4) % 3 > 0)])
def _():
    q, v, m = inp(5, 6), inp(4, 7), inp(5, 4, dtype="bool")
    out, scores = L.MultiHeadAttention(2, 3, use_bias=False)(
        query=q, value=v, attention_mask=m, return_attention_scores=True
    )
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
