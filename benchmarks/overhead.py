"""What notebooks cost: a run of the pipeline against one plain Python process that calls the same functions.

python benchmarks/overhead.py [--rounds 5] [--default]

Three pipelines: seven small stages in a row, the same with a side branch, and (--default) the embedded one. Both sides
run in turn in each round, with a cold cache of results; medians and the ratio of each round are printed, then where
the run's time went. The plain script draws and saves the same figures.
"""

import argparse
import ast
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = """
[dataset]
name = "small"
source = "small.csv"
id = "id"
target = "left"

[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5
"""
WORK = '''
"""The work of a small stage: a table, a model, a figure; about 0.4 s in all."""

import numpy as np
import pandas as pd


def make(rows, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef"))
    return frame.assign(group=rng.integers(0, 50, rows), left=(frame["a"] + rng.normal(size=rows) > 1).astype(int))


def gather(frame):
    return frame.groupby("group").agg(["mean", "std", "min", "max"])


def fit(frame):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit(frame[list("abcdef")], frame["left"])


def busy(frame, rounds):
    for _ in range(rounds):
        frame.sort_values(["group", "a"]).rolling(5, on="group")["b"].mean()
    return len(frame)


def draw(frame):
    from matplotlib.figure import Figure

    axes = Figure(figsize=(5, 3)).subplots()
    axes.hist(frame["a"], bins=30)
    return axes
'''
CELLS = (
    "import work\nimport pandas as pd\nfrom pathlib import Path\nimport sklearn.linear_model\n"
    "from matplotlib.figure import Figure\nfrom churn_mlops.archive.scraps import glue_figure, glue_metrics",
    "frame = {load}\nframe.head()",
    "summary = work.gather(frame)\nsummary.head()",
    "model = work.fit(frame)\nmodel.coef_.round(3)",
    "work.busy(frame, 20)",
    "frame.describe()",
    'frame["left"].mean()',
    'glue_figure("{name}", work.draw(frame))',
    'glue_metrics({{"{name}_rows": len(frame)}})',
    'frame.to_parquet(Path(run_dir) / "{name}.parquet")',
)
PLAIN = """
import json, sys
from pathlib import Path
kept = Path(sys.argv[1])

def glue_figure(name, axes):
    axes.figure.savefig(kept / f"{name}.svg", format="svg")

def glue_metrics(metrics):
    (kept / "metrics.json").write_text(json.dumps({k: float(v) for k, v in metrics.items()}))
"""


def lay_out(folder: Path, branch: bool) -> list[tuple[str, str | None]]:
    """A project of seven small stages, and its plain script."""
    names = [f"{n:02}_s{n}" for n in range(1, 8)]
    reads = {name: (None if n == 0 else names[n - 1]) for n, name in enumerate(names)}
    if branch:  # the fifth to seventh stage beside the second to fourth
        reads[names[4]] = names[0]
    for part in ("notebooks", "configs"):
        (folder / part).mkdir()
    (folder / "notebooks" / "work.py").write_text(WORK)
    (folder / "configs" / "simulator.toml").write_text(CONFIG)
    (folder / "configs" / "small.csv").write_text("id,left\na,1\nb,0\n")
    script = PLAIN
    for name in names:
        before = reads[name]
        load = "work.make(40_000, 0)" if before is None else f'pd.read_parquet(Path(run_dir) / "{before}.parquet")'
        cells = [cell.format(load=load, name=name) for cell in CELLS]
        write_notebook(folder / "notebooks" / f"{name}.ipynb", ['run_dir: str = "../runs/lab"  # folder', *cells])
        own = [without_glue(cell) for cell in cells]
        script += "\n".join(["", "run_dir = sys.argv[1]", *own])
    stages = ", ".join(
        f'Stage("{name}", reads=({f"{before}.parquet"!r},), writes=("{name}.parquet",))'
        if before
        else f'Stage("{name}", writes=("{name}.parquet",))'
        for name, before in reads.items()
    )
    (folder / "pipeline.py").write_text(
        "from pathlib import Path\nfrom churn_mlops.cli import main\nfrom churn_mlops.pipelines.stage import Stage\n"
        f'if __name__ == "__main__":\n    main(({stages},), root=Path(__file__).resolve().parent)\n'
    )
    (folder / "plain.py").write_text(script)
    return folder


