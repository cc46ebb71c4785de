"""Model development: what speaks for each of the seven tests."""

from churn_mlops.reports.facts import Facts
from churn_mlops.reports.formats import is_number, number
from churn_mlops.reports.readiness.rubric import Proof, Test
from churn_mlops.reports.readiness.seen import passed

MANIFEST, METRICS, MODEL = "manifest.json", "metrics.json", "artifacts/model.json"
TRIALS, COMPARISON = "artifacts/trials.parquet", "artifacts/comparison.json"
PERFORMANCE, SLICES, GATES = "artifacts/performance.parquet", "artifacts/slices.parquet", "artifacts/gates.json"
GROUPS, DEFINITION = "artifacts/groups.parquet", "artifacts/definition.json"
FEWEST_TRIALS, FEWEST_PERIODS = 10, 2


def _committed(facts: Facts) -> str | None:
    code = facts.manifest["code"]
    commit = code["git_commit"]
    return f"All code is that of commit {commit[:12]}." if commit and code["git_dirty"] is False else None


def _tuned(facts: Facts) -> str | None:
    done = [trial for trial in facts.rows(TRIALS) if trial["state"] in ("complete", "pruned")]
    families = sorted({trial["family"] for trial in done})
    if len(done) < FEWEST_TRIALS:
        return None
    return f"{len(done)} settings of {len(families)} families were tried: {', '.join(families)}."


def _older_model(facts: Facts) -> str | None:
    duel = facts.object(COMPARISON)
    difference = duel["metrics"]["roc_auc_difference"]
    if not is_number(difference):
        return None
    return f"On the newest rows the older champion's ROC AUC differs by {number(-difference)} from this model's."


def _by_period(facts: Facts) -> str | None:
    periods = [row["roc_auc"] for row in facts.rows(PERFORMANCE) if is_number(row["roc_auc"])]
    if len(periods) < FEWEST_PERIODS:
        return None
    return f"ROC AUC in the {len(periods)} periods after training: {', '.join(map(number, periods))}."


def _no_simpler(facts: Facts) -> str | None:
    value, low = facts.metrics["roc_auc"], facts.metrics["roc_auc_low"]
    linear, naive = facts.metrics["linear_roc_auc"], facts.metrics["naive_roc_auc"]
    better = value >= linear and low > naive
    said = (
        f"ROC AUC {number(value)}, against {number(linear)} of the linear model and {number(naive)} of the naive one."
    )
    return said if better and facts.object(MODEL).get("digest") else None


def _no_collapse(facts: Facts) -> str | None:
    return passed(facts, "slice")


def _no_flag(facts: Facts) -> str | None:
    rows = facts.rows(SLICES)
    return f"None of {len(rows)} slices is clearly worse." if rows and not any(row["flag"] for row in rows) else None


def _gaps(facts: Facts) -> str | None:
    marked = {name for name, column in facts.definition("columns").items() if column.get("sensitive")}
    compared = {row["column"] for row in facts.rows(GROUPS)}
    if not marked or not marked <= compared:
        return None
    return f"Rates of selection and of error were compared along {', '.join(sorted(marked))}."


def _alike(facts: Facts) -> str | None:
    return passed(facts, "group") if facts.rows(GROUPS) else None


DEVELOPMENT = (
    Test(
        "reviewed",
        "model",
        "Is what makes the model under version control, and reviewed?",
        (Proof(0.5, (MANIFEST,), _committed),),
        "A run of a clean commit, and who has reviewed it on record.",
    ),
    Test(
        "offline and online",
        "model",
        "Do the measures at the desk move with what the business earns?",
        (),
        "A trial with customers left alone by lot: what the offers kept, beside what was expected.",
    ),
    Test(
        "tuned",
        "model",
        "Have the settings been tuned?",
        (Proof(1, (TRIALS,), _tuned),),
        f"A search that tries at least {FEWEST_TRIALS} settings.",
    ),
    Test(
        "staleness",
        "model",
        "Is it known what an older model costs?",
        (Proof(0.5, (COMPARISON,), _older_model), Proof(0.5, (PERFORMANCE,), _by_period)),
        "An older champion on the same newest rows, and the realised performance by period after training.",
    ),
    Test(
        "simpler",
        "model",
        "Is a simpler model worse?",
        (Proof(1, (METRICS, MODEL), _no_simpler),),
        "A model that ranks no worse than the linear one, and clearly better than the naive one.",
    ),
    Test(
        "slices",
        "model",
        "Is the model good enough in each part of the customer base?",
        (Proof(0.5, (GATES,), _no_collapse), Proof(0.5, (SLICES,), _no_flag)),
        "A passed gate on slices, and no slice that is clearly worse.",
    ),
    Test(
        "inclusion",
        "model",
        "Does it treat groups that need care alike?",
        (Proof(0.5, (GROUPS, DEFINITION), _gaps), Proof(0.5, (GATES, GROUPS), _alike)),
        "Columns marked sensitive in the definition, and a passed gate on the gaps between their groups.",
    ),
)
