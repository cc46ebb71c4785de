"""Four who decide at the same time, and are killed while they do: nothing that was told to them is lost.

No pointer leads to a model that is missing, changed or not approved, at any moment.
"""

import multiprocessing
import os
import random
import signal
import time

import pytest
from tests.registry.published import publish

from churn_mlops.config import Policy
from churn_mlops.errors import ActRefused, PromotionRefused
from churn_mlops.registry.acts import approve, promote_model, reject
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.champion import check_run, read_champion, registry_folder
from churn_mlops.registry.models import replay
from churn_mlops.registry.rollback import rollback

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked, so that they start at once")
POLICY = Policy("one")


def act(runs, rng, versions) -> str:
    """One decision, whichever; the hash of its record. Raises where the rules are against it."""
    version, kind = rng.choice(versions), rng.random()
    if kind < 0.45:
        return approve(runs, "shop", version, "good", POLICY).hash
    if kind < 0.85:
        return promote_model(runs, "shop", version, POLICY).record
    return (rollback(runs, "shop").record) if kind < 0.9 else reject(runs, "shop", version, "bad").hash


def write(runs, number: int, versions, told: str, wanted: int, seed: int) -> None:
    """Decide until so many decisions have been told to be done; each is noted in a file of the writer's own."""
    os.environ["CHURN_ACTOR"] = f"writer {number}"
    rng = random.Random(seed)
    with open(told, "a+", buffering=1) as file:  # noqa: PTH123
        file.seek(0)
        done = len(file.read().splitlines())
        while done < wanted:
            try:
                record = act(runs, rng, versions)
            except (ActRefused, PromotionRefused):
                continue
            file.write(record + "\n")
            done += 1


def check_champion(runs) -> None:
    """Whatever is going on: the champion is there to the bit, and was approved when it came to serve."""
    champion = read_champion(runs, "shop")
    if champion is None:
        return
    check_run(runs, "shop", champion.version, champion.digest)
    records = read_log(registry_folder(runs, "shop"))
    place = next(n for n, record in enumerate(records) if record.hash == champion.record)
    model = replay(records[:place])[champion.version]
    assert model.stopped is None
    assert records[place].kind == "rollback" or model.approvals


def run_and_kill(runs, folder, versions, wanted: int, kills: int) -> int:
    """Let four write; kill one now and then, and let another take its place. Returns how many were killed."""
    context, rng, killed = multiprocessing.get_context("fork"), random.Random(wanted), 0

    def start(number):
        seed = rng.randrange(1 << 30)
        writer = context.Process(target=write, args=(runs, number, versions, folder / f"{number}", wanted, seed))
        writer.start()
        return writer

    writers = [start(number) for number in range(4)]
    while any(writer.is_alive() for writer in writers):
        time.sleep(rng.uniform(0, wanted / 1000))  # or few would be alive to be killed
        check_champion(runs)
        number = rng.randrange(4)
        if killed < kills and writers[number].is_alive():
            os.kill(writers[number].pid, signal.SIGKILL)
            writers[number].join()
            killed += writers[number].exitcode == -signal.SIGKILL
            writers[number] = start(number)
    assert [writer.exitcode for writer in writers] == [0] * 4
    return killed


@pytest.mark.parametrize(
    ("wanted", "kills"),
    [pytest.param(10, 12, marks=pytest.mark.slow), pytest.param(250, 200, marks=pytest.mark.nightly)],
)
def test_four_decide_at_once_and_nothing_is_lost(runs, tmp_path, wanted, kills):
    versions = [publish(runs, b"model %d" % n) for n in range(5)]
    killed = run_and_kill(runs, tmp_path, versions, wanted, kills)
    assert killed > 0
    records = read_log(registry_folder(runs, "shop"))
    hashes = [record.hash for record in records]
    for number in range(4):
        told = (tmp_path / f"{number}").read_text().split()
        own = [record for record in records if record.by == f"writer {number}" and record.kind != "recovery"]
        assert len(told) == wanted
        assert set(told) <= set(hashes)
        assert len(own) - wanted <= killed  # done, and killed before it could be noted
    moves = [record.facts["generation"] for record in records if record.kind in ("promotion", "rollback")]
    assert moves == list(range(1, len(moves) + 1))
    assert verify_audit(runs, "shop", POLICY).problems == []
    check_champion(runs)
