"""The policy file: what it may say, and that all its mistakes are told at once."""

from pathlib import Path

import pytest

from churn_mlops.config import AlertRules, RetrainRules
from churn_mlops.config.replaying import Change, Replaying, ReplayPolicy, read_contest, snapshots_of, window_of
from churn_mlops.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "configs" / "policy.toml"
BUILT_IN = ["never", "monthly", "quarterly", "drift", "estimated loss", "own"]


def contest(tmp_path, text, retrain=RetrainRules(), alerts=AlertRules()):  # noqa: B008
    path = tmp_path / "policy.toml"
    path.write_text(text)
    return read_contest(path, retrain, alerts)


def test_without_a_file_those_built_in_compete():
    own, looks = RetrainRules(every_days=14), AlertRules(open_after=1)
    found = read_contest(None, own, looks)
    assert (list(found.policies), found.replaying) == (BUILT_IN, Replaying())
    assert found.policies["own"] == ReplayPolicy(own, looks)
    assert {policy.alerts for policy in found.policies.values()} == {looks}
    never = vars(found.policies["never"].retrain)
    calling = (
        "every_days",
        "max_champion_age_days",
        "on_drift",
        "on_performance",
        "max_loss_share",
        "max_estimated_loss",
    )
    assert not any(never[name] for name in calling)


def test_the_file_that_comes_along_adds_two_and_says_what_holds_anyway():
    found = read_contest(SHIPPED, RetrainRules(), AlertRules())
    assert list(found.policies) == [*BUILT_IN, "drift, patient", "half a year, all rows"]
    assert found.replaying == Replaying()


def test_a_policy_is_off_but_for_what_it_names_and_sees_alerts_as_the_definition_does(tmp_path):
    text = '[policies.mine]\non_drift = true\nbudget = 2\nof_last = 4\npromote = "better"\nwindow = "18 months"\n'
    mine = contest(tmp_path, text, alerts=AlertRules(high_share=0.5, channels=("OPS",))).policies["mine"]
    assert mine.retrain == RetrainRules(0, 0, True, False, 0, budget=2)
    assert mine.alerts == AlertRules(of_last=4, high_share=0.5, channels=("OPS",))
    assert (mine.promote, mine.window) == ("better", "18 months")


def test_one_of_the_same_name_takes_the_place_of_the_one_built_in(tmp_path):
    found = contest(tmp_path, "[policies.monthly]\nevery_days = 30\n").policies
    assert list(found) == BUILT_IN
    assert found["monthly"].retrain.every_days == 30


def test_days_may_be_texts_or_tomls_own_and_changes_are_told(tmp_path):
    text = (
        '[replay]\nfrom = 2025-07-01\nto = "2026-06-01"\n[[replay.changes]]\nmonth = 2026-01-01\nwhat = "Christmas"\n'
    )
    found = contest(tmp_path, text + 'real = false\nkind = "none"\n').replaying
    assert (found.first, found.last) == ("2025-07-01", "2026-06-01")
    assert found.changes == (Change("2026-01-01", "Christmas", False, "none"),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[policies.mine]\non_drft = true", "[policies.mine] unknown key `on_drft`; did you mean `on_drift`?"),
        ("[policies.mine]\nevery_days = -1", "[policies.mine] `every_days` is -1; expected 0 or more"),
        ("[policies.mine]\nopen_after = 9", "[policies.mine] `open_after` is 9; expected 1 to `of_last`, 3"),
        ('[policies.mine]\nchannels = ["OPS"]', "[policies.mine] unknown key `channels`"),
        ('[policies.mine]\npromote = "yes"', "`promote` is 'yes'; expected one of auto, better, never"),
        (
            '[policies.mine]\nwindow = "a year"',
            "`window` is 'a year'; expected sliding, all, chosen, or a number of months",
        ),
        ("[policies.mine]\nwindow = 12", "`window` is 12; expected"),
        ("[policies.month]\nevery_days = 3", "[policies.month] is no name for a policy"),
        ("[policies]\nmine = 3", "[policies.mine] must be a table"),
        ("policies = 3", "[policies] must be a table of tables"),
        ("replay = 3", "[replay] must be a table"),
        ("[polices.mine]\nevery_days = 3", "unknown section or key `polices`; did you mean `policies`?"),
        ("[replay]\nform = 3", "[replay] unknown key `form`"),
        ('[replay]\nfirst = "2025-01-01"', "[replay] unknown key `first`; did you mean `from`?"),
        ('[replay]\nfrom = "July"', "[replay] `from` is 'July'; expected a day like 2026-01-01"),
        ("[replay]\ntrials = 0", "[replay] `trials` is 0; expected 1 or more"),
        ("[replay]\nretraining_cost = nan", "[replay] `retraining_cost` is nan; expected 0 or more"),
        ('[[replay.changes]]\nmonth = "2026"\nwhat = "x"', "`month` is '2026'; expected a day"),
        ("[[replay.changes]]\nmonth = 2026-01-01", "[replay.changes] key `what` is missing"),
        ('[[replay.changes]]\nmonth = 2026-01-01\nwhat = ""\nkind = "people"', "expected one of customers, feed, none"),
        ("[replay", "not valid TOML"),
        ("\n".join(f"[policies.p{n}]" for n in range(7)), "13 policies with those built in; expected at most 12"),
    ],
)
def test_what_cannot_be_right_is_told_by_name(tmp_path, text, problem):
    with pytest.raises(ConfigError) as error:
        contest(tmp_path, text)
    assert problem in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    with pytest.raises(ConfigError, match="2 mistakes:"):
        contest(tmp_path, "[replay]\ntrials = 0\n[policies.mine]\non_drft = true\n")


@pytest.mark.parametrize(
    ("window", "snapshots"), [("", 7), ("sliding", 7), ("chosen", -1), ("all", 0), ("1 month", 1), ("24 months", 24)]
)
def test_a_window_is_so_many_snapshots(window, snapshots):
    assert snapshots_of(window, 7) == snapshots
    assert snapshots_of(window_of(snapshots), 99) == snapshots
