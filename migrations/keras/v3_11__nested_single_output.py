"""A model with a single output gives that tensor, and no longer a list of it, to the model around it."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, Ref, RewriteModel, descend, transform, unchanged

GRAPHS = ("Functional", "Model")
ENDS = ("input_layers", "output_layers")


def single_tensors(model: Object, log: Log) -> Object:
    """a nested model takes and gives single tensors, not lists of one"""
    wrapped = {child.at for obj in descend(model) if obj.class_name not in GRAPHS for child in _directly_in(obj)}

    def unwrapped(obj: Object) -> Object:
        if obj is model or not isinstance(obj.config, dict) or "output_layers" not in obj.config:
            return obj
        ends = {key: obj.config[key][0] for key in ENDS if _list_of_one(obj.config[key])}
        if not ends:
            return obj
        # A graph refers to the tensors of its calls one by one; anything else hands the list on.
        log.did(obj, "gives a list of one tensor to what is around it", "differs" if obj.at in wrapped else "harmless")
        return replace(obj, config=obj.config | ends)

    layers = transform(model.config, unwrapped)
    return model if layers is model.config else replace(model, config=layers)


def _directly_in(obj: Object) -> list[Object]:
    values = obj.config.values() if isinstance(obj.config, dict) else ()
    return [
        item for value in values for item in (value if isinstance(value, list) else [value]) if isinstance(item, Object)
    ]


def _list_of_one(value: object) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], Ref)


migration = Migration(
    library="keras",
    release="3.11.0",
    evidence="keras/src/models/functional.py of 3.10.0 and 3.11.0: get_config, map_tensors; measured 3.5.0 and 3.8.0 -> 3.15.1",
    # Before, a single tensor was read from either spelling.
    operations=(RewriteModel(single_tensors, consequence="", back=unchanged),),
)
