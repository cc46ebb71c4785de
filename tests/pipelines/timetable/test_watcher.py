"""The loop of `watch`, by a clock of its own: missed times, broken definitions, full disks, jobs that fail."""

import errno
from datetime import timedelta

import pytest
from tests.registry.published import AUTHOR, serve

from churn_mlops.config import read_config
from churn_mlops.errors import ConfigError, WatcherThere
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.timetable import watcher as module
from churn_mlops.pipelines.timetable.finding import check_champions, find_tables
from churn_mlops.pipelines.timetable.holding import holding, is_silent, read_watcher
from churn_mlops.pipelines.timetable.jobs import KEPT, command, last_words, log_of
from churn_mlops.pipelines.timetable.journal import read_journal
from churn_mlops.pipelines.timetable.times import parse
from churn_mlops.pipelines.timetable.watcher import FULL_S, Watcher

CONFIG = """
[dataset]
name = "{name}"
source = "shop.csv"
id = "customer"
target = "left"

[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5

[schedule]
monitor = "0 6 * * *"
score = "0 6 * * *"
retrain = "30 5 * * sun"
input = "new.csv"
output = "lists/{{due}}.csv"
retries = 1
"""


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "shop.toml").write_text(CONFIG.format(name="shop"))
    return Project(tmp_path, tmp_path / "runs", ())


class World:
    """A watcher whose clock stands until it is moved, and whose jobs are remembered instead of run."""

    def __init__(self, project):
        self.project, self.now, self.jobs, self.said, self.codes = project, parse("2026-11-25T05:00:00Z"), [], [], {}

    def start(self):
        self.held = holding(self.project.runs, clock=lambda: self.now)
        held = self.held.__enter__()
        self.watcher = Watcher(self.project, find_tables(self.project, []), held, self.said.append)
        self.watcher.perform = self.perform
        return self

    def perform(self, table, job, due, log, lock):
        self.jobs.append((job, due[5:16]))
        return self.codes.get(job, 0)

    def until(self, moment):
        """Let the time pass, as the loop does: from one due time to the next."""
        end = parse(f"2026-{moment}Z")
        while (rest := self.watcher._safely()) == 0 or self.now + timedelta(seconds=rest) <= end:
            self.now += timedelta(seconds=rest)
        self.now = end
        return self

    def sleep_until(self, moment):
        self.now = parse(f"2026-{moment}Z")
        return self


@pytest.fixture
def world(project):
    world = World(project).start()
    yield world
    world.held.__exit__(None, None, None)


def test_each_job_is_done_at_its_times_those_of_one_moment_in_order(world):
    world.until("11-30T00:00:00")
    days = ["11-25", "11-26", "11-27", "11-28", "11-29"]
    daily = [(job, f"{day}T06:00") for day in days for job in ("monitor", "score")]
    assert world.jobs == [*daily[:8], ("retrain", "11-29T05:30"), *daily[8:]]


def test_once_each_job_is_done_one_time_at_most_however_long_that_takes(world):
    path = world.project.root / "configs" / "shop.toml"
    path.write_text(path.read_text().replace('monitor = "0 6 * * *"', 'monitor = "* * * * *"'))
    real = world.watcher.perform

    def slowly(*given):
        world.now += timedelta(minutes=5)
        return real(*given)

    world.watcher.perform = slowly
    world.watcher.run(once=True)
    world.sleep_until("11-25T06:00:00")
    assert world.watcher.run(once=True) == 0
    assert world.jobs == [("monitor", "11-25T06:00"), ("score", "11-25T06:00")]
    world.codes["monitor"] = 5
    world.sleep_until("11-25T06:30:00")
    assert world.watcher.run(once=True) == 1


def test_a_machine_that_slept_for_three_days_makes_up_for_what_it_missed_once(world):
    world.until("11-25T12:00:00").sleep_until("11-28T12:00:00").until("11-28T13:00:00")
    assert [due for job, due in world.jobs if job == "monitor"] == ["11-25T06:00", "11-28T06:00"]
    assert "shop monitor: due 2026-11-28T06:00:00Z; 2 due times before it missed, made up for by this one" in world.said


