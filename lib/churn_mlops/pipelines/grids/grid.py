"""A grid: several settings of the parameters, each to be a run of its own, all checked before any of them starts.

A value with commas is a list for a number or a truth value: `-p train.seed=1,2,3`. A text is one value whatever commas
it has; its lists stand in brackets, `-p monitor.ignore=[plan,region]`, with quotes around what has a comma itself.
Several lists make the product. A file has one setting a row.
"""

import csv
import io
import json
import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from churn_mlops.config import Config
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.parameters import RESERVED, Parameter, plan_declared, read_declared
from churn_mlops.pipelines.stage import Stage

AT_MOST = 100  # settings, unless more are asked for


@dataclass(frozen=True)
class Setting:
    """One row of a grid."""

    number: int  # from 1
    overrides: tuple[str, ...]  # `stage.name=value`, as `plan_parameters` takes them
    parameters: dict[str, dict]  # what each stage will be given, by stage name
    values: dict[str, object]  # all that counts, defaults included, by `stage.name`


def make_settings(
    stages: tuple[Stage, ...],
    notebooks: Path,
    config: Config,
    overrides: list[str],
    rows: list[list[str]] | None = None,
    at_most: int = AT_MOST,
) -> tuple[list[Setting], int]:
    """The settings, and how many were left out because they repeat another; one where there is no list and no row.

    Raises ConfigError with all mistakes at once, or when there are more than `at_most`.
    """
    declared = read_declared(stages, notebooks)
    lists = list({name_of(text): spread(text, declared) for text in overrides}.values())
    rows = [[]] if rows is None else rows
    every = [text for own in (*lists, *rows) for text in own]
    plan_declared(stages, declared, config, every)  # raises with all mistakes, each once
    _refuse_both(lists, rows)
    count = len(rows) * math.prod(map(len, lists))
    if count > at_most:
        raise ConfigError(f"{count} settings are more than {at_most}. Cure: fewer values, or --at-most {count}.")
    settings: dict[str, Setting] = {}
    for row, *chosen in product(rows, *lists):
        own = (*chosen, *row)
        parameters = plan_declared(stages, declared, config, own)
        values = {f"{s.key}.{name}": v for s in stages for name, v in _values(declared, parameters, s).items()}
        setting = Setting(len(settings) + 1, tuple(map(str, own)), parameters, values)
        settings.setdefault(json.dumps(values, sort_keys=True), setting)
    return list(settings.values()), count - len(settings)


def _values(declared, parameters, stage: Stage) -> dict:
    own = {name: p.default for name, p in declared[stage.key].items() if name not in RESERVED}
    return own | parameters[stage.name]


def _refuse_both(lists, rows) -> None:
    """A parameter is set by the file or by -p, or nobody could say which counts."""
    both = {name_of(text) for own in lists for text in own} & {name_of(text) for row in rows for text in row}
    if both:
        raise ConfigError(f"{', '.join(sorted(both))}: set with -p and in the file of settings. Cure: leave out one.")


def name_of(override: str) -> str:
    """`train.seed` of `train.seed=3`."""
    return override.partition("=")[0].strip()


def varied(settings: list[Setting]) -> list[str]:
    """The names of the parameters that are not the same in all settings; of a single one, those that it sets."""
    if len(settings) == 1:
        return [name_of(text) for text in settings[0].overrides]
    first = settings[0].values
    return [name for name in first if any(setting.values[name] != first[name] for setting in settings)]


def spread(override: str, declared: dict[str, dict[str, Parameter]]) -> list[str]:
    """An override for each value in it; one that is not understood is left as it is, for the check to tell."""
    name, equals, text = override.partition("=")
    stage, _, own = name.strip().partition(".")
    parameter = declared.get(stage, {}).get(own)
    if not (equals and parameter):
        return [override]
    return [f"{name}={value}" for value in split_values(text, parameter)]


def split_values(text: str, parameter: Parameter) -> list[str]:
    """The values in a text; a list of numbers with a gap stays whole, so that the check refuses it."""
    is_text = parameter.type.startswith("str")
    if _in_brackets(text):
        values = next(csv.reader(io.StringIO(text[1:-1], newline=""), skipinitialspace=True), [])
    else:
        values = [text] if is_text else text.split(",")
    gap = not is_text and len(values) > 1 and not all(value.strip() for value in values)
    return [text] if gap or not values else values


def _in_brackets(text: str) -> bool:
    return text.startswith("[") and text.endswith("]")


def as_argument(override: str) -> str:
    """The override as -p takes it for one value, whatever commas and brackets it has."""
    name, _, text = override.partition("=")
    quoted = text.replace('"', '""')
    return f'{name}=["{quoted}"]' if "," in text or _in_brackets(text) else override
