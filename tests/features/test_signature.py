import datetime
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.features.signature import MISSING, Column, Signature, conform, make_signature

TRAINING = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "day": pd.to_datetime(["2024-01-01"] * 4),
        "spend": [3.0, -1.5, np.nan, 0.0],
        "plan": pd.Series(["pro", "basic", None, "pro"], dtype="str"),
        "seats": [1, 2, 3, 4],
    }
)
SIGNATURE = make_signature(TRAINING, "id", "day", {"spend": "EUR"})


def test_a_signature_says_what_was_seen_and_leaves_the_keys_out():
    expected = Signature(
        "id",
        "day",
        (
            Column("spend", "number", None, -1.5, 3.0, 0.25, "EUR", deciles=(-1.5,) * 5 + (0.0,) * 5 + (3.0,)),
            Column("plan", "category", (MISSING, "basic", "pro"), missing=0.25),
            Column("seats", "number", None, 1.0, 4.0, deciles=(1.0,) * 4 + (2.0,) * 3 + (3.0,) * 3 + (4.0,)),
        ),
    )
    assert expected == SIGNATURE
    assert SIGNATURE.names == ["spend", "plan", "seats"]
    assert SIGNATURE.of_kind("number") == ["spend", "seats"]


def test_a_signature_survives_its_file():
    assert Signature.from_json(SIGNATURE.to_json()) == SIGNATURE


def test_a_signature_from_before_there_were_deciles_is_read():
    raw = json.loads(SIGNATURE.to_json())
    for column in raw["columns"]:
        del column["deciles"]
    assert Signature.from_json(json.dumps(raw)).columns[0] == replace(SIGNATURE.columns[0], deciles=None)


def test_a_column_without_any_value_has_no_range():
    frame = pd.DataFrame({"id": ["a"], "empty": [np.nan], "void": pd.Series([None], dtype="str")})
    assert make_signature(frame, "id").columns == (
        Column("empty", "number", None, None, None, 1.0),
        Column("void", "category", (MISSING,), missing=1.0),
    )


def test_keys_alone_are_nothing_to_learn_from():
    with pytest.raises(DataError, match=r"no column is left.*`id`.*Cure: `drop` fewer"):
        make_signature(TRAINING[["id", "day"]], "id", "day")


def test_rows_conform_to_names_order_and_types_whatever_else_they_hold():
    turned = TRAINING[["seats", "plan", "day", "spend", "id"]].assign(more=1)
    found = conform(turned, SIGNATURE)
    assert found.dtypes.astype(str).to_dict() == {"spend": "float64", "plan": "str", "seats": "float64"}
    assert list(found) == ["spend", "plan", "seats"]
    pd.testing.assert_frame_equal(conform(found, SIGNATURE), found)  # once is enough


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.inf, None),
        (-np.inf, None),
        (np.nan, None),
        (None, None),
        (7, 7.0),
        (True, 1.0),
        ("2.5", 2.5),
    ],
)
def test_a_number_is_finite_or_missing(given, expected):
    frame = pd.DataFrame({"spend": [given], "plan": ["pro"], "seats": [1]})
    (found,) = conform(frame, SIGNATURE)["spend"]
    assert found == expected if expected is not None else np.isnan(found)


def test_a_column_of_nullable_numbers_conforms():
    frame = pd.DataFrame({"spend": pd.Series([None, 1], dtype="Int64"), "plan": ["pro"] * 2, "seats": [1, 2]})
    assert conform(frame, SIGNATURE)["spend"].fillna(-1).tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("given", "expected"), [(None, MISSING), (np.nan, MISSING), ("pro", "pro"), ("never seen", "never seen"), (3, "3")]
)
def test_a_category_is_text_the_sentinel_stands_for_none_and_an_unseen_one_passes(given, expected):
    frame = pd.DataFrame({"spend": [1.0], "plan": [given], "seats": [1]})
    assert conform(frame, SIGNATURE)["plan"].tolist() == [expected]


@pytest.mark.parametrize(("given", "expected"), [(True, "yes"), (False, "no"), ("yes", "yes"), (1, "1"), ("1", "1")])
def test_a_truth_is_the_yes_or_no_that_training_made_of_it(given, expected):
    frame = pd.DataFrame({"spend": [1.0], "plan": [given], "seats": [1]})
    assert conform(frame, SIGNATURE)["plan"].tolist() == [expected]


SINCE = pd.Series(pd.to_datetime(["2024-01-31 23:59", "1999-12-31", None], format="ISO8601"))
DATED = make_signature(pd.DataFrame({"id": ["a", "b", "c"], "since": SINCE}), "id")


def test_a_date_is_a_number_of_days_since_a_day_that_stands_in_the_signature():
    deciles = (-1.0,) * 10 + (8796.0,)
    assert DATED.columns == (
        Column("since", "number", None, -1.0, 8796.0, 0.333333, "days since 2000-01-01", "2000-01-01", deciles),
    )
    assert Signature.from_json(DATED.to_json()) == DATED


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (pd.Timestamp("2000-01-11"), 10),
        (pd.Timestamp("2000-01-11 01:00", tz="Europe/Berlin"), 10),
        (datetime.date(2000, 1, 11), 10),
        (datetime.datetime(2000, 1, 11, 23), 10),
        ("2000-01-11", 10),
        ("2000-01-11T23:59:59", 10),
        (10, 10),
        (10.0, 10),
        ("1999-12-22", -10),
        (pd.NaT, None),
        (None, None),
        (np.nan, None),
    ],
)
def test_a_date_may_be_a_date_its_text_or_already_days(given, expected):
    (found,) = conform(pd.DataFrame({"since": [given]}), DATED)["since"]
    assert found == expected if expected is not None else np.isnan(found)


def test_dates_that_are_counted_once_stay_as_they_are():
    once = conform(pd.DataFrame({"since": SINCE}), DATED)
    assert once["since"].dtype == "float64"
    pd.testing.assert_frame_equal(conform(once, DATED), once)


@pytest.mark.parametrize("wrong", ["soon", "31.01.2024", "2024-13-01", ""])
def test_text_where_a_date_belongs_names_the_feature_the_value_and_the_cure(wrong):
    with pytest.raises(DataError, match=f"feature `since` holds what is not a date.*{wrong}.*Cure"):
        conform(pd.DataFrame({"since": [wrong]}), DATED)


@pytest.mark.parametrize("wrong", ["abc", "", "1,5"])
def test_text_where_a_number_belongs_names_the_feature_the_value_and_the_cure(wrong):
    frame = pd.DataFrame({"spend": [wrong], "plan": ["pro"], "seats": [1]})
    with pytest.raises(DataError, match=f"feature `spend`.*'{wrong}'.*Cure"):
        conform(frame, SIGNATURE)


def test_a_feature_that_is_not_there_is_named_with_the_nearest():
    frame = TRAINING.rename(columns={"spend": "Spend", "seats": "zzz"})
    with pytest.raises(
        MissingColumns, match=r"`spend` \(did you mean `Spend`\?\), `seats`\. It has: id, day"
    ) as caught:
        conform(frame, SIGNATURE)
    assert caught.value.exit_code == 3


def test_no_rows_conform_too():
    found = conform(TRAINING.head(0), SIGNATURE)
    assert (len(found), found["spend"].dtype, found["plan"].dtype) == (0, "float64", "str")
