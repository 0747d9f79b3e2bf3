"""Compiled models with steps taken: every optimizer, loss and metric; slots that a wrong order would swap."""

from records import default_inputs, step

from cases import L, case, chain, inp, keras, put
from cases.layers import S, T, V
from cases.policies import small_net, with_policy


def net():
    x = inp(4)
    h = L.Dense(5, activation="tanh", name="wide")(x)
    g = L.Dense(5, activation="tanh", name="alike")(x)
    h = L.BatchNormalization()(L.Add()([h, g]))
    return keras.Model(x, L.Dense(3, activation="softmax", name="out")(h))


def compiled(optimizer=None, loss="categorical_crossentropy", build=net, **more):
    def make():
        model = build()
        model.compile(
            optimizer=optimizer() if callable(optimizer) else optimizer,
            loss=loss() if callable(loss) and not hasattr(loss, "__wrapped__") else loss,
            **more,
        )
        return model

    return make


opt = keras.optimizers
legacy = getattr(opt, "legacy", None)  # since 2.11
OPTIMIZERS = {
    "adam": lambda: opt.Adam(0.01),
    "adam_string": "adam",
    "sgd_string": "sgd",
    "rmsprop_string": "rmsprop",
    "adam_amsgrad": lambda: opt.Adam(0.01, amsgrad=True, beta_1=0.8),
    "adam_clipnorm": lambda: opt.Adam(0.01, clipnorm=0.3),
    "adam_globalclip": lambda: opt.Adam(0.01, global_clipnorm=0.2),
    "adam_wd": lambda: opt.Adam(0.01, weight_decay=0.02),
    "adam_ema": lambda: opt.Adam(0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "adamw": lambda: opt.AdamW(0.01, weight_decay=0.03),
    "adamax": lambda: opt.Adamax(0.01),
    "nadam": lambda: opt.Nadam(0.01),
    "adagrad": lambda: opt.Adagrad(0.05),
    "adadelta": lambda: opt.Adadelta(0.5),
    "adafactor": lambda: opt.Adafactor(0.01),
    "ftrl": lambda: opt.Ftrl(0.05, l1_regularization_strength=0.01, beta=0.1),
    "lion": lambda: opt.Lion(0.003) if hasattr(opt, "Lion") else None,
    "rmsprop_centered": lambda: opt.RMSprop(0.01, momentum=0.9, centered=True),
    "rmsprop": lambda: opt.RMSprop(0.01, rho=0.8),
    "sgd": lambda: opt.SGD(0.1),
    "sgd_momentum": lambda: opt.SGD(0.05, momentum=0.9),
    "sgd_nesterov": lambda: opt.SGD(0.05, momentum=0.9, nesterov=True),
    "sgd_wd_momentum": lambda: opt.SGD(0.05, momentum=0.5, weight_decay=0.1),
    "sched_exp": lambda: opt.Adam(opt.schedules.ExponentialDecay(0.05, 3, 0.7, staircase=True)),
    "sched_piecewise": lambda: opt.SGD(opt.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.05, 0.01]), momentum=0.9),
    "sched_inverse": lambda: opt.Adam(opt.schedules.InverseTimeDecay(0.05, 2, 0.5)),
    "sched_cosine_warm": lambda: opt.Adam(
        opt.schedules.CosineDecay(0.0, 20, alpha=0.1, warmup_target=0.05, warmup_steps=5)
    ),
    "sched_poly_cycle": lambda: opt.RMSprop(opt.schedules.PolynomialDecay(0.05, 4, 0.001, power=2.0, cycle=True)),
    "sched_restarts": lambda: opt.Adam(opt.schedules.CosineDecayRestarts(0.05, 5, t_mul=1.5, m_mul=0.8)),
    "legacy_adam": lambda: legacy.Adam(0.01),
    "legacy_adam_decay": lambda: legacy.Adam(0.01, decay=0.1, amsgrad=True),
    "legacy_sgd_momentum": lambda: legacy.SGD(0.05, momentum=0.9, nesterov=True),
    "legacy_sgd": lambda: legacy.SGD(0.05),
    "legacy_rmsprop": lambda: legacy.RMSprop(0.01, centered=True, momentum=0.5),
    "legacy_nadam": lambda: legacy.Nadam(0.01),
    "legacy_ftrl": lambda: legacy.Ftrl(0.05),
    "legacy_adagrad": lambda: legacy.Adagrad(0.05),
    "legacy_adam_clip": lambda: legacy.Adam(0.01, clipnorm=0.5),
}
for _name, _optimizer in OPTIMIZERS.items():
    put(f"opt_{_name}", compiled(_optimizer), steps=2)
