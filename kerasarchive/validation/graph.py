"""Whether a Functional config's layers can be joined as it says: names, calls, references, order, what inputs reach.

Follows ``functional_from_config`` (Keras 3) and ``reconstruct_from_config`` (Keras 2), which make call after call until
none is left; a call that waits for one which never comes is an error, or in some releases a loop without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerasarchive.layout.parts import snake_case
from kerasarchive.model.config import is_object
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.schema import ReleaseSchema
from kerasarchive.schema.release_schema import nearest
from kerasarchive.validation import rule
from kerasarchive.validation.call import check_call
from kerasarchive.validation.loader import Loader
from kerasarchive.validation.references import Reference, ends, is_index, references

FUNCTIONAL = frozenset({"Functional", "Model"})
SEVERAL = 8
"""So many layers of a cycle are named."""

Key = tuple[str, int]
"""A call: the layer's name and the call's number."""


@dataclass(slots=True)
class Member:
    """One layer of the model: its place, its calls (the references of each), and how its calls are counted.

    `spare` is 1 for a nested model: Keras 2 counts a call of its own making before the first one recorded, in every
    reference; Keras 3 does in a model's outputs.
    """

    place: int
    spare: int
    own_name: str
    calls: list[list[Reference]] = field(default_factory=list)
    is_input: bool = False

    @property
    def made(self) -> int:
        """How many outputs there are to refer to: an input's own, else one for each call."""
        return max(len(self.calls), 1) if self.is_input else len(self.calls)


def check_graph(config: dict[str, Any], at: Location, schema: ReleaseSchema, loader: Loader) -> Iterator[Finding]:
    """Findings about the layers' names, calls and references, and about inputs and outputs, of one Functional config."""
    layers = config.get("layers")
    if not isinstance(layers, list):
        return
    members: dict[str, Member] = {}
    used: dict[str, int] = {}
    for index, layer in enumerate(layers):
        yield from _member(layer, at.at("layers", index), index, members, used, schema, loader)
    sound = True
    for member in members.values():
        for refs in member.calls:
            for ref in refs:
                for finding in _judge(ref, members, at, loader):
                    sound = False
                    yield finding
    outer: list[Reference] = []
    for key in ("input_layers", "output_layers"):
        if key not in config:
            continue
        found, faults = ends(config[key], (key,), nested=loader.nested_ends, keras3=loader.keras3)
        for path, message in faults:
            sound = False
            yield rule.MALFORMED_NODE.finding(message, at.at(*path))
        for ref in found:
            for finding in _judge(ref, members, at, loader):
                sound = False
                yield finding
        outer += found
    cycles = list(_cycles(members, at, loader)) or list(_late(members, at, loader))
    yield from cycles
    if sound and not cycles:
        yield from _reach(members, outer, at, loader)


def _member(
    layer: Any, at: Location, index: int, members: dict[str, Member], used: dict[str, int], schema: ReleaseSchema,
    loader: Loader,
) -> Iterator[Finding]:
    """Read one entry of ``layers`` into `members`."""
    if not isinstance(layer, dict):
        yield rule.MALFORMED_OBJECT.finding(f"a layer must be an object, this is {kind(layer)}", at)
        return
    name = layer.get("name")
    if not isinstance(name, str):
        found = "has no name" if name is None else f"has {kind(name)} for its name"
        yield rule.MALFORMED_OBJECT.finding(f"this layer of a Functional model {found}", at)
        return
    if "inbound_nodes" not in layer:
        yield rule.MALFORMED_NODE.finding(f"{name!r} does not say how it is called (inbound_nodes)", at)
        return
    nodes = layer["inbound_nodes"]
    if not isinstance(nodes, list):
        yield rule.MALFORMED_NODE.finding(
            f"inbound_nodes of {name!r} must be a list, this is {kind(nodes)}", at / "inbound_nodes")
        nodes = []
    if name in members and (nodes or members[name].calls) and loader.keras3:
        message = f"the layer name {name!r} is taken already by layer {members[name].place}"
        yield rule.DUPLICATE_NAME.finding(message, at / "name", remedy="rename one of them")
        return
    config = layer.get("config")
    inner = config.get("name") if isinstance(config, dict) else None
    member = members.setdefault(
        name, Member(index, spare(layer), inner if isinstance(inner, str) else "", is_input=_is_input(layer))
    )
    if not member.own_name:
        member.own_name = automatic(str(layer.get("class_name")), used, loader)
    for number, node in enumerate(nodes):
        path = ("layers", index, "inbound_nodes", number)
        yield from check_call(layer, node, at.at("inbound_nodes", number), schema, loader)
        member.calls.append(list(references(node, path)))


