"""Layers in lists of lists are saved, under ``container``; releases before pass over them without a word."""

import re
from collections.abc import Iterator

from kerasarchive.migration import Log, Migration, Object, RewriteModel, State, descend, unchanged


def refuse_containers(model: Object, log: Log) -> Object:
    """layers in lists of lists are neither saved nor loaded"""
    for obj in descend(model):
        if any(re.fullmatch(r"container(_\d+)?", name) for state in obj.states.values() for name in _below(state)):
            reason = "it keeps layers in lists of lists, whose weights no release before Keras 3.15 loads: they would be lost"
            log.refuse(obj, reason, "name a target from 3.15 on")
    return model


def _below(state: State) -> Iterator[str]:
    for name, child in state.children.items():
        yield name
        yield from _below(child)


migration = Migration(
    library="keras",
    release="3.15.0",
    evidence="keras/src/saving/saving_lib.py of 3.14.1 and 3.15.0: _save_container_state",
    operations=(RewriteModel(unchanged, consequence="", back=refuse_containers),),
)
