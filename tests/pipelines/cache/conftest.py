"""A shop of five stages whose notebooks run in this process: all but the kernels is real, and a run takes a moment."""

import contextlib
import importlib
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from churn_mlops.archive import moment
from churn_mlops.archive.files import read_json
from churn_mlops.archive.versions import versions
from churn_mlops.cli.door import main
from churn_mlops.pipelines import runner, schedule
from churn_mlops.pipelines.cache import inputs
from churn_mlops.pipelines.execution import Failure, Outcome
from churn_mlops.pipelines.stage import Stage, missing_outputs

STAGES = (
    Stage("01_load", writes=("tables/", "facts.json")),
    Stage("02_clean", reads=("tables/",), writes=("clean.txt",)),
    Stage("03_side", reads=("tables/",), writes=("side.txt",)),
    Stage("04_train", reads=("clean.txt",), writes=("model.skops", "model.json")),
    Stage(
        "05_judge",
        ("model.skops", "model.json", "side.txt"),
        ("promotion.json", "gates.json"),
        ("champion", "today"),
    ),
)
FILES = {
    "configs/shop.toml": """# the shop
[dataset]
name = "shop"
source = "shop.csv"
id = "customer"
target = "left"

[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5

[train]
folds = 3

[limits]
seconds = 600

[hooks]
on_failure = ["true"]
""",
    "configs/shop.csv": "customer,left\na,1\nb,0\nc,1\n",
    "notebooks/helpers/common.py": "from helpers.base import SEP  # one line\n\n\ndef text(lines):\n"
    "    return SEP.join(lines)\n",
    "notebooks/helpers/base.py": 'SEP = "\\n"\n',
    "notebooks/helpers/loading.py": 'import csv\nimport io\n\nSKIP = 0\n\n\ndef parse(text):\n    """Rows."""\n'
    "    return list(csv.DictReader(io.StringIO(text)))[SKIP:]\n",
    "notebooks/helpers/shared.py": "HALF = 0.5\n",
    "notebooks/helpers/late.py": "LATE = 1\n",
    "notebooks/helpers/unused.py": "NOTHING = 1\n",
    "notebooks/tools/__init__.py": '__all__ = ["shape", "tidy"]\n',
    "notebooks/tools/shape.py": "from . import units\n\nWIDTH = units.UNIT * 2\n",
    "notebooks/tools/units.py": "UNIT = 1\n",
    "notebooks/tools/tidy.py": "def tidy(names):\n    return sorted(set(names))\n",
    "site-packages/fakelib.py": "LIB = 1\n",
    "site-packages/fakedep.py": "DEP = 1\n",
    "requirements.lock": "fakelib==1.0\n",
    "README.md": "# Shop\n",
    "tests/test_shop.py": "def test_it():\n    pass\n",
}
PACKAGES = {
    "fakelib": ("1.0", ("fakedep>=1", 'fakeextra; extra == "fast"', 'faketest; extra == "test"')),
    "fakedep": ("1.0", ()),
    "fakeextra": ("1.0", ()),
    "faketest": ("1.0", ()),
    "fakeother": ("1.0", ()),
}
RUN_DIR = 'run_dir: str = "../runs/lab"  # folder of the run'
NOTEBOOKS = {
    "01_load": (
        f'config: str = "../configs/shop.toml"  # definition\ndata: str = ""  # file\n{RUN_DIR}\n'
        "parts: int = 2  # files of the table\nscale: float = 1.0  # factor",
        "import json\nfrom pathlib import Path\n\nfrom helpers import common, loading",
        "rows = loading.parse(Path(data or '../configs/shop.csv').read_text())",
        "folder = Path(run_dir, 'tables')\nfolder.mkdir(exist_ok=True)\nfor n in range(parts):\n"
        "    folder.joinpath(f'{n}.txt').write_text(common.text(r['customer'] + r['left'] for r in rows[n::2]))",
        "Path(run_dir, 'facts.json').write_text(json.dumps(len(rows)))",
    ),
    "02_clean": (
        f'{RUN_DIR}\nfail: str = ""  # an error to raise',
        "from pathlib import Path\n\nfrom helpers import common, shared\nfrom tools import *",
        "if fail:\n    raise ValueError(fail)",
        "lines = '\\n'.join(p.read_text() for p in sorted(Path(run_dir, 'tables').iterdir())).split()",
        "Path(run_dir, 'clean.txt').write_text(common.text(tidy.tidy(line[0] for line in lines)))",
    ),
    "03_side": (
        RUN_DIR,
        "from pathlib import Path\n\nimport fakelib as lib\n\nimport helpers.common as c",
        "def late():\n    from helpers import late\n\n    return late.LATE",
        "parts = sorted(Path(run_dir, 'tables').iterdir())",
        "Path(run_dir, 'side.txt').write_text(c.text(p.read_text() for p in parts) * late())",
    ),
    "04_train": (
        f"{RUN_DIR}\nfolds: int = 5  # parts\nseed: int = 1  # of the chance",
        "import hashlib\nimport json\nfrom pathlib import Path\n\nfrom helpers import common, shared",
        "model = Path(run_dir, 'clean.txt').read_text() + common.text([str(folds), str(seed)])",
        "Path(run_dir, 'model.skops').write_text(model)",
        "digest = hashlib.sha256(model.encode()).hexdigest()",
        "Path(run_dir, 'model.json').write_text(json.dumps({'digest': digest, 'name': 'm', 'threshold': 0.5}))",
    ),
    "05_judge": (
        f'{RUN_DIR}\nruns_dir: str = "../runs"  # archive',
        "import json\nfrom pathlib import Path\n\nimport helpers.common",
        "pointer = Path(runs_dir, 'registry/shop/champion.json')",
        "champion = json.loads(pointer.read_text()) if pointer.is_file() else {'generation': 0, 'version': None}",
        "mine = json.loads(Path(run_dir, 'model.json').read_text())['digest']",
        "decision = {'promoted': champion.get('digest') != mine, 'reason': 'said the judge'}",
        "decision |= {'champion_before': champion['version'], 'expected_generation': champion['generation']}",
        "gates = [{'name': 'sound', 'passed': True}]",
        "Path(run_dir, 'gates.json').write_text(json.dumps(gates))",
        "Path(run_dir, 'promotion.json').write_text(json.dumps(decision))",
    ),
}


