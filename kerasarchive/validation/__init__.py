"""Whether a config is one that a release would load: JSON Schema per class, and the graph that joins the layers."""

from kerasarchive.validation.rule import RULES, Rule
from kerasarchive.validation.validate import best, validate, validate_config

__all__ = ["RULES", "Rule", "best", "validate", "validate_config"]
