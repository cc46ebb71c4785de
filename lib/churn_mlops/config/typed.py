"""From a TOML table to a dataclass: unknown keys, missing ones and values of another type are told by name."""

import types
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import get_args, get_origin


def nearest(name: str, known) -> str:
    """`; did you mean ...?` for a name that is not among the known ones, or nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def build(cls, raw, section: str, problems: list[str]):
    """An instance of the dataclass `cls`, or None with the reasons added to `problems`; lists become tuples."""
    if not isinstance(raw, dict):
        problems.append(f"section [{section}] is missing; it must be a table")
        return None
    before = len(problems)
    known = {f.name: f for f in fields(cls)}
    problems += [f"[{section}] unknown key `{key}`{nearest(key, known)}" for key in raw if key not in known]
    for name, f in known.items():
        if name in raw:
            problems += _type_problem(section, name, raw[name], f.type)
        elif f.default is MISSING and f.default_factory is MISSING:
            problems.append(f"[{section}] key `{name}` is missing")
    if len(problems) > before:
        return None
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})


def _type_problem(section: str, name: str, value, expected) -> list[str]:
    if isinstance(expected, types.UnionType):  # `float | None`: TOML has no null, so the key is there or is not
        kinds = [kind for kind in get_args(expected) if kind is not types.NoneType]
        expected = str if str in kinds and isinstance(value, str) else kinds[0]
    origin, inner = get_origin(expected), get_args(expected)
    if origin is tuple and inner[0] is int:
        fits = isinstance(value, list) and all(isinstance(i, int) and not isinstance(i, bool) for i in value)
        wanted = "a list of whole numbers"
    elif origin is tuple:
        fits = isinstance(value, list) and all(isinstance(item, inner[0]) for item in value)
        wanted = "a list of texts"
    elif origin is dict:
        fits, wanted = isinstance(value, dict), "a table"
    elif expected is float:
        fits, wanted = isinstance(value, int | float) and not isinstance(value, bool), "a number"
    elif expected is int:
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    elif expected is bool:
        fits, wanted = isinstance(value, bool), "true or false"
    else:
        fits, wanted = isinstance(value, expected), "a text in quotes"
    return [] if fits else [f"[{section}] `{name}` is {value!r}; expected {wanted}"]
