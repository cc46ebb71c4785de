"""The score of a run: the rubric held against what the run has left."""

from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.readiness.data import DATA
from churn_mlops.reports.readiness.infrastructure import INFRASTRUCTURE
from churn_mlops.reports.readiness.model import DEVELOPMENT
from churn_mlops.reports.readiness.monitoring import MONITORING
from churn_mlops.reports.readiness.rubric import SECTIONS, Proof, Test

RUBRIC = (*DATA, *DEVELOPMENT, *INFRASTRUCTURE, *MONITORING)

# From which score what can be said of a system, in the paper's steps.
_LEVELS = (
    (5.0, "exceptional: little is left to chance"),
    (3.0, "strong: most is tested, and watched by itself"),
    (2.0, "reasonable: much is tested, and more of it should be"),
    (1.0, "a first pass: the base is there, and parts go untested"),
    (0.0, "little: some is tested, and serious holes are possible"),
)


def score(facts: Facts) -> dict:
    """The readiness of a run, as readiness.json holds it: schema, score, level, sections with their tests."""
    sections = [_section(name, facts) for name in SECTIONS]
    lowest = min(section["score"] for section in sections)
    return {"schema": 1, "score": lowest, "level": level(lowest), "sections": sections}


def level(lowest: float) -> str:
    """What a score means; a score of 0 proves nothing yet."""
    return next((words for least, words in _LEVELS if lowest > least), "not shown yet: one section has no evidence")


def _section(name: str, facts: Facts) -> dict:
    tests = [score_test(test, facts) for test in RUBRIC if test.section == name]
    return {"name": name, "title": SECTIONS[name], "score": sum(test["score"] for test in tests), "tests": tests}


def score_test(test: Test, facts: Facts) -> dict:
    """What a test has earned, by which facts, and what would earn the rest."""
    found = [{"points": p.points, "fact": fact, "files": list(p.files)} for p, fact in _proven(test, facts)]
    points = min(1.0, sum(proof["points"] for proof in found))
    missing = "" if points == 1 else test.earns
    return {"key": test.key, "asks": test.asks, "score": points, "evidence": found, "earns": missing}


def _proven(test: Test, facts: Facts) -> list[tuple[Proof, str]]:
    """The proofs that hold: every file is there, and the fact is in them."""
    there = [proof for proof in test.proofs if all(map(facts.has, proof.files))]
    looked = [(proof, lenient(proof.look)(facts)) for proof in there]
    return [(proof, fact) for proof, fact in looked if fact]
