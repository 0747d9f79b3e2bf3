"""The table of layers: what each gives, how many parameters it has, where its input comes from: all from the config."""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.inspection.brief import class_name
from kerasarchive.layout import shapes, variables
from kerasarchive.layout.shapes import Flow, Source
from kerasarchive.schema import ReleaseSchema

ATTENTION = frozenset({"MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"})
MAX_ROWS = 100_000
MAX_PARTS = 200_000
"""Sublayers that are looked at in all: copies of copies (a Bidirectional in a Bidirectional ...) end somewhere."""
MAX_NAME = 100

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Row:
    """One layer. Counts are None where a variable's shape, or the class itself, is not known."""

    name: str
    kind: str
    path: Path
    depth: int
    output: Any = None
    own: int | None = 0
    trainable: int | None = 0
    stored: int | None = 0
    unique: int | None = 0
    tensors: int = 0
    trained: int = 0
    sources: tuple[Source, ...] = ()
    policy: str = ""
    frozen: bool = False
    parent: Row | None = None
    unknown: bool = False
    """Not one of Keras's classes."""
    members: list[Row] = field(default_factory=list)

    def count_like(self, other: Row) -> None:
        """Take the counts of a layer that is the same but for its name, its place and its members."""
        self.own, self.trainable, self.stored, self.unique = other.own, other.trainable, other.stored, other.unique
        self.tensors, self.trained, self.unknown = other.tensors, other.trained, other.unknown

    def facts(self, base: str) -> dict[str, Any]:
        """The row as plain JSON; `base` is the location of the config's root as text."""
        return {
            "name": self.name,
            "class": self.kind,
            "output_shape": self.output,
            "parameters": self.own,
            "trainable": self.trainable,
            "connected_to": connected(self.sources),
            "location": base + "".join(f"/{part}" for part in self.path),
        }


def connected(sources: tuple[Source, ...]) -> list[str]:
    """The layers that a call takes its tensors from, the output's number where it is not the first."""
    if len(sources) == 1 and not sources[0].tensor:
        return [sources[0].layer]
    return list(dict.fromkeys(s.layer if not s.tensor else f"{s.layer}[{s.tensor}]" for s in sources))


def tabulate(config: Any, major: int, schema: ReleaseSchema | None = None) -> tuple[list[Row], dict[Path, Flow]]:
    """A row for every layer of a model's config, nested models' layers after their model, in the config's order."""
    flows = shapes.infer(config)
    rows: list[Row] = []
    counted: dict[bytes, Row] = {}
    left = MAX_PARTS
    if not isinstance(config, dict):
        return rows, flows
    stack: list[tuple[Any, Path, str, Row | None, bool, int]] = [(config, (), "", None, False, 0)]
    while stack and len(rows) < MAX_ROWS:
        data, path, prefix, parent, frozen, depth = stack.pop()
        if not isinstance(data, dict):
            continue
        inner = data.get("config")
        frozen = frozen or (isinstance(inner, dict) and inner.get("trainable") is False)
        members = layers_of(data)
        row = None
        if path:
            name = f"{prefix}{(shapes.layer_name(data) or class_name(data))[:MAX_NAME]}"
            row = Row(name[-4 * MAX_NAME :], kind_of(data)[: 2 * MAX_NAME], path, depth, frozen=frozen, parent=parent)
            left -= fill(row, data, flows.get(path), major, left, schema, counted)
            rows.append(row)
            if parent is not None and not parent.unknown:
                parent.members.append(row)
        below = f"{row.name}/" if row else ""
        listed = (*path, "config") if isinstance(inner, list) else (*path, "config", "layers")
        for index in range(len(members) - 1, -1, -1):
            stack.append((members[index], (*listed, index), below, row or parent, frozen, depth + (row is not None)))
        if not members and isinstance(inner, dict) and (not path or (row is not None and row.unknown)):
            for key, item in reversed(list(held(inner))):
                stack.append((item, (*path, "config", *key), below, row, frozen, depth + (row is not None)))
        wrapped = inner.get("layer") if isinstance(inner, dict) and not members else None
        if row is not None and isinstance(wrapped, dict) and layers_of(wrapped):
            stack.append((wrapped, (*path, "config", "layer"), below, row, frozen, depth + 1))
    for row in reversed(rows):
        if row.members:
            add_up(row)
    return rows, flows


def layers_of(data: Any) -> list[Any]:
    """The layers in a model's config; empty if it is none."""
    inner = data.get("config") if isinstance(data, dict) else None
    if isinstance(inner, dict):
        inner = inner.get("layers")
    elif not (isinstance(data, dict) and data.get("class_name") == "Sequential"):
        return []
    return inner if isinstance(inner, list) else []


