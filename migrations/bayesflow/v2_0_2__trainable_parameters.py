"""Distributions spell ``use_learnable_parameters`` as ``trainable_parameters``."""

from kerasarchive.migration import Migration, RenameKey

NAMES = ("DiagonalNormal", "DiagonalStudentT", "Mixture")
PACKAGES = ("bayesflow.utils.decorators", "bayesflow.distributions")
DISTRIBUTIONS = tuple(f"{package}>{name}" for package in PACKAGES for name in NAMES)
OF_MODULES = tuple(f"bayesflow.distributions.{module}>{name}" for module, name in (
    ("diagonal_normal", "DiagonalNormal"), ("diagonal_student_t", "DiagonalStudentT"), ("mixture", "Mixture"),
))  # fmt: skip

migration = Migration(
    library="bayesflow",
    release="2.0.2",
    evidence="bayesflow/distributions/diagonal_normal.py of 2.0.1 and 2.0.2",
    operations=(RenameKey((*DISTRIBUTIONS, *OF_MODULES), "use_learnable_parameters", "trainable_parameters"),),
    tells=True,
)
