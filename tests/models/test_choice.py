import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from churn_mlops.models import CrossValidation, choose
from churn_mlops.models.choice import SURE, gain_in_loss


def scores(**by_candidate):
    rows = [
        {"candidate": name, "fold": fold, "roc_auc": value}
        for name, values in by_candidate.items()
        for fold, value in enumerate(values, 1)
    ]
    return CrossValidation(pd.DataFrame(columns=list(by_candidate)), pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("by_candidate", "chosen", "because"),
    [
        ({"linear": [0.70, 0.72, 0.74], "boosted": [0.80, 0.82, 0.84]}, "boosted", "best mean ROC AUC"),
        ({"linear": [0.80, 0.82, 0.84], "boosted": [0.70, 0.72, 0.74]}, "linear", "best mean ROC AUC"),
        ({"linear": [0.80, 0.82, 0.84], "boosted": [0.86, 0.79, 0.82]}, "linear", "within one standard error"),
        # large scatter over folds, small but steady difference: the pairs decide, not the scatter
        ({"linear": [0.60, 0.80, 0.70], "boosted": [0.61, 0.811, 0.71]}, "boosted", "best mean ROC AUC"),
        ({"naive": [0.5, 0.5, 0.5], "linear": [0.46, 0.52, 0.53]}, "naive", "within one standard error"),
        # steady, but too little to be worth anything
        ({"linear": [0.70, 0.72, 0.74], "blend": [0.7003, 0.7203, 0.7403]}, "linear", "by what anybody would notice"),
        ({"only": [0.7, 0.8]}, "only", "best mean ROC AUC"),
        ({"linear": [0.7], "boosted": [0.8]}, "boosted", "best mean ROC AUC"),
        ({"linear": [0.8], "boosted": [0.8]}, "linear", "best mean ROC AUC"),
    ],
)
def test_the_best_is_chosen_unless_a_simpler_one_is_as_good(by_candidate, chosen, because):
    choice = choose(scores(**by_candidate))
    assert choice.name == chosen
    assert because in choice.reason


def predicted(rows, better_by, seed=0):
    """Labels, and a validation in which `boosted` knows more than `linear` by so much, while its folds scatter."""
    rng = np.random.default_rng(seed)
    known = rng.normal(size=rows)
    y = (rng.random(rows) < expit(2 * known)).astype(int)
    linear, boosted = (expit(2 * known + rng.normal(size=rows) * noise) for noise in (1.0, 1.0 - better_by))
    out = pd.DataFrame({"linear": linear, "boosted": boosted})
    return y, CrossValidation(out, scores(linear=[0.80, 0.82, 0.84], boosted=[0.84, 0.81, 0.84]).table)


def test_what_many_customers_say_is_no_noise_even_where_three_folds_scatter():
    y, cv = predicted(4_000, better_by=0.5)
    assert choose(cv).name == "linear"
    assert gain_in_loss(cv, "linear", "boosted", y) > SURE
    assert choose(cv, y).name == "boosted"


def test_a_gain_that_is_noise_customer_by_customer_changes_nothing():
    y, cv = predicted(4_000, better_by=0.0)
    assert gain_in_loss(cv, "linear", "boosted", y) < SURE
    assert choose(cv, y).name == "linear"


def test_rows_of_one_customer_count_as_one():
    y, cv = predicted(1_000, better_by=1.0)
    many, customers = np.tile(y, 9), np.tile(np.arange(1_000), 9)
    repeated = CrossValidation(pd.concat([cv.out_of_fold] * 9, ignore_index=True), cv.table)
    alone = gain_in_loss(cv, "linear", "boosted", y)
    assert gain_in_loss(repeated, "linear", "boosted", many, customers) == pytest.approx(alone, abs=0.1)
    assert gain_in_loss(repeated, "linear", "boosted", many) > 2 * alone > 0


def test_models_that_say_the_same_have_no_gain():
    y, cv = predicted(300, better_by=0.5)
    same = CrossValidation(cv.out_of_fold.assign(boosted=cv.out_of_fold["linear"]), cv.table)
    assert gain_in_loss(same, "linear", "boosted", y) == 0
