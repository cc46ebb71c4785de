"""`--as-of` from the command line to the notebook, the manifest, the page, and what is reused."""

import json

import pytest
from tests.pipelines.conftest import CONFIG, MAKE, write_notebook

from churn_mlops.cli.run import _is_experiment
from churn_mlops.errors import ConfigError

TIMED = CONFIG.replace('target = "left"', 'target = "left"\nsnapshot_date = "day"')


@pytest.fixture
def timed(tiny_project):
    """The small project with snapshots; its first stage writes down the day that it is given."""
    parameters, imports, _, *others = MAKE
    write = "Path(run_dir).joinpath('number.txt').write_text(as_of.replace('-', '') or str(7 * factor))"
    declared = parameters + 'as_of: str = ""  # day that the run looks from\n'
    write_notebook(tiny_project.root / "notebooks" / "01_make.ipynb", declared, imports, write, *others)
    (tiny_project.root / "configs" / "shop.toml").write_text(TIMED)

    def run(*arguments):
        process = tiny_project.start("run", "--json", "--config", "configs/shop.toml", *arguments)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        return json.loads(out), tiny_project.runs

    return run


@pytest.mark.kernel
def test_the_day_reaches_the_notebook_the_manifest_and_the_page_and_decides_what_is_reused(timed):
    first, runs = timed("--as-of", "2024-02-01")
    folder = runs / first["version"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (folder / "artifacts" / "number.txt").read_text() == "20240201"
    assert (manifest["as_of"], manifest["experiment"]) == ("2024-02-01", True)
    assert manifest["stages"][0]["inputs"]["reads"]["as_of"] == "2024-02-01"
    assert first["verdict"] == "Succeeded as of 2024-02-01: an experiment; the champion stays as it was"
    assert "as of 2024-02-01 ·" in (folder / "index.html").read_text()

    assert timed("--as-of", "2024-02-01")[0]["version"] == first["version"]  # nothing to do
    other, _ = timed("--as-of", "2024-03-01")
    assert (runs / other["version"] / "artifacts" / "number.txt").read_text() == "20240301"
    plain, _ = timed()
    manifest = json.loads((runs / plain["version"] / "manifest.json").read_text())
    assert (manifest["as_of"], manifest["experiment"]) == ("", False)
    assert (runs / plain["version"] / "artifacts" / "number.txt").read_text() == "21"


@pytest.mark.parametrize(
    ("promote", "as_of", "many", "experiment"),
    [
        (None, "", False, False),
        (None, "2024-02-01", False, True),  # the past must not take over from the present by accident
        (True, "2024-02-01", False, False),
        (False, "2024-02-01", False, True),
        (False, "", False, True),
        (True, "", False, False),
        (None, "", True, True),
        (False, "", True, True),
    ],
)
def test_the_champion_may_move_unless_the_run_looks_back_and_nobody_has_asked(promote, as_of, many, experiment):
    assert _is_experiment(promote, as_of, many) is experiment


def test_a_grid_that_shall_promote_contradicts_itself():
    with pytest.raises(ConfigError, match="a grid never moves the champion"):
        _is_experiment(True, "", True)