put("opt_adam_nosteps", compiled(lambda: opt.Adam(0.02)), steps=0)

NUMBERS = ["one", "two", "three"]
LOSSES = {
    "mse": "mse",
    "MSE": "MSE",
    "mae": "mae",
    "mape": "mape",
    "msle": "msle",
    "kld": "kld",
    "logcosh": "logcosh",
    "huber": "huber",
    "hinge": "hinge",
    "squared_hinge": "squared_hinge",
    "categorical_hinge": "categorical_hinge",
    "poisson": "poisson",
    "cosine_str": "cosine_similarity",
    "bce_str": "binary_crossentropy",
    "focal_str": "binary_focal_crossentropy",
    "scce_str": "sparse_categorical_crossentropy",
    "fn_mse": lambda: keras.losses.mean_squared_error,
    "cls_cce_smooth": lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.1, from_logits=True),
    "cls_bce_logits": lambda: keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
    "cls_scce_ignore": lambda: keras.losses.SparseCategoricalCrossentropy(ignore_class=1),
    "cls_huber_delta": lambda: keras.losses.Huber(delta=0.2),
    "cls_logcosh": lambda: keras.losses.LogCosh(),
    "cls_cosine_axis": lambda: keras.losses.CosineSimilarity(axis=1),
    "cls_focal": lambda: keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5),
    "cls_mse_sum": lambda: keras.losses.MeanSquaredError(reduction="sum"),
    "cls_mse_none": lambda: keras.losses.MeanSquaredError(reduction="none"),
    "cls_kld": lambda: keras.losses.KLDivergence(),
    "cls_poisson_named": lambda: keras.losses.Poisson(name="mine"),
}
for _name, _loss in LOSSES.items():
    put(f"loss_{_name}", compiled(lambda: opt.Adam(0.01), _loss), steps=1)

M = keras.metrics
METRICS = {
    "strings": ["accuracy", "mae", "AUC"],
    "acc": ["acc"],
    "mixed_case": ["mse", "MAE", "MeanSquaredError"],
    "classes": lambda: [
        M.Precision(thresholds=[0.3, 0.6]),
        M.Recall(top_k=2),
        M.AUC(multi_label=True, num_labels=3, curve="PR"),
        M.TopKCategoricalAccuracy(k=2),
    ],
    "functions": lambda: [
        keras.metrics.mean_absolute_error,
        keras.losses.categorical_crossentropy,
        keras.metrics.categorical_accuracy,
    ],
    "more": lambda: [
        M.CosineSimilarity(axis=1),
        M.KLDivergence(),
        M.LogCoshError(),
        M.Poisson(),
        M.MeanRelativeError(normalizer=[1.0, 2.0, 3.0]),
        M.Hinge(),
    ],
    "conf": lambda: [
        M.FalsePositives(),
        M.SensitivityAtSpecificity(0.5, num_thresholds=20),
        M.OneHotMeanIoU(3),
        M.BinaryAccuracy(threshold=0.7),
        M.F1Score(threshold=0.4),
    ],
}
for _name, _metrics in METRICS.items():
    put(
        f"met_{_name}",
        lambda metrics=_metrics: compiled(
            lambda: opt.Adam(0.01), metrics=metrics() if callable(metrics) else metrics
        )(),
        steps=1,
    )


def two_heads():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    return keras.Model(x, [L.Dense(3, name="zed")(h), L.Dense(3, name="alpha")(h)])


def two_heads_dict():
    x = inp(4)
    h = L.Dense(5, activation="relu")(x)
    return keras.Model(x, {"zed": L.Dense(3, name="zed")(h), "alpha": L.Dense(3, name="alpha")(h)})


