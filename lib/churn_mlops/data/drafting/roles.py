"""Which column names the customer, which says who left, and which the day at which a row was known."""

from dataclasses import dataclass

from churn_mlops.data.drafting.seen import Seen, text_of
from churn_mlops.data.drafting.words import id_rank, is_person, is_positive, is_snapshot, target_rank
from churn_mlops.data.engine import connect, run
from churn_mlops.errors import DataError, MissingColumns

ROW = "row_number"  # the column that is added where none names the customer
_EVENTS_A_CUSTOMER = 1.5  # so many rows a customer, with a time and without a target, look like a log


@dataclass(frozen=True)
class Roles:
    """The columns with a role, and how they were found."""

    id: str
    target: str
    positive: str  # as DuckDB writes it
    truth: bool  # whether the target is true or false and needs no `positive`
    share: float  # of the rows with a target, that have the positive value
    time: str  # empty: one row a customer
    numbered: bool  # whether the id is the row's number
    decided: tuple[str, ...]
    unsure: tuple[str, ...]


def find_roles(table, seen: tuple[Seen, ...], target: str, id: str, time: str, where: str) -> Roles:
    """The roles, as told or guessed; raises DataError where there is no target, or the table is a log of events."""
    by_name = {column.name: column for column in seen}
    _check_told({"--target": target, "--id": id, "--time": time}, by_name, where)
    chosen = by_name[target] if target else _guess_target(seen)
    who = by_name[id] if id else _guess_id(seen, chosen)
    if chosen is None:
        raise _without_target(seen, who, where)
    _check_target(chosen, where)
    notes: tuple[list[str], list[str]] = ([], [])
    positive = _positive(chosen, notes)
    notes[0].append(
        f"target `{chosen.name}`{'' if target else ' (guessed from its name)'}, {positive!r} means: has left"
    )
    when = _told_time(by_name[time], where, notes) if time else _guess_time(table, seen, who, notes)
    name = who.name if who else ROW if ROW not in by_name else f"{ROW}_"
    _note_id(who, name, "" if id else _by_name_or_values(who), notes)
    share = dict(chosen.values)[positive] / chosen.filled
    return Roles(
        name,
        chosen.name,
        positive,
        chosen.kind == "boolean",
        share,
        when,
        who is None,
        tuple(notes[0]),
        tuple(notes[1]),
    )


def _check_told(told: dict[str, str], by_name: dict, where: str) -> None:
    missing = {option: name for option, name in told.items() if name and name not in by_name}
    if missing:
        raise MissingColumns(missing.values(), where, by_name, f"correct {' and '.join(missing)}")


def _guess_target(seen) -> Seen | None:
    named = [column for column in seen if target_rank(column.name) and len(column.values) == 2]
    return max(named, key=lambda column: target_rank(column.name), default=None)


def _guess_id(seen, target: Seen | None) -> Seen | None:
    """The column whose name says so, of several the one that names each row; else the only text that names each row."""
    able = [c for c in seen if c is not target and c.distinct > 2 and c.kind != "date"]
    named = [column for column in able if id_rank(column.name)]
    texts = [column for column in able if column.kind == "category" and column.is_unique]
    only = texts[0] if len(texts) == 1 and not is_person(texts[0].name) else None
    return max(named, key=lambda column: (id_rank(column.name), column.is_unique, column.distinct), default=only)


def _by_name_or_values(who: Seen | None) -> str:
    return "its name" if who and id_rank(who.name) else "its values: another one in each row"


def _told_time(column: Seen, where: str, notes) -> str:
    """The name of the column that --time names, if it holds dates, also such as 01.02.2024."""
    if column.kind != "date" and not column.has_days:
        raise DataError(f"{where}: `{column.name}` holds no dates. Cure: --time with the column that does, or none.")
    notes[0].append(f"snapshot date `{column.name}`")
    return column.name


def _guess_time(table, seen, who: Seen | None, notes) -> str:
    """The date that together with the id names a row, where a customer has several rows."""
    dates = [column for column in seen if column.kind == "date" and not column.missing]
    if who is None or who.is_unique:
        return ""
    pairs = [column for column in dates if _names_rows(table, who, column)]
    pairs.sort(key=lambda column: (not is_snapshot(column.name), column.distinct))
    if pairs:
        notes[0].append(f"snapshot date `{pairs[0].name}`: each customer has one row a date")
        return pairs[0].name
    notes[1].append(f"`{who.name}` has {who.rows - who.distinct:,} rows too many: no date tells them apart; --time may")
    return ""


def _names_rows(table, who: Seen, when: Seen) -> bool:
    pair = f"({text_of(who.name)}, {text_of(when.name)})"
    return run(f"SELECT count(*) = count(DISTINCT {pair}) FROM ({connect().compile(table)})")[0][0]


def _check_target(target: Seen, where: str) -> None:
    if len(target.values) != 2:
        shown = ", ".join(repr(value) for value, _ in target.values[:5]) or f"{target.distinct:,} values"
        raise DataError(
            f"{where}: target `{target.name}` has {target.distinct:,} distinct values ({shown}); expected two. "
            "Cure: --target with the column that says who left."
        )


def _positive(target: Seen, notes) -> str:
    """The value that means leaving: by its word, else the rarer one."""
    sounding = [value for value, _ in target.values if is_positive(value)]
    rarer = target.values[-1][0]
    if len(sounding) != 1:
        notes[1].append(f"whether {rarer!r} of `{target.name}` means leaving: it is the rarer value; see `positive`")
    return sounding[0] if len(sounding) == 1 else rarer


def _note_id(who: Seen | None, name: str, guessed: str, notes) -> None:
    decided, unsure = notes
    if who is None:
        decided.append(f"no column names the customer: rows are numbered, as `{name}`")
        unsure.append("which customer a row is: numbers of rows change with each export; --id names the column, if any")
        return
    decided.append(f"id `{name}`{f' (guessed from {guessed})' if guessed else ''}, {who.distinct:,} customers")
    if who.missing:
        unsure.append(f"{who.missing:,} rows have no `{name}` and will be set aside")


def _without_target(seen, who: Seen | None, where: str) -> DataError:
    dates = [column for column in seen if column.kind == "date"]
    if who and dates and who.filled > _EVENTS_A_CUSTOMER * who.distinct:
        each = f"{who.filled / who.distinct:,.0f}"
        return DataError(
            f"{where}: looks like a log of events, not like a table of customers: {each} rows for each of "
            f"{who.distinct:,} `{who.name}`, with a time (`{dates[0].name}`) and no column that says who "
            "left. Cure: describe it by hand, with an [events] section that says what counts as leaving: copy "
            f'configs/online_retail.toml and set id = "{who.name}" and time = "{dates[0].name}". Or name the target: '
            "--target."
        )
    pairs = [column for column in seen if len(column.values) == 2]
    whole = [column for column in pairs if not column.missing] or pairs
    what = "Columns with two values" + " and none missing" * (whole != pairs)
    able = ", ".join(f"`{column.name}`" for column in whole) or "none"
    return DataError(
        f"{where}: no column whose name says who left. {what}: {able}. Cure: --target with the column that does."
    )
