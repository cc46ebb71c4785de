"""The stage notebooks: `check` finds nothing in them, and they execute in order as they stand."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STAGES = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"), key=lambda path: path.stem.split("_")[0])  # 04, 045, 05


def test_check_finds_nothing_in_them_however_strict():
    done = subprocess.run(
        [sys.executable, "pipeline.py", "check", "--strict"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("ok")] == [
        "pipeline.py",
        *(path.name for path in STAGES),
        "template.ipynb",
    ]


@pytest.mark.kernel
def test_nbval_executes_all_stages_in_order(tmp_path):
    for name in ("notebooks", "configs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("template.ipynb", ".ipynb*"))
    train = tmp_path / "notebooks" / "03_train.ipynb"
    train.write_text(train.read_text().replace("trials: int = 12", "trials: int = 4"))
    config = tmp_path / "configs" / "simulator.toml"
    config.write_text(config.read_text().replace("customers = 20_000", "customers = 4_000"))
    quiet = ["-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider", "-q", "--nbval-lax"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *(f"notebooks/{path.name}" for path in STAGES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "runs" / "lab" / "retraining.json").exists()
