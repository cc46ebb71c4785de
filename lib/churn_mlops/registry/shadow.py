"""The shadow: a model that is asked beside the champion and decides nothing."""

from pathlib import Path

from churn_mlops.errors import ConfigError, PromotionRefused
from churn_mlops.registry.identity import require_who
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import SHADOWING, replay
from churn_mlops.registry.pointer import SHADOW, Champion, read_pointer, registry_folder
from churn_mlops.registry.registering import record_runs
from churn_mlops.registry.rollback import unfit


def read_shadow(runs: Path, dataset: str) -> Champion | None:
    """The model that is asked beside the champion and decides nothing; None where there is none."""
    shadow = read_pointer(registry_folder(runs, dataset), SHADOW)
    return shadow if shadow and shadow.version else None


def set_shadow(runs: Path, dataset: str, version: str | None, reason: str = "") -> Champion:
    """Let a registered model shadow the champion, or with None nobody. Raises PromotionRefused for one unfit to."""
    runs, by = Path(runs), require_who("shadow")
    record_runs(runs, dataset, by)
    with open_ledger(runs, dataset) as ledger:
        if version is None:
            return ledger.move(SHADOW, SHADOWING, None, None, {"reason": reason}, by)
        model = replay(ledger.records).get(version)
        if model is None or not model.digest:
            raise ConfigError(f"shadow {version}: its run has registered no model. Cure: python pipeline.py models.")
        if problem := unfit(runs, dataset, version, model.digest, ledger.records):
            raise PromotionRefused(dataset, version, problem, "choose another to shadow it")
        return ledger.move(SHADOW, SHADOWING, version, model.digest, {"reason": reason}, by)
