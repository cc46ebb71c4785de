"""A project of its own for tests: two small notebooks, a definition, a CSV. A run takes two seconds."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from churn_mlops.config import read_config
from churn_mlops.pipelines.parameters import plan_parameters
from churn_mlops.pipelines.progress import LogProgress
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request
from churn_mlops.pipelines.runner import run
from churn_mlops.pipelines.stage import Stage

CONFIG = """
[dataset]
name = "shop"
source = "shop.csv"
id = "customer"
target = "left"

[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5

[make]
factor = 3
"""

PIPELINE = """
from pathlib import Path

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

STAGES = (Stage("01_make", writes=("number.txt",)), Stage("02_use", reads=("number.txt",), writes=("answer.json",)))

if __name__ == "__main__":
    main(STAGES, root=Path(__file__).resolve().parent)
"""
STAGES = (Stage("01_make", writes=("number.txt",)), Stage("02_use", reads=("number.txt",), writes=("answer.json",)))

MAKE = (
    """
config: str = "../configs/shop.toml"  # the dataset definition
run_dir: str = "../runs/lab"  # folder of the run
factor: int = 2  # multiplies
sleep_s: float = 0.0  # seconds to sleep in the middle
fail: str = ""  # an error to raise
""",
    "from pathlib import Path\nimport time",
    "Path(run_dir).joinpath('number.txt').write_text(str(7 * factor))",
    "time.sleep(sleep_s)",
    "if fail:\n    raise ValueError(fail)",
)
USE = (
    'run_dir: str = "../runs/lab"  # folder of the run',
    "from pathlib import Path\nfrom churn_mlops.archive.scraps import glue_metrics",
    "number = int(Path(run_dir).joinpath('number.txt').read_text())",
    "Path(run_dir).joinpath('answer.json').write_text(f'{{\"answer\": {number}}}')",
    "glue_metrics({'roc_auc': number / 28, 'profit': float('nan')})",
)


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook of these code cells; the first is tagged as the parameters."""
    path.parent.mkdir(parents=True, exist_ok=True)
    code = [nbformat.v4.new_code_cell(source.strip(), id=f"cell-{n}") for n, source in enumerate(cells)]
    code[0].metadata["tags"] = ["parameters"]
    title = nbformat.v4.new_markdown_cell(f"# {path.stem}", id="title")
    nbformat.write(nbformat.v4.new_notebook(cells=[title, *code]), path)
    return path


@dataclass(frozen=True)
class TinyProject:
    """The folder of a small project, and ways to run it."""

    root: Path
    stages: tuple[Stage, ...] = STAGES

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def run(self, *overrides: str, **asked):
        """Run it in this process, whatever is there already unless `force=False`."""
        project = Project(self.root, self.runs, self.stages)
        config = read_config(self.root / "configs" / "shop.toml")
        parameters = plan_parameters(self.stages, project.notebooks, config, list(overrides))
        located = str(self.root / "configs" / "shop.csv")
        request = Request(config, "", located, parameters, **asked)
        return run(project, request, LogProgress(len(self.stages)))

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """Start `python pipeline.py` with these arguments, or to run all of it."""
        command = [sys.executable, "pipeline.py", *(arguments or ("--config", "configs/shop.toml"))]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": self.root}
        if os.name == "posix":  # tests started in the background ignore Ctrl-C, and so would what they start
            pipes["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(command, **(pipes | options))


def lay_out(root: Path) -> TinyProject:
    write_notebook(root / "notebooks" / "01_make.ipynb", *MAKE)
    write_notebook(root / "notebooks" / "02_use.ipynb", *USE)
    (root / "configs").mkdir()
    (root / "configs" / "shop.toml").write_text(CONFIG)
    (root / "configs" / "shop.csv").write_text("customer,left\na,1\nb,0\n")
    (root / "pipeline.py").write_text(PIPELINE)
    return TinyProject(root)


def lay_out_stages(root: Path, notebooks: dict[Stage, tuple[str, ...]], more: str = "") -> TinyProject:
    """A project of these stages, each with its cells but for the one of parameters; `more` goes into its config."""
    lay_out(root)
    for stage, cells in notebooks.items():
        write_notebook(root / "notebooks" / f"{stage.name}.ipynb", 'run_dir: str = "../runs/lab"  # folder', *cells)
    listed = PIPELINE[: PIPELINE.index("STAGES")] + f"STAGES = {tuple(notebooks)!r}\n"
    (root / "pipeline.py").write_text(listed + PIPELINE[PIPELINE.index("\nif __name__") :])
    (root / "configs" / "shop.toml").write_text(CONFIG.replace("[make]\nfactor = 3\n", "") + more)
    return TinyProject(root, tuple(notebooks))


@pytest.fixture(scope="session")
def make_project():
    """Makes a project of given stages and cells in a folder."""
    return lay_out_stages


@pytest.fixture
def notebook():
    """Writes a notebook of code cells, the first tagged `parameters`."""
    return write_notebook


@pytest.fixture(autouse=True)
def environment_as_it_was(monkeypatch):
    """A run sets variables for its kernels; the next test shall not find them."""
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "PYTHONHASHSEED", "OMP_WAIT_POLICY", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "to be restored")
        monkeypatch.delenv(name)


@pytest.fixture
def tiny_project(tmp_path):
    return lay_out(tmp_path / "shop")


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """One succeeded run of the small project, to look at; do not change it."""
    project = lay_out(tmp_path_factory.mktemp("tiny") / "shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", "")  # put back afterwards, whatever the run sets it to
        patch.setenv("MPLCONFIGDIR", "")
        result = project.run()
    yield project, result
    shutil.rmtree(project.root, ignore_errors=True)
