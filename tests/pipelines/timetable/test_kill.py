"""SIGKILL in every phase of a watcher and its jobs: each due time is done exactly once, as the archive counts it."""

import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.pipelines.conftest import lay_out_stages
from tests.pipelines.timetable.killed import ONCE, WHERE
from tests.registry.published import AUTHOR, publish, serve
from tests.serving.batch.conftest import customers, published

from churn_mlops.archive.manifests import manifests
from churn_mlops.pipelines.stage import Stage
from churn_mlops.pipelines.timetable.journal import Entry, read_journal, write_journal
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.pointer import registry_folder

__all__ = ["published"]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")]
ROOT = Path(__file__).parents[3]
NEW_YEAR, DUE = "0 0 1 1 *", "2026-01-01T00:00:00Z"
SCHEDULE = """
[schedule]
{times}
input = "new.csv"
output = "lists/{{due}}.csv"
retry_minutes = 0.001
"""
TAKE = Stage("01_take", writes=("definition.json", "tables/"))
BUILD = Stage("02_build", reads=("tables/",), writes=("features.parquet", "labels.parquet"))
TRAIN = Stage(
    "03_train", reads=("features.parquet",), writes=("model.skops", "model.json", "gates.json", "promotion.json")
)
LOOK = Stage("06_look", reads=("features.parquet",), writes=("alerts.json",))
WRITE = "from pathlib import Path\nfrom churn_mlops.archive.files import write_json\nat = Path(run_dir)"
CELLS = {
    TAKE: (
        WRITE,
        "data = (Path('..') / 'configs' / 'shop.csv').read_text()",
        "(at / 'tables').mkdir()\n(at / 'tables' / 'a').write_text(data)\nwrite_json(at / 'definition.json', 1)",
    ),
    BUILD: (
        WRITE,
        "write_json(at / 'features.parquet', (at / 'tables' / 'a').read_text())\nwrite_json(at / 'labels.parquet', 1)",
    ),
    TRAIN: (
        WRITE,
        "from churn_mlops.archive.digest import digest_file\n(at / 'model.skops').write_bytes(b'another')",
        "write_json(at / 'model.json', {'digest': digest_file(at / 'model.skops'), 'name': 'boosted'})\n"
        "write_json(at / 'gates.json', [{'name': 'calibrated', 'passed': True}])",
        "told = {'promoted': True, 'expected_generation': 1, 'reason': 'better', 'champion_before': None}\n"
        "write_json(at / 'promotion.json', told)",
    ),
    LOOK: (WRITE, "write_json(at / 'alerts.json', [])"),
}


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