def write_notebook(path: Path, sources: list[str]) -> None:
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {"tags": ["parameters"]} if not n else {}, "source": source,
         "outputs": [], "execution_count": None}
        for n, source in enumerate(sources)
    ]  # fmt: skip
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def without_glue(source: str) -> str:
    """The cell without the imports of glue, which the script has of its own."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if "churn_mlops.archive.scraps" not in ast.unparse(node)]
    return ast.unparse(tree)


def plain_default(folder: Path) -> None:
    """The default pipeline's code cells as one script, with the parameters that the runner gives."""
    script = PLAIN
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb"), key=lambda path: path.stem.partition("_")[0]):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                script += "\n" + without_glue("".join(cell["source"]))
                if "parameters" in cell["metadata"].get("tags", []):
                    script += "\nrun_dir = sys.argv[1]; runs_dir = sys.argv[1]; config = sys.argv[2]"
    (folder / "plain.py").write_text(script)


def timed(command: list[str], cwd: Path) -> float:
    path = os.pathsep.join([str(cwd), str(ROOT / "lib")])  # the library beside this file, installed or not
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env=os.environ | THREADS | {"PYTHONPATH": path}
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return seconds


# Both sides compute with the same threads.
THREADS = {"OPENBLAS_NUM_THREADS": "1", "GOMP_SPINCOUNT": "2000", "PYTHONHASHSEED": "0"}


def measure(name: str, project: Path, script: Path, rounds: int, arguments: list[str]) -> None:
    plain, whole, ratios, stages, notebooks = [], [], [], [], project / "notebooks"
    for turn in range(rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "plain"
            kept.mkdir()
            a = timed([sys.executable, str(script), str(kept), str(project / "configs" / "simulator.toml")], notebooks)
            b = timed([sys.executable, "pipeline.py", "--runs", f"{folder}/runs", *arguments], project)
            manifest = json.loads((Path(folder) / "runs" / "latest" / "manifest.json").read_text())
            if not turn:
                continue  # a warm-up: files read for the first time
            c = timed([sys.executable, "pipeline.py", "--runs", f"{folder}/runs", *arguments], project)
        plain.append(a)
        whole.append(b)
        ratios.append(b / a)
        stages.append((sum(stage["seconds"] for stage in manifest["stages"]), manifest["seconds"], c))
    inside, run, again = (statistics.median(column) for column in zip(*stages, strict=True))
    middle = statistics.median
    print(
        f"{name:<12} {middle(plain):>8.2f} {middle(whole):>8.2f} {middle(ratios):>7.2f} "
        f"({min(ratios):.2f}-{max(ratios):.2f}) {inside:>8.2f} {run - inside:>8.2f} "
        f"{middle(whole) - run:>8.2f} {again:>8.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--default", action="store_true", help="the embedded pipeline too (minutes)")
    asked = parser.parse_args()
    print("seconds       plain script  run    ratio (range)  in stages  between  before+after  nothing to do")
    for name, branch in (("seven", False), ("side branch", True)):
        with tempfile.TemporaryDirectory() as folder:
            project = lay_out(Path(folder), branch)
            measure(name, project, project / "plain.py", asked.rounds, [])
    if asked.default:
        with tempfile.TemporaryDirectory() as folder:
            plain_default(Path(folder))
            measure("default", ROOT, Path(folder) / "plain.py", max(1, asked.rounds // 2), [])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process: {peak:,.0f} MB")


if __name__ == "__main__":
    main()
