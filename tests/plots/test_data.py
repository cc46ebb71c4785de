import pandas as pd

from churn_mlops import plots

MONTHS = ["2026-01", "2026-02"]


def test_outcomes_by_period_name_the_mean_over_all_customers(words):
    table = pd.DataFrame({"period": MONTHS, "left": [1, 20], "stayed": [99, 80], "rate": [0.01, 0.2]})
    assert words(plots.outcomes(table)) == ["mean\n10.5%"]


def test_outcomes_without_time_say_how_many_left_and_stayed(words):
    table = pd.DataFrame({"period": ["all"], "left": [250], "stayed": [750], "rate": [0.25]})
    assert words(plots.outcomes(table)) == ["left: 250 (25.0%)", "stayed: 750 (75.0%)"]


def test_a_split_by_customer_says_rows_and_churn_rate_of_each_part(words):
    labels = pd.DataFrame({"churned": [0, 1, 0, 0, 1], "split": ["train"] * 4 + ["test"]})
    assert words(plots.split(labels)) == ["1, 100.0% left", "4, 25.0% left"]


def test_a_split_by_time_names_the_parts_that_there_are(words):
    labels = pd.DataFrame({"day": pd.to_datetime(MONTHS), "churned": [0, 1], "split": ["train", "test"]})
    assert words(plots.split(labels, "day")) == ["train", "test"]
