"""``keras.mixed_precision.Policy`` became ``DTypePolicy``; every release of Keras 3 takes the policy by name."""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject


def by_name(obj: Object, log: Log) -> object:
    """a dtype policy is written by name"""
    name = obj.get("name")
    if not isinstance(name, str):
        reason = "the dtype policy has no name"
        raise Refuse(reason)
    return name


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/mixed_precision/dtype_policy.py of 3.0.0; keras/src/dtype_policies of 3.15.1: get(str)",
    operations=(
        RewriteObject(
            (
                "keras.mixed_precision.Policy",
                "keras.mixed_precision.experimental.Policy",
                "keras.mixed_precision.PolicyV1",
            ),
            by_name,
        ),
    ),
)
