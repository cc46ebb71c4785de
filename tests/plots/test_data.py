from itertools import pairwise

import pandas as pd
from matplotlib.text import Text

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


def test_names_of_periods_do_not_touch():
    months = [f"{2024 + n // 12}-{n % 12 + 1:02}" for n in range(30)]
    ax = plots.outcomes(pd.DataFrame({"period": months, "left": 1, "stayed": 9, "rate": 0.1}))
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(boxes) > 5
    assert all(one.x1 + 5 < other.x0 for one, other in pairwise(boxes))


def test_the_names_of_the_parts_stay_below_the_title():
    days = pd.date_range("2026-01-01", periods=6)
    labels = pd.DataFrame({"day": days, "churned": 0, "split": ["unused", "train", "train", "train", "train", "test"]})
    ax = plots.split(labels, "day")
    ax.figure.canvas.draw()
    (title,) = (text for text in ax.findobj(Text) if text.get_text() == ax.get_title(loc="left"))
    assert all(text.get_window_extent().y1 < title.get_window_extent().y0 for text in ax.texts)
