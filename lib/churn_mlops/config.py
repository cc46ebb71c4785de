"""The settings of a run, typed: a dataset definition and the parameters of the stages, from one TOML file.

Every error names the file, the key, the value seen and what was expected.
"""

import json
import tomllib
from dataclasses import MISSING, asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import get_args, get_origin

from churn_mlops.errors import ConfigError

COLUMN_TYPES = ("number", "category", "boolean", "date")
SIMULATOR = "simulator"


@dataclass(frozen=True)
class Money:
    """What a decision earns: `success_rate * value_kept - offer_cost` for each contacted customer who would leave."""

    value_kept: float  # what a customer who stays is worth, in `currency`
    offer_cost: float  # what contacting one customer costs, in `currency`
    success_rate: float  # share of leavers whom the offer keeps, 0 to 1
    currency: str = "EUR"


@dataclass(frozen=True)
class Dataset:
    """Where a dataset comes from and what its columns mean."""

    name: str
    source: str  # "simulator", or a CSV, CSV.gz or Parquet file
    id: str  # column that names the customer
    target: str  # column that says who left
    positive: str = ""  # its value that means churn; empty: 1, true or yes
    snapshot_date: str = ""  # column with the moment at which the row was known; empty: one row a customer
    horizon_days: int = 30  # days after the snapshot in which leaving counts as churn
    drop: tuple[str, ...] = ()  # columns never shown to a model
    types: dict[str, str] = field(default_factory=dict)  # column -> number, category, boolean or date


@dataclass(frozen=True)
class Definition:
    """A dataset definition: the dataset, the money at stake and, for the embedded default, the simulator's settings."""

    dataset: Dataset
    money: Money
    simulator: dict = field(default_factory=dict)

    def to_json(self) -> str:
        """The definition as it travels with a run."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Definition":
        """The inverse of `to_json`."""
        raw = json.loads(text)
        dataset = {**raw["dataset"], "drop": tuple(raw["dataset"]["drop"])}
        return cls(Dataset(**dataset), Money(**raw["money"]), raw["simulator"])


@dataclass(frozen=True)
class Limits:
    """What a stage may take, `[limits]` for all of them, `[limits.STAGE]` for one."""

    seconds: float = 3600  # of the whole stage
    memory_mb: int = 0  # of its kernel and all that the kernel started; 0: as much as there is
    retries: int = 0  # further tries after a failure of a named cause
    retry_on: tuple[str, ...] = ("KernelDied", "Timeout", "OutOfMemory")  # causes, or names of errors


@dataclass(frozen=True)
class Hooks:
    """Commands that run after a run, each a list of words; the run's facts come as JSON on standard input."""

    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()
    on_alert: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """One TOML file, read: the definition, and the parameters it sets for stages (`{"train": {"folds": 5}}`)."""

    path: Path
    text: str
    definition: Definition
    parameters: dict[str, dict]
    limits: dict[str, Limits] = field(default_factory=dict)  # by short name of the stage; "" for all others
    hooks: Hooks = Hooks()

    def limits_of(self, stage: str) -> Limits:
        """The limits of a stage, by its short name."""
        return self.limits.get(stage) or self.limits.get("") or Limits()


def read_config(path: Path) -> Config:
    """Read and check a dataset definition; raises ConfigError with every mistake in the file at once."""
    text = _read_text(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}. Cure: correct that line.") from None
    problems: list[str] = []
    dataset = _build(Dataset, raw.pop("dataset", None), "dataset", problems)
    money = _build(Money, raw.pop("money", None), "money", problems)
    simulator = raw.pop("simulator", {})
    limits = _limits(raw.pop("limits", {}), problems)
    hooks = _hooks(raw.pop("hooks", {}), problems)
    parameters = {name: section for name, section in raw.items() if isinstance(section, dict)}
    problems += [f"`{key}` stands outside any section" for key in raw if key not in parameters]
    if dataset and money:
        problems += _implausible(dataset, money)
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"{path}: {len(problems)} mistake{'s' * (len(problems) > 1)}:{listed}")
    return Config(path, text, Definition(dataset, money, simulator), parameters, limits, hooks)


