"""Plain files as one tar file whose bytes depend on names and contents alone, and safely out of it again."""

import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from churn_mlops.archive.files import write_bytes
from churn_mlops.errors import ArchiveDamaged

MOST_FILES, MOST_BYTES = 20_000, 1 << 30  # what a tar file may hold when it is unpacked


def pack(files: dict[str, bytes]) -> bytes:
    """The tar file of these files by relative name: no times, no owners, no links, in the order of the names."""
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a tar file's members.

    Raises ArchiveDamaged for what `pack` never writes: links, devices, folders, paths that lead out, names twice, or
    more than MOST_FILES files or MOST_BYTES bytes, which are counted before they are read.
    """
    import tarfile

    seen, total = set(), 0
    try:
        with tarfile.open(path, mode="r:") as tar:
            for member in tar:
                total += member.size
                if wrong := _wrong(member, seen, total):
                    raise _damaged(path, wrong)
                seen.add(member.name)
                yield member.name, tar.extractfile(member).read()
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise _damaged(path, f"it cannot be read: {error}") from error


def unpack(path: Path, folder: Path) -> list[str]:
    """Write the members of a tar file below a folder; returns their names. Raises as `members` does."""
    names = []
    for name, content in members(path):
        write_bytes(Path(folder) / name, content)
        names.append(name)
    return names


def _wrong(member, seen: set[str], total: int) -> str | None:
    name = member.name
    if not member.isreg() or member.issparse():
        return f"`{name[:100]}` is no plain file"
    if not _stays_inside(name):
        return f"the name `{name[:100]}` leads out of the folder"
    if name in seen:
        return f"`{name}` stands in it twice"
    if len(seen) >= MOST_FILES or total > MOST_BYTES:
        return f"it holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes"
    return None


def _stays_inside(name: str) -> bool:
    """A relative path in its one spelling, on any system: no `..`, no drive, no backslash, no control character."""
    plain = name.isprintable() and "\\" not in name and ":" not in name
    path = PurePosixPath(name)
    return plain and not path.is_absolute() and ".." not in path.parts and bool(name) and path.as_posix() == name


def _damaged(path: Path, seen: str) -> ArchiveDamaged:
    return ArchiveDamaged(path, "a tar file of plain files", seen, "do not unpack it; take it from a copy")
