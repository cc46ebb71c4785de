"""The door of the command line: finding commands, telling errors, starting at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from churn_mlops.cli import door, main

ROOT = Path(__file__).parent.parent.parent
HEAVY = {
    "pandas",
    "numpy",
    "papermill",
    "nbconvert",
    "nbformat",
    "matplotlib",
    "sklearn",
    "jupyter_client",
    "scrapbook",
}


def test_help_names_every_command(call):
    code, out, _ = call("--help")
    assert code == 0
    assert all(f"  {name}" in out for name in door.COMMANDS)


@pytest.mark.parametrize("name", door.COMMANDS)
def test_every_command_in_the_table_is_there_and_has_help(call, name):
    code, out, _ = call(name, "--help")
    assert code == 0
    assert f"Usage: python pipeline.py {name}" in out
    assert "--debug" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stauts"], "Did you mean `status`?"),
        (["xyzzy"], "python pipeline.py --help"),
        (["--confg", "x.toml"], "'--config'"),
        (["status", "--jsno"], "Did you mean '--json'?"),
        (["status", "too", "much"], "unexpected extra argument"),
        (["--timeout", "soon"], "'soon' is not a valid float"),
        (["--timeout", "0"], "is not in the range x>=1"),
    ],
)
def test_a_wrong_word_is_told_with_the_nearest_right_one(call, arguments, told):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert told.lower() in err.lower()


def test_a_mistake_of_the_programs_own_is_one_line_and_a_code_of_its_own(call, monkeypatch):
    def broken(runs, dataset):
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr("churn_mlops.cli.status.describe_status", broken)
    code, _, err = call("status")
    assert code == door.INTERNAL_ERROR == 70
    assert err == "internal error: ZeroDivisionError: no luck\nCure: run it again with --debug.\n"
    with pytest.raises(ZeroDivisionError):
        main((), Path(), ["status", "--debug"])


@pytest.mark.parametrize(
    ("arguments", "shape"), [(["runs"], list), (["status"], dict), (["verify"], dict), (["data"], list), (["gc"], dict)]
)
def test_an_empty_archive_is_an_answer_too(call, arguments, shape):
    code, out, err = call(*arguments)
    assert (code, err) == (0, "")
    assert out.strip()
    assert isinstance(json.loads(call(*arguments, "--json")[1]), shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["runs"],
        ["status"],
        ["verify"],
        ["--dry-run"],
        ["check"],
        ["data"],
        ["gc"],
        ["models"],
        ["audit"],
        ["audit", "verify"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded_for_an_answer(arguments, tmp_path):
    own = [] if arguments == ["--help"] else ["--runs", str(tmp_path)]
    command = [sys.executable, "-X", "importtime", "pipeline.py", *arguments, *own]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert loaded & HEAVY == set()