def held(config: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The layers that a custom object's config spells as its arguments, alone or in a list."""
    for key, value in config.items():
        for place, item in [((key,), value)] if isinstance(value, dict) else enumerate_in(key, value):
            inner = item.get("config") if isinstance(item, dict) else None
            if isinstance(inner, dict) and isinstance(item.get("class_name"), str) and "trainable" in inner:
                yield place, item


def enumerate_in(key: str, value: Any) -> list[tuple[Path, Any]]:
    """The items of a list with their places; nothing for what is no list."""
    return [((key, index), item) for index, item in enumerate(value)] if isinstance(value, list) else []


def kind_of(data: Mapping[str, Any]) -> str:
    """The class, with what it wraps: ``TimeDistributed(Dense)``, ``ops.Add``, ``TFOpLambda(math.add)``."""
    name, config, module = class_name(data), data.get("config"), data.get("module")
    if isinstance(module, str) and module.startswith(("keras.src.ops", "keras.ops")):
        return f"ops.{name}"
    if not isinstance(config, dict):
        return name
    if name == "TFOpLambda" and isinstance(config.get("function"), str):
        return f"TFOpLambda({config['function']})"
    wrapped = config.get("layer") if isinstance(config.get("layer"), dict) else config.get("cell")
    if isinstance(wrapped, dict):
        inner = wrapped.get("config")
        deeper = isinstance(inner, dict) and isinstance(inner.get("layer"), dict)
        return f"{name}({class_name(wrapped)}{'(...)' if deeper else ''})"
    return name


def fill(
    row: Row, data: Mapping[str, Any], flow: Flow | None, major: int, left: int, schema: ReleaseSchema | None,
    counted: dict[bytes, Row],
) -> int:  # fmt: skip
    """Output, source and parameters of one layer, without those of a model's members.

    Gives the number of sublayers looked at; a layer with more than `left` stays unknown. `counted` are the layers that
    were counted before, by what makes their counts: a model's layers are often alike but for their names.
    """
    if flow is not None:
        known = [None if shape is None else list(shape) for shape in flow.outputs]
        row.output = known[0] if len(known) == 1 else known
        row.sources = flow.sources
    config = data.get("config")
    if not isinstance(config, dict):
        return 0
    row.policy = policy_name(config.get("dtype"))[:MAX_NAME]
    module, name = data.get("module"), data.get("class_name")
    if isinstance(module, str) and module.startswith(("keras.src.ops", "keras.ops")):
        return 0
    registered = data.get("registered_name")
    if is_bare_operation(data, schema):
        row.kind = f"ops.{name}"
        return 0
    if not isinstance(name, str) or not variables.is_builtin(
        module if isinstance(module, str) else None, registered if isinstance(registered, str) else None, name
    ):
        row.unknown = True
        return forget(row)
    if name in variables.WEIGHTLESS and name not in variables.PARENTS:
        return 0
    shape = shape_for(name, data, flow)
    if name not in variables.PARENTS:
        key = fingerprint(name, config, shape, row.frozen)
        if key is None or key not in counted:
            own = variables.own(name, config, input_shape=shape, major=major)
            count(row, variables.Part((), name, config, shape, own))
            row.unknown = own is None
            if row.unknown:
                forget(row)
            if key is not None:
                counted[key] = row
        else:
            row.count_like(counted[key])
        return 0
    number = 0
    for number, part in enumerate(variables.tree(name, config, input_shape=shape, major=major), start=1):
        if (part.variables is None and part.class_name not in shapes.MODELS) or number > left:
            forget(row)
            break
        count(row, part)
    return number


def is_bare_operation(data: Mapping[str, Any], schema: ReleaseSchema | None) -> bool:
    """Whether this is a node of `keras.ops` in a legacy file, which does not say so: no layer has that name."""
    name = data.get("class_name")
    if schema is None or not isinstance(name, str) or data.get("module") is not None or variables.is_known(name):
        return False
    found = schema.by_class_name(name, "operation")
    return found is not None and found.role == "operation"


def fingerprint(name: str, config: dict[str, Any], shape: Any, frozen: bool) -> bytes | None:
    """What a layer's counts depend on: all but its name; None for what cannot be told apart so."""
    try:
        return marshal.dumps((name, {**config, "name": None}, shape, frozen), 2)
    except ValueError:
        return None


def forget(row: Row) -> int:
    """Leave the counts of a layer unknown; 0, as nothing was looked at."""
    row.own = row.trainable = row.stored = row.unique = None
    return 0


def count(row: Row, part: variables.Part) -> None:
    """Add one part's variables; a variable that is stored twice is one parameter tensor and two stored ones."""
    frozen = row.frozen or part.config.get("trainable") is False
    for variable in part.variables or ():
        size = variable.size
        if variable.key is not None:
            row.tensors += 1
            row.stored = plus(row.stored, size)
            row.unique = row.unique if variable.alias else plus(row.unique, size)
        if variable.alias:
            continue
        row.own = plus(row.own, size)
        if variable.trainable and not frozen:
            row.trained += 1
            row.trainable = plus(row.trainable, size)


def plus(total: int | None, size: int | None) -> int | None:
    """A sum, unknown as soon as one part of it is."""
    return None if total is None or size is None else total + size


def add_up(row: Row) -> None:
    """A model has what its members have."""
    for member in row.members:
        row.own = plus(row.own, member.own)
        row.trainable = plus(row.trainable, member.trainable)


def shape_for(name: str, data: Mapping[str, Any], flow: Flow | None) -> Any:
    """The input shape as `layout.variables` takes it, from the flow or else from ``build_config``."""
    if name in ATTENTION and flow is not None and flow.inputs:
        places = dict(zip(("query_shape", "value_shape", "key_shape"), flow.inputs[: flow.positional], strict=False))
        return {**places, **{f"{key}_shape": shape for key, shape in flow.named.items()}}
    found = flow.input_shape if flow is not None else None
    if found is not None:
        return found
    build = data.get("build_config")
    if not isinstance(build, dict):
        return None
    return build.get("input_shape") or build.get("shapes_dict") or (build if "query_shape" in build else None)


def policy_name(dtype: Any) -> str:
    """A layer's dtype policy by name (``mixed_float16``, ``int8_from_float32``); empty if it has none."""
    if isinstance(dtype, str):
        return dtype
    config = dtype.get("config") if isinstance(dtype, dict) else None
    if not isinstance(config, dict):
        return ""
    name, mode, source = config.get("name"), config.get("mode"), config.get("source_name")
    return name if isinstance(name, str) else f"{mode}_from_{source}" if mode else ""
