"""What a manifest must look like so that everything that reads one can: names, kinds of values, no surprises.

A seal says that a manifest is what somebody wrote, not that he meant well: one of another archive is held against this
before it stands among ours, where every command reads it.
"""

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

_TEXT, _NUMBER, _COUNT, _DIGEST, _DAY = "a text", "a number", "a whole number", "a digest", "a day"
_WORD, _NAME, _MOMENT, _BOOL = "a plain name", "the name of a dataset", "a moment in UTC", "true or false"
_ANY = "anything"
_DATASET = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")  # it becomes a folder of the registry
_KINDS = {
    _TEXT: lambda value: isinstance(value, str),
    _NUMBER: lambda value: type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e18,
    _COUNT: lambda value: type(value) is int and 0 <= value < 1 << 60,
    _DIGEST: lambda value: isinstance(value, str) and bool(re.fullmatch(r"[0-9a-f]{64}", value)),
    _DAY: lambda value: _is_moment(value, "%Y-%m-%d"),
    _MOMENT: lambda value: _is_moment(value, "%Y-%m-%dT%H:%M:%SZ"),
    _WORD: lambda value: isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", value)),
    _NAME: lambda value: isinstance(value, str) and bool(_DATASET.fullmatch(value)) and ".." not in value,
    _BOOL: lambda value: isinstance(value, bool),
    _ANY: lambda value: True,
}
_GATE = {
    "name": _TEXT,
    "passed": _BOOL,
    "value?": _NUMBER,
    "threshold?": _NUMBER,
    "message?": _TEXT,
    "evidence?": _TEXT,
}
_ALERT = {"name": _TEXT, "severity": _TEXT, "message": _TEXT, "cause?": _TEXT, "cure?": _TEXT}
_INPUTS = {
    **{"cells?": _TEXT, "parameters?": {"*": _ANY}, "reads?": {"*": _ANY}, "watches?": {"*": _ANY}},
    **{"modules?": {"*": _TEXT}, "packages?": {"*": _TEXT}, "writes?": [_TEXT]},
}
_STAGE = {
    **{"name": _WORD, "title": _TEXT, "status": _TEXT, "seconds": _NUMBER, "cells": _COUNT, "cells_run": _COUNT},
    **{"tries?": _COUNT, "reason?": _TEXT, "reused_from?": _TEXT, "key?": _TEXT, "outputs?": {"*": _DIGEST}},
    **{"inputs?": _INPUTS, "undeclared?": [{"cell?": _COUNT, "action?": _TEXT, "what?": _TEXT, "cure?": _TEXT}]},
}
_DATA = {
    **{"source": _TEXT, "version": _TEXT, "oldest?": _DAY, "newest?": _DAY, "rows": _COUNT},
    **{"rows_read?": _COUNT, "rows_quarantined?": _COUNT, "tables?": {"*": {"*": _ANY}}},
}
_MODEL = {"digest": _DIGEST, "name?": _TEXT, "reason?": _TEXT, "threshold?": _NUMBER, "churn_rate?": _NUMBER}
_CODE = {"git_commit?": _TEXT, "git_dirty?": _BOOL, "library?": _TEXT, "lock?": _TEXT, "notebooks?": {"*": _TEXT}}
_ERROR = {"stage": _TEXT, "cell?": _COUNT, "kind": _TEXT, "message": _TEXT, "traceback?": _TEXT, "exit_code": _COUNT}
# A name with `?` may be missing or null; `*` stands for every name. Names that are not here are taken as they are.
_MANIFEST = {
    **{"version": _TEXT, "dataset": _NAME, "status": _TEXT, "verdict": _TEXT, "author?": _TEXT, "waits?": _TEXT},
    **{"call_key?": _TEXT},
    **{"started": _MOMENT, "finished": _MOMENT, "seconds": _NUMBER, "experiment?": _BOOL, "as_of?": _TEXT},
    **{"stages": [_STAGE], "parameters": {"*": {"*": _ANY}}, "data?": _DATA, "code?": _CODE, "model?": _MODEL},
    **{"environment?": {"*": _ANY}, "gates?": [_GATE], "alerts?": [_ALERT], "error?": _ERROR},
    **{"promotion?": {"promoted": _BOOL, "reason?": _TEXT, "champion_before?": _ANY, "expected_generation?": _COUNT}},
    **{"retraining?": {"needed": _BOOL, "reasons?": [_TEXT]}, "files": {"*": {"sha256": _DIGEST, "bytes": _COUNT}}},
}
_METRICS = {"schema": _COUNT, "*?": _NUMBER}


def manifest_flaw(manifest) -> str | None:
    """The first thing in a manifest that its readers could not do with; None where there is none."""
    found = next(_flaws(manifest, _MANIFEST, "manifest"), None)
    if found:
        return found
    if manifest["status"] != ("failed" if manifest.get("error") else "succeeded"):
        return f"status is {manifest['status']!r}, which does not go with its error"
    odd = (name for given in manifest["parameters"].values() for name in given if not name.isidentifier())
    if name := next(odd, None):
        return f"a parameter is called {name[:40]!r}; a name of Python was expected"
    return version_flaw(manifest["version"])


def metrics_flaw(metrics) -> str | None:
    """The first thing in the metrics of a run that their readers could not do with; None where there is none."""
    return next(_flaws(metrics, _METRICS, "metrics"), None)


def version_flaw(version: str) -> str | None:
    """Why a version's id cannot be right: it is the moment at which its run began, and `latest` goes by it."""
    try:
        began = datetime.strptime(version[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return f"version {version[:40]!r} names no moment"
    if began > datetime.now(UTC) + timedelta(days=1):
        return f"version {version} has not begun yet, and would stay the latest until then"
    return None


def _flaws(value, expected, where: str) -> Iterator[str]:
    if isinstance(expected, str):
        if not _KINDS[expected](value):
            yield f"{where} is {_shown(value)}; expected {expected}"
    elif not isinstance(value, type(expected)):
        yield f"{where} is {_shown(value)}; expected {'a list' if isinstance(expected, list) else 'an object'}"
    elif isinstance(expected, list):
        for place, item in enumerate(value, 1):
            yield from _flaws(item, expected[0], f"{where}, entry {place}")
    else:
        yield from _flaws_of_names(value, expected, where)


def _flaws_of_names(value: dict, expected: dict, where: str) -> Iterator[str]:
    for name, kind in expected.items():
        plain, optional = name.rstrip("?"), name.endswith("?")
        for key in [key for key in value if key not in expected] if plain == "*" else [plain]:
            if value.get(key) is not None:
                yield from _flaws(value[key], kind, f"{where}, `{key[:40]}`")
            elif not (optional or kind == _ANY):
                yield f"{where}, `{key[:40]}` is missing"


def _is_moment(value, pattern: str) -> bool:
    try:
        return datetime.strptime(value, pattern).strftime(pattern) == value
    except (ValueError, TypeError):
        return False


def _shown(value) -> str:
    return repr(value)[:40] if not isinstance(value, (dict, list)) else f"{type(value).__name__} of {len(value)}"
