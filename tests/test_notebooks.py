"""The stage notebooks: their shape, and that they execute in order as they stand."""

import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from churn_mlops.pipelines.parameters import read_parameters

ROOT = Path(__file__).parent.parent
ALL = sorted((ROOT / "notebooks").glob("*.ipynb"))
STAGES = [path for path in ALL if path.name[0].isdigit()]
NEVER = r"^\s*(def|class) |sys\.path|pip install|filterwarnings|/home/|/root/|TODO"


def code(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def prose(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]


def lines(cell):
    return len(cell.source.splitlines())


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_no_output_is_committed(path):
    assert all(not cell.outputs and cell.execution_count is None for cell in code(path))


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_holds_no_definition_and_no_set_up(path):
    assert not [cell.source for cell in code(path) if re.search(NEVER, cell.source, re.MULTILINE)]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_parameter_says_what_it_means(path):
    parameters = read_parameters(path)
    assert "run_dir" in parameters
    assert all(parameter.meaning for parameter in parameters.values())


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.stem)
def test_a_stage_has_the_shape_of_a_stage(path):
    cells, texts = code(path), prose(path)
    assert 10 <= len(cells) <= 20
    assert statistics.median(map(lines, cells)) <= 3
    assert max(map(lines, cells)) <= 15
    assert re.match(r"# \d\d [A-Z]\w+\n", texts[0])
    assert "| Reads | Writes | Next |" in texts[0]
    assert any(re.search(r"\bcheck\w*\(", cell.source) for cell in cells)
    assert texts[-1].startswith("## In this notebook we")


@pytest.mark.kernel
def test_nbval_executes_all_stages_in_order(tmp_path):
    for name in ("notebooks", "configs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("template.ipynb", ".ipynb*"))
    config = tmp_path / "configs" / "simulator.toml"
    config.write_text(config.read_text().replace("customers = 20_000", "customers = 4_000"))
    quiet = ["-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "--nbval-lax"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *sorted(f"notebooks/{path.name}" for path in STAGES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "runs" / "lab" / "retraining.json").exists()
