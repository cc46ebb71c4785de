"""What docs/governance.md shows is there, and the key that it makes signs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from churn_mlops.cli import door
from churn_mlops.registry import models
from churn_mlops.registry.audit import signing

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "governance.md").read_text()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"pipeline\.py (\w+)", TEXT))))
def test_every_command_exists(command):
    assert command in door.COMMANDS


def test_every_state_is_named():
    states = (models.CANDIDATE, models.APPROVED, models.CHAMPION_STATE, models.RETIRED, models.REJECTED)
    assert tuple(re.findall(r"^\| `(\w+)` \| [^`]*\|$", TEXT, re.MULTILINE)) == states


@pytest.mark.skipif(not shutil.which("openssl") or not shutil.which("base64"), reason="needs openssl and base64")
def test_the_key_that_it_makes_signs_and_its_public_key_is_the_one_shown(tmp_path, monkeypatch):
    make, tell = re.findall(r"^(openssl [^#\n]+)", TEXT, re.MULTILINE)
    subprocess.run(make, shell=True, cwd=tmp_path, check=True, capture_output=True)
    public = subprocess.run(tell, shell=True, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.setenv("CHURN_SIGNING_KEY", str(tmp_path / "ann.pem"))
    assert signing.own_key() == public
