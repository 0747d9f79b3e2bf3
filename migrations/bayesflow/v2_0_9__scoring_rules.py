"""Scores are scoring rules: networks, approximators and the scores themselves go by other names."""

from kerasarchive.migration import Migration, RenameClass, RenameKey

SCORES = {name: name for name in ("MeanScore", "MedianScore", "QuantileScore", "NormedDifferenceScore")}
SCORES |= {"MultivariateNormalScore": "MvNormalScore"}
OLD, NEW = "bayesflow.networks>PointInferenceNetwork", "bayesflow.networks>ScoringRuleNetwork"

migration = Migration(
    library="bayesflow",
    release="2.0.9",
    evidence="bayesflow/networks/inference/scoring/scoring_rule_network.py of 2.0.9; point_inference_network.py of 2.0.8",
    operations=(
        RenameKey(OLD, "scores", "scoring_rules"),
        RenameClass(OLD, NEW),
        RenameClass("bayesflow.approximators>PointApproximator", "bayesflow.approximators>ScoringRuleApproximator"),
        *(RenameClass(f"bayesflow.scores>{old}", f"bayesflow.scoring_rules>{new}") for old, new in SCORES.items()),
    ),
    tells=True,
)
