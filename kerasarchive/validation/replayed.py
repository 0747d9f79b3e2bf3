"""Whether objects of a library can be rebuilt, and whether the stored weights are those that they will ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerasarchive.errors import KavError
from kerasarchive.layout.bind import bind
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.graph import GraphError
from kerasarchive.layout.lift import lift
from kerasarchive.layout.parts import parts
from kerasarchive.layout.replay import Keras, Raised, Replayed, Stored, library_of, replay
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location, in_hdf5
from kerasarchive.model.weights import Tensor
from kerasarchive.schema import MISSING, ReleaseSchema
from kerasarchive.validation import rule
from kerasarchive.validation.checker import compile_check
from kerasarchive.validation.fitting import misfit_of, named

GRAVE = SEVERITIES.index("medium")
DEEPEST = 60
MOST_VISITS = 50_000


def check_replayed(archive: Archive, schema: ReleaseSchema) -> Iterator[Finding]:
    """Findings about the topmost objects of libraries in an archive."""
    config = archive.config
    if not isinstance(config, dict) or not archive.is_dot_keras:
        return
    for value, at, groups in _topmost(archive, config, schema):
        found = replayed(value, at, schema)
        if found is None:
            continue
        if found.error is not None:
            yield _refused(found.error, value, at)
        elif archive.weights is not None and found.stored is not None:
            held: dict[str, dict[str, Tensor]] = {}
            for path, tensor in archive.weights.tensors().items():
                group, _, key = path.rpartition("/")
                held.setdefault(group, {})[key] = tensor
            for group in groups:
                yield from _Loading(held, archive.weights.member).load(found.stored, group)


def _topmost(
    archive: Archive, config: dict[str, Any], schema: ReleaseSchema
) -> Iterator[tuple[dict[str, Any], Location, tuple[str, ...]]]:
    """(object, its place, its groups of weights) of those that no other object of a library holds."""
    if _owner(config, archive.config_at, schema) is not None:
        yield config, archive.config_at, ("",)
        return
    try:
        bound = bind(lift(config, archive.config_at, dialect(schema.release)), archive.weights, archive.members)
    except (KavError, GraphError):
        return
    depth = len(archive.config_at.parts)
    stack = [bound.root]
    while stack:
        here = stack.pop()
        value: Any = config
        for part in here.at.parts[depth:]:
            value = value[part]
        if not isinstance(value, dict) or _owner(value, here.at, schema) is None:
            stack += reversed([part.child for part in parts(here)])
        elif value.get("build_config"):
            # One that is built by its first call in a graph has shapes that are not told here.
            yield value, here.at, tuple(state.group for state in here.states.values() if state.group)


def _owner(value: Mapping[str, Any], at: Location, schema: ReleaseSchema) -> ReleaseSchema | None:
    """The release of the library that a serialized object is from, if its code is known."""
    if "class_name" not in value:
        return None
    cls = schema.find(ObjectNode(dict(value), at), "layer")
    owner = schema.owner(cls) if cls is not None else schema
    return owner if owner is not schema and library_of(owner) is not None else None


def replayed(value: Mapping[str, Any], at: Location, schema: ReleaseSchema) -> Replayed | None:
    """The replay of one serialized object; None if it is of no library whose code is known."""
    owner = _owner(value, at, schema)
    library = library_of(owner) if owner is not None else None
    if owner is None or library is None:
        return None

    def registered(name: str) -> str:
        known = owner.get(name)
        return known.path if known is not None and ">" in name else ""

    prefix = str(owner.raw.get("types", {}).get("const", ""))
    return replay(dict(value), library, OfRelease(schema), registered=registered, prefix=prefix)


class OfRelease(Keras):
    """Keras as the schema of one release knows it."""

    def __init__(self, schema: ReleaseSchema) -> None:
        self.schema = schema

    def refuses(self, name: str, config: dict[str, Any]) -> str:
        """Why a constructor refuses its arguments: judged one by one, those that are plain values."""
        cls = self.schema.get(name)
        if cls is None:
            return ""
        definition = self.schema.definition(cls)
        properties = definition.get("properties", {})
        for key, value in config.items():
            if key not in properties:
                if definition.get("additionalProperties") is False and cls.role != "policy":
                    return f"{cls.name} does not take the argument {key!r}"
                continue
            check = compile_check(properties[key]) if value is not None else None
            # What is given as None may be set before the layer is built.
            if check is not None and isinstance(value, (bool, int, float, str, list)) and not check(value):
                return f"{cls.name} does not take {value!r:.60} for {key}"
        return ""

    def is_policy(self, name: str) -> bool:
        """Whether a dtype policy goes by that name; a quantized one says what it is made from."""
        words = self.schema.words("policy")
        return not words or name in words or "_from_" in name

    def is_class(self, dotted: str) -> bool:
        """Whether Keras has a class of that name."""
        return self.schema.get(dotted) is not None

    def role(self, dotted: str) -> str:
        """What kind of class it is."""
        cls = self.schema.get(dotted)
        return cls.role if cls is not None else ""

    def defaults(self, dotted: str) -> dict[str, Any]:
        """What the constructor takes for what it is not given."""
        cls = self.schema.get(dotted)
        known = cls.parameters.items() if cls is not None else ()
        return {key: parameter.default for key, parameter in known if parameter.default is not MISSING}

    def parameters(self, dotted: str) -> tuple[str, ...]:
        """The constructor's parameters in order."""
        cls = self.schema.get(dotted)
        return tuple(cls.parameters) if cls is not None else ()

    def called_with(self, dotted: str) -> tuple[str, ...]:
        """The parameters of the class's `call`."""
        cls = self.schema.get(dotted)
        return (*cls.call.arguments, *cls.call.keywords) if cls is not None and cls.call is not None else ()

    def built_with(self, dotted: str) -> tuple[str, ...]:
        """The parameters of the class's `build`."""
        cls = self.schema.get(dotted)
        return cls.build.arguments if cls is not None and cls.build is not None else ("input_shape",)


