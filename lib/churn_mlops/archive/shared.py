"""A file that many versions hold alike: made once for what it is made from, and linked from the store after that."""

from collections.abc import Callable

from churn_mlops.archive.files import write_bytes
from churn_mlops.archive.remembered import read_store, write_store
from churn_mlops.archive.reuse import keep_files, link_in
from churn_mlops.archive.versions import Building
from churn_mlops.errors import ArchiveDamaged


def share(building: Building, name: str, key: str, make: Callable[[], bytes], *, remember: bool = True) -> None:
    """Let the version hold the file `name`; `key` stands for all that `make()` reads.

    The last key is remembered, unless `remember` says that what it stands for may still change without a sign.
    """
    kept = building.runs / ".cache" / f"{name}.json"
    known = read_store(kept)
    if known.get("key") == key and _is_linked(building, name, known.get("digest")):
        return
    write_bytes(building.folder / name, make())
    digest = keep_files(building, [name])[name]
    if remember:
        write_store(kept, {"key": key, "digest": digest})


def _is_linked(building: Building, name: str, digest) -> bool:
    try:
        link_in(building, name, None, str(digest), copy=False)  # no stage writes here, so a link does for root as well
    except ArchiveDamaged:
        return False
    return True