put("multi_loss_list", compiled(lambda: opt.Adam(0.01), ["mse", "mae"], two_heads, loss_weights=[0.3, 2.0]), steps=2)
put(
    "multi_loss_dict",
    compiled(
        lambda: opt.Adam(0.01), {"alpha": "mae", "zed": "mse"}, two_heads, loss_weights={"alpha": 0.1, "zed": 3.0}
    ),
    steps=2,
)
put(
    "multi_loss_dict_out",
    compiled(
        lambda: opt.Adam(0.01),
        {"alpha": "mae", "zed": "huber"},
        two_heads_dict,
        loss_weights={"alpha": 0.1, "zed": 3.0},
    ),
    steps=2,
)
put(
    "multi_loss_one",
    compiled(lambda: opt.Adam(0.01), "mse", two_heads, metrics={"alpha": ["mae", "mse"], "zed": "mae"}),
    steps=2,
)
put(
    "multi_metrics_list",
    compiled(
        lambda: opt.SGD(0.1, momentum=0.9),
        "mse",
        two_heads,
        metrics=[["mae"], ["mse", "mae"]],
        weighted_metrics=["mae"],
    ),
    steps=2,
)


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
    last, first, mid = (
        L.Dense(4, use_bias=False, name="z"),
        L.Dense(4, use_bias=False, name="y"),
        L.Dense(4, use_bias=False, name="x"),
    )
    for layer in (last, mid, first):
        layer.build((None, 4))
    x = inp(4)
    return keras.Model(x, last(mid(first(x))))


def rnn_net():
    return chain(
        S,
        L.Bidirectional(L.LSTM(3, return_sequences=True)),
        L.GRU(3),
        L.LayerNormalization(),
        L.Dense(3, activation="softmax"),
    )


def rnn_hardsig_net():
    return chain(
        S,
        L.LSTM(3, recurrent_activation="hard_sigmoid"),
        L.Dense(4, activation="hard_sigmoid"),
        L.Dense(3, activation="softmax"),
    )


def nested_net():
    inner = keras.Sequential(
        [keras.Input((4,)), L.Dense(4, activation="relu"), L.BatchNormalization(), L.Dense(4)], name="inner"
    )
    x = inp(4)
    return keras.Model(x, L.Dense(3, activation="softmax")(L.Add()([inner(x), L.Dense(4)(inner(L.Dense(4)(x)))])))


def mha_net():
    x = inp(5, 4)
    return keras.Model(
        x, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(L.MultiHeadAttention(2, 2)(x, x)))
    )


for _name, _build in {
    "frozen_first": frozen_first,
    "frozen_nested": frozen_nested,
    "out_of_order": out_of_order,
    "rnn": rnn_net,
    "rnn_hardsig": rnn_hardsig_net,
    "nested": nested_net,
    "mha": mha_net,
    "sep_prelu": lambda: chain(
        T, L.SeparableConv2D(4, 3), L.PReLU(), L.GlobalAveragePooling2D(), L.Dense(3, activation="softmax")
    ),
    "slash": lambda: chain(V, L.Dense(4, name="b/dense"), L.Dense(3, name="a/dense", activation="softmax")),
    "convlstm": lambda: chain((3, 5, 5, 2), L.ConvLSTM2D(2, 3), L.Flatten(), L.Dense(3, activation="softmax")),
    "regularized": lambda: chain(
        V,
        L.Dense(4, kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="unit_norm"),
        L.Dense(3, activation="softmax"),
    ),
}.items():
    put(f"train_adam_{_name}", compiled(lambda: opt.Adam(0.01), build=_build), steps=3)
    put(
        f"train_rmsprop_{_name}",
        compiled(lambda: opt.RMSprop(0.01, momentum=0.9, centered=True), build=_build),
        steps=2,
    )


@case("train_refrozen", steps=0)
def _():
    """Frozen only after training: compiled trainable, saved frozen. The slots are more than the trainable variables."""
    model = compiled(lambda: opt.Adam(0.01))()
    step(model, default_inputs(model), 2)
    model.get_layer("wide").trainable = False
    return model


put(
    "train_mixed_float16",
    lambda: with_policy("mixed_float16", compiled(lambda: opt.Adam(0.01), build=small_net)),
    steps=2,
)
put("train_lossscale", compiled(lambda: keras.mixed_precision.LossScaleOptimizer(opt.SGD(0.05, momentum=0.9))), steps=2)


def sensor():
    """The demo's model: sequences through a nested model used twice, batch normalisation, a recurrent layer."""
    window = inp(12, 3, name="window")
    features = chain(
        (12, 3), L.Conv1D(6, 3, padding="same", activation="relu"), L.BatchNormalization(), name="features"
    )
    reference = inp(12, 3, name="reference")
    both = L.Concatenate()([features(window), features(reference)])
    state = L.Bidirectional(L.LSTM(5))(both)
    return keras.Model([window, reference], L.Dense(3, activation="softmax", name="fault")(state), name="sensor")


put(
    "demo_sensor",
    compiled(lambda: opt.Adam(0.01), "sparse_categorical_crossentropy", sensor, metrics=["accuracy"]),
    steps=3,
)
