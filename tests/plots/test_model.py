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


def test_a_candidate_far_behind_leaves_the_others_their_room(words):
    rows = [(name, fold, mean + fold / 1_000) for name, mean in (("naive", 0.5), ("linear", 0.86), ("trees", 0.87))
            for fold in (1, 2, 3)]  # fmt: skip
    axes = plots.candidates(pd.DataFrame(rows, columns=["candidate", "fold", "roc_auc"]))
    assert "\N{LEFTWARDS ARROW} 0.502" in words(axes)
    assert 0.84 < axes.get_xlim()[0] < 0.861


@pytest.mark.parametrize(("odds", "scale"), [((1, 3), "linear"), ((0.3, 10), "function")])
def test_rare_leavers_crowd_near_zero_and_get_a_scale_that_gives_them_room(odds, scale):
    p = np.random.default_rng(1).beta(*odds, 4_000)
    axes = plots.reliability(models.reliability_table((np.random.default_rng(2).random(4_000) < p).astype(int), p))
    assert (axes.get_xscale(), axes.get_yscale()) == (scale, scale)
    axes.figure.canvas.draw()
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert shown[0] == "0%"
    assert len(shown) == len(set(shown)) >= 3


def test_long_names_are_cut_and_long_tables_too():
    interval = {"importance_low": 0, "importance_high": 1}
    many = pd.DataFrame({"column": [f"{i} {'x' * 60}" for i in range(40)], "importance": 0.1} | interval)
    names = [label.get_text() for label in plots.importance(many).get_yticklabels()]
    assert len(names) == 15
    assert max(map(len, names)) == 32