def test_a_job_that_fails_is_tried_again_then_waits_for_its_next_time_and_the_others_go_on(world):
    world.codes["monitor"] = 5
    world.until("11-26T06:00:30")
    assert world.jobs == [
        ("monitor", "11-25T06:00"),
        ("score", "11-25T06:00"),
        ("monitor", "11-25T06:00"),
        ("monitor", "11-26T06:00"),
        ("score", "11-26T06:00"),
    ]
    assert any("failed with 5, given up until its next time" in line for line in world.said)
    assert read_journal(world.project.runs, "shop")["monitor"].code == 5


def test_a_definition_that_was_edited_is_read_anew_and_a_broken_one_told_once_while_the_old_times_hold(world):
    path = world.project.root / "configs" / "shop.toml"
    good = path.read_text()
    path.write_text(good.replace('monitor = "0 6 * * *"', 'monitor = "0 6 * *"'))
    world.until("11-25T07:00:00")
    assert ("monitor", "11-25T06:00") in world.jobs
    assert len([line for line in world.said if "wrong number of fields" in line]) == 1
    path.write_text(good.replace('monitor = "0 6 * * *"', 'monitor = "0 8 * * *"'))
    world.until("11-25T09:00:00")
    assert world.jobs[-1] == ("monitor", "11-25T08:00")
    path.unlink()
    world.until("11-26T09:00:00")
    assert world.jobs[-1] == ("monitor", "11-26T08:00")


def test_on_a_full_disk_nothing_is_begun_and_all_is_done_once_there_is_room(world, monkeypatch):
    real, full = module.journal.write_journal, [True]

    def write(*given):
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*given)

    world.until("11-25T05:30:00")
    monkeypatch.setattr(module.journal, "write_journal", write)
    world.sleep_until("11-25T06:00:00")
    assert (world.watcher._safely(), world.jobs) == (FULL_S, [])
    assert "No space left on device" in world.said[-1]
    full[0] = False
    world.until("11-25T07:00:00")
    assert world.jobs == [("monitor", "11-25T06:00"), ("score", "11-25T06:00")]


def test_an_outcome_that_the_disk_did_not_take_is_found_by_doing_the_same_again(world, monkeypatch):
    real = module.journal.write_journal

    def write(runs, dataset, entries):
        if any(entry.ended for entry in entries.values()) and len(world.jobs) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(runs, dataset, entries)

    monkeypatch.setattr(module.journal, "write_journal", write)
    world.until("11-25T07:00:00")
    assert world.jobs == [("monitor", "11-25T06:00")] * 2 + [("score", "11-25T06:00")]
    assert any("taken up again" in line for line in world.said)


def test_a_clock_set_back_by_a_month_is_told_and_times_count_from_now_on(world):
    world.until("11-25T12:00:00").sleep_until("10-25T05:00:00").until("10-25T07:00:00")
    assert "shop monitor: the clock was set back; times count from now on" in world.said
    assert [due for job, due in world.jobs if job == "monitor"] == ["11-25T06:00", "10-25T06:00"]


def test_a_job_taken_out_of_the_schedule_is_forgotten(world):
    path = world.project.root / "configs" / "shop.toml"
    world.until("11-25T07:00:00")
    path.write_text(path.read_text().replace('retrain = "30 5 * * sun"\n', ""))
    world.until("11-25T08:00:00")
    assert set(read_journal(world.project.runs, "shop")) == {"monitor", "score"}


def test_a_second_watcher_is_told_who_holds_the_archive(world):
    with pytest.raises(WatcherThere, match=r"is watched already: process \d+ on .* by Ann <ann@shop.example> since 20"):
        holding(world.project.runs).__enter__()


