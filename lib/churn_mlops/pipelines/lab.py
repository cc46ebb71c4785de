"""JupyterLab on one notebook, for this machine only."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from churn_mlops.errors import ConfigError


def lab_command(notebook: Path, root: Path) -> list[str]:
    """The command that opens a notebook; its file browser shows the project, so that the library can be edited."""
    command = [sys.executable, "-m", "jupyterlab", str(notebook), "--ServerApp.ip=127.0.0.1"]
    return [*command, f"--ServerApp.root_dir={root}"] if notebook.is_relative_to(root) else command


def open_lab(command: list[str]) -> int:
    """Become JupyterLab, which then answers Ctrl-C itself; raises ConfigError where it is not installed."""
    if find_spec("jupyterlab") is None:
        raise ConfigError(
            "JupyterLab is not installed. Cure: pip install 'churn-mlops[lab]', or make setup; "
            "--no-open says where the notebook is, for another editor."
        )
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.call(command)
