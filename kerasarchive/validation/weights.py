"""Whether the stored weights are those that the config's layers will ask for: names, number, shapes and kinds of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kerasarchive.errors import KavError
from kerasarchive.layout.account import Account, accounts
from kerasarchive.layout.bind import bind
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.footprint import Unclear, footprint
from kerasarchive.layout.graph import GraphError
from kerasarchive.layout.lift import lift
from kerasarchive.layout.shapes import Flow, Shape, trace
from kerasarchive.layout.slots import OTHERS, misfit
from kerasarchive.layout.variables import Variable, is_builtin, quantization
from kerasarchive.model.archive import Archive
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import in_hdf5
from kerasarchive.model.objects import Object, descend
from kerasarchive.model.weights import Tensor, WeightStore
from kerasarchive.schema import ReleaseSchema
from kerasarchive.validation import rule
from kerasarchive.validation.fitting import Flows, complete, misfit_of, named, shown
from kerasarchive.validation.loader import Loader, loader

UNBUILT: Any = object()
"""The shape of a layer whose record of being built says nothing: Keras takes it for built, without any variable."""


def check_weights(archive: Archive, schema: ReleaseSchema, loader: Loader, flows: Flows) -> Iterator[Finding]:
    """Findings about the variables of every built-in layer. What layers of other kinds need is not known."""
    store = archive.weights
    if store is None or not archive.is_dot_keras:
        return
    if _is_as_expected(archive.config, store, schema, loader, flows):
        return
    try:
        root = lift(archive.config, archive.config_at, dialect(schema.release))
        bound = bind(root, store, archive.members)
    except (KavError, GraphError):
        return
    tensors = store.tensors()
    depth = len(archive.config_at.parts)

    def built(layer: Object) -> Any:
        return built_with(layer, flows.get(layer.at.parts[depth:]), loader)

    def called(layer: Object) -> Any:
        flow = flows.get(layer.at.parts[depth:])
        return flow.input_shape if flow is not None else None

    of_class = complete(schema)

    def defaults(layer: Object) -> Mapping[str, Any]:
        return of_class(layer.module or "", layer.class_name)

    major = schema.release.major
    seen: dict[str, Account] = {}
    for account in accounts(bound.root, major=major, built=built, defaults=defaults):
        seen[f"{account.layer.at}/{account.role}"] = account
        if built(account.layer) is UNBUILT:
            yield from _unbuilt(account)
        else:
            yield from _compared(account, tensors, store.member, loader)
    if loader.keras3:
        for account in accounts(bound.root, major=major, built=called, defaults=defaults):
            yield from _called_as_built(account, seen[f"{account.layer.at}/{account.role}"])
    yield from _slots(archive.config, bound.root, seen, tensors, store.member, loader)


def as_expected(archive: Archive, schema: ReleaseSchema, flows: Callable[[], Flows] | None = None) -> bool:
    """Whether a `.keras` holds just the weights that its config asks for: told without judging the config.

    `flows` gives what `shapes.infer` gives of the config, to whom has it.
    """
    if archive.weights is None or not archive.is_dot_keras or not isinstance(archive.config, dict):
        return False
    how = loader(schema.release)
    flow = flows() if flows is not None and how.keras3 else trace(archive.config, recorded=how.keras3).flows
    return _is_as_expected(archive.config, archive.weights, schema, how, flow)


def _is_as_expected(config: Any, store: WeightStore, schema: ReleaseSchema, loader: Loader, flows: Flows) -> bool:
    """Whether the weights on disk are just those that the config asks for: the quick way, which cannot say why not."""
    try:
        expected = footprint(config, flows, complete(schema), keras3=loader.keras3)
    except Unclear:
        return False
    opaque = tuple(expected.opaque)
    slots: dict[str, Shape] = {}
    found = 0
    for path, tensor in store.tensors().items():
        variable = expected.wanted.get(path)
        if variable is not None:
            if _misfit(variable, tensor):
                return False
            found += 1
        elif path.startswith("optimizer/vars/"):
            slots[path[15:]] = tensor.shape
        elif not path.startswith(("optimizer/", "metrics/", *opaque)) and "/seed_generator/" not in path:
            return False
    if found != len(expected.wanted):
        return False
    if not slots:
        return True
    name, numbers = _optimizer(config, loader)
    if opaque or not name or name in OTHERS:
        return False
    keys = [str(index) for index in range(len(slots))]
    weights = [variable.shape for variable in expected.trained]
    return slots.keys() == set(keys) and misfit([slots[key] for key in keys], weights, numbers) is None


def _misfit(variable: Variable, tensor: Tensor) -> bool:
    wanted = variable.shape
    if wanted is None or len(wanted) != len(tensor.shape) or (variable.dtype or "") not in ("", tensor.dtype):
        return True
    return wanted != tensor.shape and any(
        size is not None and size != real for size, real in zip(wanted, tensor.shape, strict=True)
    )


def _optimizer(config: dict[str, Any], loader: Loader) -> tuple[str, int]:
    """The optimizer's class in lower case, and how many numbers it keeps before its slots."""
    compiled = config.get("compile_config")
    optimizer = compiled.get("optimizer") if isinstance(compiled, dict) else None
    name = optimizer.get("class_name") if isinstance(optimizer, dict) else optimizer
    if not isinstance(name, str):
        return "", 0
    inner = optimizer.get("config") if isinstance(optimizer, dict) else None
    scheduled = isinstance(inner, dict) and isinstance(inner.get("learning_rate"), dict)
    return name.lower(), 1 + (loader.keras3 and not scheduled) + (loader.keras3 and name.lower() == "nadam")


