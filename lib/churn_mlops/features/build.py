"""From the tables of a dataset to features and labels: the shapes that data comes in.

One row a customer, or one row a customer and snapshot date. From a log of events, and from the simulator's tables, the
snapshots are made here, with nothing that was known later.
"""

from dataclasses import dataclass, replace

from churn_mlops.config import SIMULATOR, Definition, nearest
from churn_mlops.data.target import churned
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.features.aside import take_aside


@dataclass(frozen=True)
class Built:
    """Features and labels, same rows in the same order, and the features of the customers to score now."""

    features: object
    labels: object  # id, snapshot date if any, churned (int8), and best_probability where the truth is known
    active: object
    aside: object = None  # keys, and columns that are looked at and not learned from; the features' rows


def build(definition: Definition, tables: dict, history_months: int = 6) -> Built:
    """Features with their labels for the past, and features alone for now; tables may be lazy (`open_version`).

    `history_months` is how much of the simulator's beginning only serves as history for later snapshots.
    """
    if definition.dataset.source == SIMULATOR:
        built = _from_subscriptions(definition, tables, history_months)
    elif definition.events:
        from churn_mlops.features.events import build_events

        built = Built(*build_events(definition, tables["table"]))
    else:
        built = _from_table(definition, _as_frame(tables["table"]))
    _check_levers(definition.dataset.levers, built.features)
    return built if built.aside is not None else replace(built, aside=take_aside(definition, built.features))


def _check_levers(levers, features) -> None:
    """Raise ConfigError for a lever that is no feature: it would be passed over in silence, long after."""
    unknown = [name for name in levers if name not in features.columns]
    if unknown:
        told = ", ".join(f"`{name}`{nearest(name, features.columns)}" for name in unknown)
        raise ConfigError(f"[dataset] `levers` names no feature: {told}. Cure: correct or remove it.")


def _as_frame(table):
    """A data frame, also of a table that nothing has been read of yet."""
    return table.to_pyarrow().to_pandas() if hasattr(table, "to_pyarrow") else table


def _from_table(definition: Definition, table) -> Built:
    dataset = definition.dataset
    label = churned(table, dataset)
    features = as_features(table.drop(columns=[dataset.target, *dataset.drop]), dataset)
    keys = [dataset.id] + [dataset.snapshot_date] * bool(dataset.snapshot_date)
    known = label.notna()
    labels = table.loc[known, keys].assign(churned=label[known].astype("int8"))
    return Built(
        features[known].reset_index(drop=True),
        labels.reset_index(drop=True),
        features[_still_there(table, label, dataset)].reset_index(drop=True),
        take_aside(definition, table[known]),
    )


def _still_there(table, label, dataset):
    """The rows to score, of the newest snapshot only: whose outcome is open, or where none is, who has not left."""
    now = table.index >= 0
    if dataset.snapshot_date:
        now = table[dataset.snapshot_date] == table[dataset.snapshot_date].max()
    open_now = now & label.isna()
    return open_now if open_now.any() else now & (label == 0)


def as_features(table, dataset):
    """Truths become yes or no, dates days before the row's own snapshot: the same for training and for scoring.

    Without snapshots dates stay dates, which the signature counts from a fixed day: counted from the newest
    of the table, one customer scored alone would look as if they had come today.
    """
    import pandas as pd

    truths = table.select_dtypes("bool")
    table = table.assign(**{column: truths[column].map({True: "yes", False: "no"}) for column in truths})
    if not dataset.snapshot_date:
        return table
    dates = [c for c in table if pd.api.types.is_datetime64_any_dtype(table[c]) and c != dataset.snapshot_date]
    days = {c: (table[dataset.snapshot_date] - table[c]).dt.days.astype("float64") for c in dates}
    return table.assign(**days)


def _from_subscriptions(definition: Definition, tables: dict, history_months: int) -> Built:
    import pandas as pd

    from churn_mlops.data.simulator import SimulatorSettings
    from churn_mlops.features.labels import add_best_probability, label_snapshots
    from churn_mlops.features.windows import build_features

    settings = SimulatorSettings.from_dict(definition.simulator)
    end = pd.date_range(settings.start, periods=settings.months + 1, freq="MS")
    as_of = min(pd.Timestamp(definition.as_of or end[-1]), end[-1])
    snapshots = end[end <= as_of][history_months:]
    if len(snapshots) < 3:
        months = sum(end <= as_of) - 1
        raise DataError(f"{months} months with {history_months} as history leave too few. Cure: more months.")
    everything = build_features(tables, snapshots)
    now = everything["snapshot_date"] == snapshots[-1]
    labels = label_snapshots(
        everything.loc[~now, ["customer_id", "snapshot_date"]],
        _as_frame(tables["cancellations"]),
        definition.dataset.horizon_days,
        as_of=as_of,
    )
    features = everything.loc[labels.index].reset_index(drop=True)
    labels = add_best_probability(
        labels.reset_index(drop=True), _as_frame(tables["truth"]), definition.dataset.horizon_days
    )
    return Built(features, labels, everything[now].reset_index(drop=True))


def summarise(built: Built, dataset):
    """Labelled rows, customers and churn rate, by snapshot date where there is time."""
    import pandas as pd

    labels = built.labels
    by = (
        labels[dataset.snapshot_date].dt.strftime("%Y-%m-%d")
        if dataset.snapshot_date
        else pd.Series("all", labels.index)
    )
    grouped = labels.groupby(by.rename("snapshot"))
    return pd.DataFrame(
        {
            "rows": grouped.size(),
            "customers": grouped[dataset.id].nunique(),
            "churned": grouped["churned"].sum(),
            "churn rate": grouped["churned"].mean().round(4),
        }
    ).reset_index()


def units(definition: Definition) -> dict[str, str]:
    """The units of the features, where their definition knows them."""
    if definition.events:
        from churn_mlops.features.events import units_of

        return units_of(definition)
    if definition.dataset.source != SIMULATOR:
        return {}
    from churn_mlops.features.windows import UNITS

    return UNITS
