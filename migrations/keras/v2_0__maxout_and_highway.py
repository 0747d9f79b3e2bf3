"""``MaxoutDense`` and ``Highway`` were removed; other layers compute the same."""

from dataclasses import replace

from kerasarchive.migration import Graft, Log, Migration, Object, RewriteModel, State, new, transform

DROP = "--drop-training-state migrates without the optimizer's state"


def expressed(model: Object, log: Log) -> Object:
    """MaxoutDense is a maximum over a Dense, Highway a sum of two gated branches"""
    has_state = model.optimizer is not None and model.optimizer.has_variables

    def change(obj: Object) -> Object:
        if obj.key not in EXPRESSED or "" not in obj.states:
            return obj
        if has_state and obj.class_name == "MaxoutDense":
            log.refuse(obj, "its weights take another form, and the optimizer's state for them does not", DROP)
        return EXPRESSED[obj.key](obj)

    return transform(model, change)


def _maxout(obj: Object) -> Object:
    """max over k of (x W_k + b_k): one Dense of all features, reshaped, and its maximum."""
    kernel, *biases = obj.states[""].variables.values()
    number, inputs, units = kernel.shape
    flat = kernel.then(
        lambda array: array.transpose(1, 0, 2).reshape(inputs, number * units),
        (inputs, number * units),
        "all features side by side",
    )
    bias = [each.then(lambda array: array.reshape(-1), (number * units,), "flat") for each in biases]
    name = obj.own_name
    dense = new("keras.layers.Dense", name=f"{name}_features", units=number * units, use_bias=bool(bias))
    dense = replace(dense, states={"": State(stored=True).numbered([flat, *bias])})
    rest = [
        new("keras.layers.Reshape", name=f"{name}_reshape", target_shape=[number, units]),
        new("keras.layers.GlobalMaxPooling1D", name=f"{name}_maximum"),
    ]
    return _in_place(obj, new("keras.Sequential", name=name, layers=[dense, *rest]), inputs)


def _highway(obj: Object) -> Object:
    """t * f(x W + b) + (1 - t) * x with t = sigmoid(x W_carry + b_carry), as a graph."""
    kernel, carry, *biases = obj.states[""].variables.values()
    bias, carry_bias = biases or (None, None)
    name, width = str(obj.own_name), kernel.shape[0]
    made = Graft(name)
    x = made.input(f"{name}_input", (None, width))
    gate = made.dense(f"{name}_gate", x, carry, carry_bias, "sigmoid")
    changed = made.dense(f"{name}_transform", x, kernel, bias, obj.get("activation", "linear"))
    rest = made.layer("keras.layers.Rescaling", f"{name}_rest", gate, (None, width), scale=-1.0, offset=1.0)
    new_part = made.layer("keras.layers.Multiply", f"{name}_new", [gate, changed], (None, width))
    kept_part = made.layer("keras.layers.Multiply", f"{name}_kept", [rest, x], (None, width))
    return _in_place(obj, made.model(x, made.add(f"{name}_sum", new_part, kept_part)), width)


def _in_place(obj: Object, made: Object, inputs: int) -> Object:
    if made.class_name == "Sequential":
        shape = obj.get("batch_input_shape") or [None, inputs]
        layers = made.config["layers"]
        layers[0] = layers[0].with_config({**layers[0].config, "batch_input_shape": shape})
    return replace(made, name=obj.name, nodes=obj.nodes, states={"": State()}, origin=obj.origin)


EXPRESSED = {"keras.layers.MaxoutDense": _maxout, "keras.layers.Highway": _highway}

migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/layers/core.py of 1.2.2: MaxoutDense.call and Highway.call; measured with 1.2.2",
    operations=(RewriteModel(expressed),),
)
