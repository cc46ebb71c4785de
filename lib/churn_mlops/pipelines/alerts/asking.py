"""Which dataset an alert belongs to."""

from pathlib import Path

from churn_mlops.pipelines.governance.asking import chosen_dataset, chosen_datasets
from churn_mlops.registry.audit.log import scan
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.serving.alerts import stand


def dataset_of(runs: Path, name: str, dataset: str = "") -> str:
    """The dataset given, or the one that has an alert whose id begins so."""
    for one in () if dataset else chosen_datasets(runs, ""):
        alerts = stand(runs, one, scan(registry_folder(runs, one)).records).alerts
        if any(alert.id and alert.id.startswith(name) for alert in alerts):
            return one
    return chosen_dataset(runs, dataset)
