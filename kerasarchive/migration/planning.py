"""What a migration would do, as a value: computed without writing anything, shown by ``--dry-run``, carried out by `execute`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kerasarchive.errors import MigrationError
from kerasarchive.layout.bind import Bound, bind
from kerasarchive.layout.dialect import dialect
from kerasarchive.layout.graph import GraphError
from kerasarchive.layout.held import with_build_config
from kerasarchive.layout.lay import lay, order
from kerasarchive.layout.lift import lift
from kerasarchive.layout.listed import bind_listed
from kerasarchive.layout.listing import Listing, of_hdf5
from kerasarchive.layout.lower import Inexpressible, Lowered, lower
from kerasarchive.layout.parts import is_model
from kerasarchive.layout.tracked import of_objects
from kerasarchive.layout.training import with_training
from kerasarchive.layout.unnamed import named
from kerasarchive.layout.vocabulary import with_vocabularies, without_vocabulary
from kerasarchive.migration.changes import changes
from kerasarchive.migration.fitting import missing_and_extra
from kerasarchive.migration.hdf5 import H5_MODEL, as_hdf5
from kerasarchive.migration.itinerary import Leg, itinerary
from kerasarchive.migration.keeping import WITH_THE_LAYOUT, has_slots, lost, same_variables
from kerasarchive.migration.later_keys import without_later_keys
from kerasarchive.migration.making import complete
from kerasarchive.migration.migration import Migration, Step
from kerasarchive.migration.operations.operation import Effect, Log
from kerasarchive.model.archive import Archive
from kerasarchive.model.change import Change
from kerasarchive.model.finding import SEVERITIES, Finding
from kerasarchive.model.location import Location, in_hdf5
from kerasarchive.model.objects import Object, transform
from kerasarchive.model.release import Provenance, Release
from kerasarchive.model.report import Announcement, PlanSummary, Refusal, StepSummary
from kerasarchive.model.weights import WeightPlan, is_of_optimizer
from kerasarchive.schema import ReleaseSchema, reading

Check = Callable[[Any, Location, ReleaseSchema], Iterable[Finding]]
"""What validates a config that stands at a location against a release: `validation.validate_config`."""

LISTED = frozenset({"h5-model", "h5-weights", "saved-model", "tf-checkpoint"})
"""Formats in the spelling of Keras 1 and 2, which list the weights of each layer."""

TREES = frozenset({"weights-h5", "weights-json"})
"""Formats of weights alone in the tree of a `.keras`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a migration changes, before it is done. A refused plan has refusals and nothing to execute.

    `consequences` says what each change is for: what would happen if the archive were loaded under the target as it is.
    """

    source: Release
    target: Release
    config: Any = None
    training: Any = None
    """The ``training_config`` of an HDF5 file; a `.keras` has it in its config."""
    weights: WeightPlan | None = None
    assets: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[StepSummary, ...] = ()
    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    consequences: tuple[Effect, ...] = ()
    legs: tuple[Leg, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the archive needs nothing: it loads under the target as it is."""
        return not self.refusals and not self.changes

    @property
    def summary(self) -> PlanSummary:
        """The plan as reports show it."""
        moves = self.weights.moves if self.weights else ()
        return PlanSummary(self.steps, moves, self.refusals, self.announcements)