def environment() -> dict[str, str]:
    """With the tests among what can be imported, for the moments at which jobs die."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(ROOT)])}


class Shop:
    """A project whose model serves, with one due time that is over for each of some jobs."""

    dataset = "shop"

    def __init__(self, root: Path, jobs: tuple[str, ...]):
        self.root, self.runs, self.jobs = root, root / "runs", jobs
        lay_out_stages(root, CELLS)
        pipeline = root / "pipeline.py"
        armed = "\n    from tests.pipelines.timetable.killed import arm\n\n    arm()\n    main("
        pipeline.write_text(pipeline.read_text().replace("\n    main(", armed))
        times = "\n".join(f'{job} = "{NEW_YEAR}"' for job in jobs)
        if "score" not in jobs:
            times += "\n[ignored]\n"
        path = root / "configs" / "shop.toml"
        schedule = SCHEDULE.format(times=times)
        path.write_text(
            path.read_text()
            + schedule.partition("\n[ignored]")[0]
            + "\nretry_minutes = 0.001\n" * ("score" not in jobs)
        )

    def make_due(self) -> None:
        entry = Entry(NEW_YEAR, "UTC", "2025-06-01T00:00:00Z")
        write_journal(self.runs, self.dataset, {job: entry for job in self.jobs})

    def watch(self, **more) -> subprocess.CompletedProcess:
        command = [sys.executable, "pipeline.py", "watch", "--once"]
        env = environment() | more
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, timeout=300)

    def kill_at(self, where: str) -> None:
        """Be killed there, then be called as cron would call it, until all is done."""
        once = self.root / "killed"
        first = self.watch(**{WHERE: where, ONCE: str(once)})
        assert once.exists(), (first.stdout, first.stderr)
        for _ in range(4):
            time.sleep(1.1)  # until a further try is due: moments are kept to the second
            if self.watch().returncode == 0 and self.is_done():
                break
        assert self.is_done(), (first.stdout, self.logs())
        assert self.watch().stdout == ""  # and nothing more is due

    def is_done(self) -> bool:
        return all(entry.done == DUE for entry in read_journal(self.runs, self.dataset).values())

    def logs(self) -> list[str]:
        return [path.read_text() for path in sorted(self.runs.rglob("logs/**/*.log"))]

    def decisions(self) -> list[str]:
        records = read_log(registry_folder(self.runs, self.dataset))
        return [r.facts["call_key"] for r in records if r.kind == "retraining" and "call_key" in r.facts]

    def runs_by_key(self, status="succeeded") -> Counter:
        made = [m for m in manifests(self.runs) if m.get("call_key") and m["status"] == status]
        return Counter(m["call_key"] for m in made)


def with_model(shop: Shop, finished: str) -> Shop:
    parameters = {"01_data": {"config": "../configs/shop.toml"}}
    serve(shop.runs, b"one", finished=finished, parameters=parameters, stages=[], waits=None)
    shop.make_due()
    return shop


WATCHER = ["before the claim", "after the claim", "job begun", "before the outcome", "after the outcome"]


def nightly(*names):
    return [pytest.param(name, marks=pytest.mark.nightly) for name in names]


DECISION = ["before the outcome", "before the claim", "after the claim", "after the outcome", "before the decision"]


@pytest.mark.parametrize("where", ["job begun", "after the decision", *nightly(*DECISION)])
def test_a_decision_about_retraining_is_on_record_once_wherever_a_kill_comes(tmp_path, where):
    shop = with_model(Shop(tmp_path / "shop", ("retrain",)), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    shop.kill_at(where)
    assert shop.decisions() == [f"retrain {DUE}"]


@pytest.mark.parametrize("where", nightly("after the list", "before the list", *WATCHER))
def test_a_list_of_scores_is_written_once_wherever_a_kill_comes(tmp_path, published, where):
    shop = Shop(tmp_path / "shop", ("score",))
    shop.dataset = "people"
    path = shop.root / "configs" / "shop.toml"
    path.write_text(path.read_text().replace('name = "shop"', 'name = "people"'))
    shutil.copytree(published[0], shop.runs, symlinks=True)
    customers(60).to_csv(shop.root / "configs" / "new.csv", index=False)
    shop.make_due()
    shop.kill_at(where)
    (told,) = (shop.root / "configs" / "lists").glob("*.json")
    assert (told.name, json.loads(told.read_text())["call_key"]) == ("20260101-000000.csv.json", f"score {DUE}")
    assert [one.name for one in told.parent.glob(".*")] == []
    listed = told.with_name("20260101-000000.csv")
    before = listed.stat().st_mtime_ns
    assert shop.watch().returncode == 0
    assert listed.stat().st_mtime_ns == before


PUBLISHED = ["before publication", "after publication", "before the promotion", "after the promotion"]


@pytest.mark.kernel
@pytest.mark.parametrize("where", ["before the promotion", *nightly(*WATCHER, *PUBLISHED[:2], PUBLISHED[3])])
def test_a_training_is_published_once_and_its_model_serves_wherever_a_kill_comes(tmp_path, where):
    shop = with_model(Shop(tmp_path / "shop", ("retrain",)), "2025-01-01T00:00:00Z")
    path = shop.root / "configs" / "shop.toml"
    path.write_text(path.read_text() + "\n[retrain]\ncool_down_days = 0\nevery_days = 0.000001\n")
    shop.kill_at(where)
    assert shop.decisions() == [f"retrain {DUE}"]
    assert shop.runs_by_key() == {f"retrain {DUE}": 1}
    champion = read_champion(shop.runs, "shop")
    assert (champion.generation, champion.version) == (2, next(manifests(shop.runs))["version"])


@pytest.mark.kernel
@pytest.mark.nightly
@pytest.mark.parametrize("where", [*WATCHER, *PUBLISHED[:2]])
def test_a_look_is_published_once_wherever_a_kill_comes(tmp_path, where):
    shop = with_model(Shop(tmp_path / "shop", ("monitor",)), "2026-01-01T00:00:00Z")
    shop.kill_at(where)
    assert shop.runs_by_key() == {f"monitor {DUE}": 1}
    looks = [r for r in read_log(registry_folder(shop.runs, "shop")) if r.kind == "run" and r.facts["look"]]
    assert len([r for r in looks if r.facts["version"] == next(manifests(shop.runs))["version"]]) == 1


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGTERM, 143), pytest.param(signal.SIGINT, 130, marks=pytest.mark.nightly)]
)
def test_ended_in_order_it_ends_its_job_says_so_and_the_next_takes_it_up(tmp_path, sent, code):
    shop = with_model(Shop(tmp_path / "shop", ("retrain",)), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    command = [sys.executable, "pipeline.py", "watch"]
    own = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}  # in the background it is ignored
    watcher = subprocess.Popen(command, cwd=shop.root, stdout=subprocess.PIPE, text=True, env=environment(), **own)
    for line in watcher.stdout:
        if "retrain: due" in line:
            break
    jobs = children_of(watcher.pid)
    watcher.send_signal(sent)
    assert watcher.wait(60) == code
    watcher.stdout.close()
    assert not any(map(psutil.pid_exists, jobs))
    assert json.loads((shop.runs / ".watch" / "watcher.json").read_text())["ended"]
    assert shop.watch().returncode == 0
    assert (shop.is_done(), shop.decisions()) == (True, [f"retrain {DUE}"])


class Foreground(Shop):
    """A project that is watched in the foreground, every other second, and whose data do not stand still."""

    def __init__(self, root: Path, published: Path):
        super().__init__(root, ("monitor", "score", "retrain"))
        self.dataset = "people"
        path = root / "configs" / "shop.toml"
        text = path.read_text().replace('name = "shop"', 'name = "people"').replace(NEW_YEAR, "*/2 * * * * *")
        path.write_text(text + "\n[retrain]\nmax_champion_age_days = 0\n")
        shutil.copytree(published, self.runs, symlinks=True)
        customers(60).to_csv(root / "configs" / "new.csv", index=False)
        self.said = root / "said.log"

    def start(self) -> subprocess.Popen:
        with self.said.open("a") as said:
            command = [sys.executable, "pipeline.py", "watch"]
            return subprocess.Popen(command, cwd=self.root, env=environment(), stdout=said, stderr=subprocess.STDOUT)

    def change_data(self, number: int) -> None:
        with (self.root / "configs" / "shop.csv").open("a") as file:
            file.write(f"c{number},1\n")

    def claimed(self) -> dict[str, set[str]]:
        """The due times that the watchers have told of, by job."""
        found: dict[str, set[str]] = {"monitor": set(), "score": set(), "retrain": set()}
        for line in self.said.read_text().splitlines():
            if ": due " in line:
                job, due = line.split(": due ")[0].split()[-1], line.split(": due ")[1][:20]
                found[job].add(due)
        return found


@pytest.mark.kernel
@pytest.mark.nightly
def test_killed_at_random_each_due_time_that_was_claimed_is_done_once(tmp_path, published):
    """30 watchers killed, half of them with the job that goes on; at the end one is ended in order."""
    number, shop = secrets.randbits(32), Foreground(tmp_path / "shop", published[0])
    rng = random.Random(number)
    with_finished(shop)
    for kill in range(30):
        shop.change_data(kill)
        watcher = shop.start()
        time.sleep(rng.uniform(0.5, 8))
        jobs = children_of(watcher.pid) if rng.random() < 0.5 else []
        for pid in (watcher.pid, *jobs):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        watcher.wait()
    watcher = shop.start()
    time.sleep(10)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(60) == 143, number
    for _ in range(2):
        said = shop.watch().stdout
        shop.said.write_text(shop.said.read_text() + said)
    claimed = shop.claimed()
    lists = Counter(json.loads(one.read_text())["call_key"] for one in shop.root.glob("configs/lists/*.json"))
    assert Counter(shop.decisions()) == {f"retrain {due}": 1 for due in claimed["retrain"]}, number
    assert lists == {f"score {due}": 1 for due in claimed["score"]}, number
    assert set(shop.runs_by_key().values()) == {1}, number
    assert {key for key in shop.runs_by_key()} <= {f"{job} {due}" for job, dues in claimed.items() for due in dues}


def with_finished(shop: Shop) -> None:
    """The last run as the decision about retraining needs it."""
    parameters = {"01_data": {"config": "../configs/shop.toml"}}
    told = {"finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "stages": [], "waits": None}
    publish(shop.runs, b"model", dataset="people", parameters=parameters, **told)


def children_of(pid: int) -> list[int]:
    with suppress(psutil.NoSuchProcess):
        return [child.pid for child in psutil.Process(pid).children()]
    return []
