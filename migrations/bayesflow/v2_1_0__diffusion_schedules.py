"""The time of a cosine noise schedule is measured otherwise: velocities and samples would differ without an error."""

from collections.abc import Mapping

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

NETWORK = "bayesflow.networks>DiffusionModel"


def refuse(obj: Object, log: Log) -> Object:
    """the time of its noise schedule is measured otherwise"""
    if "mask_handler" in obj.config:
        return obj
    schedule = obj.get("noise_schedule")
    name = schedule.class_name if isinstance(schedule, (Object,)) else str(schedule)
    if isinstance(schedule, Mapping):
        name = str(schedule.get("class_name"))
    if "edm" in name.lower():
        return obj
    log.did(obj, f"the time of its noise schedule ({name}) is measured otherwise", "differs")
    reason = "the time of its noise schedule is measured otherwise now, and nothing expresses the old one"
    raise Refuse(reason, "sample with the release that wrote it, or train it anew")


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/networks/inference/diffusion/schedules/cosine_noise_schedule.py of 2.0.14 and 2.1.0: `_untruncated_t`",
    operations=(RewriteObject(NETWORK, refuse, consequence="differs"),),
    tells=True,
)
