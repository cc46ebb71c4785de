import numpy as np
import pandas as pd
import pytest

from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models.explaining import breakdown, contributions, reasons
from churn_mlops.models.families import make_families


@pytest.fixture(scope="module")
def known():
    rng, rows = np.random.default_rng(0), 1_000
    X = pd.DataFrame(
        {
            "id": range(rows),
            "tenure": rng.integers(0, 60, rows).astype(float),
            "Contract": pd.Series(rng.choice(["Month-to-month", "One year"], rows), dtype="str"),
            "TotalCharges": np.where(rng.random(rows) < 0.2, np.nan, rng.exponential(50, rows)),
            "constant": 1.0,
        }
    )
    z = 2.5 * (X["Contract"] == "Month-to-month") - X["tenure"] / 20 + 1.5 * X["TotalCharges"].isna() - 1
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int)
    signature = make_signature(X, "id", units={"tenure": "months"})
    models = make_families(signature, 0, rows=rows, events=int(y.sum()))
    return X, signature, {n: models[n].default().fit(conform(X, signature), y) for n in ("naive", "linear", "lightgbm")}


@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_the_strongest_reasons_of_a_row_come_first_and_say_what_is_so(known, name):
    X, signature, models = known
    row = X.head(1).assign(tenure=2.0, Contract="Month-to-month", TotalCharges=np.nan)
    told = reasons(models[name], signature, row).iloc[0]
    words = [told[f"reason_{n}"] for n in (1, 2, 3)]
    assert set(words) == {"contract is month-to-month", "tenure is very low (2 months)", "no value for total charges"}
    assert told["contribution_1"] >= told["contribution_2"] >= told["contribution_3"] > 0


@pytest.mark.parametrize("name", ["linear", "lightgbm"])
def test_a_reason_to_stay_is_told_from_one_to_leave(known, name):
    X, signature, models = known
    row = X.head(1).assign(tenure=59.0, Contract="One year", TotalCharges=np.nan)
    told = reasons(models[name], signature, row).iloc[0]
    by_words = {told[f"reason_{n}"]: told[f"contribution_{n}"] for n in (1, 2, 3)}
    assert by_words["contract is one year, lowers the risk"] < 0
    assert by_words["tenure is very high (59 months), lowers the risk"] < 0
    assert by_words["no value for total charges"] > 0


def test_reasons_are_the_strongest_contributions_of_every_row(known):
    X, signature, models = known
    X = X.set_axis(X.index[::-1] + 7)
    told = reasons(models["lightgbm"], signature, X, top=2)
    values = contributions(models["lightgbm"], conform(X, signature)).values
    assert list(told) == ["reason_1", "reason_2", "contribution_1", "contribution_2"]
    assert told.index.equals(X.index)
    np.testing.assert_allclose(told["contribution_1"].abs(), values.abs().max(axis=1))
    assert (told["reason_1"].str.endswith("lowers the risk") == (told["contribution_1"] < 0)).all()


def test_where_nothing_moves_the_score_a_reason_is_empty(known):
    X, signature, models = known
    told = reasons(models["naive"], signature, X.head(3), top=6)
    assert (told.filter(like="reason_") == "").all(axis=None)
    assert (told.filter(like="contribution_") == 0).all(axis=None)
    assert "constant" not in reasons(models["linear"], signature, X, top=4).filter(like="reason_").to_string()


def test_nobody_has_no_reasons(known):
    X, signature, models = known
    assert reasons(models["lightgbm"], signature, X.head(0)).shape == (0, 6)


@pytest.mark.parametrize("top", [1, 9])
def test_one_customer_is_led_from_the_average_to_the_score(known, top):
    X, signature, models = known
    table = breakdown(models["lightgbm"], signature, X, top)
    p = models["lightgbm"].predict_proba(conform(X.head(1), signature))[0, 1]
    assert table["probability"].iloc[-1] == pytest.approx(p, abs=1e-9)
    assert table["what"].iloc[[0, -1]].tolist() == ["average customer", "all other columns"]
    assert len(table) == 2 + min(top, 3)
    np.testing.assert_allclose(table["contribution"].cumsum(), table["log_odds"])
    assert not table["what"].str.contains("lowers").any()


def test_what_a_level_says_is_inert_in_a_table_of_a_page_and_in_a_spreadsheet(known):
    X, signature, models = known
    told = reasons(models["linear"], signature, X.head(2).assign(Contract=["<script>alert(1)</script>", '=1+1"\r\n,']))
    assert "<script" not in told.to_html()
    words = told.filter(like="reason_").to_numpy().ravel()
    assert any("never seen before" in text for text in words)
    assert all(text[:1].isalpha() and text.isprintable() for text in words if text)
