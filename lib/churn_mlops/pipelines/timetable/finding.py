"""Which definitions `watch` is about, checked before anything is done."""

import tomllib
from pathlib import Path

from churn_mlops.config import read_config
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.timetable.jobs import Timetable
from churn_mlops.registry.champion import read_champion

_CURE = 'Cure: in the definition, [schedule] with monitor = "0 6 * * *" or the like; docs/watch.md.'


def find_tables(project: Project, configs: list[Path]) -> list[Timetable]:
    """The definitions given, or else those in configs/ that have times. Raises ConfigError where there is none."""
    paths = configs or [path for path in sorted((project.root / "configs").glob("*.toml")) if _may_define(path)]
    found = [_read(path) for path in paths]
    tables = [table for table in found if table.schedule.times]
    without = [str(table.config) for table in found if not table.schedule.times]
    if configs and without:
        raise ConfigError(f"{', '.join(without)}: no times for `watch`. {_CURE}")
    if not tables:
        raise ConfigError(f"{project.root / 'configs'}: no definition there has times for `watch`. {_CURE}")
    _check_distinct(tables)
    return tables


def _may_define(path: Path) -> bool:
    """False for policies of a replay, which lie beside definitions; what cannot be read is told by its reader."""
    try:
        return not {"replay", "policies"} & tomllib.loads(path.read_text()).keys()
    except (OSError, ValueError):
        return True


def _read(path: Path) -> Timetable:
    config = read_config(path)
    return Timetable(Path(path).absolute(), config.definition.dataset.name, config.schedule)


def _check_distinct(tables: list[Timetable]) -> None:
    known: dict[str, Path] = {}
    for table in tables:
        if other := known.get(table.dataset):
            seen = f"both have times for `{table.dataset}`"
            raise ConfigError(f"{other} and {table.config}: {seen}. Cure: --config names the one meant.")
        known[table.dataset] = table.config


def check_champions(runs: Path, tables: list[Timetable]) -> None:
    """Raise ConfigError for a dataset that no model serves: each of its jobs would fail."""
    for table in tables:
        if read_champion(runs, table.dataset) is None:
            raise ConfigError(
                f"watch: no model serves `{table.dataset}`, so there is nothing to monitor or to score by. Cure: "
                f"python pipeline.py --config {table.config}, and promote its model where the policy asks for it."
            )
