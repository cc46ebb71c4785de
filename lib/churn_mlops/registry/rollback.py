"""The champion before serves again: one command, from the registry alone, in a moment."""

from pathlib import Path

from churn_mlops.errors import ChurnError, PromotionRefused
from churn_mlops.registry.approval import told
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.champion import ROLLBACK, check_run, promote, read_history
from churn_mlops.registry.identity import require_who
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import replay, served_before
from churn_mlops.registry.pointer import Champion


def rollback(runs: Path, dataset: str, reason: str = "") -> Champion:
    """Make the champion before the present one serve again. One that was rejected, retired or changed is passed over.

    What is rolled back from serves again only after it was approved anew. Raises PromotionRefused where no other model
    has served, and GenerationMoved where another promotion came first.
    """
    runs, by = Path(runs), require_who("rollback")
    with open_ledger(runs, dataset) as ledger:
        records, current = ledger.records, ledger.pointer()
    if current is None:
        raise PromotionRefused(dataset, "rollback", "there is no champion yet", "python pipeline.py")
    history = read_history(runs, dataset)
    digests = {champion.version: champion.digest for champion in history}
    past = served_before(records) if records else [champion.version for champion in history[:-1]]
    passed = []
    for version in reversed(past):
        if digests[version] == current.digest:
            continue
        problem = unfit(runs, dataset, version, digests[version], records)
        if problem is None:
            return _back_to(runs, version, current, digests[version], by, {"reason": reason, "passed": passed})
        passed.append(f"{version}: {problem}")
    seen = "; ".join(passed) or "no other model has served before it"
    raise PromotionRefused(dataset, "rollback", seen, "python pipeline.py models lists what can be promoted")


def unfit(runs: Path, dataset: str, version: str, digest: str, records: list[Record]) -> str | None:
    """Why a model that has served cannot serve now; None where it can."""
    model = replay(records).get(version)
    if model and model.stopped:
        return told(model.stopped)
    try:
        check_run(runs, dataset, version, digest)
    except ChurnError as error:
        return str(error).partition(f"{version}: ")[2].partition(". Cure: ")[0]
    return None


def _back_to(runs: Path, version: str, current: Champion, digest: str, by: str, facts: dict) -> Champion:
    dataset = current.dataset

    def permit(records: list[Record]) -> dict:
        if problem := unfit(runs, dataset, version, digest, records):
            raise PromotionRefused(dataset, version, problem, "python pipeline.py rollback again")
        return facts | {"from": current.version}

    return promote(runs, dataset, version, digest, current.generation, kind=ROLLBACK, by=by, permit=permit)
