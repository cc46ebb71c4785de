"""Where the tables of a dataset come from: a file of one's own, or the simulator."""

import zlib
from pathlib import Path

from churn_mlops.config import SIMULATOR, Config, Definition
from churn_mlops.errors import ConfigError, DataError

FORMATS = (".csv", ".csv.gz", ".parquet")
TABLE = "table"  # the name of the one table that a file holds


def locate(config: Config, data: str = "") -> str:
    """The path of the data, or "simulator"; raises ConfigError before any work where it cannot be right.

    `data`, where given, replaces the source named in the definition. A relative source is looked for
    beside the definition's file.
    """
    source = config.definition.dataset.source
    if not data and source == SIMULATOR:
        return SIMULATOR
    if data and source == SIMULATOR:
        raise ConfigError(
            f"--data {data}: {config.path} describes the simulator, which reads no file. "
            "Cure: --config with the definition of that file."
        )
    path = Path(data) if data else config.path.parent / source
    if not path.is_file():
        raise ConfigError(
            f"{path}: no such file (the data of `{config.definition.dataset.name}`, {config.path}). "
            "Cure: --data FILE says where it is."
        )
    if not path.name.endswith(FORMATS):
        raise ConfigError(f"{path}: not a file this reads. Expected a name that ends in {', '.join(FORMATS)}.")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty. Cure: export it again, with a header line and rows.")
    return str(path)


def load_tables(definition: Definition, source: str) -> dict:
    """The dataset's tables by name, as DataFrames; a CSV's values are still the text that stands in it."""
    if source == SIMULATOR:
        from churn_mlops.data.simulator import SimulatorSettings, simulate

        return simulate(SimulatorSettings.from_dict(definition.simulator))
    return {TABLE: _read_file(Path(source))}


def _read_file(path: Path):
    import pandas as pd

    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise DataError(f"{path}: no header line. Cure: export it again, with a header line and rows.") from None
    except (ValueError, OSError, EOFError, zlib.error) as error:
        why = str(error).strip().rstrip(".")
        raise DataError(f"{path}: cannot be read: {why}. Cure: export it again as UTF-8 CSV or Parquet.") from None
    if frame.empty:
        raise DataError(f"{path}: a header and no rows. Cure: export it again; the last export broke off.")
    frame.columns = [str(column).strip() for column in frame.columns]
    _check_header(frame, path)
    return frame


def _check_header(frame, path: Path) -> None:
    """Raise DataError where it is unclear which value belongs to which column."""
    twice = sorted(set(frame.columns[frame.columns.duplicated()]))
    if twice:
        raise DataError(f"{path}: the header names {', '.join(twice)} twice. Cure: give each column its own name.")
    if path.suffix != ".parquet" and frame.index.dtype != "int64":  # pandas has taken the first value for an index
        raise DataError(
            f"{path}: its rows have more values than the header has names ({len(frame.columns)}). "
            "Cure: export it again with a name for every column, and no separator at the end of a line."
        )
