"""The champion before serves again, in one step, and what was rolled back from stays away until it is approved anew."""

import shutil

import pytest
from tests.registry.published import publish, serve

from churn_mlops.config import Policy
from churn_mlops.errors import PromotionRefused
from churn_mlops.registry.acts import approve, promote_model, reject, retire
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import MODEL, read_champion, registry_folder
from churn_mlops.registry.models import replay
from churn_mlops.registry.rollback import rollback

AUTO = Policy()


def state(runs, version):
    return replay(read_log(registry_folder(runs, "shop")))[version].state


def test_a_rollback_makes_the_champion_before_serve_again(runs):
    first, second = serve(runs, b"1"), serve(runs, b"2")
    champion = rollback(runs, "shop", "complaints")
    assert champion == read_champion(runs, "shop")
    assert (champion.version, champion.before, champion.generation) == (first, second, 3)
    assert (state(runs, first), state(runs, second)) == ("champion", "retired")
    assert read_log(registry_folder(runs, "shop"))[-1].facts["reason"] == "complaints"


def test_rollbacks_go_back_step_by_step_and_never_forth(runs):
    versions = [serve(runs, b"%d" % n) for n in range(3)]
    assert [rollback(runs, "shop").version for _ in range(2)] == [versions[1], versions[0]]
    with pytest.raises(PromotionRefused, match=r"no other model has served before it. Cure: .* models"):
        rollback(runs, "shop")


def test_after_a_rollback_and_a_promotion_the_way_back_leads_past_the_bad_one(runs):
    good, _ = serve(runs, b"good"), serve(runs, b"bad")
    rollback(runs, "shop")
    serve(runs, b"next")
    assert rollback(runs, "shop").version == good


def test_what_was_rolled_back_from_serves_again_only_after_an_approval(runs):
    serve(runs, b"good")
    bad = serve(runs, b"bad")
    rollback(runs, "shop", "false alarms tripled")
    with pytest.raises(PromotionRefused, match=r"Ben .* rolled back from it .*: false alarms tripled"):
        promote_model(runs, "shop", bad, AUTO)
    with pytest.raises(PromotionRefused, match="rolled back from it"):
        promote_model(runs, "shop", publish(runs, b"bad"), AUTO, 3)  # the next night's run makes the same model
    approve(runs, "shop", bad, "the alarms were right", AUTO)
    assert promote_model(runs, "shop", bad, AUTO).version == bad


def change(runs, version):
    (runs / version / MODEL).chmod(0o644)
    (runs / version / MODEL).write_bytes(b"other")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda runs, version: reject(runs, "shop", version, "wrong"), "rejected by"),
        (lambda runs, version: retire(runs, "shop", version, "old"), "retired by"),
        (lambda runs, version: shutil.rmtree(runs / version), "no such run"),
        (change, "has digest"),
    ],
    ids=["rejected", "retired", "gone", "changed"],
)
def test_a_model_that_may_not_serve_is_passed_over_and_named(runs, spoil, words):
    first, second, _ = (serve(runs, b"%d" % n) for n in range(3))
    spoil(runs, second)
    assert rollback(runs, "shop").version == first
    (passed,) = read_log(registry_folder(runs, "shop"))[-1].facts["passed"]
    assert passed.startswith(second)
    assert words in passed


def test_without_a_champion_there_is_nothing_to_roll_back(runs):
    publish(runs)
    with pytest.raises(PromotionRefused, match="no champion yet"):
        rollback(runs, "shop")
