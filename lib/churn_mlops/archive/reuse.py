"""Files of older versions in a new one: a reused stage's outputs stand in the new version complete."""

import os
from pathlib import Path, PurePosixPath

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import make_folder
from churn_mlops.archive.store import bring, in_use, is_intact, keep, stored
from churn_mlops.archive.versions import STORE, Building
from churn_mlops.errors import ArchiveDamaged, ConfigError


def link_in(
    building: Building, name: str, source_version: str | None, digest: str, *, copy: bool | None = None
) -> None:
    """Let the new version hold the file `name` (`artifacts/model.skops`) that an older one, or the store, has.

    It is a hard link where its mode keeps everybody from writing into it; a copy for root, whom no mode stops,
    and publishing makes that a link as well. `copy` decides otherwise. Raises ArchiveDamaged when neither the
    store nor the version has the file with that digest: the stage has to run.
    """
    path = building.folder / _checked(name)
    with in_use(building.runs / STORE):
        _bring(building, path, source_version, digest, copy)
    _remember(building, name, digest)


def _bring(building: Building, path: Path, source_version: str | None, digest: str, copy: bool | None) -> None:
    name = path.relative_to(building.folder).as_posix()
    places = [stored(building.runs / STORE, digest)]
    if source_version:
        places.append(building.runs / _checked(source_version) / name)
    source = next((place for place in places if is_intact(place, digest)), None)
    if source is None:
        seen = f"neither the store nor {source_version or 'a version'} has it intact"
        raise ArchiveDamaged(name, f"to be reused it has digest {digest[:12]}", seen, "run its stage again (--force)")
    make_folder(path.parent)
    bring(source, path, copy=os.access(source, os.W_OK) if copy is None else copy)


def keep_files(building: Building, names) -> dict[str, str]:
    """Put finished files of an unfinished version into the store; returns their digests.

    What a stage has made outlives then a run that is killed: `link_in(later, name, None, digest)` finds it. The
    files are read-only from here on.
    """
    digests = {name: digest_file(building.folder / _checked(name)) for name in names}
    with in_use(building.runs / STORE):
        for name, digest in digests.items():
            keep(building.runs / STORE, building.folder / name, digest)
            _remember(building, name, digest)
    return digests


def _remember(building: Building, name: str, digest: str) -> None:
    stat = (building.folder / name).stat()
    building.linked[name] = (digest, stat.st_ino if stat.st_nlink > 1 else None)


def _checked(name: str) -> str:
    parts = PurePosixPath(name).parts
    if parts and not PurePosixPath(name).is_absolute() and ".." not in parts and not Path(name).drive:
        return name
    raise ConfigError(f"file {name!r} of a version: expected a path below it, without `..`. Cure: correct the name.")
