"""The figures of a replay: lines, strips and names that do not cover one another."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.plots import replaying
from churn_mlops.plots.replaying import Track, colour_of, spread

pytestmark = pytest.mark.slow

MONTHS = [f"2025-{month:02d}-01" for month in range(1, 13)]
CHANGES = [
    {"month": "2025-03-01", "what": "price rise", "real": True, "kind": "customers"},
    {"month": "2025-04-01", "what": "feed", "real": True, "kind": "feed"},
    {"month": "2025-08-01", "what": "summer", "real": False, "kind": "none"},
    {"month": "2030-01-01", "what": "too late", "real": True, "kind": "customers"},
]


def track(name, drift=0.5, known=12):
    values = np.where(np.arange(12) < known, np.arange(12.0) * 100, np.nan)
    strip = [{"champion": f"m{n // 4}", "trained": n % 4 == 3, "promoted": n % 8 == 3, "alarms": n == 4,
              "false_alarms": n == 7} for n in range(12)]  # fmt: skip
    ends = {"profit": (1000.0, 1300.0), "more": (-50.0, 90.0)}
    return Track(name, values, values * 0, ends, np.full(12, drift), np.full(12, 0.8), strip)


@pytest.mark.parametrize("count", [2, 12])
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")  # of files that other tests have left
def test_up_to_a_dozen_policies_are_drawn_and_the_same_bytes_each_time(count):
    tracks = [track("never"), *(track(f"policy {n}") for n in range(1, count))]
    for draw in (
        lambda: replaying.money(MONTHS, tracks, CHANGES, "policy 1", "EUR"),
        lambda: replaying.course(MONTHS, tracks, CHANGES, "policy 1"),
    ):
        assert draw().startswith("<?xml")
        assert draw() == draw()


@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")  # of files that other tests have left
def test_what_is_not_known_and_what_lies_far_above_the_limit_are_drawn_too():
    tracks = [track("never", drift=np.nan, known=0), track("$a_{", drift=700.0, known=1)]
    assert "<svg" in replaying.course(MONTHS, tracks, CHANGES, "never")
    assert "<svg" in replaying.money(MONTHS, tracks, CHANGES, "never", "$")


def test_the_chosen_policy_and_never_look_the_same_whatever_the_others():
    tracks = [track(name) for name in ("a", "never", "b")]
    assert colour_of("a", tracks, "a") == (replaying.BLUE, 2.6, "-")
    assert colour_of("never", tracks, "a")[2] == "--"
    colours = {colour_of(name, [*tracks, *map(track, "cdefg")], "a") for name in "bcdefg"}
    assert len(colours) == 6


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.08))
def test_names_stand_apart_in_their_order_and_below_the_top(wanted, step):
    placed = spread(sorted(wanted), step)
    assert len(placed) == len(wanted)
    assert all(second - first > step * 0.999 for first, second in pairwise(placed))
    assert max(placed, default=0) <= 1 + 1e-9


def test_names_that_are_far_apart_stay_where_their_lines_end():
    assert spread([0.1, 0.5, 0.9], 0.1) == [0.1, 0.5, 0.9]
    assert spread([0.5, 0.5], 0.1) == pytest.approx([0.45, 0.55])
