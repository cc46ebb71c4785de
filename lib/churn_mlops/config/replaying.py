"""The policy file of `replay`: which months are gone through, what is known to have changed, which policies compete."""

import datetime
import re
import tomllib
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from churn_mlops.config.alerting import alert_rules
from churn_mlops.config.reading import read_text, retrain_rules
from churn_mlops.config.settings import AlertRules, RetrainRules
from churn_mlops.config.typed import build, nearest
from churn_mlops.errors import ConfigError

PROMOTES = ("auto", "better", "never")
KINDS = ("customers", "feed", "none")
MOST = 12  # policies side by side: more than anybody reads
RESERVED = ("customer", "month")  # columns beside the policies'
_WINDOW = re.compile(r"sliding|all|chosen|([1-9]\d*) months?")
CHOSEN = -1  # snapshots of a window that is chosen by what would have foretold the last month best
_APART = {"channels", "window"}  # keys of rules that a policy does not have, or has in words of its own
_OFF = RetrainRules(max_champion_age_days=0, on_drift=False, on_performance=False, max_loss_share=0)
_LOOKS = AlertRules()
_OUTSIDE = {"from": "first", "to": "last"}  # keys that Python keeps for itself, or that say more beside each other


@dataclass(frozen=True)
class Change:
    """A change of which one knows: false alarms and days until it is noticed are counted by it."""

    month: str  # its first day, YYYY-MM-DD
    what: str
    real: bool = True  # false: looks like one and is none
    kind: str = "customers"  # or "feed", or "none"


@dataclass(frozen=True)
class Replaying:
    """Which months, and how much each training may try: the section [replay]."""

    first: str = ""  # `from`: first month replayed, YYYY-MM-DD; empty: the first on which a model could be trained
    last: str = ""  # `to`: last one; empty: the last whose labels are in
    trials: int = 4  # settings that each training tries; 4 are the first of each family
    search_rows: int = 5_000  # rows that a trial sees at most
    fold_rows: int = 10_000  # rows of a fold that a finalist learns from at most, and is judged by; 0: as in 03_train
    replicates: int = 100  # resampled data sets behind the interval of each difference
    seed: int = 0  # of folds, search, models and resampling
    retraining_cost: float = 0  # of a training and its promotion, in the currency: what the recommendation counts
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class ReplayPolicy:
    """When to alert, train again and promote, and which months a model learns from."""

    retrain: RetrainRules = _OFF
    alerts: AlertRules = _LOOKS
    promote: str = "auto"  # as the pipeline does; "better": only with evidence of better; "never": not by itself
    window: str = ""  # of [retrain], or "12 months"; empty: as [features] says


@dataclass(frozen=True)
class Contest:
    """All that a policy file says, with the policies that are built in."""

    replaying: Replaying
    policies: dict[str, ReplayPolicy] = field(default_factory=dict)


def built_in(retrain: RetrainRules, alerts: AlertRules) -> dict[str, ReplayPolicy]:
    """The policies that compete without being told; `own` is what the dataset's definition says.

    Those by the calendar train whatever is seen, as a line in a crontab would.
    """
    rules = {
        "never": _OFF,
        "monthly": replace(_OFF, every_days=28, hold_on=()),
        "quarterly": replace(_OFF, every_days=89, hold_on=()),
        "drift": replace(_OFF, on_drift=True, on_performance=True, cool_down_days=45),
        "estimated loss": replace(_OFF, max_estimated_loss=0.1, cool_down_days=45),
        "own": retrain,
    }
    return {name: ReplayPolicy(rule, alerts, window=rule.window) for name, rule in rules.items()}


def read_contest(path: Path | None, retrain: RetrainRules, alerts: AlertRules) -> Contest:
    """The policy file, or what holds without one; raises ConfigError with every mistake in it at once.

    `retrain` and `alerts` are those of the dataset's definition.
    """
    known = built_in(retrain, alerts)
    if path is None:
        return Contest(Replaying(), known)
    try:
        raw = tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}. Cure: correct that line.") from None
    problems = [f"unknown section or key `{key}`{nearest(key, SECTIONS)}" for key in raw if key not in SECTIONS]
    replaying = _replaying(raw.get("replay", {}), problems)
    policies = known | _policies(raw.get("policies", {}), alerts, problems)
    if len(policies) > MOST:
        problems.append(f"{len(policies)} policies with those built in; expected at most {MOST}")
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"{path}: {len(problems)} mistake{'s' * (len(problems) > 1)}:{listed}")
    return Contest(replaying, policies)


def between(contest: Contest, first: str, last: str) -> Contest:
    """The same with a first and a last month in place of the file's; raises ConfigError where they cannot be."""
    for option, day in (("--from", first), ("--to", last)):
        if day and not is_day(day):
            raise ConfigError(f"{option} {day}: not a day. Cure: one like 2026-03-31.")
    found = replace(contest.replaying, first=first or contest.replaying.first, last=last or contest.replaying.last)
    if found.first and found.last and found.first > found.last:
        told = f"from {found.first} to {found.last}"
        raise ConfigError(f"replay: {told}: the first month comes after the last. Cure: swap them.")
    return replace(contest, replaying=found)


