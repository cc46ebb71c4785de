"""What is scored, from every kind of source: the model's own probabilities, in order, each row once or set aside."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.serving.batch.conftest import customers, publish

from churn_mlops.archive.files import read_json
from churn_mlops.config import Column, Dataset, Money
from churn_mlops.data.rows import Checker
from churn_mlops.data.storing import sift
from churn_mlops.errors import ArchiveDamaged, ConfigError, DataError, MissingColumns
from churn_mlops.features.build import as_features
from churn_mlops.features.signature import Signature
from churn_mlops.models.explaining import reasons
from churn_mlops.serving.batch.contract import make_contract
from churn_mlops.serving.batch.model import load_scorer
from churn_mlops.serving.batch.pieces import cut, read
from churn_mlops.serving.batch.source import open_input


def expected(scorer, table):
    return pd.Series(scorer.predictor.predict(table), index=table["id"])


def write_folder(folder, table):
    for number, part in enumerate(np.array_split(np.arange(len(table)), 3)):
        (folder / f"part-{number}").parent.mkdir(exist_ok=True)
        table.iloc[part].to_parquet(folder / f"part-{number}.parquet", row_group_size=50)


def write_database(path, table):
    with closing(sqlite3.connect(path)) as file:
        table.to_sql("customers", file, index=False)


SOURCES = {
    "people.parquet": lambda path, table: table.to_parquet(path),
    "people.csv": lambda path, table: table.to_csv(path, index=False),
    "people.csv.gz": lambda path, table: table.to_csv(path, index=False),
    "comma.csv": lambda path, table: table.to_csv(path, index=False, sep=";", decimal=","),
    "folder": write_folder,
    "people.db": write_database,
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_models_own_probabilities_highest_first(scorer, score, tmp_path, name):
    table = customers()
    SOURCES[name](tmp_path / name, table)
    where, asked = (f"sqlite:///{tmp_path / name}", {"table": "customers"}) if name.endswith("db") else (name, {})
    told, scores = score(where if asked else tmp_path / name, **asked)
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])
    assert scores["probability"].is_monotonic_decreasing
    assert list(scores) == ["id", "probability", "decision", "expected_profit"]
    assert (len(scores), told["rows_scored"], told["rows_quarantined"]) == (400, 400, 0)
    assert ((scores["decision"] == "contact") == (scores["probability"] >= scorer.predictor.threshold)).all()
    np.testing.assert_allclose(scores["expected_profit"], 0.3 * 100 * scores["probability"] - 10, atol=0.0051)


@pytest.mark.slow
def test_a_query_of_a_server_is_scored_and_its_password_stands_nowhere(scorer, score, postgres, monkeypatch):
    import psycopg

    table = customers(30)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create table next_month (id text, spend double precision, plan text)")
        rows = table.astype("object").where(table.notna(), None).itertuples(index=False, name=None)
        connection.cursor().executemany("insert into next_month values (%s, %s, %s)", list(rows))
    parts = urlsplit(postgres)
    monkeypatch.setenv("PGPASSWORD", parts.password)
    url = f"postgresql://churn@{parts.hostname}:{parts.port}/postgres"
    told, scores = score(url, query="select * from next_month where id < 'n00020'")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop table next_month")  # the server is that of other tests too
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])
    assert len(scores) == 20
    assert parts.password not in json.dumps(told)


def test_the_features_of_a_run_are_scored_to_what_the_run_itself_says(scorer, score, published):
    runs, version = published
    active = runs / version / "artifacts" / "active.parquet"
    _, scores = score(active)
    table = pd.read_parquet(active)
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])


def test_equals_stay_in_the_order_of_the_input(score, tmp_path):
    table = customers(90).assign(spend=1.0, plan="basic")
    write_folder(tmp_path / "folder", table)
    _, scores = score(tmp_path / "folder")
    assert list(scores["id"]) == list(table["id"])


def test_columns_of_the_data_that_the_model_does_not_use_are_named_and_harmless(score, tmp_path):
    customers().assign(gone="yes", note="x").to_csv(tmp_path / "all.csv", index=False)
    told, scores = score(tmp_path / "all.csv")
    assert (len(scores), told["notes"]) == (400, ["not read, for the model does not use it: `gone`, `note`"])


def bad_rows():
    """A table of ten rows, and what is wrong with those that are."""
    table = customers(10).astype({"spend": "object"})
    table.loc[2, ["spend", "plan"]] = ["lots", None]
    table.loc[3, "id"], table.loc[5, "spend"] = None, "inf"
    table.loc[7, ["id", "spend"]] = [table["id"][0], "0.5"]
    table.loc[8] = table.loc[1]
    return table, {
        3: "spend 'lots' is not a finite number",
        4: "id is missing",
        6: "spend 'inf' is not a finite number",
        8: "a second row for the same id",
        9: "the same as row 2",
    }


@pytest.mark.parametrize("name", ["people.csv", "folder"])
def test_rows_that_break_the_contract_are_set_aside_with_the_reason_and_counted(score, tmp_path, name):
    table, wrong = bad_rows()
    SOURCES[name](tmp_path / name, table.astype({"spend": "str"}) if name == "folder" else table)
    told, scores = score(tmp_path / name)
    aside = pd.read_parquet(told["quarantine"])
    assert sorted(scores["id"]) == sorted(table["id"].drop([number - 1 for number in wrong]))
    assert (told["rows_scored"], told["rows_quarantined"], sum(told["reasons"].values())) == (5, 5, 5)
    if name == "people.csv":
        assert dict(zip(aside["row"], aside["reasons"], strict=True)) == wrong
        assert json.loads(aside["values"][0]) == {"id": "n00002", "spend": "lots", "plan": None}
    else:  # rows are numbered by file: four, three and three
        assert list(zip(aside["table"], aside["row"], strict=True)) == [
            ("part-0.parquet", 3), ("part-0.parquet", 4), ("part-1.parquet", 2), ("part-2.parquet", 1),
            ("part-2.parquet", 2),
        ]  # fmt: skip
        assert aside["reasons"][4] == "the same as row 2 of part-0.parquet"


def test_a_line_that_does_not_fall_into_its_fields_is_set_aside_too(score, tmp_path):
    lines = customers(5).to_csv(index=False).splitlines()
    lines.insert(3, "n9,1.0,basic,more")
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n")
    told, scores = score(tmp_path / "people.csv")
    assert (len(scores), told["rows_quarantined"], told["data"]["rows"]) == (5, 1, 6)
    assert list(pd.read_parquet(told["quarantine"])["row"]) == [3]


def test_without_a_bad_row_there_is_no_quarantine_and_an_old_one_goes(score, tmp_path):
    table, _ = bad_rows()
    table.to_csv(tmp_path / "bad.csv", index=False)
    before, _ = score(tmp_path / "bad.csv")
    customers(10).to_csv(tmp_path / "good.csv", index=False)
    told, _ = score(tmp_path / "good.csv")
    assert told["quarantine"] is None
    assert not (tmp_path / "out" / "scores.quarantine.parquet").exists()
    assert before["quarantine"].endswith("scores.quarantine.parquet")


def test_where_no_row_can_be_scored_it_says_why_and_writes_no_scores(score, tmp_path):
    customers(3).assign(spend="much").to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(DataError, match=r"none of 3 rows could be scored: spend is not a finite number \(3\)"):
        score(tmp_path / "bad.csv")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scores.quarantine.parquet"]


def test_what_training_has_not_seen_is_scored_and_counted(scorer, score, tmp_path):
    table = customers(10)
    table.loc[:2, "plan"] = "platinum"
    table.loc[4, "spend"] = 1e6
    table.to_parquet(tmp_path / "new.parquet")
    told, scores = score(tmp_path / "new.parquet")
    assert (told["unseen"], told["outside_range"], len(scores)) == ({"plan": 3}, {"spend": 1}, 10)
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])


def with_definition(scorer, **changes):
    return replace(scorer, definition=replace(scorer.definition, **changes))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"spend": Column(low=0)}, "spend is below 0"),
        ({"plan": Column(values=("basic",))}, "plan is not one of its values"),
        ({"plan": Column(required=True)}, "plan is missing"),
    ],
)
def test_the_rules_of_the_definition_hold_for_new_rows_too(scorer, score, tmp_path, columns, reason):
    customers().to_parquet(tmp_path / "people.parquet")
    told, scores = score(tmp_path / "people.parquet", with_scorer=with_definition(scorer, columns=columns))
    assert list(told["reasons"]) == [reason]
    assert len(scores) + told["rows_quarantined"] == 400


def test_where_money_differs_between_customers_they_are_ranked_by_profit_and_no_stake_is_below_zero(
    scorer, score, tmp_path
):
    table = customers()
    table["spend"] = table["spend"] * 200
    table.to_parquet(tmp_path / "people.parquet")
    told, scores = score(
        tmp_path / "people.parquet", with_scorer=with_definition(scorer, money=Money("spend", 10, 0.3))
    )
    known = scores["expected_profit"].dropna()
    assert known.is_monotonic_decreasing
    assert scores["expected_profit"].head(len(known)).notna().all()
    assert (told["reasons"], told["order"]) == ({"spend is below 0": (table["spend"] < 0).sum()}, "expected_profit")
    assert len(scores) - len(known) == table["spend"].isna().sum()


@pytest.mark.parametrize("name", ["scores.parquet", "scores.csv"])
def test_top_keeps_the_first_and_reasons_are_those_of_the_model(scorer, score, tmp_path, name):
    table = customers()
    write_folder(tmp_path / "folder", table)
    _, whole = score(tmp_path / "folder", "all.parquet")
    told, scores = score(tmp_path / "folder", name, top=7, reasons=True)
    assert list(scores["id"]) == list(whole["id"].head(7))
    assert (told["rows_written"], told["rows_scored"]) == (7, 400)
    own = table.set_index("id").loc[scores["id"]].reset_index()
    said = reasons(scorer.predictor.model, scorer.predictor.signature, own)
    assert list(scores["reason_1"]) == list(said["reason_1"])
    np.testing.assert_allclose(scores["contribution_1"], said["contribution_1"], rtol=1e-12)


def test_an_output_says_which_model_and_which_data_it_is_of_and_when(scorer, score, tmp_path):
    customers().to_csv(tmp_path / "people.csv", index=False)
    told, _ = score(tmp_path / "people.csv")
    inside = json.loads(pq.read_metadata(told["output"]).metadata[b"churn_mlops"])
    assert inside["model"] == {
        "version": scorer.version,
        "digest": scorer.predictor.digest,
        "name": "boosted",
    }
    assert inside["data"]["name"] == "people.csv"
    assert len(inside["data"]["digest"]) == 64
    assert inside["scored"].endswith("Z")
    assert inside["prediction_id"] == f"{scorer.version}/<id>"
    told, _ = score(tmp_path / "people.csv", "scores.csv")
    beside = read_json(tmp_path / "out" / "scores.csv.json")
    assert {key: beside[key] for key in ("model", "data", "dataset")} == {
        key: inside[key] for key in ("model", "data", "dataset")
    }


def test_a_csv_has_plain_numbers_and_the_digest_of_its_companion(score, tmp_path):
    import hashlib

    customers().to_parquet(tmp_path / "people.parquet")
    _, scores = score(tmp_path / "people.parquet", "scores.csv")
    content = (tmp_path / "out" / "scores.csv").read_bytes()
    assert content.startswith(b"id,probability,decision,expected_profit\n")
    assert read_json(tmp_path / "out" / "scores.csv.json")["sha256"] == hashlib.sha256(content).hexdigest()
    _, same = score(tmp_path / "people.parquet")
    pd.testing.assert_frame_equal(scores, same)


@pytest.mark.parametrize(
    ("table", "error", "told"),
    [
        (customers(3).rename(columns={"spend": "spent"}), MissingColumns, r"no column `spend` \(did you mean `spent`"),
        (customers(3).drop(columns="id"), MissingColumns, "no column `id`"),
        (customers(3).assign(spend=pd.Timestamp("2026-01-01")), DataError, "`spend` holds dates; .* trained with numb"),
        (customers(3).assign(plan=[["a"]] * 3), DataError, "`plan` holds array.*expected a category"),
    ],
)
def test_a_table_that_is_not_the_models_is_refused_with_the_column(score, tmp_path, table, error, told):
    table.to_parquet(tmp_path / "people.parquet")
    with pytest.raises(error, match=told):
        score(tmp_path / "people.parquet")


def test_where_features_are_made_of_events_the_message_leads_to_a_run(scorer, score, tmp_path):
    pd.DataFrame({"id": ["a"], "when": ["2026-01-01"]}).to_parquet(tmp_path / "log.parquet")
    simulated = with_definition(scorer, dataset=Dataset("simulator", "simulator", id="id"))
    with pytest.raises(DataError, match=r"no column `spend`, `plan`.*Cure: python pipeline.py run --as-of DAY"):
        score(tmp_path / "log.parquet", with_scorer=simulated)


@pytest.mark.parametrize(
    ("location", "output", "told"),
    [
        ("people.parquet", "scores.xlsx", r"expected a name that ends in .parquet or .csv"),
        ("people.parquet", "../people.parquet", "would be part of the input"),
        ("people.parquet", "/proc/scores.csv", "its folder cannot be used"),
        ("people.parquet", "../people.parquet/scores.csv", "its folder cannot be used"),
        ("nowhere.csv", "scores.csv", "nowhere.csv: no such file"),
        ("sqlite:///people.db", "scores.csv", "table is missing"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(score, tmp_path, monkeypatch, location, output, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    customers(3).to_parquet(tmp_path / "people.parquet")
    with pytest.raises(ConfigError, match=told):
        score(location, output)


def test_an_output_within_the_folder_that_is_scored_is_refused(score, tmp_path):
    write_folder(tmp_path / "out", customers(9))
    with pytest.raises(ConfigError, match="would be part of the input"):
        score(tmp_path / "out")


def test_folders_that_name_a_column_give_it_its_values(scorer, score, tmp_path):
    table = customers(40).assign(plan=["basic", "plus"] * 20)
    for plan, rows in table.groupby("plan"):
        (tmp_path / "by" / f"plan={plan}").mkdir(parents=True)
        rows.drop(columns="plan").to_parquet(tmp_path / "by" / f"plan={plan}" / "a.parquet")
    told, scores = score(tmp_path / "by")
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])
    assert told["unseen"] == {}


def test_categories_packed_by_pandas_are_read_as_texts(scorer, score, tmp_path):
    table = customers()
    table.astype({"plan": "category"}).to_parquet(tmp_path / "packed.parquet")
    _, scores = score(tmp_path / "packed.parquet")
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False, True], "boolean"),
        (["True", "False", None], "boolean"),
        (["1", "0", "1"], "boolean"),
        (["yes", "no", "maybe"], "category"),
        (["yes", "no", "1"], "category"),
        (["perhaps", "no", "1"], "category"),
    ],
)
def test_truths_are_the_yes_and_no_of_training_however_a_file_writes_them(scorer, tmp_path, values, expected):
    table = customers(3).assign(plan=values)
    table.to_parquet(tmp_path / "people.parquet")
    plan, spend = sorted(scorer.predictor.signature.columns, key=lambda column: column.name)
    signature = Signature("id", "", (replace(plan, categories=("(missing)", "no", "yes")), spend))
    given = open_input(scorer.definition, tmp_path / "people.parquet")
    assert make_contract(scorer.definition, signature, given).rules["plan"].kind == expected


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["2024-01-30", "2024-01-01", None], [1, 30, None]),
        (pd.to_datetime(["2024-01-30", "2024-01-01", None]), [1, 30, None]),
        ([1.0, 30.0, None], [1, 30, None]),
        (["1", "30", ""], [1, 30, None]),
    ],
)
def test_dates_before_a_snapshot_are_days_whether_they_come_as_dates_or_as_features(scorer, tmp_path, values, days):
    table = customers(3).assign(day=pd.Timestamp("2024-01-31"), spend=values)
    table.to_parquet(tmp_path / "people.parquet")
    dataset = replace(scorer.definition.dataset, snapshot_date="day")
    definition = replace(scorer.definition, dataset=dataset)
    signature = replace(scorer.predictor.signature, snapshot_date="day")
    given = open_input(definition, tmp_path / "people.parquet")
    contract = make_contract(definition, signature, given)
    raw = next(read(cut(given.files)[0], {name: given.names[name] for name in contract.rules}))
    kept, bad = sift(Checker(contract, raw.schema, frozenset(raw.schema.names)), raw)
    found = as_features(kept.to_pandas(), dataset)["spend"]
    assert bad == {}
    assert [None if pd.isna(value) else value for value in found] == days


def test_a_model_that_is_not_what_it_was_scores_nothing(trained, tmp_path):
    runs = tmp_path / "runs"
    version = publish(trained, runs)
    path = runs / version / "artifacts" / "signature.json"
    path.unlink()
    path.write_text("{}")
    with pytest.raises(ArchiveDamaged, match=r"signature.json: the manifest says digest"):
        load_scorer(runs, version)


def test_a_failed_run_has_no_model_to_score_with(trained, tmp_path):
    version = publish(trained, tmp_path / "runs", status="failed")
    with pytest.raises(ConfigError, match="its run is `failed`"):
        load_scorer(tmp_path / "runs", version)


def test_the_order_of_columns_in_the_file_does_not_matter(scorer, score, tmp_path):
    table = customers()
    pq.write_table(pa.Table.from_pandas(table[["plan", "id", "spend"]], preserve_index=False), tmp_path / "x.parquet")
    _, scores = score(tmp_path / "x.parquet")
    np.testing.assert_array_equal(scores["probability"], expected(scorer, table)[scores["id"]])
