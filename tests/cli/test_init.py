"""`init` as it is called: what it prints, what it writes, its exit codes, and that what it wrote runs unedited."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import real_file

from churn_mlops.cli import main
from churn_mlops.config import read_config
from churn_mlops.data.sources import locate, open_source

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TEXT = "customer_id,plan,churn\n" + "".join(f"c{n},{'ab'[n % 2]},{'yes' if n % 5 else 'no'}\n" for n in range(100))


@pytest.fixture
def init(tmp_path, capsys, monkeypatch):
    """Calls the command in an empty project; gives the exit code, and what was printed and where."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main((), tmp_path, ["init", *map(str, arguments)])
        return (end.value.code or 0, *capsys.readouterr())

    return call


def test_it_says_what_it_decided_what_it_was_unsure_of_and_the_next_command(init, tmp_path):
    (tmp_path / "people.csv").write_text(TEXT)
    code, out, told = init("people.csv")
    assert (code, told) == (0, "")
    assert out.startswith(
        "Wrote configs/people.toml.\n\nDecided\n  target `churn` (guessed from its name), 'yes' means"
    )
    assert "Not sure; have a look\n" in out
    assert out.endswith("Next: python pipeline.py --config configs/people.toml\n")
    assert read_config(tmp_path / "configs" / "people.toml").definition.dataset.source == "../people.csv"


def test_it_answers_a_machine_in_json(init, tmp_path):
    (tmp_path / "people.csv").write_text(TEXT)
    answer = json.loads(init("people.csv", "--json", "--output", "own.toml")[1])
    assert (answer["config"], answer["next"]) == ("own.toml", "python pipeline.py --config own.toml")
    assert answer["decided"]
    assert answer["unsure"]


def test_it_never_overwrites_a_file(init, tmp_path):
    (tmp_path / "people.csv").write_text(TEXT)
    init("people.csv")
    before = (tmp_path / "configs" / "people.toml").read_bytes()
    code, out, told = init("people.csv", "--target", "plan")
    assert (code, out) == (2, "")
    assert "is there already, and nothing is overwritten. Cure: --output" in told
    assert (tmp_path / "configs" / "people.toml").read_bytes() == before


def test_a_table_of_sqlite_is_named_after_the_table(init, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table people (customer_id, plan, churn)")
        rows = [line.split(",") for line in TEXT.splitlines()[1:]]
        connection.executemany("insert into people values (?, ?, ?)", rows)
    assert init("sqlite:///shop.db", "--table", "people")[0] == 0
    config = read_config(tmp_path / "configs" / "people.toml")
    assert config.definition.dataset.source == "sqlite:///../shop.db"
    assert open_source(config.definition, locate(config)).tables["table"].count().execute() == 100


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("absent.csv",), 2, "absent.csv: no such file. Cure"),
        (("people.xlsx",), 2, "no such file"),
        (("empty.csv",), 3, "the file is empty. Cure"),
        (("note.csv",), 3, "a header and no rows. Cure"),
        (("people.csv", "--target", "plans"), 3, "no column `plans` (did you mean `plan`?)"),
        (("people.csv", "--table", "people"), 2, "--table is for a database"),
        (("sqlite:///people.csv",), 2, "--table is missing"),
        (("postgresql://me:hunter-2@localhost/shop", "--table", "t"), 2, "a password stands in the URL"),
        (("people.csv", "--output", "people.yaml"), 2, "ends in .toml"),
        ((), 2, "Missing argument 'FILE|FOLDER|URL'"),
    ],
)
def test_nonsense_is_told_with_its_exit_code_and_leaves_nothing(init, tmp_path, arguments, code, told):
    (tmp_path / "people.csv").write_text(TEXT)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "note.csv").write_text("hello\n")
    ended, out, seen = init(*arguments)
    assert (ended, out) == (code, "")
    assert told in seen
    assert "hunter" not in seen
    assert not list(tmp_path.rglob("*.toml"))


def test_it_ends_without_a_word_about_its_own_insides(tmp_path):
    (tmp_path / "people.csv").write_text(TEXT)
    command = [sys.executable, "pipeline.py", "init", tmp_path / "people.csv", "--output", tmp_path / "people.toml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("telco.csv", ("customerID", "Churn", "Yes", "")),
        ("mlc_churn.csv", ("row_number", "churn", "yes", "row_number")),
    ],
)
def test_real_customers_are_described_with_nothing_left_out(init, tmp_path, name, roles):
    assert init(real_file(name), "--output", "a.toml")[0] == 0
    definition = read_config(tmp_path / "a.toml").definition
    dataset = definition.dataset
    assert (dataset.id, dataset.target, dataset.positive, definition.source.number_rows) == roles
    assert dataset.drop == ()


def test_a_log_of_orders_is_told_to_be_one(init):
    code, _, told = init(real_file("online_retail.csv.gz"), "--output", "a.toml")
    assert code == 3
    assert "looks like a log of events" in told
    assert "`CustomerID`, with a time (`InvoiceDate`)" in told


@pytest.mark.kernel
@pytest.mark.nightly
@pytest.mark.parametrize(("name", "least"), [("telco.csv", 0.83), ("mlc_churn.csv", 0.9)])
def test_what_it_wrote_runs_unedited_and_finds_who_leaves_as_well_as_is_known_to_be_possible(tmp_path, name, least):
    def pipeline(*arguments):
        command = [sys.executable, "pipeline.py", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    assert pipeline("init", real_file(name), "--output", tmp_path / "a.toml").returncode == 0
    done = pipeline(
        "--config",
        tmp_path / "a.toml",
        "--runs",
        tmp_path / "runs",
        "--to",
        "04_evaluate",
        "--json",
        "-p",
        "train.trials=4",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["metrics"]["roc_auc"] > least