def nearest(name: str, known) -> str:
    """`; did you mean ...?` for a name that is not among the known ones, or nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _read_text(path: Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = sorted(p.name for p in Path(path).parent.glob("*.toml")) if Path(path).parent.is_dir() else []
        hint = f" In that folder: {', '.join(beside)}." if beside else ""
        raise ConfigError(f"{path}: no such config file.{hint} Cure: --config configs/NAME.toml.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}.") from None


def _build(cls, raw, section: str, problems: list[str]):
    """An instance of `cls` from a TOML table, or None with the reasons added to `problems`."""
    if not isinstance(raw, dict):
        problems.append(f"section [{section}] is missing; it must be a table")
        return None
    before = len(problems)
    known = {f.name: f for f in fields(cls)}
    problems += [f"[{section}] unknown key `{key}`{nearest(key, known)}" for key in raw if key not in known]
    for name, f in known.items():
        if name in raw:
            problems += _type_problem(section, name, raw[name], f.type)
        elif f.default is MISSING and f.default_factory is MISSING:
            problems.append(f"[{section}] key `{name}` is missing")
    if len(problems) > before:
        return None
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})


def _limits(raw, problems: list[str]) -> dict[str, Limits]:
    """The limits by stage; what stands in `[limits]` itself is for all stages and fills what one leaves out."""
    if not isinstance(raw, dict):
        problems.append("[limits] must be a table")
        return {}
    common = {key: value for key, value in raw.items() if not isinstance(value, dict)}
    sections = {"": common} | {name: common | value for name, value in raw.items() if isinstance(value, dict)}
    built = {name: _build(Limits, own, f"limits.{name}".rstrip("."), problems) for name, own in sections.items()}
    for name, limits in built.items():
        for key in ("seconds", "memory_mb", "retries"):
            value = limits and getattr(limits, key)
            if limits and (value < 0 or (key == "seconds" and value == 0)):
                problems.append(f"[{f'limits.{name}'.rstrip('.')}] `{key}` is {value!r}; expected more than 0")
    return {name: limits for name, limits in built.items() if limits}


def _hooks(raw, problems: list[str]) -> Hooks:
    """The hooks; each that is there must name a program: an empty command is a mistake that nobody would notice."""
    hooks = _build(Hooks, raw, "hooks", problems)
    for name in raw if hooks else ():
        command = getattr(hooks, name)
        if not command or not command[0].strip() or any("\0" in word for word in command):
            problems.append(f"[hooks] `{name}` is {list(command)!r}; expected a program and its arguments")
    return hooks or Hooks()


def _type_problem(section: str, name: str, value, expected) -> list[str]:
    origin, inner = get_origin(expected), get_args(expected)
    if origin is tuple:
        fits = isinstance(value, list) and all(isinstance(item, inner[0]) for item in value)
        wanted = "a list of texts"
    elif origin is dict:
        fits, wanted = isinstance(value, dict), "a table"
    elif expected is float:
        fits, wanted = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif expected is int:
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        fits, wanted = isinstance(value, expected), "a text in quotes"
    return [] if fits else [f"[{section}] `{name}` is {value!r}; expected {wanted}"]


def _implausible(dataset: Dataset, money: Money) -> list[str]:
    problems = [
        f"[dataset.types] `{column}` is {kind!r}; expected one of {', '.join(COLUMN_TYPES)}"
        for column, kind in dataset.types.items()
        if kind not in COLUMN_TYPES
    ]
    keys = {dataset.id, dataset.target, dataset.snapshot_date}
    problems += [f"[dataset] `drop` names `{column}`, which is needed" for column in dataset.drop if column in keys]
    rules = (
        (
            "dataset",
            "name",
            dataset.name,
            dataset.name.replace("-", "").replace("_", "").isalnum(),
            "letters, digits, - and _",
        ),
        ("dataset", "source", dataset.source, bool(dataset.source), 'a file, or "simulator"'),
        ("dataset", "id", dataset.id, bool(dataset.id), "the name of a column"),
        ("dataset", "target", dataset.target, bool(dataset.target), "the name of a column"),
        ("dataset", "horizon_days", dataset.horizon_days, dataset.horizon_days >= 1, "1 day or more"),
        ("money", "value_kept", money.value_kept, 0 < money.value_kept < float("inf"), "more than 0"),
        ("money", "offer_cost", money.offer_cost, 0 <= money.offer_cost < float("inf"), "0 or more"),
        ("money", "success_rate", money.success_rate, 0 < money.success_rate <= 1, "more than 0, at most 1"),
    )
    return problems + [
        f"[{section}] `{key}` is {value!r}; expected {wanted}"
        for section, key, value, fits, wanted in rules
        if not fits
    ]
