"""The outbox: nothing is lost, nothing told twice, whatever fails and whoever is killed."""

import json
import multiprocessing
import random
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive.files import write_json
from churn_mlops.errors import ConfigError
from churn_mlops.monitoring.alerting.channels import Channel, NotDelivered
from churn_mlops.monitoring.alerting.outbox import OUTBOX, read_outbox, send_waiting

OPS = Channel("OPS", "json://secret-host/t0ken")


def change(n):
    return {"alert": f"a{n}", "state": "open", "name": f"cause {n}", "severity": "high", "message": f"message {n}."}


class World:
    """A log that grows, and channels that can be let fail."""

    def __init__(self, folder):
        self.folder, self.changes, self.standing, self.came, self.broken = folder, {}, set(), [], set()

    def deliver(self, channel, title, body):
        if channel.name in self.broken:
            raise NotDelivered("it is away")
        self.came.append((channel.name, title, body))

    def send(self, *channels, deliver=None):
        asked = (lambda: (dict(self.changes), set(self.standing)), deliver or self.deliver)
        return send_waiting(self.folder, "shop", channels or (OPS,), *asked)

    def add(self, n):
        self.changes[n] = change(n)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_message_is_sent_once(world):
    world.send()
    world.add(4)
    assert (world.send(), world.send()) == ([], [])
    assert [title for _, title, _ in world.came] == ["[shop] high: cause 4"]


def test_a_failing_channel_is_recorded_loses_nothing_and_holds_no_other_up(world):
    mail = Channel("MAIL", "mailto://x")
    world.send(OPS, mail)
    world.broken = {"OPS"}
    for n in (3, 5):
        world.add(n)
        assert world.send(OPS, mail) == [f"OPS: it is away; {1 if n == 3 else 2} waiting"]
    told = read_outbox(world.folder)["OPS"]
    assert (told["waiting"], told["tries"], told["error"]) == ([3, 5], 2, "it is away")
    assert [name for name, *_ in world.came] == ["MAIL", "MAIL"]
    world.broken = set()
    assert world.send(OPS, mail) == []
    assert world.came[-1][:2] == ("OPS", "[shop] 2 alerts: cause 3, cause 5")
    assert read_outbox(world.folder)["OPS"] | {"sent": None} == read_outbox(world.folder)["MAIL"] | {"sent": None}


def test_a_channel_that_is_new_is_told_of_what_stands_and_not_of_the_past(world):
    for n in (2, 4, 6):
        world.add(n)
    world.standing = {4}
    world.send()
    assert [title for _, title, _ in world.came] == ["[shop] high: cause 4"]
    world.add(8)
    world.send()
    assert world.came[-1][1] == "[shop] high: cause 8"


def test_after_a_kill_while_it_was_sent_it_is_sent_again_and_says_so(world):
    world.send()
    world.add(2)
    with pytest.raises(KeyboardInterrupt):
        world.send(deliver=lambda *told: (_ for _ in ()).throw(KeyboardInterrupt()))
    world.send()
    world.add(3)
    world.send()
    assert ["sent before" in body for *_, body in world.came] == [True, False]


def test_a_mistake_that_is_no_failure_of_the_channel_loses_nothing_either(world):
    world.send()
    world.add(2)
    with pytest.raises(ConfigError):
        world.send(deliver=lambda *told: (_ for _ in ()).throw(ConfigError("no apprise")))
    assert read_outbox(world.folder)["OPS"]["waiting"] == [2]
    world.send()
    assert "sent before" not in world.came[0][2]


def test_no_url_and_no_token_is_on_the_disk(world):
    world.broken = {"OPS"}
    world.add(1)
    world.standing = {1}
    world.send()
    assert not any(part in (world.folder / OUTBOX).read_text() for part in ("secret-host", "t0ken", "://"))


def test_without_channels_nothing_is_written(world):
    assert send_waiting(world.folder, "shop", (), lambda: ({}, set()), world.deliver) == []
    assert not (world.folder / OUTBOX).exists()


@pytest.mark.slow
@given(st.lists(st.sampled_from(["add", "send", "break", "mend"]), max_size=30))
def test_whatever_fails_when_everything_arrives_once_and_in_order(tmp_path_factory, steps):
    world, n = World(tmp_path_factory.mktemp("outbox")), 0
    world.send()
    for step in [*steps, "mend", "send"]:
        if step == "add":
            n += 1
            world.add(n)
        elif step == "send":
            world.send()
        else:
            world.broken = {"OPS"} if step == "break" else set()
    told = [int(number) for *_, body in world.came for number in _numbers(body)]
    assert told == list(range(1, n + 1))


def _numbers(body):
    return [line.removeprefix("high: message ").rstrip(".") for line in body.splitlines() if "message" in line]


def _sender(folder, arrived):
    world = World(folder)
    world.changes = {n: change(n) for n in json.loads((folder / "log.json").read_text())}

    def deliver(channel, title, body):
        with arrived.open("a") as file:
            file.write("".join(f"{n}\n" for n in _numbers(body)))
        time.sleep(0.01)

    world.send(deliver=deliver)


@pytest.mark.slow
def test_of_many_processes_at_once_one_sends(tmp_path):
    """Each has seen the same log."""
    write_json(tmp_path / "log.json", [])
    _sender(tmp_path, arrived := tmp_path / "arrived")
    write_json(tmp_path / "log.json", [1, 2, 3])
    context = multiprocessing.get_context("fork")
    started = [context.Process(target=_sender, args=(tmp_path, arrived)) for _ in range(5)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert arrived.read_text().split() == ["1", "2", "3"]


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_a_repeat_says_so(tmp_path):
    write_json(tmp_path / "log.json", [])
    arrived, rng = tmp_path / "arrived", random.Random(5)
    _sender(tmp_path, arrived)
    context = multiprocessing.get_context("fork")
    for n in range(1, 31):
        write_json(tmp_path / "log.json", list(range(1, n + 1)))
        process = context.Process(target=_sender, args=(tmp_path, arrived))
        process.start()
        time.sleep(rng.random() * 0.03)
        process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
    _sender(tmp_path, arrived)
    assert set(arrived.read_text().split()) == {str(n) for n in range(1, 31)}
