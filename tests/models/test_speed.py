from churn_mlops.features.examples import load_examples
from churn_mlops.models.predictor import load_predictor
from churn_mlops.models.speed import measure_speed, speed_table


def test_the_time_of_one_customer_and_the_pace_of_many_are_measured(trained):
    speed = measure_speed(load_predictor(trained), load_examples(trained, "test").X)
    assert 0 < speed["p50_ms"] <= speed["p95_ms"]
    assert speed["rows_per_s"] > 0
    table = speed_table(speed, 1.23456)
    assert len(table) == 4
    assert table["value"].iloc[-1] == 1.23


def test_a_part_of_a_few_customers_can_be_measured_too(trained):
    assert measure_speed(load_predictor(trained), load_examples(trained, "test").X.head(1))["p95_ms"] > 0