def plan(
    archive: Archive,
    target: Release,
    *,
    written_by: Iterable[Provenance] = (),
    source: Release | None = None,
    schema: ReleaseSchema,
    check: Check,
    migrations: Iterable[Migration] = (),
    drop_training_state: bool = False,
    format: str = "keras-zip",
) -> Plan:
    """How `archive` becomes one of `target`, whose schema is `schema`, in `format`. Pure: reads, and writes nothing.

    `source` overrides what `written_by` says of the release that wrote it. Raises UnknownProvenance and NoRoute; what
    cannot be migrated surely is a refusal in the plan.
    """
    if archive.format == "saved-model" and archive.config is None:
        return Plan(source or target, target, refusals=(_without_config(),))
    if archive.config is None and archive.weights is not None and not archive.is_dot_keras:
        if source == target and archive.keeps_vars and format in TREES:
            # Another file of the very same release: which weights they are does not matter.
            return Plan(target, target)
        reason = "there is no architecture in it, which says what its weights are"
        advice = "give it: --config ARCH.json, or a model archive of that architecture"
        if archive.keeps_vars and format in TREES:
            advice += f"; to change its form alone, say that it is of that very release: --from {target}"
        return Plan(source or target, target, refusals=(Refusal(Location(archive.path), reason, advice),))
    if archive.weights is not None and not archive.is_dot_keras and not archive.keeps_vars and schema.beside:
        reason = f"archives of {target.library} are migrated from `.keras` and `.weights.h5` files alone"
        return Plan(source or target, target, refusals=(Refusal(Location(archive.path), reason),))
    legs = itinerary(written_by, target, schema, source)
    source = legs[-1].source
    migrations = tuple(migrations)
    steps = tuple(step for leg in legs for step in leg.steps(migrations))
    if all(leg.empty for leg in legs) and archive.is_dot_keras and format != H5_MODEL:
        return Plan(source, target)
    if archive.format not in LISTED and not archive.keeps_vars:
        reason = f"archives of the format {archive.format} cannot be migrated"
        advice = "give its weights: --weights FILE" if archive.format == "config-json" else ""
        return Plan(source, target, refusals=(Refusal(Location(archive.path), reason, advice),))
    if target.library == "keras" and target.major < 3 <= source.major and format != "keras-zip":
        reason = f"kav writes a `.keras` for {target}, and no other format"
        return Plan(source, target, refusals=(Refusal(Location(archive.path), reason, "name the output .keras"),))
    if target.major < 3 and archive.format in LISTED:
        reason = f"kav does not write what {target} reads from such an archive yet"
        return Plan(source, target, refusals=(Refusal(Location(archive.path), reason, "name a release of Keras 3"),))
    log = Log(source=legs[0].source, target=target)
    try:
        return _planned(archive, legs, steps, schema, check, log, drop_training_state, format)
    except MigrationError as error:
        place = Location.parse(error.location) if error.location else archive.config_at
        return Plan(source, target, refusals=(*log.refusals, Refusal(place, error.message, error.hint)))
    except GraphError as error:
        place = archive.config_at.at("config", "layers")
        return Plan(source, target, refusals=(*log.refusals, Refusal(place, str(error), "see `kav validate`")))
    except Inexpressible as error:
        refusal = Refusal(error.obj.at, f"{error.obj.title}: {error}", release=str(target))
        return Plan(source, target, refusals=(*log.refusals, refusal))


def _without_config() -> Refusal:
    """Why nothing can be made of TensorFlow's variables alone."""
    reason = "Keras says nothing of the model's layers in this SavedModel, so that no Keras can load it as a model"
    return Refusal(Location("saved_model.pb"), reason, "build the model from its source and load the weights into it")


