"""A learning rate schedule needs a name: ``null`` became the class's."""

from kerasarchive.migration import Log, Migration, Object, RewriteObject, unchanged

SCHEDULES = tuple(
    f"keras.optimizers.schedules.{name}"
    for name in (
        "CosineDecay",
        "CosineDecayRestarts",
        "ExponentialDecay",
        "InverseTimeDecay",
        "PiecewiseConstantDecay",
        "PolynomialDecay",
    )
)


def class_name(obj: Object, log: Log) -> Object:
    """a schedule has a name"""
    if isinstance(obj.config, dict) and obj.config.get("name") is None:
        return obj.with_config(obj.config | {"name": obj.class_name})
    return obj


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/optimizers/schedules/learning_rate_schedule.py of 3.0.0: name_scope(self.name)",
    operations=(RewriteObject(SCHEDULES, class_name, back=unchanged),),
)
