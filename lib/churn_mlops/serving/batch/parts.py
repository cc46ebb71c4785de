"""What is done of a long scoring, beside its output, until all is: a kill loses no finished part.

`.<output>.parts/<key>/` is named by what its parts were made of and with, which `key.json` says. It holds for each
piece its scores and, where there are any, the rows that were set aside. A part is done when its scores stand there.
"""

import json
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path

from churn_mlops.archive.digest import digest_json
from churn_mlops.archive.files import lock_file, make_folder, unlock, write_json
from churn_mlops.archive.tables import table_writer
from churn_mlops.data.checking import quarantine_schema
from churn_mlops.errors import ConfigError

KEY, LOCK, SCORES, ASIDE, COUNTS = "key.json", "lock", "scores", "aside", "counts"


def parts_folder(output: Path) -> Path:
    """Where the parts of an output stand until it is complete."""
    return output.with_name(f".{output.name}.parts")


@contextmanager
def open_parts(output: Path, key: dict):
    """The folder of the parts for the block, without those that were made of other things; nobody else works in it.

    It goes when the block ends well.
    """
    parent = parts_folder(output)
    folder = parent / digest_json(key)[:16]  # a call of before that still goes on at a worker writes into another
    make_folder(parent)
    lock = lock_file(parent / LOCK)
    if lock is None:
        raise ConfigError(f"{output}: another scoring is writing it just now. Cure: wait for it, or another -o.")
    try:
        for other in parent.iterdir():
            if other.is_dir() and other != folder:
                shutil.rmtree(other, ignore_errors=True)  # where a late part is written; it goes with the rest
        write_json(folder / KEY, key)
        yield folder
        forget(folder)
    finally:
        unlock(lock)


@contextmanager
def writing_part(folder: Path, number: int, schema, counts: dict):
    """Two functions, for scores and for rows to set aside, that take the next of a part; at the end it is done.

    What was counted by then goes into it. Rows that were set aside are at their place first.
    """
    told: dict[str, str] = {}
    with table_writer(path_of(folder, number, SCORES), schema, told) as put, ExitStack() as opened:
        aside = []

        def put_aside(rows) -> None:
            if not aside:
                aside.append(opened.enter_context(table_writer(path_of(folder, number, ASIDE), quarantine_schema())))
            aside[0](rows)

        yield put, put_aside
        told[COUNTS] = json.dumps(counts)


def forget(folder: Path) -> None:
    """Remove the parts, which would only lead to the same refusal again."""
    shutil.rmtree(folder.parent, ignore_errors=True)


def path_of(folder: Path, number: int, what: str) -> Path:
    """The file of a part."""
    return Path(folder) / f"{number:06}.{what}.parquet"


def is_done(folder: Path, number: int) -> bool:
    """Whether a part is complete."""
    return path_of(folder, number, SCORES).is_file()


def counts_of(folder: Path, number: int) -> dict:
    """What was counted while a part was made."""
    import pyarrow.parquet as pq

    return json.loads(pq.read_metadata(path_of(folder, number, SCORES)).metadata[COUNTS.encode()])
