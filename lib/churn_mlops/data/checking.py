"""Checking a whole dataset: every table against its contract, and what there is to see in it."""

from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.contract import Contract, Rule, apply_contract, contract_for, guess_kind


def make_contracts(definition: Definition, tables: dict, source: str) -> list[Contract]:
    """One contract a table; for a file from its definition, for the simulator from its tables' shape."""
    if definition.dataset.source != SIMULATOR:
        return [contract_for(definition, frame, name) for name, frame in tables.items()]
    return [_subscription_contract(name, frame, definition.dataset.id) for name, frame in tables.items()]


def _subscription_contract(name: str, frame, id: str) -> Contract:
    rules = {column: Rule(guess_kind(frame[column]), required=column == id) for column in frame}
    rules |= {column: Rule("number", low=0) for column, rule in rules.items() if rule.kind == "number"}
    return Contract(name, rules, unique=(id,) if name in ("customers", "cancellations") else ())


def check_tables(contracts: list[Contract], tables: dict) -> tuple[dict, object]:
    """Apply each contract to its table; returns the kept tables and one quarantine over all of them."""
    import pandas as pd

    kept, aside = {}, []
    for contract in contracts:
        kept[contract.table], quarantine = apply_contract(tables[contract.table], contract)
        aside.append(quarantine)
    return kept, pd.concat(aside, ignore_index=True)


def contracts_table(contracts: list[Contract]):
    """The rules as a table for readers: one row a column of each table."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "table": contract.table,
                "column": column,
                "kind": rule.kind,
                "required": "yes" if rule.required else "",
                "at least": "" if rule.low is None else f"{rule.low:g}",
                "unique": "yes" if column in contract.unique else "",
            }
            for contract in contracts
            for column, rule in contract.rules.items()
        ]
    )


def profile_tables(tables: dict):
    """One row a column: kind, share missing, distinct values, and the range or the commonest value."""
    import pandas as pd

    return pd.DataFrame([_profile(name, frame[column]) for name, frame in tables.items() for column in frame])


def _profile(table: str, column) -> dict:
    import pandas as pd

    filled = column.dropna()
    if filled.empty:
        seen = "nothing"
    elif pd.api.types.is_datetime64_any_dtype(column):
        seen = f"{filled.min():%Y-%m-%d} to {filled.max():%Y-%m-%d}"
    elif pd.api.types.is_numeric_dtype(column):
        seen = f"{filled.min():,.6g} to {filled.max():,.6g}"
    elif filled.is_unique and len(filled) > 1:
        seen = "all different"
    else:
        commonest = filled.value_counts().head(1)
        seen = f"mostly {commonest.index[0]} ({commonest.iloc[0] / len(filled):.0%})"
    return {
        "table": table,
        "column": column.name,
        "kind": str(column.dtype),
        "missing": round(float(column.isna().mean()), 4),
        "distinct": int(column.nunique()),
        "values": seen,
    }


def describe_tables(tables: dict):
    """One row a table: rows, columns, and the days it spans."""
    import pandas as pd

    rows = []
    for name, frame in tables.items():
        dates = frame.select_dtypes("datetime").stack()
        span = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}" if len(dates) else ""
        rows.append({"table": name, "rows": len(frame), "columns": frame.shape[1], "span": span})
    return pd.DataFrame(rows)


def reasons_table(quarantine):
    """How many rows were set aside for which reason, commonest first; values are left out of the reasons."""
    import pandas as pd

    reasons = quarantine["reasons"].str.replace(r"('[^']*'|\"[^\"]*\") is", "is", regex=True)
    counts = pd.DataFrame({"table": quarantine["table"], "reason": reasons}).value_counts()
    return counts.rename("rows").reset_index()


def sums_table(raw: dict, kept: dict, quarantine):
    """Rows in, rows kept and rows set aside, by table: the first is the sum of the others."""
    import pandas as pd

    aside = quarantine["table"].value_counts()
    rows = [
        {"table": name, "rows in": len(raw[name]), "kept": len(kept[name]), "set aside": int(aside.get(name, 0))}
        for name in raw
    ]
    return pd.DataFrame(rows)
