"""Rows held against their contract, piece by piece: typed where they keep it, with reasons where they do not."""

from dataclasses import dataclass
from functools import cached_property

from churn_mlops.data.contract import MISSING, Contract, Rule
from churn_mlops.data.notation import NOTHING, to_date, to_number, to_truth

READ = ("number", "date", "boolean")  # kinds whose texts are read; a category is the text


@dataclass(frozen=True)
class Checker:
    """A contract made ready for pieces of one table, whose columns have the types of `schema` (pyarrow)."""

    contract: Contract
    schema: object
    with_nulls: frozenset = frozenset()  # columns that lack a value somewhere

    @cached_property
    def kept_schema(self):
        """The types of the rows that keep the contract."""
        import pyarrow as pa

        types = {name: self.schema.field(name).type for name, _ in self._rules}
        return pa.schema([(name, _kept_type(rule, types[name], name in self.with_nulls)) for name, rule in self._rules])

    @property
    def _rules(self):
        return self.contract.rules.items()

    def clean(self, piece):
        """The piece without spaces around its texts, and with what means `not known` missing."""
        columns = {name: _cleaned(piece.column(name), rule) for name, rule in self._rules}
        return _table(columns)

    def failures(self, piece) -> list[tuple[int, str]]:
        """Position and reason of each value of a cleaned piece that breaks a rule."""
        from pandera.errors import SchemaErrors

        frame = piece.select(list(self._pandera.columns)).to_pandas(split_blocks=True)
        try:
            self._pandera.validate(frame, lazy=True)
        except SchemaErrors as errors:
            if errors.failure_cases["index"].isna().any():  # a check that broke says nothing about any row
                raise
            return [(int(case.index), _reason(case)) for case in errors.failure_cases.itertuples()]
        return []

    def converted(self, piece):
        """A cleaned piece, all of whose rows keep the contract, in the types of `kept_schema`."""
        fields = {name: self.kept_schema.field(name).type for name, _ in self._rules}
        return _table({name: _converted(piece.column(name), rule, fields[name]) for name, rule in self._rules})

    @cached_property
    def _pandera(self):
        import pandera.pandas as pa

        columns = {}
        for name, rule in self._rules:
            checks = _checks(pa, rule, self.schema.field(name).type)
            if checks or rule.required:
                columns[name] = pa.Column(nullable=not rule.required, required=True, checks=checks)
        return pa.DataFrameSchema(columns)


def _table(columns: dict):
    import pyarrow as pa

    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _kept_type(rule: Rule, kind, with_nulls: bool):
    """Truths without a gap stay truths; with one they are yes, no or missing: pandas has no truth that is missing."""
    import pyarrow as pa

    if rule.kind == "boolean" and pa.types.is_boolean(kind) and not with_nulls:
        return kind
    return {"number": pa.float64(), "date": pa.timestamp("us")}.get(rule.kind, pa.string())


def _cleaned(column, rule: Rule):
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        unknown = pc.is_nan(column)
        return pc.if_else(unknown, None, column) if pc.any(unknown).as_py() else column
    if not _is_text(column.type):
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    blank = pc.equal(pc.binary_length(trimmed), 0)
    if rule.kind in READ:
        blank = pc.or_(blank, pc.is_in(pc.utf8_lower(trimmed), pa.array(NOTHING, trimmed.type)))
    if pc.any(blank).as_py():
        return pc.if_else(blank, None, trimmed)
    return column if trimmed.equals(column) else trimmed


def _is_text(kind) -> bool:
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _checks(pa, rule: Rule, stored) -> list:
    """The checks of one column; what its type already says is not checked again. A missing value passes each."""
    return [pa.Check(_or_missing(test), error=told, ignore_na=False) for test, told in _tests(rule, stored)]


def _or_missing(test):
    """The test, passed by missing values too; pandera would leave these out by copying the others."""
    return lambda column: test(column) | column.isna()


def _tests(rule: Rule, stored):
    """What values must pass, and what is said of those that do not."""
    import numpy as np
    from pyarrow import types

    def number(column):
        return to_number(column, rule.notation)

    def date(column):
        return to_date(column, rule.notation)

    if rule.kind == "number" and types.is_floating(stored):
        yield lambda column: ~np.isinf(column), _NO_NUMBER
    elif rule.kind == "number" and not types.is_integer(stored):
        yield lambda column: np.isfinite(number(column)), _NO_NUMBER
    if rule.kind == "date" and not types.is_temporal(stored):
        yield lambda column: date(column).notna(), "is not a date"
    if rule.latest:
        yield lambda column: ~(date(column) > rule.latest), f"is after {rule.latest:%Y-%m-%d}, in the future"
    if rule.kind == "boolean" and not types.is_boolean(stored):
        yield lambda column: to_truth(column).notna(), "is neither true nor false"
    if rule.low is not None:
        yield lambda column: ~(number(column) < rule.low), f"is below {rule.low:g}"
    if rule.high is not None:
        yield lambda column: ~(number(column) > rule.high), f"is above {rule.high:g}"
    if rule.values:
        yield lambda column: column.astype("str").isin(rule.values), "is not one of its values"


_NO_NUMBER = "is not a finite number"


def _reason(case) -> str:
    if case.check == "not_nullable":
        return f"{case.column} {MISSING}"
    return f"{case.column} {case.failure_case!r} {case.check}"


def _converted(column, rule: Rule, wanted):
    import pyarrow as pa
    import pyarrow.compute as pc

    have = column.type
    if have == wanted and not (rule.kind == "boolean" and _is_text(have)):
        return column
    if rule.kind == "number" and not _is_text(have):
        return column.cast(wanted, safe=False)
    if rule.kind == "date" and pa.types.is_temporal(have):
        return column.cast(pa.timestamp("us", "UTC") if getattr(have, "tz", None) else wanted, safe=False).cast(wanted)
    if rule.kind == "category" and (_is_text(have) or pa.types.is_integer(have)):
        return column.cast(wanted)
    if rule.kind == "category" and pa.types.is_boolean(have):
        return pc.if_else(column, "True", "False")
    if rule.kind == "boolean" and pa.types.is_boolean(have):
        return pc.if_else(column, "yes", "no")
    return pa.array(_read(column.to_pandas(), rule), wanted, from_pandas=True)


def _read(values, rule: Rule):
    """The values of one column as pandas reads them."""
    if rule.kind == "number":
        return to_number(values, rule.notation)
    if rule.kind == "date":
        return to_date(values, rule.notation)
    return to_truth(values).astype("str") if rule.kind == "boolean" else values.astype("str")


def same_columns(one, other) -> bool:
    """Whether two tables hold the very same arrays: nothing was changed between them."""
    return all(a.equals(b) for a, b in zip(one.columns, other.columns, strict=True)) and one.num_rows == other.num_rows
