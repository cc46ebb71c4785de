"""The names of columns: trimmed, filled in where blank, and refused where it is unclear which column is meant."""

import re

from churn_mlops.errors import DataError

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?")
_YEAR = re.compile(r"(19|20)\d\d")


def column_names(header: list[str], where) -> tuple[list[str], list[str]]:
    """The final names, and notes on those that had to be made up; raises DataError where two are the same.

    DuckDB, as most databases, takes `ID` and `id` for one name, so these are the same too.
    """
    names = [str(name).replace("\ufeff", "").strip() for name in header]
    bad = [name for name in names if "\0" in name]
    if bad:
        raise DataError(f"{where}: the header holds NUL bytes: {bad[0]!r}. Cure: export it again as text.")
    taken, notes = {name.lower() for name in names}, []
    for place, name in enumerate(names):
        if not name:
            names[place] = _free_name(f"unnamed_{place + 1}", taken)
            notes.append(f"column {place + 1} has no name in the header; called `{names[place]}`")
    _check_once(names, where)
    return names, notes


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _check_once(names: list[str], where) -> None:
    first: dict[str, str] = {}
    for name in names:
        before = first.setdefault(name.lower(), name)
        if names.count(name) > 1:
            raise DataError(f"{where}: the header names `{name}` twice. Cure: give each column its own name.")
        if before != name:
            raise DataError(
                f"{where}: the header names `{before}` and `{name}`, which databases take for one. "
                "Cure: give each column its own name, not by upper and lower case alone."
            )


def check_is_header(header: list[str], rows: list[list[str]], where) -> None:
    """Raise DataError where the first line looks like a row: its values are numbers just where the rows' are.

    Years may be names of columns, so they do not count.
    """
    columns = [column for column in zip(*(row for row in rows if len(row) == len(header)), strict=True)]
    numeric = [place for place, column in enumerate(columns) if _all_numbers(column)]
    looks = [place for place in numeric if _NUMBER.fullmatch(header[place].strip())]
    if numeric and looks == numeric and not all(_YEAR.fullmatch(header[place].strip()) for place in looks):
        shown = ", ".join(repr(value) for value in header[:4])
        raise DataError(
            f"{where}: its first line looks like a row, not like names of columns: {shown}. "
            "Cure: export it again with a header line."
        )


def _all_numbers(values) -> bool:
    filled = [value.strip() for value in values if value.strip()]
    return bool(filled) and all(_NUMBER.fullmatch(value) for value in filled)
