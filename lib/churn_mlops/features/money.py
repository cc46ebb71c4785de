"""The features that `[money]` names, looked for before any of them is made."""

from churn_mlops.config import SIMULATOR, Definition, misnamed
from churn_mlops.errors import DataError
from churn_mlops.features.build import units


def check_money(definition: Definition, contracts) -> None:
    """Raise DataError where an assumption of `[money]` names what will be no feature, or none that is a number.

    A slip of the pen would otherwise stop the run only in 03, after the search. `contracts` are those of the tables.
    """
    named = definition.money.columns
    if not named:
        return
    numbers, others = _features(definition, contracts)
    problems = [problem for key, name in named.items() if (problem := misnamed(key, name, numbers, others))]
    if problems:
        raise DataError(" ".join(problems))


def _features(definition: Definition, contracts) -> tuple[list[str], list[str]]:
    """The features to come that are numbers, and the others, by what the definition and the contracts say."""
    if definition.dataset.source == SIMULATOR:
        from churn_mlops.features.windows import CATEGORIES

        return list(units(definition)), list(CATEGORIES)
    if definition.events:
        return list(units(definition)), []
    dataset = definition.dataset
    hidden = {dataset.id, dataset.target, dataset.snapshot_date, *dataset.drop}
    kinds = {name: rule.kind for contract in contracts for name, rule in contract.rules.items() if name not in hidden}
    counted = ("number", "date") if dataset.snapshot_date else ("number",)  # of snapshots, dates become days before
    return [n for n, kind in kinds.items() if kind in counted], [n for n, kind in kinds.items() if kind not in counted]