def test_a_heartbeat_that_is_old_is_a_dead_watchers_unless_it_ended_in_order(project):
    world = World(project).start()
    told = read_watcher(project.runs)
    assert not is_silent(told, world.now + timedelta(minutes=5))
    assert is_silent(told, world.now + timedelta(minutes=6))
    world.held.__exit__(None, None, None)
    assert not is_silent(read_watcher(project.runs), world.now + timedelta(days=9))


def test_commands_name_definition_data_and_a_key_of_their_own(project):
    serve(
        project.runs,
        b"one",
        parameters={"01_data": {"config": "../configs/shop.toml", "data": "../other.csv"}},
        stages=[],
    )
    (table,) = find_tables(project, [])
    configs, due = table.config.parent, "2026-11-28T06:00:00Z"
    tail = ["--runs", str(project.runs)]

    def words(job):
        return command(project, table, job, due)[2:]

    key = ["--call-key", f"monitor {due}"]
    assert words("monitor") == ["monitor", "--config", str(table.config), "--data", "other.csv", *key, *tail]
    places = ["score", f"{configs / 'new.csv'}", "-o", f"{configs / 'lists/20261128-060000.csv'}"]
    assert words("score")[:6] == [*places, "--version", "champion:shop"]
    assert words("retrain")[:4] == ["retrain", "--if-needed", "--dataset", "shop"]
    assert words("alerts") == ["alerts", "send", "--dataset", "shop", *tail]


def test_logs_of_a_job_are_kept_up_to_a_number_and_its_last_words_are_its_error(tmp_path):
    for day in range(1, 29):
        for month in (10, 11):
            log_of(tmp_path, "shop", "monitor", f"2026-{month}-{day:02}T06:00:00Z").write_text("error: no data\nmore\n")
    path = log_of(tmp_path, "shop", "monitor", "2026-11-29T06:00:00Z")
    path.write_text("a\nerror: torn\nwarning: late\n")
    names = sorted(one.name for one in path.parent.iterdir())
    assert (len(names), names[-1]) == (KEPT + 1, "monitor-20261129-060000.log")
    assert (last_words(path), last_words(tmp_path / "none")) == ("error: torn", "")


def test_definitions_without_times_and_two_of_one_dataset_are_refused(project):
    configs = project.root / "configs"
    (configs / "twin.toml").write_text(CONFIG.format(name="shop"))
    with pytest.raises(ConfigError, match="both have times for `shop`"):
        find_tables(project, [])
    assert len(find_tables(project, [configs / "twin.toml"])) == 1
    plain = CONFIG.format(name="plain").partition("[schedule]")[0]
    (configs / "twin.toml").write_text(plain)
    assert [table.dataset for table in find_tables(project, [])] == ["shop"]
    with pytest.raises(ConfigError, match=r"twin\.toml: no times for `watch`"):
        find_tables(project, [configs / "twin.toml"])
    (configs / "shop.toml").write_text(plain)
    with pytest.raises(ConfigError, match="no definition there has times"):
        find_tables(project, [])


def test_where_no_model_serves_nothing_is_watched(project):
    with pytest.raises(ConfigError, match="no model serves `shop`"):
        check_champions(project.runs, find_tables(project, []))
    serve(project.runs, b"one", stages=[])
    check_champions(project.runs, find_tables(project, []))


def test_the_schedule_of_a_definition_is_read(project):
    schedule = read_config(project.root / "configs" / "shop.toml").schedule
    assert list(schedule.times) == ["monitor", "score", "retrain"]


def test_policies_of_a_replay_are_no_definition_and_a_torn_file_is_told(project):
    beside = project.root / "configs" / "policy.toml"
    beside.write_text("[policies.own]\non_drift = true\n")
    assert [table.dataset for table in find_tables(project, [])] == ["shop"]
    beside.write_text("[dataset\n")
    with pytest.raises(ConfigError, match=r"policy\.toml"):
        find_tables(project, [])
