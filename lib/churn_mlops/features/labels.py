"""The definition of the label: who leaves within the horizon after the snapshot date."""


def label_snapshots(snapshots, cancellations, horizon_days: int, as_of):
    """Whether each customer left in the `horizon_days` after the snapshot: `snapshot < left <= snapshot + horizon`.

    Parameters
    ----------
    snapshots : DataFrame with `customer_id` and `snapshot_date`
    cancellations : DataFrame with `customer_id` and `cancelled_on`, at most one row a customer
    as_of : the day on which we look; a snapshot whose window is still open has no label yet and is left out,
        because "has not left so far" is not "has not left".

    Returns
    -------
    The labelled rows of `snapshots` with their index kept, and `churned` (int8).

    """
    import pandas as pd

    closes = snapshots["snapshot_date"] + pd.Timedelta(days=horizon_days)
    matured = snapshots[closes <= as_of]
    left = (
        cancellations.set_index("customer_id")["cancelled_on"].reindex(matured["customer_id"]).set_axis(matured.index)
    )
    within = (left > matured["snapshot_date"]) & (left <= closes[matured.index])
    return matured.assign(churned=within.astype("int8"))


def add_best_probability(labels, truth, horizon_days: int):
    """The true probability of each label, where the horizon is the month that the simulator decides about.

    No model can rank better than the truth does, so its ROC AUC is the best possible.
    """
    if not 28 <= horizon_days <= 31:
        return labels
    known = truth.set_index(["customer_id", "snapshot_date"])["probability"]
    rows = labels.set_index(["customer_id", "snapshot_date"]).index
    return labels.assign(best_probability=known.reindex(rows).to_numpy())
