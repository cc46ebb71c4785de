"""`run` as a newcomer types it, also wrongly: one clear message, a code, and nothing left behind."""

import json

import pytest
from tests.pipelines.conftest import CONFIG

pytestmark = pytest.mark.slow

DEFINITION = CONFIG.split("[make]")[0]
TIMED = DEFINITION.replace('target = "left"', 'target = "left"\nsnapshot_date = "day"')


@pytest.fixture
def shop(tiny_project):
    """Runs the small project's command line; gives exit code, what was printed and what was told."""

    def run(*arguments):
        process = tiny_project.start(*map(str, arguments))
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    run.root = tiny_project.root
    return run


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


WRONG = {
    "no such definition": (["--config", "configs/shpo.toml"], "", 2, "configs/shpo.toml: no such config file"),
    "not TOML": ([], DEFINITION.replace("= 100", "= = 100"), 2, "not valid TOML"),
    "a section missing": ([], DEFINITION.split("[money]")[0], 2, "section [money] is missing"),
    "a key misspelt": ([], DEFINITION.replace("target", "traget"), 2, "did you mean `target`?"),
    "a value of another type": (
        [],
        DEFINITION.replace("= 100", '= "100"'),
        2,
        "`value_kept` is '100'; expected a number",
    ),
    "no such data": (["--data", "elsewhere.csv"], "", 2, "elsewhere.csv: no such file"),
    "data of another kind": (["--data", "pipeline.py"], "", 2, "not a file this reads"),
    "an empty file": (["--data", "empty.csv"], "", 3, "empty.csv: the file is empty"),
    "no such parameter": (["-p", "make.facter=2"], "", 2, "did you mean `factor`?"),
    "no such stage": (["-p", "mkae.factor=2"], "", 2, "did you mean `make`?"),
    "a parameter of another type": (["-p", "make.factor=two"], "", 2, "'two' is not a whole number"),
    "a parameter without a value": (["-p", "make.factor"], "", 2, "expected STAGE.NAME=VALUE"),
    "a parameter of the runner": (["-p", "make.run_dir=x"], "", 2, "cannot be set as a parameter"),
    "a day as a parameter": (["-p", "make.as_of=2024-01-01"], "", 2, "cannot be set as a parameter; use --as-of DAY"),
    "a day that is none": (["--as-of", "lately"], "", 2, "as of 'lately': not a day. Cure: one like 2026-03-31"),
    "a day that has not come": (["--as-of", "2199-01-01"], TIMED, 2, "as of 2199-01-01: expected a day from"),
    "a day for data without time": (
        ["--as-of", "2024-01-01"],
        "",
        2,
        "rows of `shop` say nowhere when they were known",
    ),
    "a grid that shall promote": (["-p", "make.factor=1,2", "--promote"], "", 2, "a grid never moves the champion"),
    "a stage to stop at": (["--to", "mkae"], "", 2, "--to mkae: no such stage; did you mean"),
    "a stage to start from": (["--from", "nowhere"], "", 2, "--from nowhere: no such stage"),
    "one stage alone": (["--only", "usee"], "", 2, "--only usee: no such stage; did you mean `use`?"),
    "a scheduler": (["--scheduler", "here:8786"], "", 2, "--scheduler here:8786: not the address of a Dask scheduler"),
    "a scheduler that is not there": (
        ["--scheduler", "tcp://127.0.0.1:1"],
        "",
        10,
        "cluster tcp://127.0.0.1:1: no conn",
    ),
    "limits": ([], DEFINITION + "[limits.make]\nseconds = -1\n", 2, "[limits.make] `seconds` is -1"),
}


@pytest.mark.parametrize(("arguments", "definition", "code", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_right_is_told_before_anything_starts(shop, arguments, definition, code, told):
    (shop.root / "empty.csv").touch()
    if definition:
        (shop.root / "configs" / "shop.toml").write_text(definition)
    given = arguments if "--config" in arguments else ["--config", "configs/shop.toml", *arguments]
    ended, out, err = shop(*given)
    assert (ended, out) == (code, ""), err
    assert err.startswith("error: ")
    assert told in err
    assert "Traceback" not in err
    assert not {name for name in files(shop.root / "runs") if not name.startswith(".cache/")}


def test_all_wrong_parameters_are_told_at_once(shop):
    _, _, err = shop("--config", "configs/shop.toml", "-p", "make.x=1", "-p", "use.y=2", "-p", "make.factor=z")
    assert err.startswith("error: 3 wrong parameters:\n")
    assert len(err.strip().splitlines()) == 4


def test_debug_shows_the_traceback_of_an_error(shop):
    code, _, err = shop("--config", "nowhere.toml", "--debug")
    assert code == 1
    assert "Traceback" in err
    assert "ConfigError" in err


def test_a_dry_run_says_what_would_run_and_runs_nothing(shop):
    code, out, err = shop("--config", "configs/shop.toml", "--dry-run")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [["01_make", "run:"], ["02_use", "run:"]]
    steps = json.loads(shop("--config", "configs/shop.toml", "--dry-run", "--json")[1])
    assert [step["action"] for step in steps] == ["run", "run"]
    assert not list((shop.root / "runs").glob("2*"))


@pytest.mark.kernel
def test_a_run_tells_its_verdict_and_the_next_has_nothing_to_do(shop):
    code, out, err = shop("--config", "configs/shop.toml")
    assert code == 0, err
    assert "Succeeded." in out
    assert "ROC AUC" in out
    assert "runs/index.html" in out
    assert [word in err for word in ("01_make started", "01_make succeeded", "02_use succeeded")] == [True] * 3
    code, out, err = shop("--config", "configs/shop.toml")
    assert (code, err) == (0, "")
    assert out.startswith("Nothing to do: nothing has changed since 2")
    answer = json.loads(shop("--config", "configs/shop.toml", "--json")[1])
    assert (answer["status"], answer["metrics"]["roc_auc"]) == ("succeeded", 0.75)
    assert len(list((shop.root / "runs").glob("2*"))) == 1


@pytest.mark.kernel
def test_a_failing_run_ends_with_the_code_and_the_message_of_its_failure(shop):
    code, out, err = shop("--config", "configs/shop.toml", "-p", "make.fail=no luck", "--json")
    assert code == 1
    assert "Traceback" not in err
    answer = json.loads(out)
    assert (answer["status"], answer["error"]["message"]) == ("failed", "ValueError: no luck")
