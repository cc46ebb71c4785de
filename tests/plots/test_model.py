import numpy as np
import pandas as pd
import pytest

from churn_mlops import models, plots
from churn_mlops.config import Money
from churn_mlops.plots.style import BLUE, GREY

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)
RNG = np.random.default_rng(0)
P = RNG.beta(1, 4, 400)
Y = (RNG.random(400) < P).astype(int)


@pytest.mark.parametrize("flag", ["", "ranks worse"])
def test_a_flagged_slice_says_why(words, flag):
    table = models.slice_table(pd.DataFrame({"plan": RNG.choice(["basic", "plus"], 400)}), Y, P, MONEY, 0.2)
    assert words(plots.slices(table.assign(flag=flag))).count("ranks worse") == len(table) * bool(flag)


def test_columns_with_a_flagged_slice_are_drawn_first(words):
    X = pd.DataFrame({name: RNG.choice(["p", "q"], 400) for name in "abcdef"})
    table = models.slice_table(X, Y, P, columns=list(X))
    flagged = table.assign(flag=["ranks worse" if name in "ef" else "" for name in table["column"]])
    axes = plots.slices(flagged)
    headings = [text.get_text() for text in axes.texts]
    assert sorted(headings) == ["a", "b", "e", "f"]
    assert words(axes).count("ranks worse") == 4


def test_the_best_candidate_stands_out():
    table = pd.DataFrame({"candidate": ["naive", "linear"] * 2, "fold": [1, 1, 2, 2], "roc_auc": [0.5, 0.7, 0.5, 0.8]})
    shown = {text.get_text(): text.get_color() for text in plots.candidates(table).texts}
    assert shown == {"0.500": GREY, "0.750": BLUE}


def test_long_names_are_cut_and_long_tables_too():
    interval = {"importance_low": 0, "importance_high": 1}
    many = pd.DataFrame({"column": [f"{i} {'x' * 60}" for i in range(40)], "importance": 0.1} | interval)
    names = [label.get_text() for label in plots.importance(many).get_yticklabels()]
    assert len(names) == 15
    assert max(map(len, names)) == 32
