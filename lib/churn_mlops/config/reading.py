"""Reading the TOML file of a run. Every error names the file, the key, the value seen and what was expected."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from churn_mlops.config.alerting import alert_rules
from churn_mlops.config.definition import Column, Dataset, Definition, Money, Reading
from churn_mlops.config.events import Events
from churn_mlops.config.offers import Offers
from churn_mlops.config.plausible import implausible
from churn_mlops.config.settings import AlertRules, Config, Hooks, Limits, Policy, RetrainRules, Schedule
from churn_mlops.config.typed import build
from churn_mlops.errors import ConfigError

APPROVALS = ("auto", "one", "two")
WINDOWS = ("sliding", "all", "chosen")  # what features.window may be
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")


def read_config(path: Path) -> Config:
    """Read and check a dataset definition; raises ConfigError with every mistake in the file at once."""
    path = Path(path)
    text = read_text(path)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}. Cure: correct that line.") from None
    problems: list[str] = []
    definition = _definition(raw, problems)
    limits = _limits(raw.pop("limits", {}), problems)
    hooks = _hooks(raw.pop("hooks", {}), problems)
    policy = _policy(raw.pop("policy", {}), problems)
    schedule = _schedule(raw.pop("schedule", {}), problems)
    alerts = alert_rules(raw.pop("alerts", {}), problems)
    retrain = retrain_rules(raw.pop("retrain", {}), problems)
    parameters = {name: section for name, section in raw.items() if isinstance(section, dict)}
    problems += [f"`{key}` stands outside any section" for key in raw if key not in parameters]
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"{path}: {len(problems)} mistake{'s' * (len(problems) > 1)}:{listed}")
    definition = replace(definition, approval=policy.approval)
    return Config(path, text, definition, parameters, limits, hooks, policy, schedule, alerts, retrain)


def read_policy(path: Path, dataset: str) -> Policy | None:
    """The policy in a definition of this dataset, whatever else is in the file; None where it is another's.

    Raises ConfigError for a file that cannot be read, or a policy that is none: nobody could tell what it asks for.
    """
    return _read_section(path, dataset, "policy", _policy)


def read_schedule(path: Path, dataset: str) -> Schedule | None:
    """The schedule in a definition of this dataset, as `read_policy` reads the policy."""
    return _read_section(path, dataset, "schedule", _schedule)


def read_alert_rules(path: Path, dataset: str) -> AlertRules | None:
    """The rules of alerts in a definition of this dataset, as `read_policy` reads the policy."""
    return _read_section(path, dataset, "alerts", alert_rules)


def read_retrain_rules(path: Path, dataset: str) -> RetrainRules | None:
    """When to train again, in a definition of this dataset, as `read_policy` reads the policy."""
    return _read_section(path, dataset, "retrain", retrain_rules)


def _read_section(path: Path, dataset: str, name: str, build_section):
    try:
        raw = tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}. Cure: correct that line.") from None
    section = raw.get("dataset")
    if not isinstance(section, dict) or section.get("name") != dataset:
        return None
    problems: list[str] = []
    built = build_section(raw.get(name, {}), problems)
    if problems:
        raise ConfigError(f"{path}: {'; '.join(problems)}. Cure: correct it.")
    return built


def read_text(path: Path) -> str:
    """The text of a file of settings; raises ConfigError that names what is there instead."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = sorted(p.name for p in Path(path).parent.glob("*.toml")) if Path(path).parent.is_dir() else []
        hint = f" In that folder: {', '.join(beside)}." if beside else ""
        raise ConfigError(f"{path}: no such config file.{hint} Cure: --config configs/NAME.toml.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}.") from None


