"""``MaxoutDense`` and ``Highway`` were removed; other layers compute the same."""

from dataclasses import replace
from typing import Any

from kerasarchive.migration import Log, Migration, Node, Object, Ref, Refuse, RewriteModel, State, new, transform

NAMES = ("MaxoutDense", "Highway")
FUNCTIONAL = "keras.src.engine.functional.Model"


def expressed(model: Object, log: Log) -> Object:
    """MaxoutDense is a maximum over a Dense, Highway a sum of two gated branches"""
    compiled = model.extra.get("compile_config")
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    has_state = isinstance(optimizer, Object) and any(state.variables for state in optimizer.states.values())

    def change(obj: Object) -> Object:
        if obj.key not in ("keras.layers.MaxoutDense", "keras.layers.Highway") or "" not in obj.states:
            return obj
        if has_state and obj.class_name == "MaxoutDense":
            log.refuse(
                obj,
                "its weights take another form, and the optimizer's state for them does not",
                "--drop-training-state migrates without the optimizer's state",
            )
        return _maxout(obj) if obj.class_name == "MaxoutDense" else _highway(obj)

    try:
        changed = transform(model, change)
    except Refuse as refusal:
        log.refuse(model, refusal.reason, refusal.advice)
        return model
    assert isinstance(changed, Object)
    return changed


def _maxout(obj: Object) -> Object:
    """max over k of (x W_k + b_k): one Dense of all features, reshaped, and its maximum."""
    kernel, *biases = obj.states[""].variables.values()
    number, inputs, units = kernel.shape
    flat = replace(
        kernel,
        transform=_after(kernel, lambda array: array.transpose(1, 0, 2).reshape(inputs, number * units)),
        shape=(inputs, number * units),
        what="all features side by side",
    )
    bias = [
        replace(each, transform=_after(each, lambda array: array.reshape(-1)), shape=(number * units,), what="flat")
        for each in biases
    ]
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
    width = kernel.shape[0]
    name = obj.own_name

    def dense(which: str, activation: Any, sources: list[Any]) -> Object:
        made = new(
            "keras.layers.Dense", name=f"{name}_{which}", units=width, activation=activation, use_bias=len(sources) > 1
        )
        return replace(made, states={"": State(stored=True).numbered(sources)})

    x = f"{name}_input"
    layers = [
        _called(new("keras.layers.InputLayer", name=x, batch_input_shape=[None, width], dtype="float32", sparse=False)),
        _called(dense("gate", "sigmoid", [carry, *biases[1:]]), x),
        _called(dense("transform", obj.get("activation", "linear"), [kernel, *biases[:1]]), x),
        _called(new("keras.layers.Rescaling", name=f"{name}_rest", scale=-1.0, offset=1.0), f"{name}_gate"),
        _called(new("keras.layers.Multiply", name=f"{name}_new"), f"{name}_gate", f"{name}_transform"),
        _called(new("keras.layers.Multiply", name=f"{name}_kept"), f"{name}_rest", x),
        _called(new("keras.layers.Add", name=f"{name}_sum"), f"{name}_new", f"{name}_kept"),
    ]
    ends = {"input_layers": Ref(x, 0, 0), "output_layers": Ref(f"{name}_sum", 0, 0)}
    model = replace(new(FUNCTIONAL, name=name, layers=layers, **ends), registered_name=None)
    return _in_place(obj, model, width)


def _called(layer: Object, *inputs: str) -> Object:
    refs = [Ref(name, 0, 0) for name in inputs]
    given = refs[0] if len(refs) == 1 else refs
    return replace(layer, name=layer.own_name, nodes=(Node((given,)),) if refs else ())


def _in_place(obj: Object, made: Object, inputs: int) -> Object:
    if made.class_name == "Sequential":
        shape = obj.get("batch_input_shape") or [None, inputs]
        layers = made.config["layers"]
        layers[0] = layers[0].with_config({**layers[0].config, "batch_input_shape": shape})
    return replace(made, name=obj.name, nodes=obj.nodes, states={"": State()}, origin=obj.origin)


def _after(source: Any, change: Any) -> Any:
    before = source.transform
    return change if before is None else lambda *arrays: change(before(*arrays))


migration = Migration(
    library="keras",
    release="2.0.0",
    evidence="keras/layers/core.py of 1.2.2: MaxoutDense.call and Highway.call; measured with 1.2.2",
    operations=(RewriteModel(expressed),),
)
