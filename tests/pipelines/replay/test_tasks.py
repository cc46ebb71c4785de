"""Tasks are computed once: for all policies, for the next replay, and for one that was killed."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.pipelines.replay.conftest import OFF, ROOT, SMALL, club_table, contest, history_from, tasks_over

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.replay.playing import play
from churn_mlops.pipelines.replay.tasks import Look, Model, Train
from churn_mlops.pipelines.replay.telling import describe, gains_of

pytestmark = pytest.mark.slow

NOTHING = {"train": 0, "look": 0, "duel": 0}
MONTHLY = replace(OFF, every_days=28)
BOTH = contest(never=OFF, monthly=MONTHLY)


@pytest.fixture(scope="module")
def once(club, tmp_path_factory):
    """A replay that was played: its tasks, its days and its months by policy; not to be changed."""
    tasks = tasks_over(club, tmp_path_factory.mktemp("once") / "runs")
    return tasks, *play(tasks, BOTH)


@pytest.fixture
def played(once, club, make_tasks):
    """The same, with an archive of the test's own."""
    tasks, days, months = once
    mine = make_tasks(club)
    shutil.copytree(tasks.entries.folder, mine.entries.folder)
    return mine, days, months


def test_adding_a_policy_computes_its_own_part_only(club, make_tasks, once, played):
    _, days, months = played
    assert (once[0].computed["train"], days) == (3, ["2024-08-01", "2024-09-01", "2024-10-01"])
    again = make_tasks(club)
    assert play(again, BOTH)[1] == months
    assert again.computed == NOTHING
    more = make_tasks(club)
    play(more, contest(never=OFF, monthly=MONTHLY, age=replace(OFF, max_champion_age_days=60)))
    assert more.computed["train"] == 0  # what it trains in October is what the monthly one has trained


def test_a_replay_that_was_killed_goes_on_where_it_was(club, make_tasks, once):
    class Killed(BaseException):
        pass

    tasks = make_tasks(club)

    def tell(line):
        if tasks.computed["train"] and tasks.computed["look"] == 2:
            raise Killed

    tasks.tell = tell
    with pytest.raises(Killed):
        play(tasks, BOTH)
    before = sum(tasks.computed.values())
    rest, (whole, *came) = make_tasks(club), once
    assert list(play(rest, BOTH)) == came
    assert sum(rest.computed.values()) <= sum(whole.computed.values()) - before
    assert rest.computed["train"] < whole.computed["train"]


@pytest.mark.parametrize("kind", ["skops", "parquet", "json"])
def test_a_damaged_entry_is_noticed_and_made_again(club, make_tasks, played, kind):
    tasks, days, months = played
    for path in tasks.entries.folder.glob(f"??/*.{kind}"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    again = make_tasks(club)
    assert play(again, BOTH)[1] == months
    assert (again.computed["train"] > 0) == (kind != "parquet")
    assert (again.computed["look"] > 0) == (kind != "skops")
    gains = gains_of(again, days, months)
    pd.testing.assert_frame_equal(gains, gains_of(make_tasks(club), days, months))


@pytest.mark.parametrize(
    ("changed", "train", "look"),
    [({"psi_limit": 0.3}, False, True), ({"seed": 1}, True, True), ({"min_roc_auc": 0.6}, False, False)],
)
def test_a_task_is_known_again_by_all_that_decides_it_and_nothing_else(club, make_tasks, changed, train, look):
    tasks, other = make_tasks(club), make_tasks(club, replace(SMALL, **changed))
    model = Model("2024-08-01", 6)
    assert (tasks.key(Train(model)) != other.key(Train(model))) == train
    assert (tasks.key(Look(model, "2024-09-01")) != other.key(Look(model, "2024-09-01"))) == look
    elsewhere = make_tasks(replace(club, version="other data"))
    assert tasks.key(Train(model)) != elsewhere.key(Train(model))
    assert len({tasks.key(Train(Model(d, n))) for d in ("2024-08-01", "2024-09-01") for n in (0, 6)}) == 4


def test_the_sums_of_what_customers_brought_are_the_profits(club, make_tasks, played):
    tasks, days, months = played
    gains, told = gains_of(tasks, days, months), describe(Project(ROOT, ROOT), tasks, BOTH, days, months)
    assert list(gains) == ["customer", "month", "never", "monthly"]
    for name, policy in told["policies"].items():
        sums = gains.groupby("month")[name].sum()
        assert np.allclose(sums, [month["profit"] for month in policy["months"]])
        assert [month["labels_in"] for month in policy["months"]] == ["2024-09-01", "2024-10-01", "2024-11-01"]
    assert set(gains["customer"]) == set(club.labels["id"][club.dates.between("2024-08-01", "2024-10-01")])


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2025-06-01", "2025-09-01", "whose labels are in lies between 2025-06-01 and 2025-09-01"),
        ("2024-01-01", "2024-03-01", "no month from 2024-01-01 to 2024-03-01 on which a model could be trained"),
    ],
)
def test_days_that_nothing_can_be_made_of_are_refused(club, make_tasks, first, last, problem):
    with pytest.raises(ConfigError, match=problem):
        play(make_tasks(club), contest(first, last, never=OFF))


def test_without_a_first_month_the_first_is_that_on_which_a_model_could_be_made(make_tasks):
    history = history_from(club_table(5, 400))
    days, months = play(make_tasks(history), contest("", "", never=OFF))
    assert days == ["2024-04-01", "2024-05-01"]  # one month to learn from, two to judge by, each over
    assert months["never"][0]["champion"] == "2024-04-01/6 months"


@pytest.mark.slow
def test_it_is_the_same_to_the_bit_on_a_cluster(club, make_tasks, once, cluster, monkeypatch):
    monkeypatch.setenv("CHURN_SCHEDULER", cluster.address)
    tasks, days, months = once
    there = make_tasks(club)
    assert play(there, BOTH) == (days, months)
    assert sum(there.computed.values()) == sum(tasks.computed.values())
    mine, its = ({p.name: p.read_bytes() for p in t.entries.folder.glob("??/*")} for t in (tasks, there))
    assert its == mine
