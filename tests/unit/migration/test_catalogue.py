"""The built-in migrations: each says what it is and where that is known from, and keeps to what a migration may import."""

import ast
from pathlib import Path

import pytest

from kerasarchive import _catalog, schema
from kerasarchive.errors import NoRoute, PluginError
from kerasarchive.migration import catalogue, read, route
from kerasarchive.migration.operations.operation import CONSEQUENCES
from kerasarchive.model.release import Release

FILES = sorted(_catalog.migrations("keras").glob("*.py"))
PURE = {"collections", "collections.abc", "dataclasses", "enum", "functools", "itertools", "math", "re", "typing", "__future__"}


def release(version):
    return Release("keras", version)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_imports_only_what_is_pure(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    foreign = {name for name in imported if name not in PURE and not name.startswith("kerasarchive.migration")}
    assert foreign <= ({"numpy"} if path.stem in ("v3_0__hard_sigmoid", "v3_0__locally_connected") else set())


@pytest.mark.parametrize("migration", catalogue("keras"), ids=lambda migration: migration.name)
def test_a_migration_says_what_it_is_about(migration):
    assert migration.summary.endswith(".")
    assert migration.evidence
    assert migration.operations
    assert migration.made_in in schema.releases("keras")
    assert all(operation.summary for operation in migration.operations)
    consequences = {getattr(operation, "consequence", "fails") for operation in migration.operations}
    assert consequences <= {*CONSEQUENCES, ""}


def test_file_names_carry_the_release():
    for migration in catalogue("keras"):
        major, minor = migration.made_in.key.release[:2]
        assert migration.name.startswith(f"keras/v{major}_{minor}"), migration.name


def test_a_route_takes_the_steps_up_to_its_target_and_no_further():
    names = [step.migration.name for step in route(release("2.15.0"), release("3.8.0"), catalogue("keras"))]
    assert "keras/v3_6__random_crop" in names
    assert "keras/v3_10__nadam_product_last" not in names


def test_routes_compose():
    # Repairs of what a release wrote wrongly are taken wherever the archive goes, and find nothing a second time.
    steps = [migration for migration in catalogue("keras") if migration.repairs is None]
    whole = route(release("2.15.0"), release("3.15.1"), steps)
    first = route(release("2.15.0"), release("3.8.0"), steps)
    assert first + route(release("3.8.0"), release("3.15.1"), steps) == whole


def test_the_same_release_needs_no_step():
    assert route(release("3.15.1"), release("3.15.1"), catalogue("keras")) == ()


@pytest.mark.parametrize("target", ["2.14.0", "2.12.0", "2.11.0"])
@pytest.mark.parametrize("source", ["2.15.0", "3.15.1"])
def test_before_keras_2_15_is_no_route(source, target):
    with pytest.raises(NoRoute, match="does not write"):
        route(release(source), release(target), catalogue("keras"))


def test_the_way_back_to_keras_2_15_takes_every_step_of_keras_3():
    back = route(release("3.15.1"), release("2.15.0"), catalogue("keras"))
    assert {step.migration.release for step in back if step.down} >= {"3.15.0", "3.4.0", "3.0.0"}


def test_a_file_that_defines_something_else_is_named(tmp_path: Path):
    (tmp_path / "v1__odd.py").write_text("migration = 3\n", encoding="utf-8")
    with pytest.raises(PluginError, match=r"v1__odd\.py.*no Migration"):
        read(tmp_path)


def test_a_file_that_fails_is_named(tmp_path: Path):
    (tmp_path / "v1__broken.py").write_text("raise RuntimeError('boom')\n", encoding="utf-8")
    with pytest.raises(PluginError, match="boom"):
        read(tmp_path)