def _planned(
    archive: Archive,
    legs: tuple[Leg, ...],
    steps: tuple[Step, ...],
    schema: ReleaseSchema,
    check: Check,
    log: Log,
    drop_training_state: bool,
    format: str,
) -> Plan:
    source, target = legs[0].source, legs[0].target
    bound = _bound(archive, source)
    store = archive.weights
    if (
        archive.format == "tf-checkpoint"
        and not bound.root.optimizer
        and store
        and any(map(is_of_optimizer, store.tensors()))
    ):
        log.announce(bound.root, "state_dropped", "the architecture says nothing of the optimizer whose state there is")
    if bound.unclaimed:
        place = in_hdf5(archive.weights.member if archive.weights else "", bound.unclaimed[0])
        reason = (
            f"{len(bound.unclaimed)} stored tensor(s) belong to no layer of the config, so where they go is not sure"
        )
        log.refusals.append(Refusal(place, reason, "see `kav validate`"))
    start = bound.root
    if drop_training_state:
        start = _without_training_state(start, log, "state_dropped", "the optimizer's state is left behind, as asked")
    elif not bound.restorable:
        start = _without_training_state(start, log, "lost_at_save", OTHERS_STATE)
    root, taken = _apply(steps, start, log, legs[-1])
    wrote = reading(source) if target < source else None
    if wrote is not None:
        root = without_later_keys(root, wrote, schema, log)
    if root is not start:
        root = transform(root, lambda obj: complete(obj, schema))
    if len(legs) > 1 and has_slots(root) and not same_variables(start, root):
        root = _without_training_state(root, log, "state_dropped", WITH_THE_LAYOUT)
    _slots(start, root, log)
    lowered, laid = lower(root, dialect(target), archive.config_at), lay(root)
    _account(root, lowered, archive, schema, check, log)
    if len(legs) > 1:
        log.refusals += lost(archive, laid, log)
    config, training, weights, assets = lowered.config, None, laid.weights, laid.assets
    if format == H5_MODEL and not log.refusals:
        config, training, weights = as_hdf5(root, lowered, laid, archive, schema, log)
    found = _all_changes(archive, config, training, weights, assets)
    return Plan(
        source=legs[-1].source,
        target=legs[-1].target,
        config=config,
        training=training,
        weights=weights,
        assets={old: new for old, new in assets.items() if old != new},
        steps=_spelled(source, taken, target) if found else (),
        legs=legs,
        changes=found,
        refusals=tuple(dict.fromkeys(log.refusals)),
        announcements=tuple(dict.fromkeys(log.announcements)),
        consequences=tuple(_under(effect, schema) for effect in log.effects if effect.consequence),
    )


def _bound(archive: Archive, source: Release) -> Bound:
    """The object tree with its weights, in whatever form the archive keeps both."""
    spelled = dialect(source)
    if archive.format not in LISTED:
        return bind(lift(archive.config, archive.config_at, spelled), archive.weights, archive.members)
    wrote = reading(source)
    if wrote is None:
        message = f"kav has no schema of {source}, so which weights its layers list is not known"
        raise MigrationError(message, location=archive.path, hint=f"name the release: --from {source.library}==VERSION")
    config = named(archive.config, archive.weights) if archive.objects is None else archive.config
    lifted = lift(config, archive.config_at, spelled, wrote.operation_module)
    compiled = with_training(lifted, archive.training, archive.training_at, spelled)
    backend = archive.metadata.get("backend")
    if archive.objects is None:
        without_vocabulary(compiled)
    else:
        backend = "tensorflow"
        compiled = with_vocabularies(compiled, archive)
        if not is_model(compiled):
            compiled = with_build_config(compiled, archive.objects)
    return bind_listed(compiled, _listing(archive), spelled, defaults=partial(_defaults, wrote), backend=backend)


def _listing(archive: Archive) -> Listing:
    """What the archive lists. Raises MigrationError."""
    store = archive.weights
    if store is None:
        message = "there are no weights in it"
        raise MigrationError(message, location=archive.path, hint="get the archive once more")
    if archive.objects is None:
        return of_hdf5(store)
    return of_objects(archive.config, archive.objects, store)


def _defaults(schema: ReleaseSchema, layer: Object) -> Mapping[str, Any]:
    cls = schema.get(layer.key) or schema.by_class_name(layer.class_name, "layer")
    return cls.defaults if cls is not None else {}


def _under(effect: Effect, schema: ReleaseSchema) -> Effect:
    """What an effect is for under the target: a key or class that it knows again does no harm there."""
    cls = schema.get(effect.cls) if effect.argument and effect.consequence == "fails" else None
    known = cls is not None and (effect.argument == "class" or cls.accepts(effect.argument))
    return replace(effect, consequence="harmless") if known else effect


def _spelled(source: Release, taken: tuple[StepSummary, ...], target: Release) -> tuple[StepSummary, ...]:
    """The steps with the two that translate: a spelling is no migration, but what it rewrites is in the changes too."""
    first = StepSummary("lift", str(source), f"From the spelling of {source} to the plain object tree.")
    last = StepSummary("lower", str(target), f"From the object tree to the spelling and weight layout of {target}.")
    return (first, *taken, last)


