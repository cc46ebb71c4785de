"""Infrastructure: what speaks for each of the seven tests."""

from pathlib import Path

from churn_mlops.archive.versions import BUILDING
from churn_mlops.registry.audit.log import scan
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.reproduction import reproductions
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, number, segment
from churn_mlops.reports.readiness.rubric import Proof, Test
from churn_mlops.reports.readiness.seen import DONE, all_gates_passed, passed, ran

MANIFEST, GATES, MODEL = "manifest.json", "artifacts/gates.json", "artifacts/model.json"
STABILITY, PROMOTION = "artifacts/stability.json", "artifacts/promotion.json"
EXAMPLE, SCORES, NOTEBOOK = "artifacts/example.json", "artifacts/scores.parquet", "notebooks/05_deploy.ipynb"


def _pinned(facts: Facts) -> str | None:
    code, environment = facts.manifest["code"], facts.manifest["environment"]
    pins = (
        facts.manifest["data"]["version"],
        code["git_commit"],
        code["library"],
        code["lock"],
        environment["packages"],
    )
    if not all(pins) or code["git_dirty"]:
        return None
    return f"Data version, clean commit, lock and {len(environment['packages'])} packages are on record."


def _made_again(facts: Facts) -> str | None:
    """A reproduction on record of an earlier run of this library and lock; this run's own is still to come."""
    runs, code = _archive(facts), facts.manifest["code"]
    for record in reversed(reproductions(scan(registry_folder(runs, facts.manifest["dataset"])).records)):
        version = record.facts["version"]
        made = (segment(version) == version and Facts(runs / version).manifest.get("code")) or {}
        if code["lock"] and (made.get("library"), made.get("lock")) == (code["library"], code["lock"]):
            return f"{version}, of this library and lock, was made again from the archive, identical, on {record.at}."
    return None


def _repeatable(facts: Facts) -> str | None:
    return _pinned(facts) or lenient(_made_again)(facts)


def _stable(facts: Facts) -> str | None:
    stability = facts.object(STABILITY)
    if not is_number(stability["sd"]) or len(stability["seeds"]) < 2 or not passed(facts, "seed"):
        return None
    return f"Trained with {len(stability['seeds'])} seeds, the ROC AUC varies by {number(stability['sd'], 2)} (sd)."


def _whole(facts: Facts) -> str | None:
    stages = facts.manifest["stages"]
    whole = stages and not facts.manifest["error"] and all(s["status"] in DONE for s in stages)
    run_to_end = whole and all(s["cells_run"] == s["cells"] for s in stages)
    return f"All {len(stages)} stages ran to their ends in this run, each with its checks." if run_to_end else None


def _gated(facts: Facts) -> str | None:
    decided = isinstance(facts.object(PROMOTION)["promoted"], bool)
    return (
        f"All {len(facts.gates())} gates passed before the decision." if decided and all_gates_passed(facts) else None
    )


def _one_answer(facts: Facts) -> str | None:
    example = facts.object(EXAMPLE)
    if not is_number(example["probability"]) or not example["request"]:
        return None
    return f"One customer's {len(example['request'])} values and the answer to them are on record."


def _reasons(facts: Facts) -> str | None:
    reasons = facts.columns(SCORES, "reason_1", "contribution_1")
    named = reasons["reason_1"].null_count < reasons.num_rows
    return f"Each of {number(reasons.num_rows)} scores comes with what added most to it." if named else None


def _answers_alike(facts: Facts) -> str | None:
    same = facts.object(EXAMPLE)["digest"] == facts.object(MODEL)["digest"]
    if not same or not ran(facts, "05_deploy", "compare_with_evaluation("):
        return None
    return "Read back from its file, the model gave the test customers the same scores."


def _archive(facts: Facts) -> Path:
    """The folder of all runs: pages are made before a run's folder is moved from .building to its place there."""
    return facts.run.parent.parent if facts.run.parent.name == BUILDING else facts.run.parent


def _way_back(facts: Facts) -> str | None:
    before = facts.object(PROMOTION)["champion_before"]
    kept = before and segment(before) == before and (_archive(facts) / before / "artifacts" / "model.skops").is_file()
    return f"The champion before, {before}, is in the archive with its model." if kept else None


INFRASTRUCTURE = (
    Test(
        "reproducible",
        "infrastructure",
        "Does training again give the same model?",
        (Proof(0.5, (MANIFEST,), _repeatable), Proof(0.5, (STABILITY, GATES), _stable)),
        "A run of a clean commit, or `reproduce` of one before it on record; a passed gate on stability over seeds.",
    ),
    Test(
        "model code",
        "infrastructure",
        "Is the code that makes the model unit tested?",
        (),
        "The result of the library's tests for this commit, kept in the run.",
    ),
    Test(
        "integration",
        "infrastructure",
        "Is the whole pipeline tested from end to end?",
        (Proof(1, (MANIFEST,), _whole),),
        "A run in which every stage came to its end.",
    ),
    Test(
        "validated",
        "infrastructure",
        "Is a model's quality validated before it serves?",
        (Proof(1, (GATES, PROMOTION), _gated),),
        "Gates that all pass, and a decision by them.",
    ),
    Test(
        "one example",
        "infrastructure",
        "Can one prediction be followed step by step?",
        (Proof(0.5, (EXAMPLE,), _one_answer), Proof(0.5, (SCORES,), _reasons)),
        "An example with its answer, and the reasons beside every score.",
    ),
    Test(
        "canary",
        "infrastructure",
        "Is a model tried where it will serve before all depends on it?",
        (Proof(0.5, (NOTEBOOK, EXAMPLE, MODEL), _answers_alike),),
        "Answers to live requests beside the champion's, before it takes over.",
    ),
    Test(
        "rollback",
        "infrastructure",
        "Is there a quick and safe way back?",
        (Proof(0.5, (PROMOTION,), _way_back),),
        "A champion to go back to in the archive, and a rollback that was tried, on record.",
    ),
)
