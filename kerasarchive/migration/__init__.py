"""Migrations: what they are made of, which of them lead from one release to another, and carrying them out.

A migration file imports from here. Names are loaded when they are asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasarchive.migration.attention_blocks import EarlyAttention
    from kerasarchive.migration.attention_layers import Attention
    from kerasarchive.migration.execution import execute
    from kerasarchive.migration.grafting import Graft, changed, members, nothing, part, rows
    from kerasarchive.migration.making import computed, new, scalar, scaled, zeros
    from kerasarchive.migration.migration import Migration, Step
    from kerasarchive.migration.mlp_layers import blocks, dense_blocks, later_blocks, mlp_as_layers, padded
    from kerasarchive.migration.operations.classes import MoveModule, RenameClass, ReplaceClass
    from kerasarchive.migration.operations.config import ANY, AddKey, PinDefault, RemoveKey, RenameKey, RewriteConfig
    from kerasarchive.migration.operations.objects import (
        RenameAttribute,
        RewriteGraph,
        RewriteModel,
        RewriteObject,
        TransformTensor,
        unchanged,
    )
    from kerasarchive.migration.operations.operation import Log, Refuse
    from kerasarchive.migration.planning import Plan, plan
    from kerasarchive.migration.renaming import rename_layers
    from kerasarchive.migration.routing import catalogue, read, route
    from kerasarchive.migration.series_layers import later_series, of_fusion, of_series
    from kerasarchive.migration.subnets import SubnetGraph, projector
    from kerasarchive.migration.trained_variables import trained
    from kerasarchive.model.config import is_bare_bytecode
    from kerasarchive.model.objects import Node, Object, Ref, State, descend, transform
    from kerasarchive.model.release import Release
    from kerasarchive.model.weights import TensorSource

_HOMES = {
    "migration.migration": ("Migration", "Step"),
    "migration.attention_blocks": ("EarlyAttention",),
    "migration.attention_layers": ("Attention",),
    "migration.mlp_layers": ("blocks", "dense_blocks", "later_blocks", "mlp_as_layers", "padded"),
    "migration.grafting": ("Graft", "changed", "members", "nothing", "part", "rows"),
    "migration.making": ("computed", "new", "scalar", "scaled", "zeros"),
    "migration.operations.classes": ("MoveModule", "RenameClass", "ReplaceClass"),
    "migration.operations.config": ("ANY", "AddKey", "PinDefault", "RemoveKey", "RenameKey", "RewriteConfig"),
    "migration.operations.objects": (
        "RenameAttribute",
        "RewriteGraph",
        "RewriteModel",
        "RewriteObject",
        "TransformTensor",
        "unchanged",
    ),
    "migration.renaming": ("rename_layers",),
    "migration.operations.operation": ("Log", "Refuse"),
    "migration.execution": ("execute",),
    "migration.planning": ("Plan", "plan"),
    "migration.trained_variables": ("trained",),
    "migration.routing": ("catalogue", "read", "route"),
    "migration.series_layers": ("later_series", "of_fusion", "of_series"),
    "migration.subnets": ("SubnetGraph", "projector"),
    "model.config": ("is_bare_bytecode",),
    "model.release": ("Release",),
    "model.objects": ("Node", "Object", "Ref", "State", "descend", "transform"),
    "model.weights": ("TensorSource",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ANY",
    "AddKey",
    "Attention",
    "EarlyAttention",
    "Graft",
    "Log",
    "Migration",
    "MoveModule",
    "Node",
    "Object",
    "PinDefault",
    "Plan",
    "Ref",
    "Refuse",
    "Release",
    "RemoveKey",
    "RenameAttribute",
    "RenameClass",
    "RenameKey",
    "ReplaceClass",
    "RewriteConfig",
    "RewriteGraph",
    "RewriteModel",
    "RewriteObject",
    "State",
    "Step",
    "SubnetGraph",
    "TensorSource",
    "TransformTensor",
    "blocks",
    "catalogue",
    "changed",
    "computed",
    "dense_blocks",
    "descend",
    "execute",
    "is_bare_bytecode",
    "later_blocks",
    "later_series",
    "members",
    "mlp_as_layers",
    "new",
    "nothing",
    "of_fusion",
    "of_series",
    "padded",
    "part",
    "plan",
    "projector",
    "read",
    "rename_layers",
    "route",
    "rows",
    "scalar",
    "scaled",
    "trained",
    "transform",
    "unchanged",
    "zeros",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"kerasarchive.{_HOME_OF[name]}"), name)
