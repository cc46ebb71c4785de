"""A location is a path or the URL of a database; what either says, and how it is shown."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from churn_mlops.errors import ConfigError

SQLITE, POSTGRES = "sqlite", ("postgresql", "postgres")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def is_url(location: str) -> bool:
    """Whether a location is a URL and not a path."""
    return bool(_SCHEME.match(location))


def is_server(location: str) -> bool:
    """Whether a location is a server's, whose tables cannot be known to be the same as before."""
    return is_url(location) and urlsplit(location).scheme in POSTGRES


def path_of(location: str) -> Path | None:
    """The file or folder behind a location, or None where it is a server."""
    if not is_url(location):
        return Path(location)
    return Path(unquote(location.partition("///")[2])) if location.startswith(f"{SQLITE}:") else None


def moved(location: str, move) -> str:
    """The location with its path, if it has one, changed by `move`; a server's stays what it is."""
    if not is_url(location):
        return str(move(location))
    path = path_of(location)
    return location if path is None else f"{SQLITE}:///{Path(move(path)).as_posix()}"


def relative_to(location: str, folder: Path) -> str:
    """The location as seen from a folder."""
    return moved(location, lambda path: Path(os.path.relpath(path, folder)).as_posix())


def name_of(location: str) -> str:
    """A short name for a location: the file's, the folder's or the database's."""
    path = path_of(location)
    return path.name if path else urlsplit(location).path.strip("/") or urlsplit(location).hostname or location


def check_url(url: str) -> None:
    """Raise ConfigError for a URL of a kind that cannot be read, or with a password in it, which is not repeated."""
    parts = urlsplit(url)
    if parts.password is not None:
        raise ConfigError(
            f"{without_password(url)}: a password stands in the URL, and would stand in shells, files and logs. "
            "Cure: leave it out there and set PGPASSWORD or CHURN_DB_PASSWORD, or write that line into .env."
        )
    if parts.scheme == SQLITE and url.startswith(f"{SQLITE}:///") and parts.path.strip("/"):
        return
    if parts.scheme in POSTGRES and parts.hostname:
        return
    raise ConfigError(f"{url}: not a URL this reads. Expected postgresql://USER@HOST:PORT/DATABASE or sqlite:///PATH.")


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    return re.sub(r"(?<=://)([^/@:]*):.*@", r"\1@", url)
