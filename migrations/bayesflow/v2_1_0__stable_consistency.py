"""``StableConsistencyModel`` spells its settings otherwise, counts its steps otherwise, and scales its noise by ``sigma``.

Before, the last of `steps` times was 0, at which nothing is done but to keep the noise of the step before. So 14 of
today's steps are the 15 of before without that last noise, of sin(0.01) or 1 % of the targets' scale.
"""

from kerasarchive.migration import Log, Migration, Object, Refuse, RewriteObject

NAMES = {"p_mean": "noise_dist_mean", "p_std": "noise_dist_std", "c": "tangent_norm_eps"}
STEPS = 14


def change(obj: Object, log: Log) -> Object:
    """its settings are spelled otherwise, and its steps are counted otherwise"""
    if "mask_handler" in obj.config or "noise_dist_mean" in obj.config:
        return obj
    log.did(obj, "it samples by other steps", "differs")
    if obj.get("sigma", 1.0) != 1.0:
        reason = (
            "its noise is scaled by `sigma` now when it samples: what it samples with these weights is something else"
        )
        raise Refuse(reason, "sample with the release that wrote it, or train it anew")
    log.announce(
        obj, "inference_only", "its consistency function is the same; samples lack the noise of about 1 % that was left in "
        "them before, by the library's own change, and training weighs and learns otherwise",
    )  # fmt: skip
    config = {NAMES.get(key, key): value for key, value in obj.config.items()}
    return obj.with_config({**config, "steps": STEPS})


migration = Migration(
    library="bayesflow",
    release="2.1.0",
    evidence="bayesflow/networks/inference/consistency/stable_consistency_model.py of 2.0.14 and 2.1.0: `_discretize_time`",
    operations=(RewriteObject("bayesflow.networks>StableConsistencyModel", change, consequence="differs"),),
    tells=True,
)