def _definition(raw: dict, problems: list[str]) -> Definition | None:
    """Take the sections of the definition out of the file; the other sections stay in `raw`."""
    dataset = build(Dataset, raw.pop("dataset", None), "dataset", problems)
    money = build(Money, raw.pop("money", None), "money", problems)
    simulator = raw.pop("simulator", {})
    columns = _columns(raw.pop("columns", {}), problems)
    source = build(Reading, raw.pop("source", {}), "source", problems)
    logged = "events" in raw
    events = build(Events, raw.pop("events"), "events", problems) if logged else None
    offered = "offers" in raw
    offers = build(Offers, raw.pop("offers"), "offers", problems) if offered else None
    if not (dataset and money and source and (events or not logged)):
        return None
    if events and not dataset.snapshot_date:
        dataset = replace(dataset, snapshot_date="snapshot_date")  # a column that is made, so it may be named for them
    definition = Definition(dataset, money, simulator, columns, source, events, offers=offers)
    problems += implausible(definition)
    return definition


def _columns(raw, problems: list[str]) -> dict[str, Column]:
    """What each column may hold: `name = {type = "number", low = 0}`."""
    if not isinstance(raw, dict):
        problems.append("[columns] must be a table")
        return {}
    built = {name: build(Column, rules, f"columns.{name}", problems) for name, rules in raw.items()}
    return {name: column for name, column in built.items() if column}


def _limits(raw, problems: list[str]) -> dict[str, Limits]:
    """The limits by stage; what stands in `[limits]` itself is for all stages and fills what one leaves out."""
    if not isinstance(raw, dict):
        problems.append("[limits] must be a table")
        return {}
    common = {key: value for key, value in raw.items() if not isinstance(value, dict)}
    sections = {"": common} | {name: common | value for name, value in raw.items() if isinstance(value, dict)}
    built = {name: build(Limits, own, f"limits.{name}".rstrip("."), problems) for name, own in sections.items()}
    for name, limits in built.items():
        for key in ("seconds", "memory_mb", "retries"):
            value = limits and getattr(limits, key)
            if limits and (value < 0 or (key == "seconds" and value == 0)):
                problems.append(f"[{f'limits.{name}'.rstrip('.')}] `{key}` is {value!r}; expected more than 0")
    return {name: limits for name, limits in built.items() if limits}


def _policy(raw, problems: list[str]) -> Policy:
    """Who must agree; a key that is none would let nobody approve."""
    policy = build(Policy, raw, "policy", problems) or Policy()
    if policy.approval not in APPROVALS:
        problems.append(f'[policy] `approval` is {policy.approval!r}; expected "auto", "one" or "two"')
    for name, key in policy.keys.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            problems.append(
                f"[policy.keys] `{name}` is {key!r}; expected 44 characters of base64, an Ed25519 public key"
            )
    return policy


def _schedule(raw, problems: list[str]) -> Schedule:
    """When runs are due."""
    schedule = build(Schedule, raw, "schedule", problems) or Schedule()
    if not 0 <= schedule.every_days < float("inf"):
        problems.append(f"[schedule] `every_days` is {schedule.every_days!r}; expected days, or 0: no run is ever due")
    return schedule


def retrain_rules(raw, problems: list[str]) -> RetrainRules:
    """When to train again; no number may be less than 0."""
    rules = build(RetrainRules, raw, "retrain", problems) or RetrainRules()
    for name, value in vars(rules).items():
        if isinstance(value, int | float) and not 0 <= value < float("inf"):
            problems.append(f"[retrain] `{name}` is {value!r}; expected 0 or more")
    if rules.window not in ("", *WINDOWS):
        problems.append(f"[retrain] `window` is {rules.window!r}; expected {', '.join(WINDOWS)} or nothing")
    return rules


def _hooks(raw, problems: list[str]) -> Hooks:
    """The hooks; each that is there must name a program: an empty command is a mistake that nobody would notice."""
    hooks = build(Hooks, raw, "hooks", problems)
    for name in raw if hooks else ():
        command = getattr(hooks, name)
        if not command or not command[0].strip() or any("\0" in word for word in command):
            problems.append(f"[hooks] `{name}` is {list(command)!r}; expected a program and its arguments")
    return hooks or Hooks()
