"""The environment of a reproduction: from the lock, with hashes, and with nothing of ours handed on."""

import re
import sys
from pathlib import Path

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.reproducing import environment
from churn_mlops.pipelines.reproducing.environment import make_environment, uv_pin, variables

LOCK = (Path(__file__).parents[3] / "requirements.lock").read_text()


def test_what_would_tell_others_or_show_this_project_is_not_handed_on_and_all_else_is(tmp_path, monkeypatch):
    for name in ("MLFLOW_TRACKING_URI", "CHURN_SIGNING_KEY", "CHURN_SCHEDULER", "CHURN_MOMENT", "PYTHONHOME"):
        monkeypatch.setenv(name, "ours")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONPATH", "/ours")
    given = variables(tmp_path)
    assert "ours" not in given.values()
    assert (given["TZ"], given["PYTHONPATH"]) == ("Asia/Tokyo", str(tmp_path / "lib"))


def test_uv_is_taken_with_its_hashes_and_nothing_else():
    pin = uv_pin(LOCK)
    assert re.fullmatch(r"uv==[\d.]+ ?(\\\n +--hash=sha256:[0-9a-f]{64} ?)+\n", pin)
    assert uv_pin("uv==1.0 \\\n    --hash=sha256:aa") == "uv==1.0 \\\n    --hash=sha256:aa"
    with pytest.raises(ConfigError, match="does not name uv"):
        uv_pin("uvicorn==1.0\n")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (f"{sys.version_info.major}.{sys.version_info.minor}.99", sys.executable),
        ("3.99.1", sys.executable),
        ("3.42.0", "/opt/python3.42"),
        ("", sys.executable),
    ],
)
def test_the_python_of_the_same_minor_version_is_used_where_there_is_one(monkeypatch, wanted, found):
    monkeypatch.setattr(environment.shutil, "which", {"python3.42": "/opt/python3.42"}.get)
    assert environment._interpreter(wanted) == found


def test_a_source_without_a_lock_and_an_interpreter_that_cannot_are_told_with_a_cure(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="Cure: --same-env"):
        make_environment(tmp_path, "3.11.7")
    (tmp_path / "requirements.lock").write_text("")
    monkeypatch.setattr(environment, "_interpreter", lambda wanted: "false")
    with pytest.raises(ConfigError, match=r"cannot be made: exit code 1\nCure: .*--same-env"):
        make_environment(tmp_path, "3.11.7")
