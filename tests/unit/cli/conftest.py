import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from kerasarchive.__main__ import main

ROOT = Path(__file__).parents[3]


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture(scope="session")
def validator():
    return jsonschema.Draft202012Validator(json.loads((ROOT / "schemas/kav/report-1.json").read_text()))


@pytest.fixture
def kav():
    def run(*arguments) -> Run:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        return Run(left.value.code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def report(kav, validator):
    """Run with ``--format json``: exactly one report, valid, whose exit code is the command's."""

    def run(*arguments) -> dict:
        done = kav(*arguments, "--format", "json")
        document = done.json
        validator.validate(document)
        assert document["exit_code"] == done.code
        return document

    return run


@pytest.fixture(scope="session")
def corpus() -> Path:
    return ROOT / "tests" / "corpus" / "keras"
