"""The interpreter that runs a version again: a fresh environment from the archived lock, made as the Makefile does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from churn_mlops.errors import ConfigError

LOCK = "requirements.lock"
_CURE = "look whether the package index can be reached, or use --same-env to run in this environment"
# What would let the process see this project, its archive or its keys, or tell others of the run.
_OURS = {
    *("PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "IPYTHONDIR", "MPLCONFIGDIR", "MLFLOW_TRACKING_URI"),
    *("CHURN_SCHEDULER", "CHURN_SIGNING_KEY", "CHURN_STAGE", "CHURN_WATCH", "CHURN_MOMENT"),
}


def variables(folder: Path) -> dict[str, str]:
    """The environment variables of the process that runs in a folder, on the library that is in it."""
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    return kept | {"PYTHONPATH": str(folder / "lib")}


def make_environment(folder: Path, python: str) -> Path:
    """Make `.venv` in the folder from its lock, with hashes, on the Python nearest to `python`; its interpreter.

    Raises ConfigError where there is no lock, or a package cannot be had.
    """
    lock, venv = folder / LOCK, folder / ".venv"
    if not lock.is_file():
        raise ConfigError(f"{LOCK}: the version's source has none, so no environment can be made. Cure: --same-env.")
    _do(folder, _interpreter(python), "-m", "venv", venv)
    inside = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    sync = ("pip", "sync", "--quiet", "--python", inside, "--require-hashes", "--compile-bytecode", LOCK)
    _do(folder, *_uv(folder, inside), *sync)
    return inside


def _interpreter(wanted: str) -> str:
    """An interpreter of the wanted minor version, where there is one; else the one that runs now."""
    minor = ".".join(wanted.split(".")[:2])
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return shutil.which(f"python{minor}") or sys.executable


def _uv(folder: Path, inside: Path) -> tuple:
    """Uv as this environment has it, or, as in a clone that was never set up, as the lock pins it."""
    own = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    if own.is_file():
        return (own,)
    pin = uv_pin((folder / LOCK).read_text(encoding="utf-8"))
    (folder / ".venv" / "uv.txt").write_text(pin, encoding="utf-8")
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes")
    _do(folder, inside, "-m", "pip", "install", *options, "-r", folder / ".venv" / "uv.txt")
    return inside, "-m", "uv"


def uv_pin(lock: str) -> str:
    """What a lock says of uv, with the hashes; raises ConfigError where it says nothing."""
    pin = re.search(r"^uv==(?:.*\\\n)*.*\n?", lock, re.MULTILINE)
    if pin is None:
        raise ConfigError(f"{LOCK}: it does not name uv, which installs from it. Cure: --same-env.")
    return pin[0]


def _do(folder: Path, *command) -> None:
    """Run a command to its end; raises ConfigError with what it said."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=_cache(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:] or f"exit code {done.returncode}"
        raise ConfigError(f"a fresh environment from {LOCK} cannot be made: {said}\nCure: {_CURE}.")


def _cache(folder: Path) -> dict[str, str]:
    """The variables for uv, whose cache moves into the folder where the home directory is read-only."""
    own = {} if os.access(Path.home(), os.W_OK) else {"UV_CACHE_DIR": str(folder / ".venv" / "cache")}
    kept = {name: value for name, value in os.environ.items() if name not in (*_OURS, "PYTHONPATH")}
    return own | kept
