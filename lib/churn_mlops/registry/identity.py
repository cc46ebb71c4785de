"""Who does something: CHURN_ACTOR, or the name and address that git knows."""

import os
import re
import subprocess
from functools import cache

from churn_mlops.errors import ConfigError

VARIABLE = "CHURN_ACTOR"
UNKNOWN = "unknown"  # who runs without either
_LONGEST = 200
_ADDRESS = re.compile(r"<([^<>\s]+)>\s*$")


def who() -> str:
    """Who runs this; `unknown` where nothing tells it. Raises ConfigError for one of many lines."""
    told = os.environ.get(VARIABLE, "").strip()
    name = told or _of_git()
    if not name.isprintable() or len(name) > _LONGEST:
        raise ConfigError(
            f"{VARIABLE} is {name[:40]!r}; expected one line of at most {_LONGEST} characters, like "
            "`Ann Lee <ann@example.com>`. Cure: set it so."
        )
    return name


def require_who(act: str) -> str:
    """The identity, which `act` is not possible without; raises ConfigError where it is not known."""
    name = who()
    if name == UNKNOWN:
        raise ConfigError(
            f"{act}: who does it is not known. Cure: git config user.email YOU@EXAMPLE.COM, or "
            f"{VARIABLE}='Name <address>'."
        )
    return name


def is_same(one: str, other: str) -> bool:
    """Whether two identities are one person: by the address where both have one, in any case."""
    return _person(one) == _person(other)


def short(name: str) -> str:
    """An identity without its address, where it has a name besides."""
    return _ADDRESS.sub("", name).strip() or name


def _person(name: str) -> str:
    found = _ADDRESS.search(name)
    return (found[1] if found else " ".join(name.split())).casefold()


@cache
def _of_git() -> str:
    name, address = _git("user.name"), _git("user.email")
    if address:
        return f"{name} <{address}>" if name else address
    return name or UNKNOWN


def _git(key: str) -> str:
    try:
        done = subprocess.run(["git", "config", key], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
