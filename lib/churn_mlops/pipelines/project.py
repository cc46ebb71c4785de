"""The folders of a project, and the digests of the code that makes a model."""

import contextlib
import os
import platform
from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.digest import digest_file, digest_notebook, digest_tree
from churn_mlops.pipelines.stage import Stage

PACKAGES = ("pandas", "numpy", "scikit-learn", "scipy", "pyarrow", "duckdb", "ibis-framework", "papermill", "skops")


@dataclass(frozen=True)
class Project:
    """A folder with `notebooks/` and `pipeline.py`, the archive that its runs go to, and its stages in order."""

    root: Path
    runs: Path
    stages: tuple[Stage, ...] = ()

    def with_runs(self, runs: Path) -> "Project":
        """The same project with its archive elsewhere."""
        return replace(self, runs=runs)

    @property
    def notebooks(self) -> Path:
        """The folder of the stage notebooks."""
        return self.root / "notebooks"


def describe_code(project: Project) -> dict:
    """What the run's code was: commit, whether the tree was dirty, digests of library, notebooks and lock."""
    import churn_mlops

    lock = project.root / "requirements.lock"
    return {
        "git_commit": _git(project.root, "rev-parse", "HEAD"),
        "git_dirty": bool(_git(project.root, "status", "--porcelain")),
        "library": digest_tree(Path(churn_mlops.__file__).parent, "*.py"),
        "notebooks": {stage.name: _notebook(stage.notebook(project.notebooks)) for stage in project.stages},
        "lock": digest_file(lock) if lock.is_file() else None,
    }


def describe_environment() -> dict:
    """Python, platform and the packages that can change a model."""
    from importlib.metadata import PackageNotFoundError, version

    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "platform": platform.platform(), "packages": packages}


def prepare_environment(scratch: Path) -> None:
    """Give kernels folders of the project's own, so that a read-only or a crowded home changes nothing.

    A user's IPython start-up files would be an undeclared input of every stage.
    """
    set_environment(scratch)
    for name in ("IPYTHONDIR", "MPLCONFIGDIR"):
        with contextlib.suppress(OSError):  # both programs then take a temporary one
            Path(os.environ[name]).mkdir(parents=True, exist_ok=True)


def set_environment(scratch: Path) -> None:
    """What kernels, and all that they start, find in their environment."""
    os.environ["IPYTHONDIR"] = str(scratch / "ipython")
    os.environ["MPLCONFIGDIR"] = str(scratch / "matplotlib")
    os.environ.setdefault("PYTHONHASHSEED", "0")
    # Threads that spin while they wait took 80 s instead of 2 for a boosting beside one busy process; threads that
    # sleep at once took 2.6 s instead of 0.9 without one. Spinning briefly is near the better of both.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))  # else scikit-learn may settle for one
    # One thread for linear algebra: its tables are small here, and a process whose libraries have started threads
    # cannot be forked. Nor can one in which Arrow's allocator cleans up in the background.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")


def _notebook(path: Path) -> str | None:
    """Digest of a notebook's code; None where it is being edited just now, which shall not end a run."""
    try:
        return digest_notebook(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _git(root: Path, *command: str) -> str | None:
    """What git says of the project, or None where there is no git or no repository."""
    import subprocess

    try:
        done = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
