"""``SpectralNormalization`` no longer stores the wrapped layer's kernel a second time."""

from dataclasses import replace

from kerasarchive.migration import Migration, Object, Refuse, State, TransformTensor


def without_copy(obj: Object, state: State) -> State:
    """the wrapper keeps its vector alone"""
    if len(state.variables) < 2:
        return state
    copy, vector, *more = state.variables.values()
    kernels = [source.shape for layer in _wrapped(obj) for source in layer.variables.values()]
    if more or copy.shape not in kernels:
        reason = "its own variables are not the wrapped kernel and the vector u"
        raise Refuse(reason)
    return replace(state, variables={"0": vector})


def _wrapped(obj: Object) -> list[State]:
    layer = obj.get("layer")
    return list(layer.states.values()) if isinstance(layer, Object) else []


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/normalization/spectral_normalization.py of 2.15.0 and 3.0.0: build",
    operations=(TransformTensor("keras.layers.SpectralNormalization", without_copy),),
)
