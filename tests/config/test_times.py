"""The times of a schedule: what is none is told by name, with what was expected."""

import pytest

from churn_mlops.config.times import schedule

PLACES = {"input": "new.csv", "output": "scores.csv"}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"monitor": "0 6 * * *"},
        {"monitor": "0 6 * * mon-fri", "zone": "Europe/Berlin"},
        {"monitor": "*/10 * * * * *", "retries": 0},
        {"score": "0 6 L * *", **PLACES},
        {"monitor": "0 0 29 2 *"},
        PLACES,
    ],
)
def test_times_that_come_are_taken(raw):
    problems = []
    built = schedule(raw, problems)
    assert problems == []
    assert built.times == {name: text for name, text in raw.items() if name in ("monitor", "score")}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"monitor": "0 6 * *"}, "[schedule] `monitor` is '0 6 * *': wrong number of fields; expected minute, hour,"),
        ({"monitor": "@daily"}, "wrong number of fields"),
        ({"monitor": "60 6 * * *"}, "bad minute"),
        ({"monitor": "0 24 * * *"}, "bad hour"),
        ({"monitor": "0 0 30 2 *"}, "bad day-of-month"),
        ({"monitor": "0 0 */31 * mon#5"}, "which never comes"),
        ({"monitor": "0 6 * * *", "zone": "Europe/Berln"}, "did you mean `Europe/Berlin`?"),
        ({"monitor": "0 6 * * *", "zone": "../etc/passwd"}, "expected the name of a time zone, such as UTC"),
        ({"monitor": "0 6 * * *", "zone": ""}, "expected the name of a time zone"),
        ({"score": "0 6 * * *"}, "`score` has times and `input` and `output` missing; expected what to score"),
        ({"score": "0 6 * * *", "input": "new.csv"}, "`score` has times and `output` missing"),
        ({"retries": -1}, "`retries` is -1; expected 0 to 10"),
        ({"retry_minutes": 0}, "`retry_minutes` is 0; expected more than 0"),
        ({"retry_minutes": float("nan")}, "`retry_minutes` is nan"),
        ({"monitor": 6}, "`monitor` is 6; expected a text in quotes"),
        ({"moniter": "0 6 * * *"}, "unknown key `moniter`; did you mean `monitor`?"),
    ],
)
def test_what_can_not_be_a_time_is_told(raw, told):
    problems = []
    schedule(raw, problems)
    assert told in "; ".join(problems)
