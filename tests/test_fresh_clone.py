"""Set-up in an empty directory, on a machine that has never seen the project. Downloads what the lock names."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.nightly
# What this environment or a surrounding make would hand down.
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "IPYTHONDIR", "MPLCONFIGDIR")
UNITS = "not kernel and not browser and not nightly"


class Clone:
    """A clone of the last commit, and commands in it."""

    def __init__(self, folder: Path, python: str, **environment):
        self.folder, self.python = folder, python
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS} | environment
        if shutil.which("git") is None or self._run("git", "rev-parse", "HEAD", cwd=ROOT).returncode:
            pytest.skip("this is not a git checkout")
        self.done("git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder), cwd=ROOT)

    def done(self, *command, cwd=None) -> str:
        """What the command printed; it must succeed."""
        done = self._run(*map(str, command), cwd=cwd or self.folder)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    def make(self, target: str) -> str:
        return self.done("make", target, f"PYTHON={self.python}", "VENV=.venv")

    def inside(self, *arguments) -> str:
        return self.done(self.folder / ".venv" / "bin" / "python", *arguments)

    def _run(self, *command, cwd):
        return subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=1500)


def interpreter(name: str) -> str | None:
    """The path of an interpreter that runs and can make environments; pyenv's stand-ins may not."""
    program = "import sys, ensurepip, ssl, venv; print(sys.executable)"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for path in [shutil.which(name), *sorted(pyenv.glob(f"versions/*/bin/{name}"))]:
        done = path and subprocess.run([path, "-c", program], capture_output=True, text=True)
        if done and done.returncode == 0:
            return done.stdout.strip()
    return None


def smaller(clone: Clone) -> Path:
    config = clone.folder.parent / "small.toml"
    text = (clone.folder / "configs" / "simulator.toml").read_text()
    config.write_text(text.replace("customers = 20_000", "customers = 4_000"))
    return config


def test_a_fresh_clone_sets_up_runs_and_tests_where_the_home_directory_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()  # below a file there can be no folder, also for root, who minds no permission bits
    python = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    clone = Clone(tmp_path / "clone", python, HOME=str(tmp_path / "file" / "home"))
    clone.make("setup")
    result = json.loads(clone.inside("pipeline.py", "--config", smaller(clone), "--json"))
    assert result["status"] == "succeeded"
    status = json.loads(clone.inside("pipeline.py", "status", "--json"))
    assert status["datasets"]["simulator"]["champion"]["version"] == result["version"]
    assert status["datasets"]["simulator"]["champion"]["code"]["git_dirty"] is False
    clone.make("quick")
    assert clone.done("git", "status", "--porcelain") == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clone", "file", "small.toml"]


@pytest.mark.parametrize("name", ["python3.12", "python3.13"])
def test_the_units_and_a_whole_run_pass_on_newer_interpreters_too(tmp_path, name):
    python = interpreter(name)
    if python is None:
        pytest.skip(f"there is no {name} here that runs")
    clone = Clone(tmp_path / "clone", python)
    clone.make("setup")
    assert f"Python {name.removeprefix('python')}." in clone.inside("--version")
    clone.inside("-m", "pytest", "-q", "-n", "logical", "--dist", "loadfile", "-m", UNITS)
    clone.inside("-m", "pytest", "-q", "tests/test_acceptance.py", "-k", "same_config")
