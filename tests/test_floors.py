import ast
import inspect
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

import churn_mlops
from churn_mlops import errors
from churn_mlops.pipelines.execution import _error_shown
from churn_mlops.pipelines.stage import Stage

LIBRARY = Path(churn_mlops.__file__).parent
FLOORS = {
    "errors": 0,
    "config": 0,
    "archive": 0,
    "workers": 0,
    "data": 1,
    "features": 2,
    "models": 3,
    "registry": 4,
    "monitoring": 4,
    "plots": 4,
    "serving": 5,
    "reports": 5,
    "pipelines": 6,
    "cli": 6,
}
# Sideways on one floor only where one of the two is the other's foundation, or its door.
ALLOWED_SIDEWAYS = {("config", "errors"), ("archive", "errors"), ("workers", "errors"), ("cli", "pipelines")}
MODULES = sorted(LIBRARY.rglob("*.py"))
NAMES = [path.relative_to(LIBRARY).as_posix() for path in MODULES]


@cache
def imported(source: str) -> set[str]:
    """The modules that a source text imports, anywhere in it; `from a import b` counts as `a.b`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def package_of(module: str) -> str:
    """The part below churn_mlops that a dotted module belongs to: `churn_mlops.data.source.locate` -> `data`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def arrows(path: Path) -> set[tuple[str, str]]:
    own = path.relative_to(LIBRARY).with_suffix("").parts[0]
    ours = (name for name in imported(path.read_text()) if name.split(".")[0] == "churn_mlops")
    return {(own, package_of(name)) for name in ours} - {(own, own), (own, "")}


def climbs(arrow: tuple[str, str]) -> bool:
    own, other = (FLOORS[end] for end in arrow)
    return other > own or (other == own and arrow not in ALLOWED_SIDEWAYS)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_imports_go_down_only_and_never_sideways(path):
    if path.name == "__init__.py" and path.parent == LIBRARY:
        assert arrows(path) == set()
        return
    assert [arrow for arrow in arrows(path) if climbs(arrow)] == []


def test_every_package_and_module_has_its_floor():
    present = {path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert present - {"__init__"} == set(FLOORS)


@pytest.mark.parametrize(
    ("arrow", "forbidden"),
    [
        (("data", "features"), True),
        (("errors", "config"), True),
        (("registry", "monitoring"), True),
        (("plots", "registry"), True),
        (("features", "data"), False),
        (("archive", "errors"), False),
        (("pipelines", "cli"), True),
    ],
)
def test_an_arrow_up_or_sideways_is_told_from_one_down(arrow, forbidden):
    assert climbs(arrow) is forbidden


def test_imports_inside_functions_and_of_names_are_seen():
    source = "import os\ndef f():\n    from churn_mlops import plots\n    import churn_mlops.data.target as s\n"
    assert imported(source) == {"os", "churn_mlops.plots", "churn_mlops.data.target"}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_no_module_imports_relatively(path):
    assert [name for name in imported(path.read_text()) if name.startswith(".")] == []


def importers_of(*packages: str) -> set[str]:
    return {
        name
        for name, path in zip(NAMES, MODULES, strict=True)
        if any(module.split(".")[0] in packages for module in imported(path.read_text()))
    }


def test_only_plots_draws_and_scraps_closes_what_it_has_shown():
    importers = importers_of("matplotlib", "matplotlib_inline", "mpl_toolkits")
    assert {name for name in importers if not name.startswith("plots/")} == {"archive/scraps.py"}
    scraps = imported((LIBRARY / "archive" / "scraps.py").read_text())
    assert {name for name in scraps if name.startswith("matplotlib")} == {"matplotlib.pyplot"}
    assert "plt." not in (LIBRARY / "archive" / "scraps.py").read_text().replace("plt.close(", "")


def test_no_module_imports_another_plotting_library():
    assert importers_of("plotly", "altair", "seaborn", "bokeh") == set()


def test_only_scraps_knows_how_scrapbook_writes_its_records():
    knowing = {name for name, path in zip(NAMES, MODULES, strict=True) if "application/scrapbook" in path.read_text()}
    assert knowing == {"archive/scraps.py"}
    assert importers_of("scrapbook", "pickle", "cloudpickle", "dill") == set()


def test_only_workers_knows_what_calls_run_on():
    assert {name for name in importers_of("joblib", "distributed", "dask") if not name.startswith("workers/")} == set()


def children_of_churn_error() -> dict[str, str]:
    """Every class of the library that is a ChurnError by its bases, and the module that defines it."""
    classes = {
        node.name: (name, {ast.unparse(base).split(".")[-1] for base in node.bases})
        for name, path in zip(NAMES, MODULES, strict=True)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }
    family = {"ChurnError"}
    while more := {name for name, (_, bases) in classes.items() if bases & family} - family:
        family |= more
    return {name: classes[name][0] for name in family}


def test_every_error_is_defined_where_the_runner_looks_it_up():
    """The runner knows a notebook's error by its name alone; one defined elsewhere would lose its exit code."""
    assert {name: where for name, where in children_of_churn_error().items() if where != "errors.py"} == {}


def our_errors() -> list[type]:
    return [value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, errors.ChurnError)]


@pytest.mark.parametrize("error", our_errors(), ids=lambda error: error.__name__)
def test_an_error_that_a_notebook_raises_keeps_its_exit_code_and_its_message(error):
    failure = _error_shown(Stage("03_train", writes=()), watch(error.__name__, "what, why, cure"))
    assert (failure.kind, failure.exit_code) == (error.__name__, error.exit_code)
    assert failure.message == "what, why, cure"


@pytest.mark.parametrize("name", ["ValueError", "get_close_matches", "__name__", "KeyError"])
def test_any_other_error_is_a_failed_cell_whose_message_says_what_it_was(name):
    failure = _error_shown(Stage("03_train", writes=()), watch(name, "odd"))
    assert (failure.exit_code, failure.message) == (1, f"{name}: odd")


def watch(name: str, message: str) -> SimpleNamespace:
    """A notebook, executed, whose second code cell has raised."""
    output = nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[f"\x1b[31m{name}\x1b[0m"])
    fine, bad = nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("raise", outputs=[output])
    return SimpleNamespace(notebook=nbformat.v4.new_notebook(cells=[fine, bad]))
