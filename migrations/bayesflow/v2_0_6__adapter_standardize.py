"""The adapter's ``Standardize`` keeps no running statistics any more: ``axis`` and ``momentum`` are gone."""

from typing import Any

from kerasarchive.migration import Migration, RewriteConfig


def without(config: dict[str, Any]) -> dict[str, Any]:
    """`axis` and `momentum` are no longer arguments; the statistics stand in the config"""
    return {key: value for key, value in config.items() if key not in ("axis", "momentum")}


def of_filter(config: dict[str, Any]) -> dict[str, Any]:
    """`axis` and `momentum` are no longer arguments of the transforms that it makes"""
    return without(config) if str(config.get("transform_constructor", "")).endswith(">Standardize") else config


migration = Migration(
    library="bayesflow",
    release="2.0.6",
    evidence="bayesflow/adapters/transforms/standardize.py of 2.0.5 and 2.0.6",
    operations=(
        RewriteConfig("bayesflow.adapters>Standardize", without),
        RewriteConfig("bayesflow.adapters>FilterTransform", of_filter),
    ),
    tells=True,
)
