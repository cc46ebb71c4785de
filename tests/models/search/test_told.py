import json

import pandas as pd

from churn_mlops.models.search import COMPLETE, PRUNED, Search, leaders

TRIALS = pd.DataFrame(
    [
        (0, "linear", COMPLETE, 0.80, 0.4, {"C": 0.123456}),
        (1, "trees", PRUNED, 0.99, 0.4, {"leaf": 5}),
        (2, "boosted", COMPLETE, 0.85, 0.3, {"leaves": 16, "rate": 0.05}),
        (3, "boosted", COMPLETE, 0.85, 0.3, {"leaves": 8, "rate": 0.1}),
    ],
    columns=["number", "family", "state", "roc_auc", "log_loss", "settings"],
)


def test_the_best_complete_trials_come_first_with_their_settings_in_words():
    trials = TRIALS.assign(settings=TRIALS["settings"].map(json.dumps))
    told = leaders(Search(trials, {}, None), 2)
    assert told["number"].tolist() == [2, 3]
    assert told["settings"].tolist() == ["leaves 16, rate 0.05", "leaves 8, rate 0.1"]
    assert leaders(Search(trials, {}, None))["settings"].iloc[-1] == "C 0.123"
