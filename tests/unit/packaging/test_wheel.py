"""What users install is what the tree holds."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
RUN = """
import sys, kerasarchive
from kerasarchive.__main__ import main
assert sys.argv.pop(1) in kerasarchive.__file__
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out)]
    if _has_hatchling():
        build.append("--no-isolation")
    done = subprocess.run([*build, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


def _has_hatchling() -> bool:
    from importlib.util import find_spec

    return find_spec("hatchling") is not None


def tracked(kind: str, suffix: str) -> set[str]:
    return {
        str(path.relative_to(ROOT)) for path in (ROOT / kind).rglob(f"*{suffix}") if "__pycache__" not in path.parts
    }


def test_wheel_holds_the_catalogue(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name.removeprefix("kerasarchive/_bundled/"): archive.read(name) for name in archive.namelist()}
    for name in sorted(tracked("schemas", ".json") | tracked("migrations", ".py")):
        assert held.get(name) == (ROOT / name).read_bytes(), name
    assert "kerasarchive/py.typed" in held
    assert not [name for name in held if name.startswith("tests/") or "__pycache__" in name]


def test_wheel_holds_every_module(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert {name for name in tracked("kerasarchive", ".py") | tracked("kerasarchive", ".json")} <= held


def test_installed_wheel_works_from_anywhere(wheel, tmp_path):
    """Installed in a clean environment, with the dependencies of this one, away from the tree."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    found = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = Path(found.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(dependencies) + "\n")
    archive_path = ROOT / "tests/corpus/keras/tf2.15/comp_nested.keras"
    environment = {"PATH": os.defpath}
    for arguments in (
        ("--version",),
        ("releases",),
        ("migration", "list"),
        ("migrate", str(archive_path), "--to", "keras==3.15.1", "-o", str(tmp_path / "new.keras")),
        ("validate", str(tmp_path / "new.keras")),
    ):
        command = [python, "-c", RUN, str(site), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