def check_chain(config: dict[str, Any], at: Location, loader: Loader) -> Iterator[Finding]:
    """Findings about the layers of a Sequential: different names, one input at most, at the front."""
    layers = config.get("layers")
    names: dict[str, int] = {}
    used: dict[str, int] = {}
    for index, layer in enumerate(layers if isinstance(layers, list) else ()):
        if not isinstance(layer, dict):
            continue
        inner = layer.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        place = at.at("layers", index)
        if name is None:
            name = automatic(str(layer.get("class_name")), used, loader)
        if not isinstance(name, str):
            continue
        if name in names:
            message = f"the layer name {name!r} is taken already by layer {names[name]}"
            yield rule.DUPLICATE_NAME.finding(message, place.at("config", "name"), remedy="rename one of them")
        elif index and _is_input(layer) and loader.keras3:
            yield rule.MALFORMED_OBJECT.finding("a Sequential has one input at most, and it comes first", place)
        names.setdefault(name, index)


def automatic(class_name: str, used: dict[str, int], loader: Loader) -> str:
    """The name that a layer without one is given, in a process that has made no layers before."""
    prefix = "input" if class_name == "InputLayer" and not loader.keras3 else snake_case(class_name)
    number = used.get(prefix, 1 if prefix == "input" else 0)
    used[prefix] = number + 1
    return f"{prefix}_{number}" if number else prefix


def _is_input(layer: dict[str, Any]) -> bool:
    return str(layer.get("class_name")) == "InputLayer"


def spare(layer: dict[str, Any]) -> int:
    """1 for what may be a nested model; see `Member`."""
    own = is_object(layer) and not str(layer.get("module", "keras")).startswith("keras")
    models = isinstance(layer.get("config"), dict) and "layers" in layer["config"]
    return 1 if own or models or str(layer.get("class_name")) in FUNCTIONAL else 0


