"""``MultiHeadAttention`` stores no input shapes, and its projections are saved under their public names."""

from kerasarchive.migration import Migration, RemoveKey, RenameAttribute

CLS = "keras.layers.MultiHeadAttention"

migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/layers/attention/multi_head_attention.py of 3.0.0: get_config, query_dense ... output_dense",
    operations=(
        *(RemoveKey(CLS, key) for key in ("query_shape", "key_shape", "value_shape")),
        *(RenameAttribute(CLS, f"_{part}_dense", f"{part}_dense") for part in ("query", "key", "value", "output")),
    ),
)
