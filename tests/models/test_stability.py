import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from tests.models.search.families import data

from churn_mlops.config import Money
from churn_mlops.models import CalibratedModel
from churn_mlops.models.families import Blend
from churn_mlops.models.stability import measure_stability, stability_table, with_seed


def forest(trees):
    return RandomForestClassifier(trees, max_depth=4, random_state=0)


def measured(model, **options):
    return measure_stability(CalibratedModel(model), *data(), Money(100, 10, 0.3), 0.3, **options)


def test_a_model_without_chance_is_the_same_with_every_seed():
    found = measured(LogisticRegression())
    assert found.seeds == [0, 1, 2]
    assert (found.sd, found.share_of_decisions_changed) == pytest.approx((0, 0))
    assert 0.7 < found.roc_auc[0] < 0.85


def test_the_table_has_a_row_for_each_seed_and_for_what_differs():
    told = stability_table(measured(LogisticRegression())).set_index("measure")["value"]
    assert [name for name in told.index if name.startswith("ROC AUC")] == [f"ROC AUC with seed {n}" for n in (0, 1, 2)]
    assert told["standard deviation"] == told["share of decisions changed"] == 0


@pytest.mark.slow
def test_the_more_a_model_owes_to_chance_the_more_changes():
    few, many = (measured(forest(trees)) for trees in (2, 60))
    assert few.sd > many.sd > 0
    assert few.share_of_decisions_changed > many.share_of_decisions_changed > 0


@pytest.mark.slow
def test_the_same_is_measured_again_also_on_a_sample():
    one, again = (measured(forest(3), rows=200) for _ in range(2))
    assert one == again
    assert one != measured(forest(3), seed=7, rows=200)


@pytest.mark.parametrize(
    ("model", "seeds"),
    [
        (LogisticRegression(), [5]),
        (make_pipeline(QuantileTransformer(random_state=1), StandardScaler(), forest(3)), [5, 5]),
        (Blend([("a", forest(3)), ("b", make_pipeline(forest(2)))], [0.5, 0.5]), [5, 5]),
    ],
)
def test_every_part_gets_the_seed_and_the_model_itself_keeps_its_own(model, seeds):
    def found(model):
        own = [v for name, v in model.get_params().items() if name.endswith(("random_state", "seed"))]
        return own + [v for _, member in getattr(model, "estimators", []) for v in found(member)]

    before = found(model)
    np.testing.assert_array_equal(found(with_seed(model, 5)), seeds)
    assert found(model) == before
