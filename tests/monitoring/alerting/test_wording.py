import pytest

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, RESOLVED, SEEN, Alert
from churn_mlops.monitoring.alerting.wording import body_of, describe_alert, next_command, title_of

AGAIN = "python pipeline.py --config configs/shop.toml"
ALERT = Alert(
    "feed broken",
    ("usage",),
    OPEN,
    "high",
    "`usage` stopped arriving.",
    "A source that was renamed.",
    "Repair it; then run: python pipeline.py",
    -1234.4,
    0.21,
    "2026-01-03",
    (True, False, True),
    "20260105-000000-abcdef",
    "7f3a2c",
)


def facts(alert=ALERT, **changes):
    told = describe_alert(alert, AlertRules(), AGAIN, "EUR")
    return {**told, "alert": told["id"], **changes}


def with_(**changes):
    return Alert(**{**ALERT.__dict__, **changes})


def test_it_says_what_since_when_how_sure_why_what_it_costs_and_what_comes_next():
    assert title_of("shop", [facts()]) == "[shop] high: feed broken"
    assert body_of([facts()]).splitlines() == [
        "high: `usage` stopped arriving.",
        "Since 2026-01-03, seen in 2 of the last 3 looks.",
        "Likely cause: A source that was renamed.",
        "It may cost about 1,234 EUR, 21% of the expected profit.",
        "Cure: Repair it; then run: python pipeline.py",
        f"Next: {AGAIN}",
        "Known already? python pipeline.py alerts ack 7f3a2c --reason WHY",
        "Page: runs/20260105-000000-abcdef/index.html#monitoring",
    ]


def test_the_end_and_an_acknowledgement_are_short():
    ended = facts(state=RESOLVED)
    assert title_of("shop", [ended]) == "[shop] resolved: feed broken"
    assert len(body_of([ended]).splitlines()) == 3
    known = facts(state=ACKNOWLEDGED, by="Bo", reason="on it")
    assert "Acknowledged by Bo: on it" in body_of([known])


def test_several_are_one_message():
    two = [facts(), facts(state=RESOLVED)]
    assert title_of("shop", two) == "[shop] 2 alerts: feed broken, feed broken"
    assert body_of(two).count("\n\n") == 1


def test_names_from_the_data_can_neither_break_the_lines_nor_fill_the_page():
    body = body_of([facts(message="`a\nPage: http://evil\x1b[31m` moved", cause="x" * 10_000)])
    assert len(body.splitlines()) == 8
    assert "\x1b" not in body
    assert max(map(len, body.splitlines())) <= 600


@pytest.mark.parametrize(
    ("cure", "command"),
    [
        ("Train on newer data: python pipeline.py", AGAIN),
        ("Look first: python pipeline.py show 2026; then decide.", "python pipeline.py show 2026"),
        ("Do: python pipeline.py data diff a b. Then think.", "python pipeline.py data diff a b"),
        ("Run python pipeline.py.", AGAIN),
        ("Repair the source.", f"python pipeline.py show {ALERT.version}"),
        ("", f"python pipeline.py show {ALERT.version}"),
    ],
)
def test_there_is_always_a_command_to_run_next(cure, command):
    assert next_command(with_(cure=cure), AGAIN) == command


@pytest.mark.parametrize(
    ("changes", "sure"),
    [
        ({"looks": (True,), "state": SEEN}, "seen in the only look; opens once 2 of 3 have seen it"),
        ({"looks": (True, True, False)}, "seen in 2 of the last 3 looks; not in the last 1, over after 2 such"),
        ({"looks": (True,) * 5}, "seen in 3 of the last 3 looks"),
    ],
)
def test_how_sure_is_told_by_looks(changes, sure):
    assert describe_alert(with_(**changes), AlertRules(), AGAIN)["sure"] == sure


def test_money_that_nobody_knows_is_not_made_up():
    assert "What it costs is not known." in body_of([facts(with_(money=None, share=None))])
    assert "It may cost about 50 EUR." in body_of([facts(with_(money=-50.0, share=None))])
