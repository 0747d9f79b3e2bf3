"""Whether a config is one that a release would load: JSON Schema per class, and the graph that joins the layers."""

from kerasarchive.validation.rule import RULES, Rule
from kerasarchive.validation.validate import best, validate, validate_config
from kerasarchive.validation.weights import as_expected

__all__ = ["RULES", "Rule", "as_expected", "best", "validate", "validate_config"]
