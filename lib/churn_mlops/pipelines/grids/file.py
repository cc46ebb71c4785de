"""A file of settings: TOML with a `[[setting]]` table each, or CSV with a column for each parameter."""

import csv
import tomllib
from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.parameters import Placed


def read_settings(path: Path) -> list[list[str]]:
    """One list of overrides a setting, each knowing its row; raises ConfigError for a file that is none of settings."""
    readers = {".toml": _from_toml, ".csv": _from_csv}
    if path.suffix.lower() not in readers:
        raise ConfigError(f"{path}: a file of settings ends in .toml or .csv.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}.") from None
    rows = readers[path.suffix.lower()](path, text)
    if not rows:
        raise ConfigError(f"{path}: no setting in it. Cure: a [[setting]] table, or a line below the header, for each.")
    return rows


def _from_toml(path: Path, text: str) -> list[list[str]]:
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}. Cure: correct that line.") from None
    tables = raw.pop("setting", [])
    if raw or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: expected [[setting]] tables and nothing else, such as `train.seed = 1` in each.")
    return [_overrides(f"{path}, setting {number}:", table) for number, table in enumerate(tables, 1)]


def _overrides(where: str, table: dict) -> list[str]:
    """`stage.name=value` for each value of a table; what is no table of a stage is left to the check of names."""
    found = []
    for stage, values in table.items():
        named = values if isinstance(values, dict) else {"": values}
        if any(isinstance(value, list | dict) for value in named.values()):
            raise ConfigError(f"{where} [{stage}] holds a list or a table. Cure: one [[setting]] for each value.")
        found += [Placed.at(where, f"{stage}.{name}".rstrip(".") + f"={_text(value)}") for name, value in named.items()]
    return found


def _text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_csv(path: Path, text: str) -> list[list[str]]:
    reader = csv.reader(text.splitlines(keepends=True), skipinitialspace=True)
    names = [name.strip() for name in next(reader, [])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{path}: column {', '.join(twice)} stands there twice.")
    rows, wrong = [], []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            wrong.append(f"line {reader.line_num} has {len(cells)} cells")
        where = f"{path}, line {reader.line_num}:"
        given = [(name, cell.strip()) for name, cell in zip(names, cells, strict=False) if cell.strip()]
        rows.append([Placed.at(where, f"{name}={cell}") for name, cell in given])
    if wrong:
        raise ConfigError(f"{path}: {'; '.join(wrong)}; expected {len(names)}, one for each column.")
    return rows
