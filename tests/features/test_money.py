from dataclasses import replace
from types import SimpleNamespace

import pytest

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.contract import Contract, Rule
from churn_mlops.errors import DataError
from churn_mlops.features.money import check_money

KINDS = {
    "id": "category",
    "left": "boolean",
    "day": "date",
    "revenue": "number",
    "score": "number",
    "plan": "category",
    "since": "date",
}
TABLE = [Contract("table", {name: Rule(kind) for name, kind in KINDS.items()})]
DATASET = Dataset("shop", "shop.csv", "id", "left", snapshot_date="day", drop=("score",))
SIMULATED = Dataset("simulator", "simulator", "customer_id", "churned", snapshot_date="snapshot_date")
LOG = Events(time="time", price="cost", quantity="pieces")


def define(value, dataset=DATASET, events=None):
    return Definition(dataset, Money(value, 10, 0.2), events=events)


@pytest.mark.parametrize(
    "definition",
    [
        define(100),
        define("revenue"),
        define("since"),  # days before the snapshot
        define("price", SIMULATED),
        define("value_90d", replace(DATASET, target=""), LOG),
    ],
    ids=["a number", "a column", "a date beside snapshots", "of the simulator", "of a log"],
)
def test_a_number_and_a_feature_that_will_be_one_are_money(definition):
    check_money(definition, TABLE)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (define("revenu"), r"`value_kept` names `revenu`, .*not among the features; did you mean `revenue`\?"),
        (define("plan"), r"names `plan`, which holds no numbers. Cure: name one that is a number \(revenue, since\)"),
        (define("since", replace(DATASET, snapshot_date="")), "names `since`, which holds no numbers"),
        (define("score"), "names `score`, which is not among the features"),
        (define("prise", SIMULATED), "did you mean `price`"),
        (define("plan", SIMULATED), "`plan`, which holds no numbers"),
        (define("cost", replace(DATASET, target=""), LOG), r"`cost`, which is not among.*\(days_since_last_event, ten"),
        (define("value_90", replace(DATASET, target=""), LOG), "did you mean `value_90d`"),
    ],
)
def test_any_other_name_stops_with_what_it_could_have_meant(definition, message):
    with pytest.raises(DataError, match=message):
        check_money(definition, TABLE)


def test_all_wrong_names_are_told_at_once():
    definition = SimpleNamespace(**vars(define("revenu")))
    definition.money = Money("revenu", "plann", 0.2)
    with pytest.raises(DataError, match=r"`value_kept` names `revenu`.*`offer_cost` names `plann`"):
        check_money(definition, TABLE)
