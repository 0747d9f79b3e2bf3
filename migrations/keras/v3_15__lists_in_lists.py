"""Layers in lists of lists are saved; before, no release saved their weights, and nothing in the archive shows it."""

from kerasarchive.migration import Log, Migration, Object, RewriteModel, State, descend

LIBRARIES = ("bayesflow.", "keras_hub", "keras_nlp", "keras_cv")
"""Their classes are no unknown code."""


def say_it(model: Object, log: Log) -> Object:
    """the weights of layers in lists of lists were never saved"""
    for obj in descend(model):
        name = obj.registered_name or ""
        custom = ">" in name and not name.startswith(LIBRARIES)
        if custom and any(_may_hold_more(state) for state in obj.states.values()):
            message = (
                "if its code keeps layers in a list of lists, the release that wrote it saved none of their weights;"
                " only the code tells"
            )
            log.announce(obj, "lost_at_save", message)
    return model


def _may_hold_more(state: State) -> bool:
    """Whether it is made of parts, as far as the weights show: it has some, or has nothing at all of its own."""
    return state.group is not None and (bool(state.children) or not state.variables)


migration = Migration(
    library="keras",
    release="3.15.0",
    evidence="keras/src/saving/saving_lib.py of 3.14.1 and 3.15.0: _save_container_state; measured 3.8.0 -> 3.15.1",
    repairs=("3.0.0", "3.14.1"),
    operations=(RewriteModel(say_it, consequence=""),),
)
