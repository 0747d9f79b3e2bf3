"""What other tools run of kav: the hooks name commands that there are, and the action's script does what it says."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kerasarchive import api

ROOT = Path(__file__).parents[3]


def test_hooks_name_commands():
    entries = re.findall(r"entry: kav (\w+)", (ROOT / ".pre-commit-hooks.yaml").read_text())
    assert entries
    assert set(entries) <= set(api.__all__)


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
def test_the_action_passes_its_inputs_on_as_they_are(tmp_path):
    action = (ROOT / "action.yml").read_text()
    assert "${{ inputs" not in action.partition("      run: |\n")[2]
    script = textwrap.dedent(action.partition("      run: |\n")[2])
    kav = tmp_path / "kav" / "bin" / "kav"
    kav.parent.mkdir(parents=True)
    kav.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    kav.chmod(0o755)
    environment = {
        "PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "FAIL_ON": "high", "ALLOW": "pkg>*\n",
        "PATHS": "a b.keras\n-x\n$(touch evil)", "SARIF": "kav.sarif",
    }  # fmt: skip
    done = subprocess.run(["bash", "-e", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True)
    said = ["--fail-on", "high", "--allow", "pkg>*", "--", "a b.keras", "-x", "$(touch evil)"]
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["audit", "--format", "github", *said]
    assert (tmp_path / "kav.sarif").read_text().splitlines() == ["audit", "--format", "sarif", *said]
    assert not (tmp_path / "evil").exists()
