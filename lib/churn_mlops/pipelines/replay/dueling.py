"""Champion and challenger of a replay on the challenger's own test rows, and whether it may serve: 04, 045 and 05."""

from churn_mlops.models.comparison import BETTER, compare, describe_duel, differences
from churn_mlops.models.stakes import stakes
from churn_mlops.models.threshold import usable_threshold
from churn_mlops.models.weights import row_weights
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.looking import Champion
from churn_mlops.pipelines.replay.settings import Settings
from churn_mlops.registry.judgement import Case, judge_worth


def duel(history: History, settings: Settings, challenger: Champion, champion: Champion) -> dict:
    """The verdict, in words too, and every gate that failed, with its message.

    Gates of the notebooks that look at the model itself (columns, slices, groups, seeds, speed) are left out: they take
    as long as the training, and stop mistakes that a replay of one's own history would make on every day alike.
    """
    judged = [day for day in history.snapshots if f"{day:%Y-%m-%d}" in challenger.facts["judged"]]
    test = history.examples(judged, challenger.predictor.signature)
    money, weights = stakes(history.definition.money, test.X), row_weights(test.y, history.definition.dataset.prior)
    models = [one.predictor for one in (challenger, champion)]
    p = [one.predict(test.X) for one in models]
    limits = [usable_threshold(one, money) for one in models]
    found = compare(test.y, *p, money, *limits, test.customers, settings.replicates, settings.seed, weights)
    case = Case(challenger.facts["metrics"], challenger.facts["naive_profits"], differences(found))
    gates = judge_worth(case, settings.min_roc_auc, settings.max_calibration_error)
    failed = [f'"{gate.name}": {gate.message}' for gate in gates if not gate.passed]
    return {"verdict": found.verdict, "said": describe_duel(found), "gates": len(gates), "failed": failed}


def promotion(told: dict, challenger_digest: str, champion_digest: str, rule: str) -> tuple[bool, str]:
    """Whether the challenger becomes champion under a policy's `promote`, and why."""
    if challenger_digest == champion_digest:
        return False, "it is the champion already, to the bit"
    if told["failed"]:
        return False, f"{len(told['failed'])} of {told['gates']} gates failed. {' '.join(told['failed'])}"
    if rule == "never":
        return False, f"it waits for approval, which a replay does not give; {told['said']}"
    if rule == "better" and told["verdict"] != BETTER:
        return False, f"no evidence that it is better; {told['said']}"
    return True, told["said"]
