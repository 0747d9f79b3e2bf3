"""Random layers keep the state of their random numbers in the archive; tf.keras starts them anew from the seed."""

from dataclasses import replace

from kerasarchive.migration import Log, Migration, Object, RewriteObject, State, unchanged

NAME = "seed_generator"
ANEW = "tf.keras does not store where its random numbers stand: they start anew, which training alone notices"


def anew(obj: Object, log: Log) -> Object:
    """the state of the random numbers is left out"""
    states = {role: _without(state) for role, state in obj.states.items()}
    if all(states[role] is state for role, state in obj.states.items()):
        return obj
    for state in obj.states.values():
        log.drop(source for path, source in state.all_variables() if NAME in path.split("/"))
    log.announce(obj, "state_dropped", ANEW)
    return replace(obj, states=states)


def _without(state: State) -> State:
    """The very same state where there are no random numbers in it."""
    children = {name: _without(child) for name, child in state.children.items() if name != NAME}
    same = len(children) == len(state.children) and all(children[name] is state.children[name] for name in children)
    return state if same else replace(state, children=children)


migration = Migration(
    library="keras",
    release="3.0.0",
    evidence="keras/src/random/seed_generator.py of 3.0.0; keras/src/backend.py of 2.15.0: RandomGenerator is no layer",
    operations=(RewriteObject("keras.layers.*", unchanged, consequence="harmless", back=anew),),
)
