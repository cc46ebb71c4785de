"""How much of what the champion's evaluation promised is lost: estimated before labels are in, and as it came true.

Shares, 0 to 1 and more, of the profit a row, and of the ROC AUC above one half. An estimate is off by as much as it was
where both are known (`estimate.trust`), so that much is taken off first; where that is not known, neither is the loss.
"""

import math
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.parsing import understood

FILE = "losses.json"
NAMES = ("estimated_profit_loss", "estimated_roc_auc_loss", "realised_profit_loss")


def measure_losses(table, roc_auc: float, profit_a_row: float) -> dict[str, float]:
    """The shares by NAMES; NaN for what is not known.

    `table` is what came true and what was estimated by month (`estimate.with_estimates`); the others are those of the
    champion's evaluation. What is to come is estimated over all customers whose labels are not in; what came true is
    the newest month that can be measured, by the upper end of its interval: a loss that chance explains is none.
    """
    from churn_mlops.monitoring.estimate import trust
    from churn_mlops.monitoring.performance import newest_measured

    errors, newest = trust(table), newest_measured(table)
    coming = table[table["rows"].isna() & table["estimated_rows"].notna()]
    rows = coming["estimated_rows"].sum()
    profit = coming["estimated_profit"].sum() / rows if rows else math.nan
    order = (coming["estimated_roc_auc"] * coming["estimated_rows"]).sum(skipna=False) / rows if rows else math.nan
    came = newest["profit_high"] / newest["rows"] if newest else math.nan
    return {
        "estimated_profit_loss": _share(profit_a_row - profit - errors["estimated_profit_error"], profit_a_row),
        "estimated_roc_auc_loss": _share(roc_auc - order - errors["estimated_roc_auc_error"], roc_auc - 0.5),
        "realised_profit_loss": _share(profit_a_row - came, profit_a_row),
    }


def save_losses(run_dir: str, losses: dict[str, float]) -> dict[str, float]:
    """Keep the losses where `retrain` finds them; returns them."""
    known = {name: value if math.isfinite(value) else None for name, value in losses.items()}
    write_json(Path(run_dir) / FILE, known)
    return losses


def load_losses(artifacts: str | Path) -> dict[str, float | None]:
    """The losses that 06_monitor has kept; nothing known where a run is gone, or of a release without them. Light."""
    path = Path(artifacts) / FILE
    if not path.is_file():
        return dict.fromkeys(NAMES)
    with understood(path, "expected losses as 06_monitor writes them"):
        found = read_json(path)
        return {name: None if found[name] is None else float(found[name]) for name in NAMES}


def _share(lost: float, of: float) -> float:
    return max(lost / of, 0.0) if math.isfinite(lost) and of > 0 else math.nan
