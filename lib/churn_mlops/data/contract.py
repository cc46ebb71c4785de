"""The contract of a table: what every row must hold, and what becomes of a row that does not.

A bad row is set aside with every reason, never dropped in silence: rows in = rows kept + rows set aside.
"""

from dataclasses import dataclass, field, replace

from churn_mlops.config import Column, Definition
from churn_mlops.errors import DataError, MissingColumns

_YES, _NO = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")
TRUTHS = dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")


@dataclass(frozen=True)
class Rule:
    """What a column must hold. Kinds: number, category, boolean, date; bounds are inclusive and for numbers.

    `values` are the only categories there may be; empty: any.
    """

    kind: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contract:
    """The rules of one table by column; `unique` names the columns that together occur once."""

    table: str
    rules: dict[str, Rule] = field(default_factory=dict)
    unique: tuple[str, ...] = ()


def contract_for(definition: Definition, frame, table: str) -> Contract:
    """The contract of a file's table: the definition's rules where given, else what the values show.

    Raises MissingColumns for a column that the definition names and the table does not have.
    """
    dataset = definition.dataset
    keys = [dataset.id] + [dataset.snapshot_date] * bool(dataset.snapshot_date)
    named = [*keys, dataset.target, *dataset.drop, *definition.columns]
    missing = [column for column in dict.fromkeys(named) if column not in frame.columns]
    if missing:
        raise MissingColumns(missing, table, frame.columns)
    rules = {name: _rule(definition.columns.get(name, Column()), frame[name]) for name in frame.columns}
    rules[dataset.id] = replace(rules[dataset.id], kind="category", required=True)
    rules[dataset.target] = replace(rules[dataset.target], kind="category")
    if dataset.snapshot_date:
        rules[dataset.snapshot_date] = Rule("date", required=True)
    return Contract(table, rules, unique=tuple(keys))


def _rule(column: Column, values) -> Rule:
    bounded = column.low is not None or column.high is not None
    kind = column.type or ("number" if bounded else "category" if column.values else guess_kind(values))
    return Rule(kind, column.required, column.low, column.high, column.values)


def guess_kind(column) -> str:
    """`number` where every value that is not blank is one, `date` for typed dates, else `category`."""
    import pandas as pd

    inferred = pd.api.types.infer_dtype(column, skipna=True) if column.dtype == object else ""
    if pd.api.types.is_bool_dtype(column) or inferred == "boolean":
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(column) or inferred == "date":
        return "date"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    filled = _blank_as_missing(column).dropna()
    some = filled.head(1000)  # most texts give themselves away at once
    numeric = len(some) and all(pd.to_numeric(part, errors="coerce").notna().all() for part in (some, filled))
    return "number" if numeric else "category"


def apply_contract(frame, contract: Contract):
    """Split a table into the rows that keep the contract, typed, and the rows set aside.

    Returns `(kept, quarantine)`: numbers are float64, dates datetime64, categories text; the quarantine has
    the columns `table`, `row` (counts from 1, without the header), `reasons` and `values`.
    """
    import pandas as pd

    frame = frame.reset_index(drop=True).apply(_blank_as_missing)
    failures = _failures(frame, contract)
    bad = pd.Index(sorted(failures))
    kept = frame.drop(index=bad).reset_index(drop=True)
    kept = kept.assign(**{name: _convert(kept[name], rule.kind) for name, rule in contract.rules.items()})
    quarantine = pd.DataFrame(
        {
            "table": pd.Series([contract.table] * len(bad), dtype="str"),
            "row": pd.Series(bad + 1, dtype="int64"),
            "reasons": pd.Series(["; ".join(failures[row]) for row in bad], dtype="str"),
            "values": pd.Series([frame.loc[row].to_json(date_format="iso") for row in bad], dtype="str"),
        }
    )
    return kept, quarantine