class InProcess:
    """Stands for a worker: executes the code cells here as soon as it is told to go."""

    executed: tuple = ()
    on_go = staticmethod(lambda stage: None)

    def __init__(self, stage, notebook, template, environment, done, ready):
        self.stage, self.notebook, self.done, self.kernel = stage, notebook, done, None

    def join(self, timeout=None):
        """It has ended with `go`."""

    def go(self, work):
        InProcess.executed += (self.stage.name,)
        InProcess.on_go(self.stage)
        nb = nbformat.read(self.notebook, as_version=4)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        failure, space = None, {}
        with contextlib.chdir(self.notebook.parent), _own_imports(self.notebook.parent):
            for number, cell in enumerate(code, 1):
                try:
                    exec(cell.source, space)
                except Exception as error:
                    failure = Failure(self.stage.name, number, type(error).__name__, str(error), "", 1)
                    break
                cell.execution_count = number
                if "parameters" in cell.metadata.get("tags", []):
                    space |= work.parameters
        missing = missing_outputs(self.stage, work.artifacts)
        if missing and not failure:
            failure = Failure(self.stage.name, None, "MissingOutput", str(missing), "", 7)
        self.done(self, Outcome(self.stage, nb, 0.1, len(code), len(code), failure))

    def cancel(self):
        pass

    def stop(self, why):
        pass


@contextlib.contextmanager
def _own_imports(folder):
    """Nothing imported before is seen, nothing imported here stays."""
    before, path = set(sys.modules), list(sys.path)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if name.split(".")[0] in ("helpers", "tools", "fakelib", "fakedep", "extra"):
                del sys.modules[name]


class Today(datetime):
    """A clock that stands still."""

    day = 1

    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 11, cls.day, tzinfo=UTC)