def _apply(steps: tuple[Step, ...], root: Object, log: Log, leg: Leg) -> tuple[Object, tuple[StepSummary, ...]]:
    taken = []
    for step in steps:
        after = step.apply(root, log)
        if step.unsure and not step.migration.tells and after is not root:
            reason = f"whether {step.migration.made_in} or an earlier release wrote it is not sure ({step.migration.summary})"
            log.refuse(root, reason, f"say which: --from {leg.source}, or --from {leg.latest}")
        if after is not root:
            migration = step.migration
            taken.append(StepSummary(migration.name, str(migration.made_in), migration.summary))
        root = after
    return root, tuple(taken)


def _slots(before: Object, after: Object, log: Log) -> None:
    """Optimizer slots follow the order of the model's variables: where that changed, they would be mixed up."""
    optimizer = after.optimizer
    if optimizer is None or not optimizer.has_variables:
        return
    old = [source.path for source in order(before)]
    new = [source.path for source in order(after) if source.path is not None]
    kept = set(new)
    if [path for path in old if path in kept] != new:
        reason = "the model's variables change their order, and the optimizer's state follows it"
        log.refuse(optimizer, reason, "--drop-training-state migrates without it")


OTHERS_STATE = (
    "the archive holds the optimizer's state for other variables than those that are trained: "
    "the release that wrote it does not restore it either"
)


def _without_training_state(root: Object, log: Log, kind: str, why: str) -> Object:
    """`root` with the optimizer's set-up, and without the variables that it keeps."""
    state = root.states[""]
    rest = {name: child for name, child in state.children.items() if name != "optimizer"}
    emptied = replace(root, states={**root.states, "": replace(state, children=rest)})
    optimizer = root.optimizer
    if optimizer is not None:
        emptied = emptied.with_optimizer(
            transform(optimizer, lambda obj: replace(obj, states={}) if obj.states else obj)
        )
    if optimizer is not None or "optimizer" in state.children:
        log.announce(optimizer or root, kind, why)
    return emptied


def _account(
    root: Object,
    lowered: Lowered,
    archive: Archive,
    schema: ReleaseSchema,
    check: Check,
    log: Log,
) -> None:
    """Refuse what the target's schema does not accept, and weights that its layers do not ask for."""
    refused = {str(refusal.location) for refusal in log.refusals}
    for finding in check(lowered.config, archive.config_at, schema):
        origin = lowered.origin(finding.location)
        told = any(str(origin) == place or str(origin).startswith(f"{place}/") for place in refused)
        if finding.rank >= SEVERITIES.index("medium") and not told:
            log.refusals.append(Refusal(origin, finding.message, finding.remedy, str(schema.release)))
    if archive.weights is not None and not log.refusals:
        log.refusals.extend(missing_and_extra(root, major=schema.release.major))


def _all_changes(
    archive: Archive, config: Any, training: Any, weights: WeightPlan, assets: Mapping[str, str]
) -> tuple[Change, ...]:
    found = list(changes(archive.config, config, archive.config_at))
    if training is not None and archive.training is not None:
        found += changes(archive.training, training, archive.training_at)
    store = archive.weights
    if store is not None:
        sources = {path for source in weights.tensors.values() for path in source.paths}
        for path, source in weights.tensors.items():
            at = in_hdf5(store.member, path)
            if source.path is None:
                found.append(Change("+", at, note=source.what))
            elif source.path != path:
                origin = in_hdf5(store.member, source.path)
                found.append(Change(">", origin, str(origin), str(at), source.what))
            elif source.transform is not None:
                found.append(Change("~", at, note=source.what))
        found.extend(Change("-", in_hdf5(store.member, path)) for path in store.tensors() if path not in sources)
    found.extend(Change(">", Location(old), old, new) for old, new in assets.items() if old != new)
    return tuple(found)