def _failures(frame, contract: Contract) -> dict[int, list[str]]:
    """The reasons against each bad row, by its position."""
    found: dict[int, list[str]] = {}
    for row, reason in [*_broken_rules(frame, contract), *_repeated(frame, contract)]:
        reasons = found.setdefault(row, [])
        if reason not in reasons:
            reasons.append(reason)
    return found


def _broken_rules(frame, contract: Contract) -> list[tuple[int, str]]:
    from pandera.errors import SchemaErrors

    try:
        _schema(contract).validate(frame, lazy=True)
    except SchemaErrors as errors:
        if errors.failure_cases["index"].isna().any():  # a check that broke says nothing about any row
            raise
        return [(int(case.index), _reason(case)) for case in errors.failure_cases.itertuples()]
    return []


def _repeated(frame, contract: Contract) -> list[tuple[int, str]]:
    """Every row but the first of those with the same key; dates count as days, however they are written."""
    if not contract.unique:
        return []
    keys = frame[list(contract.unique)]
    keys = keys.assign(**{name: _to_date(keys[name]) for name in keys if contract.rules[name].kind == "date"})
    again = keys.duplicated() & keys.notna().all(axis=1)
    return [(int(row), f"a second row for the same {' and '.join(contract.unique)}") for row in again.index[again]]


def _schema(contract: Contract):
    import pandera.pandas as pa

    columns = {
        name: pa.Column(nullable=not rule.required, required=True, checks=_checks(pa, rule))
        for name, rule in contract.rules.items()
    }
    return pa.DataFrameSchema(columns)


def _checks(pa, rule: Rule) -> list:
    checks = []
    if rule.kind == "number":
        checks.append(pa.Check(_is_finite, error="is not a finite number"))
    if rule.kind == "date":
        checks.append(pa.Check(lambda column: _to_date(column).notna(), error="is not a date"))
    if rule.kind == "boolean":
        checks.append(pa.Check(lambda column: _to_truth(column).notna(), error="is neither true nor false"))
    if rule.low is not None:
        checks.append(pa.Check(lambda column: ~(_to_number(column) < rule.low), error=f"is below {rule.low:g}"))
    if rule.values:
        checks.append(pa.Check(lambda column: column.astype("str").isin(rule.values), error="is not one of its values"))
    if rule.high is not None:
        checks.append(pa.Check(lambda column: ~(_to_number(column) > rule.high), error=f"is above {rule.high:g}"))
    return checks


def _reason(case) -> str:
    if case.check == "not_nullable":
        return f"{case.column} is missing"
    return f"{case.column} {case.failure_case!r} {case.check}"


def _blank_as_missing(column):
    import pandas as pd

    texts = pd.api.types.is_string_dtype(column) or column.dtype == object
    if not texts and not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    text = column.astype("str").str.strip()
    return text.mask(text == "")


def _is_finite(column):
    import numpy as np

    return np.isfinite(_to_number(column))


def _to_number(column):
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").astype("float64")


def _to_date(column):
    import pandas as pd

    return pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)


def _to_truth(column):
    """`yes`, `no` or missing; True and False stay what they are."""
    return column if column.dtype == bool else column.astype("str").str.lower().map(TRUTHS)


def _convert(column, kind: str):
    if kind == "number":
        return _to_number(column)
    if kind == "date":
        return _to_date(column).astype("datetime64[us]")
    if kind == "boolean":
        truths = _to_truth(column)
        return truths if truths.dtype == bool else truths.astype("str")
    return column.astype("str")


def check_quarantine(kept: int, set_aside: int, limit: float) -> None:
    """Stop the run with DataError when more than `limit` (a share, 0 to 1) of the rows had to be set aside."""
    share = set_aside / max(kept + set_aside, 1)
    if share > limit:
        raise DataError(
            f"{set_aside:,} of {kept + set_aside:,} rows ({share:.1%}) break the contract; at most {limit:.1%} may. "
            "Cure: read the reasons in quarantine.parquet and mend the source, or raise data.max_quarantined."
        )
