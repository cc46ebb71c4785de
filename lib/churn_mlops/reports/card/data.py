"""What data it was made from: where, when, how many, which columns it reads and which it does not."""

import re
import tomllib
from datetime import date, timedelta

from churn_mlops.reports.card.parts import code, listed, missing, named, section, span, table
from churn_mlops.reports.card.purpose import horizon
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, moment, number, share

VERSION, LABELS = "artifacts/data_version.json", "artifacts/labels.parquet"
_REMARK = re.compile(r"""^\s*("(?:[^"\\\n]|\\.)*"|'[^'\n]*')\s*,?\s*#\s*(.+?)\s*$""", re.MULTILINE)  # "name",  # why
_LEVELS = 6  # of a category, named on the card
_PARTS = {"train": "To learn from", "test": "To be judged by", "unused": "Unused: older, or between the two"}


def data(facts: Facts) -> dict:
    """The data of the run, its parts, and its columns."""
    version = facts.object(VERSION)
    if not version:
        return section("data", "Data", missing("No data came into this run", "01 Data"))
    return section(
        "data",
        "Data",
        named(lenient(_origin)(facts, version) or []),
        lenient(_parts)(facts),
        lenient(_columns)(facts) or missing("Which columns it reads is not known", "02 Features"),
        lenient(_left_out)(facts),
    )


def _origin(facts: Facts, version: dict) -> list:
    dataset = facts.definition("dataset")
    oldest, newest = version.get("oldest"), version.get("newest")
    tables = version.get("tables") or {}
    return [
        ["Source", code(version.get("source"))],
        ["Version", code(str(version.get("version"))[:16])],
        [
            "Rows",
            f"{number(version.get('rows'))} used, {number(version.get('rows_quarantined'))} set aside by the contract",
        ],
        [
            "Tables",
            listed([[code(name), f" ({number(t.get('rows'))})"] for name, t in tables.items()])
            if len(tables) > 1
            else "",
        ],
        ["Dates", _from_to(oldest, newest) if oldest and newest else ""],
        ["As of", moment(facts.manifest["as_of"]) if facts.manifest.get("as_of") else ""],
        ["Horizon", horizon(facts)],
        ["Prior", _prior(dataset)],
    ]


def _prior(dataset: dict) -> str:
    prior = dataset.get("prior")
    return (
        f"{share(prior)} leave in the real world; the rows were chosen by outcome, and the probabilities are corrected"
        if prior
        else ""
    )


def _parts(facts: Facts) -> dict | None:
    """The rows by what they were used for, with their dates and the share that left."""
    time = facts.object("artifacts/signature.json").get("snapshot_date") or ""
    labels = facts.columns(LABELS, *filter(None, ("split", "churned", time)))
    kinds = {kind.as_py(): kind for kind in labels["split"].unique()}
    rows = [[words, *_part(labels, kinds[part], time)] for part, words in _PARTS.items() if part in kinds]
    return table(["Part", "Rows", "Who left", "Snapshots"] if time else ["Part", "Rows", "Who left"], rows, "-nn")


def _part(labels, kind, time: str) -> list[str]:
    """Rows, share that left, and dates of one part; `kind` is Arrow's: to make one of a text imports pandas."""
    import pyarrow.compute as pc

    rows = labels.filter(pc.equal(labels["split"], kind))
    days = [str(day) for day in pc.min_max(_days(rows[time])).as_py().values()] if time else []
    return [number(len(rows)), share(pc.mean(rows["churned"]).as_py()), *([_from_to(*days)] * bool(time))]


def _days(moments):
    """Moments as days: to take a moment out of Arrow imports pandas."""
    import pyarrow as pa

    return moments.cast(pa.date32()) if pa.types.is_temporal(moments.type) else moments


def _from_to(first, last) -> str:
    """Two days as people write them."""
    return moment(first) if first == last else f"{moment(first)} to {moment(last)}"


def _columns(facts: Facts) -> dict | None:
    rows = [[code(c["name"]), _kind(c), _seen(c), share(c.get("missing"))] for c in facts.signature()]
    fold = f"The {len(rows)} columns that the model reads"
    return table(
        ["Reads", "Kind", "Seen in training", "Missing"], rows, "---n", "It is asked about nothing else.", fold
    )


def _kind(column: dict) -> str:
    return ", ".join(filter(None, ("date" if column.get("since") else str(column.get("kind")), column.get("unit"))))


def _seen(column: dict) -> list | str:
    levels = column.get("categories")
    if levels:
        more = f" and {len(levels) - _LEVELS} more" if len(levels) > _LEVELS else ""
        return [*listed([code(level) for level in levels[:_LEVELS]]), more]
    low, high = column.get("low"), column.get("high")
    if column.get("since") and is_number(low) and is_number(high):
        first = date.fromisoformat(column["since"])
        return _from_to(*(str(first + timedelta(days=days)) for days in (low, high)))
    return span(low, high, _whole) or "nothing"


def _whole(value: float) -> str:
    """A number of a column; whole ones without decimals."""
    return number(int(value) if value == int(value) else value)


def _left_out(facts: Facts) -> dict | None:
    dataset = facts.definition("dataset")
    reasons = lenient(_reasons)(facts) or {}
    roles = {dataset.get("id"): "names the customer", dataset.get("target"): "is the outcome"}
    roles |= {dataset.get("snapshot_date"): "dates the row"}
    out = {name: why for name, why in roles.items() if name}
    out |= {
        name: reasons.get(name) or "dropped by the definition, which gives no reason"
        for name in dataset.get("drop") or ()
    }
    return table(["Does not read", "Why"], [[code(name), why] for name, why in out.items()])


def _reasons(facts: Facts) -> dict[str, str]:
    """What the definition's file says in a comment beside each dropped column, where each has a line of its own."""
    text = (facts.run / "config.toml").read_text(encoding="utf-8")
    listed_there = re.search(r"^drop\s*=\s*\[.*?^\]", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(_REMARK, listed_there[0]) if listed_there else []
    return {tomllib.loads(f"name = {name}")["name"]: why for name, why in lines}