SECTIONS = ("replay", "policies")


def _replaying(raw, problems: list[str]) -> Replaying:
    if not isinstance(raw, dict):
        problems.append("[replay] must be a table")
        return Replaying()
    problems += [f"[replay] unknown key `{key}`; did you mean `{k}`?" for k, key in _OUTSIDE.items() if key in raw]
    told = {_OUTSIDE.get(key, key): _as_text(value) for key, value in raw.items() if key not in _OUTSIDE.values()}
    changes = _changes(told.pop("changes", []), problems)
    found = build(Replaying, told, "replay", problems) or Replaying()
    problems += _impossible(found)
    return replace(found, changes=changes)


def _as_text(value):
    """A day of TOML's own kind as its text."""
    return value.isoformat() if type(value) is datetime.date else value


def _changes(raw, problems: list[str]) -> tuple[Change, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        problems.append("[[replay.changes]] must be a list of tables")
        return ()
    told = [{key: _as_text(value) for key, value in one.items()} for one in raw]
    found = [build(Change, one, "replay.changes", problems) for one in told]
    for change in filter(None, found):
        if not is_day(change.month):
            problems.append(f"[replay.changes] `month` is {change.month!r}; expected a day like 2026-01-01")
        if change.kind not in KINDS:
            problems.append(f"[replay.changes] `kind` is {change.kind!r}; expected one of {', '.join(KINDS)}")
    return tuple(filter(None, found))


def _impossible(found: Replaying):
    for key, name in _OUTSIDE.items():
        if getattr(found, name) and not is_day(getattr(found, name)):
            yield f"[replay] `{key}` is {getattr(found, name)!r}; expected a day like 2026-01-01"
    least = {"trials": 1, "search_rows": 100, "fold_rows": 0, "replicates": 20, "seed": 0, "retraining_cost": 0}
    for name, low in least.items():
        if not low <= getattr(found, name) < float("inf"):
            yield f"[replay] `{name}` is {getattr(found, name)!r}; expected {low} or more"


def is_day(text: str) -> bool:
    """Whether a text is a day, YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _policies(raw, alerts: AlertRules, problems: list[str]) -> dict[str, ReplayPolicy]:
    if not isinstance(raw, dict):
        problems.append("[policies] must be a table of tables")
        return {}
    return {name: _policy(name, own, alerts, problems) for name, own in raw.items()}


def _policy(name: str, raw, alerts: AlertRules, problems: list[str]) -> ReplayPolicy:
    """One policy: what it does not name of [retrain] is off, of [alerts] as in the definition."""
    section = f"policies.{name}"
    if not isinstance(raw, dict):
        problems.append(f"[{section}] must be a table")
        return ReplayPolicy()
    if name in RESERVED or not name.isprintable() or not name.strip():
        problems.append(f"[{section}] is no name for a policy; expected a word or two other than {', '.join(RESERVED)}")
    of_retrain, of_alerts = (
        {f.name for f in fields(cls)} - {"channels", "window"} for cls in (RetrainRules, AlertRules)
    )
    known = of_retrain | of_alerts | {"promote", "window"}
    problems += [f"[{section}] unknown key `{key}`{nearest(key, known)}" for key in raw if key not in known]
    mine: list[str] = []
    rules = retrain_rules(_plain(_OFF) | {k: raw[k] for k in raw if k in of_retrain}, mine)
    looks = alert_rules(_plain(alerts) | {k: raw[k] for k in raw if k in of_alerts}, mine)
    policy = ReplayPolicy(rules, looks, raw.get("promote", "auto"), raw.get("window", ""))
    problems += [re.sub(r"^\[(retrain|alerts)\]", f"[{section}]", one) for one in mine]
    problems += [f"[{section}] {one}" for one in _wrong(policy)]
    return policy


def _plain(rules) -> dict:
    """Rules as TOML would hold them."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(rules).items()}


def _wrong(policy: ReplayPolicy):
    if policy.promote not in PROMOTES:
        yield f"`promote` is {policy.promote!r}; expected one of {', '.join(PROMOTES)}"
    if policy.window and not (isinstance(policy.window, str) and _WINDOW.fullmatch(policy.window)):
        yield f'`window` is {policy.window!r}; expected sliding, all, chosen, or a number of months like "12 months"'


def snapshots_of(window: str, default: int) -> int:
    """How many of the newest snapshots before the test a window holds, 0: all; `default` where it does not say."""
    if window in ("", "sliding"):
        return default
    return CHOSEN if window == "chosen" else int(_WINDOW.fullmatch(window)[1] or 0)


def window_of(snapshots: int) -> str:
    """The name of a window of so many snapshots."""
    return "chosen" if snapshots == CHOSEN else f"{snapshots} months" if snapshots else "all"
