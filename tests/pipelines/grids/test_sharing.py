"""Runs of a grid wait for one another only where one makes what the other needs."""

from pathlib import Path

import pytest

from churn_mlops.config import Config
from churn_mlops.pipelines.grids.grid import Setting
from churn_mlops.pipelines.grids.sharing import Sharing
from churn_mlops.pipelines.request import Request
from churn_mlops.pipelines.stage import Stage

STAGES = (
    Stage("01_data", writes=("t",)),
    Stage("02_features", reads=("t",), writes=("f",)),
    Stage("03_train", reads=("f",), writes=("m",)),
)


def sharing(*values, there=(), **asked):
    settings = [Setting(n, (), {}, own) for n, own in enumerate(values, 1)]
    return Sharing(STAGES, Request(Config(Path(), "", None, {}), "", "", **asked), settings, set(there))


def seeds(*numbers):
    return [{"train.seed": n} for n in numbers]


def all_that_may(shared):
    return list(iter(shared.next, None))


def test_the_first_makes_what_all_share_then_all_go():
    shared = sharing(*seeds(1, 2, 3))
    assert all_that_may(shared) == [1]
    shared.end(1, succeeded=True)
    assert all_that_may(shared) == [2, 3]


def test_where_the_first_stage_differs_all_go_at_once():
    assert all_that_may(sharing({"data.rows": 1}, {"data.rows": 2})) == [1, 2]


def test_those_with_a_stage_of_their_own_kind_wait_for_the_first_of_their_kind():
    shared = sharing(*({"features.days": d, "train.seed": s} for d in (1, 2) for s in (1, 2)), there=["01_data"])
    assert all_that_may(shared) == [1, 3]
    shared.end(3, succeeded=True)
    assert all_that_may(shared) == [4]
    shared.end(1, succeeded=True)
    assert all_that_may(shared) == [2]


def test_after_a_failure_the_next_one_tries_alone():
    shared = sharing(*seeds(1, 2, 3))
    assert all_that_may(shared) == [1]
    shared.end(1, succeeded=False)
    assert all_that_may(shared) == [2]


@pytest.mark.parametrize("asked", [{"force": True}, {"first": "data"}])
def test_nothing_is_shared_that_has_to_run_anyway(asked):
    assert all_that_may(sharing(*seeds(1, 2), **asked)) == [1, 2]


def test_what_is_in_the_archive_already_is_waited_for_by_none():
    assert all_that_may(sharing(*seeds(1, 2), there=["01_data", "02_features"])) == [1, 2]
