"""Would a release load an archive, compute the same, and go on training? From its schema and a plan's consequences."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Protocol

from kerasarchive.compatibility.hdf5 import quirks
from kerasarchive.compatibility.rules import DOES_NOT_LOAD, OUTPUTS_DIFFER, STATE_LOST, UNFORETOLD
from kerasarchive.model.archive import Archive
from kerasarchive.model.config import ObjectNode
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location
from kerasarchive.model.release import Release
from kerasarchive.model.report import Compatibility, Reason, Refusal
from kerasarchive.model.weights import is_of_optimizer
from kerasarchive.schema import ReleaseSchema

CUSTOM = "KAV410"
_SAFE_MODE = {
    "KAV101": ("Python bytecode", (("2.13", None),)),
    "KAV104": ("a TFSMLayer", (("3.12.1", "3.13"), ("3.13.2", None))),
    "KAV105": ("a TorchModuleWrapper", (("3.11.3", None),)),
    "KAV106": ("a vocabulary outside of the archive", (("3.12", None),)),
}
"""What the default safe_mode refuses, since which releases (from, up to): branches got their guards apart."""
_BYTECODE_IN_HDF5 = (("3.11.3", None),)
_OWN_LOADER = frozenset({"h5-model"})
"""Formats that a loader of their own reads: it finds classes by their names and turns many old arguments, so that what the
steps of a plan say of loading a `.keras` does not hold. Validation replays that loader."""
_RENAMED_OPTIMIZER = "Custom>"
"""tf.keras 2.11 to 2.15 wrote its new optimizers so into HDF5 files. Keras 3 finds none of that name and takes another."""
_CONTAINER, _VALIDATION = ("KAV2", "KAV3"), "KAV4"
_BREAKS = 2
"""The rank from which on a validation finding says that loading raises."""


class Effect(Protocol):
    """What one operation of a plan is for: ``fails``, ``differs``, ``loses_state`` or ``harmless`` without it."""

    @property
    def location(self) -> Location:
        """The object concerned."""
        ...

    @property
    def message(self) -> str:
        """What the operation does."""
        ...

    @property
    def consequence(self) -> str:
        """What happens if it is not done."""
        ...

    @property
    def release(self) -> str:
        """The release that made the change."""
        ...


class Plan(Protocol):
    """As much of a migration's plan as is needed here."""

    @property
    def source(self) -> Release:
        """The release that wrote the archive."""
        ...

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Why it cannot be migrated."""
        ...

    @property
    def consequences(self) -> Sequence[Effect]:
        """What the operations are for."""
        ...


def assess(
    archive: Archive,
    target: Release,
    schema: ReleaseSchema,
    findings: Sequence[Finding],
    plan: Plan | None,
    *,
    no_plan: str = "",
) -> Compatibility:
    """What ``load_model`` of `target`, whose schema is `schema`, makes of the archive with the default safe_mode.

    `findings` are those of validation against the target, and of the audit; `plan` leads from the archive to the
    target, or `no_plan` says why there is none.
    """
    effects = tuple(plan.consequences) if plan else ()
    named = {_named(archive, finding) for finding in findings if finding.rule == CUSTOM}
    needs = tuple(sorted(name for name in named if not _is_builtin(name, schema)))
    if archive.format in _OWN_LOADER:
        effects = tuple(effect for effect in effects if effect.consequence == "differs")
    odd = tuple(quirks(archive, target))
    failing = [*((quirk.reason, True) for quirk in odd if quirk.consequence == "fails")]
    failing += [*_failing(archive, findings, effects, target), *_legacy(archive, target)]
    breaking = [reason for reason, is_certain in failing if is_certain]
    doubts = [reason for reason, is_certain in failing if not is_certain]
    differing = [_reason(effect) for effect in effects if effect.consequence == "differs"]
    differing += [quirk.reason for quirk in odd if quirk.consequence == "differs"]
    losing = [_reason(effect) for effect in effects if effect.consequence == "loses_state"]
    if plan is None or (plan.refusals and not effects):
        doubts += _unplanned(archive, target, plan, no_plan)
    loads = "no" if breaking else "unknown" if doubts else "with-custom-objects" if needs else "yes"
    certain = "unknown" if loads in ("unknown", "with-custom-objects") else "yes"
    outputs = "n/a" if breaking else "no" if differing else certain
    state = "n/a" if breaking or not _has_state(archive) else "no" if losing else certain
    if archive.format == "h5-model" and target.major >= 3 and not breaking:
        lost = list(_lost_in_hdf5(archive))
        state, losing = ("no", [*losing, *lost]) if lost else (state, losing)
    is_fine = loads in ("yes", "with-custom-objects") and outputs != "no" and state != "no"
    return Compatibility(
        target=str(target),
        loads=loads,
        same_outputs=outputs,
        keeps_training_state=state,
        because=tuple(dict.fromkeys((*breaking, *differing, *losing, *doubts))),
        needs=needs,
        fix="" if is_fine else _fix(archive, target, plan, no_plan),
    )


def statements(one: Compatibility) -> Iterator[Finding]:
    """The findings that the answers amount to; none where the archive may be loaded as it is."""
    first = one.because[0] if one.because else Reason("")
    answers = (
        (one.loads == "no", DOES_NOT_LOAD, "would not load it"),
        (one.same_outputs == "no", OUTPUTS_DIFFER, "would load it and compute something else"),
        (one.keeps_training_state == "no", STATE_LOST, "would lose the optimizer's state"),
        (one.loads == "unknown", UNFORETOLD, "may or may not load it"),
    )
    for is_so, rule, what in answers:
        if is_so:
            why = f": {first.message}" if first.message else ""
            more = f" (and {len(one.because) - 1} more reasons)" if len(one.because) > 1 else ""
            yield rule.finding(f"{one.target} {what}{why}{more}", first.location, one.fix)


def _failing(
    archive: Archive, findings: Sequence[Finding], effects: Sequence[Effect], target: Release
) -> Iterator[tuple[Reason, bool]]:
    """(reason, is it certain) for everything that makes loading raise; a step that cures it knows the release."""
    cured = {_place(effect.location) for effect in effects if effect.consequence == "fails"}
    for effect in effects:
        if effect.consequence == "fails":
            yield _reason(effect), True
    for finding in findings:
        if finding.rule in _SAFE_MODE:
            what, guarded = _SAFE_MODE[finding.rule]
            if _is_guarded(target, _BYTECODE_IN_HDF5 if finding.location.member.startswith("@") else guarded):
                yield Reason(f"the default safe_mode refuses {what}", finding.location), True
        elif finding.rule.startswith(_CONTAINER) and finding.rank > _BREAKS:
            yield Reason(f"the file is not sound: {finding.message}", finding.location), False
        elif not finding.rule.startswith(_VALIDATION) or finding.rank < _BREAKS:
            continue
        elif not _is_below(finding.location, cured) and not _is_another_optimizer(archive, finding):
            yield Reason(finding.message, finding.location), True


def _legacy(archive: Archive, target: Release) -> Iterator[tuple[Reason, bool]]:
    if archive.format == "saved-model" and target.major >= 3:
        yield Reason("Keras 3 loads no SavedModels", Location()), True
    elif archive.config is None:
        yield Reason("there is no architecture in it, which load_model needs", Location()), True
    elif archive.format == "config-json":
        yield Reason("there are no weights in it; model_from_json reads it, load_model does not", Location()), True


def _is_another_optimizer(archive: Archive, finding: Finding) -> bool:
    """Whether a finding is about an optimizer in whose place Keras 3 silently makes a default one."""
    return _RENAMED_OPTIMIZER in finding.message and finding.location.member == archive.training_at.member != ""


def _lost_in_hdf5(archive: Archive) -> Iterator[Reason]:
    optimizer = archive.training.get("optimizer_config") if isinstance(archive.training, dict) else None
    name = optimizer.get("class_name") if isinstance(optimizer, dict) else None
    if isinstance(name, str) and name.startswith(_RENAMED_OPTIMIZER):
        message = f"Keras 3 knows no optimizer {name} and compiles the model with a default one, without an error"
        yield Reason(message, archive.training_at / "optimizer_config")
    if _has_state(archive):
        yield Reason("Keras 3 never restores an optimizer's state from a legacy HDF5 file", Location())


def _is_guarded(target: Release, ranges: Sequence[tuple[str, str | None]]) -> bool:
    return any(
        Release("keras", since) <= target and (until is None or target < Release("keras", until))
        for since, until in ranges
    )


def _unplanned(archive: Archive, target: Release, plan: Plan | None, no_plan: str) -> Iterator[Reason]:
    if plan is None:
        yield Reason(no_plan or "there is no plan that leads to that release", Location())
    elif plan.source != target:
        for refusal in plan.refusals[:3]:
            place = Location() if str(refusal.location) == archive.path else refusal.location
            yield Reason(f"not looked into: {refusal.reason}", place, refusal.release)


def _reason(effect: Effect) -> Reason:
    return Reason(effect.message, effect.location, effect.release)


def _named(archive: Archive, finding: Finding) -> str:
    """The custom object that a finding is about, as registries know it."""
    root = archive.training_at
    same = finding.location.member == root.member != "" and finding.location.parts[: len(root.parts)] == root.parts
    value = archive.training if same else archive.config
    root = root if same else archive.config_at
    for part in finding.location.parts[len(root.parts) :]:
        try:
            value = value[part]
        except (TypeError, KeyError, IndexError):
            return finding.message
    if not isinstance(value, dict):
        return str(value)
    if value.get("class_name") == "function" and isinstance(value.get("config"), str):
        return str(value["config"])
    return ObjectNode(value, finding.location).key


def _is_builtin(name: str, schema: ReleaseSchema) -> bool:
    """Legacy files of TensorFlow 2.11 to 2.15 register Keras's own optimizers as ``Custom>Adam``."""
    package, _, bare = name.partition(">")
    return package == "Custom" and schema.by_class_name(bare) is not None


