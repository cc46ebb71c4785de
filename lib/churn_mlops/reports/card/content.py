"""The model card of a run as plain data, whatever it is then drawn as."""

from churn_mlops.reports.card import data, explanations, limits, making, model, money, purpose, results, slices
from churn_mlops.reports.card.parts import missing, section
from churn_mlops.reports.facts import UNREADABLE, Facts
from churn_mlops.reports.headlines import summary
from churn_mlops.reports.verdicts import sign, state


def make_card(facts: Facts, readiness: dict | None = None) -> dict:
    """Title, lede and sections of the card; a section that cannot be made of what the run left says so."""
    currency = str(facts.definition("money").get("currency") or "EUR")
    manifest = facts.manifest
    made = facts.object("artifacts/model.json")
    return {
        "version": str(manifest.get("version") or facts.run.name),
        "dataset": str(manifest.get("dataset") or ""),
        "title": f"Model card: {made.get('name') or 'no model'} for {manifest.get('dataset') or 'an unknown dataset'}",
        "sign": list(sign(manifest)),
        "made": str(manifest.get("finished") or manifest.get("started") or ""),
        "lede": summary(facts.metrics, currency) if state(manifest) != "failed" else _failed(manifest),
        "sections": [_made(*part, facts) for part in _parts(currency, readiness)],
    }


def _parts(currency: str, readiness: dict | None) -> list[tuple]:
    """The sections in order: anchor, title and what makes each."""
    return [
        ("purpose", "What it is for", purpose.purpose),
        ("results", "Results", lambda facts: results.results(facts, currency)),
        ("champion", "Beside the champion", lambda facts: results.champion(facts, currency)),
        ("calibration", "Calibration", results.calibration),
        ("money", "Money", lambda facts: money.stakes(facts, currency)),
        ("slices", "Slices", slices.slices),
        ("explanations", "What it looks at", explanations.explanations),
        ("limits", "Limits", limits.limits),
        ("gates", "Gates", making.gates),
        ("approvals", "Approvals and readiness", lambda facts: making.approvals(facts, readiness)),
        ("data", "Data", data.data),
        ("model", "Model", model.model),
        ("making", "How to make it again", making.making),
    ]


def _made(anchor: str, title: str, make, facts: Facts) -> dict:
    try:
        return make(facts)
    except UNREADABLE as error:
        return section(
            anchor, title, missing(f"What the run left for this part cannot be read ({type(error).__name__})")
        )


def _failed(manifest: dict) -> str:
    return "The run did not come to its end. What follows is what it had made until then; it must not serve."
