"""Where a release lays a model's weights: which variables its layers have, and under which path each is stored."""