def built_with(layer: Object, flow: Flow | None, loader: Loader) -> Any:
    """The shape or shapes that the reader builds a layer with; None if they are not known."""
    build = layer.extra.get("build_config")
    if loader.keras3 and build and isinstance(layer.module, str):
        if isinstance(build, dict) and "input_shape" in build:
            return build["input_shape"]
        if isinstance(build, dict) and "shapes_dict" in build:
            return build["shapes_dict"]
        return UNBUILT
    return flow.input_shape if flow is not None else None


def _unbuilt(account: Account) -> Iterator[Finding]:
    if account.held:
        message = f"{account.layer.title}: its build_config does not say with which input_shape it was built"
        yield rule.MISSING_VARIABLE.finding(message, account.layer.at / "build_config")


def _called_as_built(called: Account, built: Account) -> Iterator[Finding]:
    """Keras 3 builds a layer with what is recorded beside it; then the model calls it."""
    for place, variable in called.wanted.items():
        other = built.wanted.get(place)
        if other is not None and not _agree(variable.shape, other.shape):
            message = f"{called.layer.title}: its build_config gives its {variable.name} the shape {shown(other.shape)}, " \
                f"what the model feeds it {shown(variable.shape)}"
            yield rule.IMPOSSIBLE_CALL.finding(message, called.layer.at / "build_config")
            return


def _agree(one: Shape | None, other: Shape | None) -> bool:
    return one is None or other is None or (
        len(one) == len(other) and all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))
    )


def _slots(config: Any, root: Object, seen: dict[str, Account], tensors: Any, member: str, loader: Loader) -> Iterator[Finding]:
    """Whether the optimizer's slots are shaped as the trainable variables are, where all of these are known."""
    name, numbers = _optimizer(config, loader)
    if not name:
        return
    held = {path.rpartition("/")[2]: tensor.shape for path, tensor in tensors.items() if path.startswith("optimizer/vars/")}
    at = in_hdf5(member, "optimizer/vars")
    if any(not key.isdigit() for key in held):
        # As many as there should be, but for one of another name; a smaller number is passed over with a warning.
        lost = next(str(index) for index in range(len(held)) if str(index) not in held)
        yield rule.MISSING_VARIABLE.finding(f"variable {lost} of the optimizer {name} is not stored", at)
    keys = [str(index) for index in range(len(held))]
    if held.keys() != set(keys) or name in OTHERS or _strangers(root):
        return
    stored = [held[key] for key in keys]
    wrong = misfit(stored, list(_trained(seen.values())), numbers)
    if wrong is not None:
        message = f"variable {wrong} of the optimizer {name} has the shape {shown(stored[wrong])}; none of its has"
        yield rule.WRONG_SHAPE.finding(message, at / str(wrong))


def _strangers(root: Object) -> bool:
    """Whether a layer that is not Keras's own holds variables, of which nobody knows which are trained."""
    return any(
        not is_builtin(obj.module, obj.registered_name, obj.class_name) and any(state.variables for state in obj.states.values())
        for obj in descend(root)
    )  # fmt: skip


def _trained(seen: Iterable[Account]) -> Iterator[Shape | None]:
    """Shapes of the trainable variables in the order of the layers; None for what is not known."""
    for account in seen:
        if account.frozen:
            continue
        if account.opaque or _freezes_parts(account.config):
            yield None
        yield from (variable.shape for variable in account.wanted.values() if variable.trainable)


def _freezes_parts(config: Mapping[str, Any]) -> bool:
    stack = [value for value in config.values() if isinstance(value, (dict, list))]
    while stack:
        value = stack.pop()
        if isinstance(value, dict) and value.get("trainable") is False:
            return True
        stack += [item for item in (value.values() if isinstance(value, dict) else value) if isinstance(item, (dict, list))]
    return False


def _compared(account: Account, tensors: Any, member: str, loader: Loader) -> Iterator[Finding]:
    title = account.layer.title
    state = account.layer.states[account.role]
    for place in account.missing:
        at = in_hdf5(member, f"{state.group}/{place}" if state.group else place)
        message = f"{title}: its {named(account.wanted[place])} is not stored"
        yield rule.MISSING_VARIABLE.finding(message, at if state.group else account.layer.at)
    # Layers with LoRA or quantized weights read what they know and do not count.
    severity = "low" if any(variable.key is None for variable in account.wanted.values()) or _lenient(account) else ""
    for place in account.surplus:
        at = in_hdf5(member, account.held[place].path or "")
        message = f"{title} has no variable for what is stored as {place}"
        yield rule.UNEXPECTED_VARIABLE.finding(message, at, severity=severity)
    for place, variable in account.wanted.items():
        source = account.held.get(place)
        tensor = tensors.get(source.path) if source is not None else None
        if tensor is not None:
            yield from misfit_of(title, variable, tensor, in_hdf5(member, tensor.path))


def _lenient(account: Account) -> bool:
    return bool(account.config.get("lora_rank")) or quantization(account.config.get("dtype")) is not None
