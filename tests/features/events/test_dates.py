"""At which days a log is looked at."""

from datetime import date

import pytest

from churn_mlops.config import Events
from churn_mlops.errors import DataError
from churn_mlops.features.events.dates import as_text, number_of, snapshot_days

OLDEST, NEWEST = number_of(date(2024, 1, 10)), number_of(date(2024, 6, 20))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"first": "2024-03-01"}, ["2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"]),
        ({"first": "2024-01-31", "last": "2024-04-30"}, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ({"first": "2024-06-01", "every": "14 days"}, ["2024-06-01", "2024-06-15"]),
        ({"first": "2024-06-20", "last": "2030-01-01"}, ["2024-06-20"]),  # the newest day of the log is its end
        ({"windows": (30, 100)}, ["2024-05-01", "2024-06-01"]),  # full windows: 10 January and 100 days
        ({"windows": (22,), "last": "2024-02-29"}, ["2024-02-01"]),  # the first of a month itself
    ],
)
def test_snapshots_lie_between_the_first_and_the_last_day(settings, expected):
    assert [as_text(day) for day in snapshot_days(Events("at", **settings), OLDEST, NEWEST)] == expected


def test_a_log_without_room_for_a_snapshot_is_told_with_its_days():
    with pytest.raises(DataError, match="2025-02-01 and 2024-06-20; the log has events from 2024-01-10"):
        snapshot_days(Events("at"), OLDEST, NEWEST)
