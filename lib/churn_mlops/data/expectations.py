"""What a table as a whole must be like: how many rows, how new, how many missing values, how many who left."""

from dataclasses import dataclass
from datetime import date

from churn_mlops.archive.moment import present
from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.checking import Checked
from churn_mlops.data.contract import MISSING
from churn_mlops.errors import ConfigError, DataError


@dataclass(frozen=True)
class Expectations:
    """Limits on the whole of a dataset, the parameters of 01_data; raises ConfigError for one that cannot be meant."""

    max_quarantined: float = 0.05  # share of rows
    min_rows: int = 1
    max_row_change: float | None = None  # share of the last run's rows
    max_age_days: float = 0  # of the newest row; 0: any age
    min_churn_rate: float = 0.0
    max_churn_rate: float = 1.0

    def __post_init__(self):
        shares = ("max_quarantined", "min_churn_rate", "max_churn_rate")
        rules = [(name, 0 <= getattr(self, name) <= 1, "a share, 0 to 1") for name in shares]
        rules += [
            ("min_rows", self.min_rows >= 0, "0 or more"),
            ("max_row_change", self.max_row_change is None or self.max_row_change >= 0, "None, or 0 or more"),
            ("max_age_days", self.max_age_days >= 0, "0 or more"),
            (
                "min_churn_rate",
                self.min_churn_rate <= self.max_churn_rate,
                f"at most max_churn_rate, {self.max_churn_rate}",
            ),
        ]
        wrong = [
            f"data.{name} is {getattr(self, name)!r}; expected {wanted}." for name, fits, wanted in rules if not fits
        ]
        if wrong:
            raise ConfigError(" ".join(wrong) + " Cure: correct it in [data] of the definition, or with -p.")


def check_dataset(wanted: Expectations, definition: Definition, checked: Checked, outcomes, newest, last) -> None:
    """Raise DataError with every rule that the dataset as a whole breaks: what, the value, and the cure.

    `outcomes` are those of `count_outcomes`, `newest` is the last day in the data, `last` what `last_data` says.
    """
    rows = sum(used.rows for used in checked.used.values())
    broken = [
        *_quarantined(wanted, checked),
        *_unknown_customers(definition, checked),
        *_few(wanted, rows),
        *_missing(checked),
        *_balance(wanted, outcomes),
    ]
    if definition.dataset.source != SIMULATOR:  # whose size and days are settings
        compared = None if definition.as_of else last  # which was of another day
        broken += [*_changed(wanted, rows, compared), *_old(wanted, newest, definition.as_of)]
    if broken:
        raise DataError("\n".join(broken) if len(broken) == 1 else "".join(f"\n  - {told}" for told in broken))


def _quarantined(wanted: Expectations, checked: Checked):
    total = sum(map(checked.rows_in, checked.used))
    aside = sum(map(checked.set_aside, checked.used)) - sum(checked.expected.values())
    if aside > wanted.max_quarantined * total:
        commonest = ", ".join(f"{reason} ({rows:,})" for (_, reason), rows in checked.reasons.most_common(3))
        yield (
            f"{aside:,} of {total:,} rows ({aside / total:.1%}) break the contract; at most "
            f"{wanted.max_quarantined:.1%} may. Reasons: {commonest}. "
            "Cure: read quarantine.parquet and mend the source, or raise data.max_quarantined."
        )


def _unknown_customers(definition: Definition, checked: Checked):
    told = f"{definition.dataset.id} {MISSING}"
    rows = sum(rows for (_, reasons), rows in checked.reasons.items() if told in reasons.split("; "))
    if definition.events and definition.events.missing_id == "refuse" and rows:
        yield f'{rows:,} rows: {told}. Cure: mend the source, or set [events] missing_id = "set aside".'


def _few(wanted: Expectations, rows: int):
    if rows < wanted.min_rows:
        least = wanted.min_rows
        yield f"{rows:,} rows are left; at least {least:,} are needed. Cure: more data, or lower data.min_rows."


def _changed(wanted: Expectations, rows: int, last: dict | None):
    if last is None or wanted.max_row_change is None or not last["rows"]:
        return
    change = rows / last["rows"] - 1
    if abs(change) > wanted.max_row_change:
        yield (
            f"{rows:,} rows, {change:+.1%} against the last run's {last['rows']:,}; at most "
            f"{wanted.max_row_change:.1%} either way is expected. "
            "Cure: look whether the export is complete; where it is, "
            f"-p data.max_row_change={abs(change) + 0.01:.2f} for this run, or more in [data] of the definition."
        )


def _old(wanted: Expectations, newest: str | None, as_of: str = ""):
    if not wanted.max_age_days:
        return
    if newest is None:
        yield "the data has no date, so its age is not known. Cure: name `snapshot_date`, or set data.max_age_days = 0."
        return
    today = date.fromisoformat(as_of) if as_of else present().date()
    age = (today - date.fromisoformat(newest)).days
    if age > wanted.max_age_days:
        yield (
            f"the newest row is of {newest}, {age:,} days old; at most {wanted.max_age_days:g} days are allowed. "
            "Cure: export the data again, or raise data.max_age_days."
        )


def _missing(checked: Checked):
    """Columns that lack more values than their `max_missing` allows, in the rows as used."""
    for contract in checked.contracts:
        limits = {name: rule.max_missing for name, rule in contract.rules.items() if rule.max_missing < 1}
        stored = checked.used[contract.table]
        if not (limits and stored.rows):
            continue
        table = stored.table
        found = table.aggregate(**{f"c{n}": table[c].isnull().mean() for n, c in enumerate(limits)}).to_pyarrow()
        for (name, limit), share in zip(limits.items(), found.to_pylist()[0].values(), strict=True):
            if share > limit:
                yield (
                    f"column `{name}`: {share:.1%} of its values are missing; at most {limit:.1%} may. "
                    f'Cure: mend the source, or raise `max_missing` in [columns] "{name}".'
                )


def _balance(wanted: Expectations, outcomes):
    left, stayed = int(outcomes["left"].sum()), int(outcomes["stayed"].sum())
    rate = left / (left + stayed) if left + stayed else None
    if rate is not None and not wanted.min_churn_rate <= rate <= wanted.max_churn_rate:
        yield (
            f"{left:,} of {left + stayed:,} customers left ({rate:.1%}); expected {wanted.min_churn_rate:.1%} to "
            f"{wanted.max_churn_rate:.1%}. Cure: look whether one class is missing from the export; where it is right, "
            "set data.min_churn_rate and data.max_churn_rate."
        )
