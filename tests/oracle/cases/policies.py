"""Dtype policies."""

from cases import L, chain, keras, put
from cases.layers import S, V


def with_policy(policy, build):
    keras.mixed_precision.set_global_policy(policy)
    try:
        return build()
    finally:
        keras.mixed_precision.set_global_policy("float32")


def small_net():
    return chain(
        V, L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(3), L.Activation("softmax", dtype="float32")
    )


put("dtype_mixed_float16", lambda: with_policy("mixed_float16", small_net))
put("dtype_mixed_bfloat16", lambda: with_policy("mixed_bfloat16", small_net))
put("dtype_float64_layer", lambda: chain(V, L.Dense(3, dtype="float64"), L.Dense(2)))
put("dtype_float16_layer", lambda: chain(V, L.Dense(3, dtype="float16"), L.Dense(2)))
put("dtype_policy_layer", lambda: chain(V, L.Dense(3, dtype=keras.mixed_precision.Policy("mixed_float16")), L.Dense(2)))
put("dtype_bf16_rnn", lambda: with_policy("mixed_bfloat16", lambda: chain(S, L.LSTM(3), L.Dense(2))))
