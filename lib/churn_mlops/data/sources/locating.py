"""Where the data of a run is, found out and judged before any work."""

from pathlib import Path

from churn_mlops.config import SIMULATOR, Config
from churn_mlops.errors import ConfigError, DataError

PLAIN = (".csv", ".tsv", ".txt")
PACKED = ("", ".gz", ".bz2", ".xz", ".zst")
FORMATS = (*(f"{name}{packed}" for name in PLAIN for packed in PACKED), ".parquet", ".pq")


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
    if not path.exists():
        raise ConfigError(
            f"{path}: no such file (the data of `{config.definition.dataset.name}`, {config.path}). "
            "Cure: --data FILE says where it is."
        )
    check_path(path)
    return str(path)


def check_path(path: Path) -> None:
    """Raise ConfigError or DataError for a path that cannot be a table, by its name and size alone."""
    if path.is_dir():
        return
    if not path.name.lower().endswith(FORMATS):
        raise ConfigError(
            f"{path}: not a file this reads. Expected a folder of Parquet files, or a name that ends in .parquet, "
            f"{', '.join(PLAIN)}, also with {', '.join(PACKED[1:])}."
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty. Cure: export it again, with a header line and rows.")