def _place(location: Location) -> tuple[object, ...]:
    return (location.member, *location.parts)


def _is_below(location: Location, places: set[tuple[object, ...]]) -> bool:
    whole = _place(location)
    return any(whole[:length] in places for length in range(1, len(whole) + 1))


def _has_state(archive: Archive) -> bool:
    """Whether the file holds variables of an optimizer that has taken a step."""
    if archive.weights is None or archive.compile_config is None:
        return False
    return any(is_of_optimizer(path) or path.startswith("_optimizer") for path in archive.weights.tensors())


def _fix(archive: Archive, target: Release, plan: Plan | None, no_plan: str) -> str:
    if plan is None:
        return f"none: {no_plan}" if no_plan else ""
    if plan.refusals:
        first = plan.refusals[0]
        more = f" (and {len(plan.refusals) - 1} more)" if len(plan.refusals) > 1 else ""
        place = f"{first.location}: " if str(first.location) not in ("", archive.path) else ""
        return f"none: kav migrate refuses it: {place}{first.reason}{more}"
    if plan.source == target:
        return ""
    path = PurePath(archive.path)
    suffix = ".keras" if archive.format in ("saved-model", "h5-model") else path.suffix
    out = path.with_name(f"{path.stem}-{target.library}-{target.label}{suffix}")
    return f"kav migrate {shlex.quote(str(path))} --to {target} -o {shlex.quote(str(out))}"