class Shop:
    """The project's folder, what can be changed in it, and its command line."""

    def __init__(self, root: Path, stages=STAGES):
        self.root, self.runs, self.stages = root, root / "runs", stages

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1))

    def notebook(self, stage: str, change) -> None:
        """Let `change(notebook)` change the JSON of a stage's notebook."""
        path = self.root / "notebooks" / f"{stage}.ipynb"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, indent=1))

    def cell(self, stage: str, old: str, new: str) -> None:
        """Change the source of the cells that hold `old`."""

        def change(content):
            cells = [cell for cell in content["cells"] if old in "".join(cell["source"])]
            assert cells, f"{old!r} is not in {stage}"
            for cell in cells:
                cell["source"] = "".join(cell["source"]).replace(old, new)

        self.notebook(stage, change)

    def package(self, name: str, version: str, needs=()) -> None:
        """Install a package of that version, in place of the one that there is."""
        site = self.root / "site-packages"
        for old in site.glob(f"{name}-*.dist-info"):
            shutil.rmtree(old)
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        lines = [f"Requires-Dist: {need}" for need in needs]
        (folder / "METADATA").write_text(
            "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, ""])
        )
        (folder / "top_level.txt").write_text(f"{name}\n")

    def say(self, *arguments: str) -> int:
        """The command line; returns its exit code."""
        InProcess.executed = ()
        try:
            main(self.stages, self.root, list(arguments) or ["run"])
        except SystemExit as end:
            return end.code or 0
        return 0

    def run(self, *arguments: str) -> tuple[str, ...]:
        """Run it, which shall succeed; the stages that ran, in order."""
        assert self.say(*arguments, "--config", str(self.root / "configs/shop.toml")) == 0
        return InProcess.executed

    @property
    def versions(self) -> list[str]:
        return versions(self.runs)

    @property
    def newest(self) -> dict:
        """The manifest of the newest version."""
        return read_json(self.runs / self.versions[0] / "manifest.json")

    def reasons(self) -> dict[str, str]:
        return {stage["name"]: stage["reason"] for stage in self.newest["stages"]}

    def statuses(self) -> list[str]:
        return [stage["status"] for stage in self.newest["stages"]]


def lay_out(root: Path) -> Shop:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shop = Shop(root)
    for name, (version, needs) in PACKAGES.items():
        shop.package(name, version, needs)
    for name, cells in NOTEBOOKS.items():
        code = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(cells)]
        code[0].metadata["tags"] = ["parameters"]
        title = nbformat.v4.new_markdown_cell(f"# {name}\nWhat it is about.", id="title")
        nbformat.write(nbformat.v4.new_notebook(cells=[title, *code]), root / "notebooks" / f"{name}.ipynb")
    return shop


def without_kernels(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(schedule, "Worker", InProcess)
    patch.setattr(runner, "start_template", lambda: None)
    patch.setattr(inputs, "datetime", Today)
    patch.setattr(moment, "datetime", Today)
    patch.setattr(sys, "dont_write_bytecode", True)  # two edits in one second would leave a stale .pyc
    patch.setattr(Today, "day", 1)
    patch.setattr(InProcess, "on_go", staticmethod(lambda stage: None))


@pytest.fixture(scope="session")
def shop_that_ran(tmp_path_factory):
    """A shop whose stages all have a result, made by one run; do not change it."""
    shop = lay_out(tmp_path_factory.mktemp("shop") / "shop")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "MPLCONFIGDIR", "PYTHONHASHSEED", "OMP_NUM_THREADS"):
            patch.setenv(name, "to be restored")
        without_kernels(patch)
        patch.syspath_prepend(str(shop.root / "site-packages"))
        assert shop.run() == tuple(stage.name for stage in STAGES)
    return shop


@pytest.fixture
def shop(shop_that_ran, tmp_path, monkeypatch):
    """The same to do anything with, in a folder of its own."""
    shutil.copytree(shop_that_ran.root, tmp_path / "shop", symlinks=True)
    shop = Shop(tmp_path / "shop")
    without_kernels(monkeypatch)
    monkeypatch.syspath_prepend(str(shop.root / "site-packages"))
    return shop


@pytest.fixture
def worker():
    return InProcess


@pytest.fixture
def today():
    return Today