def kind(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _judge(ref: Reference, members: dict[str, Member], at: Location, loader: Loader) -> Iterator[Finding]:
    """Whether what a reference names is or will be there."""
    layer, node, tensor = ref.layer, ref.node, ref.tensor
    member = members.get(layer) if isinstance(layer, str) else None
    place = at.at(*ref.path)
    if not isinstance(layer, str) or not is_index(tensor):
        yield rule.MALFORMED_NODE.finding(WANTED, place)
    elif member is None:
        close = nearest(layer, list(members))
        remedy = f"did you mean {close!r}?" if close else ""
        yield rule.DANGLING_REFERENCE.finding(f"the model has no layer {layer!r}", place, remedy=remedy)
    elif not loader.keras3 and member.is_input:
        return
    elif not is_index(node) and (loader.keras3 or not isinstance(node, float)):
        yield rule.MALFORMED_NODE.finding(WANTED, place)
    elif not _made(ref, member, loader):
        calls = f"there are {member.made}" if member.made != 1 else "there is 1"
        message = f"call {node} of layer {layer!r} is wanted, but {calls} (counted from 0)"
        yield rule.DANGLING_REFERENCE.finding(message, place)


WANTED = "a reference to a tensor must be a layer's name, the number of its call and of that call's output"


def _made(ref: Reference, member: Member, loader: Loader) -> bool:
    node = float(ref.node)
    if not loader.keras3:
        return 0 <= node < member.made + member.spare
    # Python counts from the end where a number is negative.
    first = -member.made + (1 if ref.is_end and member.spare else 0)
    return first <= node < member.made + (member.spare if ref.is_end else 0)


def _call(ref: Reference, members: dict[str, Member], loader: Loader) -> Key:
    """The call that a reference means, counted from 0."""
    member = members[ref.layer]
    number = int(ref.node) if is_index(ref.node) or isinstance(ref.node, float) else 0
    if member.is_input and not loader.keras3:
        return ref.layer, 0
    if member.spare and (not loader.keras3 or ref.is_end) and number:
        number -= 1
    return ref.layer, number if number >= 0 else member.made + number


def _waits(members: dict[str, Member], loader: Loader) -> dict[Key, list[Key]]:
    """What every call waits for; the calls of one layer are made in order."""
    waits: dict[Key, list[Key]] = {}
    for name, member in members.items():
        for number, refs in enumerate(member.calls):
            known = [ref for ref in refs if isinstance(ref.layer, str) and ref.layer in members]
            needs = [_call(ref, members, loader) for ref in known if is_index(ref.node)]
            waits[name, number] = [*needs, *([(name, number - 1)] if number else [])]
    return waits


def _cycles(members: dict[str, Member], at: Location, loader: Loader) -> Iterator[Finding]:
    """Calls that wait for themselves; found by taking away what can be made until nothing more can."""
    waits = _waits(members, loader)
    users: dict[Key, list[Key]] = {}
    missing: dict[Key, int] = {}
    for call, needs in waits.items():
        known = [need for need in needs if need in waits]
        missing[call] = len(known)
        for need in known:
            users.setdefault(need, []).append(call)
    ready = [call for call, count in missing.items() if count == 0]
    while ready:
        for user in users.get(ready.pop(), ()):
            missing[user] -= 1
            if missing[user] == 0:
                ready.append(user)
    stuck = [call for call, count in missing.items() if count > 0]
    if stuck:
        trail, seen = [stuck[0]], {stuck[0]}
        while True:
            following = next(need for need in waits[trail[-1]] if missing.get(need, 0) > 0)
            if following in seen:
                trail = trail[trail.index(following) :]
                break
            trail.append(following)
            seen.add(following)
        names = [name for name, _ in reversed(trail)]
        shown = " -> ".join([*names[:SEVERAL], *(["..."] if len(names) > SEVERAL else []), names[0]])
        place = at.at("layers", members[names[0]].place)
        yield rule.GRAPH_CYCLE.finding(f"these layers wait for each other: {shown}", place)


def _late(members: dict[str, Member], at: Location, loader: Loader) -> Iterator[Finding]:
    """Keras 3.0 to 3.6 goes through the layers in the order of the list and does not come back."""
    if not loader.needs_order:
        return
    for name, member in members.items():
        for refs in member.calls:
            for ref in refs:
                other = members.get(ref.layer) if isinstance(ref.layer, str) else None
                if other is not None and other.place > member.place and not other.is_input:
                    message = f"{name!r} is listed before {ref.layer!r}, which feeds it"
                    yield rule.GRAPH_CYCLE.finding(message, at.at("layers", member.place))
                    return


def _reach(members: dict[str, Member], outer: list[Reference], at: Location, loader: Loader) -> Iterator[Finding]:
    """Whether every output can be computed from the inputs, by layers of different names."""
    starts = {_call(ref, members, loader) for ref in outer if ref.path[0] == "input_layers"}
    stack = [(_call(ref, members, loader), ref) for ref in outer if ref.path[0] == "output_layers"]
    if any(call in starts and not members[call[0]].is_input for call, _ in stack):
        # Something that is computed is input and output at once: nothing leads from the one to the other.
        first = next(ref for call, ref in stack if call in starts and not members[call[0]].is_input)
        message = f"the output {first.layer!r} is an input as well, and is computed from others"
        yield rule.DANGLING_REFERENCE.finding(message, at.at(*first.path))
        return
    seen: set[Key] = set()
    while stack:
        call, output = stack.pop()
        if call in seen or call in starts:
            continue
        seen.add(call)
        member = members[call[0]]
        if member.is_input and not member.calls:
            message = f"the output {output.layer!r} needs {call[0]!r}, which is none of the model's inputs"
            yield rule.DANGLING_REFERENCE.finding(message, at.at("layers", member.place))
            return
        refs = member.calls[call[1]] if call[1] < len(member.calls) else []
        stack += [(_call(ref, members, loader), output) for ref in refs]
    named: dict[str, str] = {}
    for name in sorted({name for name, _ in (*starts, *seen)}, key=lambda name: members[name].place):
        inner = members[name].own_name or name
        if inner in named:
            place = at.at("layers", members[name].place, "config", "name")
            message = f"the layers {named[inner]!r} and {name!r} both call themselves {inner!r}"
            yield rule.DUPLICATE_NAME.finding(message, place, remedy="rename one of them")
        named[inner] = name
