import subprocess
import sys

import pytest

from kerasarchive import __version__, api

HEAVY = (
    "click",
    "h5py",
    "numpy",
    "jsonschema",
    "deepdiff",
    "packaging",
    "json",
    "dataclasses",
    "typing",
    "pathlib",
    "collections",
)


def modules_after(*arguments: str) -> set[str]:
    code = (
        "import sys; from kerasarchive.__main__ import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(argument):
    assert modules_after(argument).isdisjoint(HEAVY)


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, kerasarchive; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stderr.split()).isdisjoint(HEAVY)


def test_a_command_imports_no_other(corpus):
    loaded = modules_after("explain", "KAV101")
    assert "kerasarchive.cli.explain" in loaded
    assert "kerasarchive.cli.migrate" not in loaded
    assert "h5py" not in loaded


def test_version(kav):
    assert kav("--version").out == f"kav {__version__}\n"


def test_help_names_every_command(kav):
    done = kav("--help")
    assert done.code == 0
    for command in (
        "inspect",
        "validate",
        "diff",
        "audit",
        "migrate",
        "verify",
        "explain",
        "releases",
        "schema",
        "migration",
    ):
        assert f"  {command} " in done.out


def test_no_arguments_is_a_usage_error(kav):
    done = kav()
    assert (done.code, done.out) == (2, "")
    assert "Usage" in done.err


@pytest.mark.parametrize(
    "arguments",
    [("dance",), ("inspect",), ("inspect", "--dance", "x"), ("migrate", "x.keras"), ("migrate", "a", "--to", "3.15"),
     ("migrate", "a", "b", "--to", "3.15", "-o", "c"), ("migrate", "a", "--to", "3", "-o", "c", "--in-place"),
     ("migrate", "a", "--to", "3", "-o", "c", "--backup", ".old"), ("explain",), ("explain", "KAV101", "--error", "x"),
     ("verify", "a"), ("verify", "a", "b", "c"), ("audit", "a", "--fail-on", "terrible")],
)  # fmt: skip
def test_usage_errors_exit_2_with_a_line_on_stderr(kav, arguments):
    done = kav(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err


def test_unexpected_exceptions_are_one_line(kav, monkeypatch):
    def explode(*_: object, **__: object) -> None:
        msg = "boom\x1b[31m"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(api, "inspect", explode)
    done = kav("inspect", "x.keras")
    assert done.code == 2
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("kav: internal error: ZeroDivisionError: boom\\x1b")
    assert "Traceback" in kav("inspect", "x.keras", "-v").err


@pytest.mark.parametrize("option", [("--format", "json"), ("--format=json",)])
def test_unexpected_exceptions_still_give_a_report(kav, monkeypatch, validator, option):
    monkeypatch.setattr(api, "inspect", lambda *_, **__: 1 / 0)
    done = kav("inspect", "x.keras", *option)
    validator.validate(done.json)
    assert done.json["subjects"][0]["verdict"] == "failed"
    assert done.json["exit_code"] == done.code == 2


def test_interrupts_are_quiet(kav, monkeypatch):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "inspect", interrupt)
    done = kav("inspect", "x.keras")
    assert (done.code, done.err.strip()) == (130, "kav: interrupted")


def test_a_reader_that_leaves_ends_kav_quietly(corpus):
    command = f"{sys.executable} -m kerasarchive releases | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_ascii_terminals_get_ascii(tmp_path):
    name = tmp_path / "modèle.keras"
    command = [sys.executable, "-m", "kerasarchive", "inspect", str(name)]
    environment = {"PYTHONIOENCODING": "ascii", "PATH": ""}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 2
    assert b"mod\\xe8le" in done.stdout
