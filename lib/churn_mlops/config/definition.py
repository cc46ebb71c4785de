"""The dataset definition: where a dataset comes from, what its columns mean, and what is at stake."""

import json
from dataclasses import asdict, dataclass, field

from churn_mlops.config.events import Events
from churn_mlops.config.offers import Offers

COLUMN_TYPES = ("number", "category", "boolean", "date")
SIMULATOR = "simulator"
ASSUMPTIONS = ("value_kept", "offer_cost", "success_rate")  # of the money at stake


@dataclass(frozen=True)
class Money:
    """What a decision earns: `success_rate * value_kept - offer_cost` for each contacted customer who would leave.

    Each of the three is a number for all customers, or the name of a feature that holds it customer by customer.
    """

    value_kept: float | str  # what a customer who stays is worth, in `currency`
    offer_cost: float | str  # what contacting one customer costs, in `currency`
    success_rate: float | str  # share of leavers whom the offer keeps, 0 to 1
    currency: str = "EUR"

    @property
    def columns(self) -> dict[str, str]:
        """The features that are named, by what they hold; empty where all customers are worth the same."""
        named = {key: getattr(self, key) for key in ASSUMPTIONS}
        return {key: name for key, name in named.items() if isinstance(name, str)}


@dataclass(frozen=True)
class Column:
    """What a column may hold; every field is optional, and bounds are inclusive."""

    type: str = ""  # one of COLUMN_TYPES; empty: what the values show
    unit: str = ""  # for readers: "months", "EUR a month"
    format: str = ""  # of dates, as strptime has it: "%d/%m/%Y"; empty: ISO 8601, or what all the values show
    low: float | None = None  # least number
    high: float | None = None  # greatest number
    values: tuple[str, ...] = ()  # the only categories there are; empty: any
    required: bool = False  # whether a row without a value is set aside
    max_missing: float = 1.0  # share of rows, 0 to 1, that may lack a value before the table is refused
    sensitive: bool = False  # whether its groups are to be treated alike, which 045_judge looks at, also when dropped


@dataclass(frozen=True)
class Reading:
    """How a source is read, where what is found out about it is not right; empty: found out."""

    delimiter: str = ""  # between the fields of a CSV file
    quote: str = ""  # around a field that holds the delimiter
    encoding: str = ""  # of a text file, as Python names it: "utf-8", "latin-1", "cp1252", "utf-16"
    decimal: str = ""  # the decimal mark of numbers that are text: "." or ","
    number_rows: str = ""  # name of a column to add: the row's number, for an id where no column names the customer
    password_variable: str = ""  # environment variable with a database's password


@dataclass(frozen=True)
class Dataset:
    """Where a dataset comes from, and which of its columns have a role."""

    name: str
    source: str  # "simulator", a CSV or Parquet file, a folder of Parquet files, or the URL of a database
    id: str  # column that names the customer
    target: str = ""  # column that says who left; empty where [events] make the label
    positive: str = ""  # its value that means churn; empty: 1, true or yes
    snapshot_date: str = ""  # column with the moment at which the row was known; empty: one row a customer
    horizon_days: int = 30  # days after the snapshot in which leaving counts as churn
    prior: float = 0.0  # share of leavers in the real world, where rows were chosen by outcome; 0: as in the data
    drop: tuple[str, ...] = ()  # columns never shown to a model
    slices: tuple[str, ...] = ()  # columns whose slices are looked at; empty: those along which churn differs most
    allow: tuple[str, ...] = ()  # features that look as if they told the outcome, and are known in time all the same
    levers: tuple[str, ...] = ()  # features that the business can change for a customer; empty: which is not known
    table: str = ""  # of a database: the table, or SCHEMA.TABLE
    query: str = ""  # of a database: the query that gives the table


@dataclass(frozen=True)
class Definition:
    """A dataset definition: roles, columns, the money at stake and, for the embedded default, the simulator."""

    dataset: Dataset
    money: Money
    simulator: dict = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)  # by the column's name
    source: Reading = Reading()
    events: Events | None = None  # where the table is a log of events
    approval: str = "auto"  # what [policy] asks for besides the gates: auto, one or two people
    offers: Offers | None = None  # where the table of offers made is
    as_of: str = ""  # day, YYYY-MM-DD, that a run looks from: what was known later is hidden; not in the file

    @property
    def sensitive(self) -> tuple[str, ...]:
        """The columns whose groups are to be treated alike."""
        return tuple(name for name, column in self.columns.items() if column.sensitive)

    def to_json(self) -> str:
        """The definition as it travels with a run."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Definition":
        """The inverse of `to_json`."""
        raw = json.loads(text)
        columns = {name: _restored(Column, column) for name, column in raw["columns"].items()}
        source = Reading(**raw.get("source", {}))
        events = raw.get("events") and _restored(Events, raw["events"])
        dataset, money = _restored(Dataset, raw["dataset"]), Money(**raw["money"])
        offers = raw.get("offers") and Offers(**raw["offers"])
        later = {name: raw[name] for name in ("approval", "as_of") if name in raw}
        return cls(dataset, money, raw["simulator"], columns, source, events, offers=offers, **later)


def _restored(cls, raw: dict):
    """An instance from its JSON, in which tuples are lists."""
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})