def _refused(error: Raised, value: dict[str, Any], at: Location) -> Finding:
    place = at.at(*(error.at or ()))
    target: Any = value
    for part in error.at or ():
        target = target[part]
    title = target.get("class_name") if isinstance(target, dict) else None
    said = f": {error.message}" if error.message else ""
    return rule.WRONG_VALUE.finding(f"{title} cannot be rebuilt from this: {error.kind}{said}"[:300], place)


class _Loading:
    """The loading of weights into an object and those below it, after ``_load_state`` of Keras's ``saving_lib.py``.

    An object that fails is tried again wherever else it is found, and has not failed if it works there: one without
    variables is content with a place where nothing is stored.
    """

    def __init__(self, held: Mapping[str, Mapping[str, Tensor]], member: str) -> None:
        self.held = held
        self.member = member
        self.done: set[int] = set()
        self.failed: dict[int, tuple[Finding, ...]] = {}
        self.visits = 0

    def load(self, root: Stored, group: str) -> Iterator[Finding]:
        """What fails in the end of an object that is stored in that group."""
        self._load(root, group, 0)
        for findings in self.failed.values():
            yield from findings

    def _load(self, stored: Stored, path: str, depth: int) -> None:
        self.visits += 1
        if id(stored) in self.done or depth > DEEPEST or self.visits > MOST_VISITS:
            return
        found = tuple(self._compared(stored, path))
        failed = any(finding.rank >= GRAVE for finding in found)
        if failed:
            self.failed.setdefault(id(stored), found)
        before = len(self.failed)
        for name, child in stored.below:
            self._load(child, f"{path}/{name}" if path else name, depth + 1)
        if failed:
            return
        if len(self.failed) <= before:
            self.done.add(id(stored))
        self.failed.pop(id(stored), None)

    def _compared(self, stored: Stored, path: str) -> Iterator[Finding]:
        if stored.wanted is None:
            return
        place = f"{path}/vars" if path else "vars"
        held = self.held.get(place, {})
        title = f"{stored.title} at {path}" if path else stored.title
        if not stored.built and not stored.wanted:
            if held:
                message = f"{title}: it is not built, so that its weights cannot be loaded"
                yield rule.UNEXPECTED_VARIABLE.finding(message, in_hdf5(self.member, place))
            return
        wanted = {str(index): variable for index, variable in enumerate(stored.wanted)}
        for key, variable in wanted.items():
            if key not in held:
                message = f"{title}: its {named(variable)} is not stored"
                yield rule.MISSING_VARIABLE.finding(message, in_hdf5(self.member, f"{place}/{key}"))
        for key, tensor in held.items():
            if key not in wanted:
                message = f"{title} has no variable for what is stored as {key}"
                yield rule.UNEXPECTED_VARIABLE.finding(message, in_hdf5(self.member, tensor.path))
            else:
                yield from misfit_of(title, wanted[key], tensor, in_hdf5(self.member, tensor.path))
