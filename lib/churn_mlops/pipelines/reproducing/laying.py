"""A clean folder from the archive alone: a project with the version's own source, data, definition and champion."""

import shutil
from dataclasses import replace
from pathlib import Path

from churn_mlops.archive.files import copy_file, make_folder, write_bytes, write_json
from churn_mlops.errors import ArchiveDamaged, ConfigError
from churn_mlops.pipelines.reproducing.order import Order, data_files, data_folder
from churn_mlops.pipelines.reproducing.source import SOURCE, changed_in, read_source
from churn_mlops.registry.pointer import CHAMPION, HISTORY, append_missing, registry_folder, write_pointer

ORDER, DEFINITION = "reproduce.json", "reproduce.toml"  # beside pipeline.py: what to run, and on which definition
_TAKE = "take the version from a copy of the archive"


def lay_out(order: Order, folder: Path) -> None:
    """Put everything in its place below an empty folder; nothing of it is a link into the archive."""
    run, place = order.run, order.run.runs / order.run.version
    for name, content in checked_source(place / SOURCE).items():
        write_bytes(folder / name, content)
    shutil.copyfile(place / "config.toml", folder / DEFINITION)
    for name in data_files(run) if order.data else ():
        copy_file(data_folder(run) / name, folder / "data" / order.data / name)
    data = f"data/{order.data}" if order.data else ""
    write_json(folder / ORDER, order.facts | {"config": DEFINITION, "data": data})
    _lay_out_champions(order, folder / "runs")


def check_empty(folder: Path) -> None:
    """Raise ConfigError where something stands in the folder already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"--into {folder}: expected an empty folder, or none. Cure: name another, or empty it.")


def checked_source(path: Path) -> dict[str, bytes]:
    """The files of the source, each with the digest that its list says; raises ArchiveDamaged, naming what differs."""
    files, listed = read_source(path)
    if changed := changed_in(files, listed):
        seen = f"other than listed: {', '.join(changed[:5])}{' ...' * (len(changed) > 5)}"
        raise ArchiveDamaged(path, "each file in it has the digest that its list says", seen, _TAKE)
    hidden = {name: facts["hidden"] for name, facts in listed.items() if facts.get("hidden")}
    if hidden:
        name, secrets = next(iter(hidden.items()))
        seen = f"`{name}` held {', '.join(secrets)}, and no secret is archived"
        cure = "take the secret out of that file, into the environment, and run the pipeline again"
        raise ArchiveDamaged(path, "the source is whole", seen, cure)
    return files


def _lay_out_champions(order: Order, runs: Path) -> None:
    """The champions that the stages saw, as a registry from before there was a log."""
    make_folder(runs)
    for version in {champion.version for champion in order.champions}:
        shutil.copytree(order.run.runs / version, runs / version)
    if order.champions:
        folder = registry_folder(runs, order.run.manifest["dataset"])
        make_folder(folder)
        for champion in order.champions:
            append_missing(folder / HISTORY, replace(champion, record=None))
        write_pointer(folder, CHAMPION, replace(order.champions[-1], record=None))
