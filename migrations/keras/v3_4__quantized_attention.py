"""An attention that was quantized says nothing of it in its config: its projections get their policies by a map."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, new

PROJECTIONS = {"query": "query", "key": "key", "value": "value", "output": "attention_output"}
"""The attribute in the weights (``query_dense``, ``_query_dense``) and the name of the layer."""


def policies(obj: Object, log: Log) -> Object:
    """projections that hold a scale beside their kernel compute in int8"""
    state, policy = obj.states.get(""), obj.get("dtype")
    if state is None or not isinstance(obj.config, dict):
        return obj
    name = policy.get("name") if isinstance(policy, Object) and policy.class_name == "DTypePolicy" else policy
    found = {}
    for key, layer in PROJECTIONS.items():
        part = state.children.get(f"{key}_dense") or state.children.get(f"_{key}_dense")
        if part is None:
            return obj
        if len(part.variables) == 2 + bool(obj.get("use_bias", True)):
            found[f".*/{layer}"] = new("keras.dtype_policies.QuantizedDTypePolicy", mode="int8", source_name=name)
    if not found or not isinstance(name, str) or not _whole(obj):
        return obj
    mapped = new("keras.dtype_policies.DTypePolicyMap", default_policy=name, policy_map=found)
    return obj.with_config(obj.config | {"dtype": mapped})


def _whole(obj: Object) -> bool:
    """Whether the output's kernel is stored as it is, one value in a byte: int4 packs two of the first axis in one."""
    children = obj.states[""].children
    output = children.get("output_dense") or children.get("_output_dense")
    query = children.get("query_dense") or children.get("_query_dense")
    heads = obj.get("num_heads", obj.get("num_query_heads"))
    if output is None or query is None or not isinstance(heads, int):
        return False
    if heads > 1:
        return next(iter(output.variables.values())).shape[:1] == (heads,)
    build = obj.extra.get("build_config")
    shapes = build.get("shapes_dict", build) if isinstance(build, dict) else {}
    features = (shapes.get("query_shape") or [None])[-1]
    return next(iter(query.variables.values())).shape[:1] == (features,)


migration = Migration(
    library="keras",
    release="3.4.0",
    evidence="keras/src/models/model.py: quantize; layers/attention/multi_head_attention.py of 3.3.3 to 3.15.1: get_config",
    repairs=("3.3.0", "3.15.1"),
    operations=(
        RewriteObject(("keras.layers.MultiHeadAttention", "keras.layers.GroupQueryAttention"), policies, consequence="fails"),
    ),
)
