"""The registry of one dataset, opened by one writer at a time: its audit log, and the pointers that follow it.

A move stands in the log before the pointer moves, so that none is without its record; what a kill leaves between the
two, the next writer completes. A pointer that is further behind, or ahead, was changed by hand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from churn_mlops.archive.files import locked
from churn_mlops.errors import RegistryError
from churn_mlops.registry.audit.log import LOG, Scan, append, sound
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.identity import who
from churn_mlops.registry.pointer import (
    CHAMPION,
    LOCK,
    SHADOW,
    Champion,
    check_not_put_back,
    read_past,
    read_pointer,
    registry_folder,
    write_pointer,
)

BEGINNING = "beginning"  # the first record: what the registry held before there was a log


@dataclass
class Ledger:
    """An open registry."""

    folder: Path
    dataset: str
    log: Scan

    @property
    def records(self) -> list[Record]:
        """All that the log holds."""
        return self.log.records

    def pointer(self, name: str = CHAMPION) -> Champion | None:
        """Where a pointer leads now."""
        return read_pointer(self.folder, name)

    def add(self, entries: list[tuple[str, dict]], by: str | None = None, now: str | None = None) -> list[Record]:
        """Put records into the log, each a kind and its facts."""
        if not self.records:
            entries = [(BEGINNING, _found(self.folder)), *entries]
        known = len(self.records)
        self.log = append(self.folder, self.log, self.dataset, entries, by or who(), now)
        return self.records[known:]

    def move(self, name: str, kind: str, version, digest, facts: dict, by=None, now=None) -> Champion:
        """Let a pointer lead to a version, by a record of this kind."""
        current = self.pointer(name)
        generation, before = (current.generation, current.version) if current else (0, None)
        place = {"pointer": name, "version": version, "digest": digest, "generation": generation + 1}
        record = self.add([(kind, {**facts, **place, "previous": before})], by, now)[-1]
        champion = pointed(record)
        write_pointer(self.folder, name, champion)
        return champion


@contextmanager
def open_ledger(runs: Path, dataset: str) -> Iterator[Ledger]:
    """The registry of a dataset, held alone. Raises RegistryError where log and pointers contradict each other."""
    folder = registry_folder(runs, dataset)
    with locked(folder / LOCK):
        ledger = Ledger(folder, dataset, sound(folder))
        for name in (CHAMPION, SHADOW):
            _settle(ledger, name)
        yield ledger


def pointed(record: Record) -> Champion:
    """Where a pointer leads by the record of its move."""
    facts = record.facts
    place = (record.dataset, facts["version"], facts["generation"], record.at, facts["digest"], facts["previous"])
    return Champion(*place, record.hash)


def last_move(records: list[Record], name: str) -> Champion | None:
    """Where the log says that a pointer leads; None where it knows of no move."""
    for record in reversed(records):
        if record.facts.get("pointer") == name:
            return pointed(record)
        if record.kind == BEGINNING and name == CHAMPION and record.facts["champion"]:
            return Champion(**record.facts["champion"])
    return None


def _found(folder: Path) -> dict:
    """What a registry from before the log knows: its champion, and the versions that were champion."""
    champion = read_pointer(folder, CHAMPION)
    past = [one.version for one in read_past(folder)]
    if champion and past[-1:] != [champion.version]:
        past.append(champion.version)
    return {"champion": champion and asdict(champion), "past": past}


def _settle(ledger: Ledger, name: str) -> None:
    """Complete a move that a kill came into; raise for one that the log does not know."""
    current = ledger.pointer(name)
    if name == CHAMPION:
        check_not_put_back(ledger.folder, current)
    if not ledger.records and not (current and current.record):
        return
    known = last_move(ledger.records, name)
    if current == known:
        return
    generation = current.generation if current else 0
    if known and generation == known.generation - 1:
        write_pointer(ledger.folder, name, known)
        return
    raise RegistryError(mismatch(ledger.folder, name, generation, known.generation if known else 0))


def mismatch(folder: Path, name: str, generation: int, known: int) -> str:
    """What is wrong with a pointer that the log does not lead to, and what to do."""
    if generation > known:
        return (
            f"{folder / LOG}: the pointer {name}.json is at generation {generation}, the log at {known}: the log was "
            f"cut or put back, or the pointer changed by hand. Cure: put {LOG} back from a copy of the archive."
        )
    return (
        f"{folder / f'{name}.json'}: it is at generation {generation}, the log at {known}: the pointer was changed by "
        f"hand. Cure: python pipeline.py audit says where it led; put the file back from a copy of the archive."
    )
