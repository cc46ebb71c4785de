"""What the model is for, and what it is not for."""

from churn_mlops.reports.card.parts import code, items, missing, section, text
from churn_mlops.reports.facts import Facts
from churn_mlops.reports.formats import number


def purpose(facts: Facts) -> dict:
    """The use that the run has judged the model for; every other has no evidence here."""
    dataset = facts.definition("dataset")
    if not dataset:
        return section(
            "purpose", "What it is for", missing("The dataset definition did not come into this run", "01 Data")
        )
    return section(
        "purpose",
        "What it is for",
        text(
            "It gives every customer of ",
            code(dataset["name"]),
            " a probability ",
            *outcome(dataset),
            ". ",
            _decides(facts),
        ),
        text("It is not for:"),
        items(
            "choosing prices, credit, service or terms: it was judged by what offers earn, and by nothing else",
            "saying whom an offer would keep: a probability of leaving is not an effect of being contacted",
            "reading causes into it: what goes with leaving need not bring it about",
            f"another horizon than {horizon(facts)}, or customers unlike those described under Data"
            if horizon(facts)
            else "customers unlike those described under Data",
        ),
    )


def outcome(dataset: dict) -> list:
    """What is predicted, in words: `that "Churn" is "Yes"`."""
    days = (
        f" within {number(dataset['horizon_days'])} days of the snapshot date" if dataset.get("snapshot_date") else ""
    )
    if dataset.get("target") and dataset.get("positive"):
        return ["that ", code(dataset["target"]), " is ", code(dataset["positive"]), days]
    return ["of leaving", days or (f" within {number(dataset['horizon_days'])} days of the snapshot date")]


def horizon(facts: Facts) -> str:
    """The days that a prediction looks ahead, in words; empty where the data have no time."""
    dataset = facts.definition("dataset")
    timed = dataset.get("snapshot_date") or facts.definition("events")
    return f"{number(dataset['horizon_days'])} days" if timed and dataset.get("horizon_days") else ""


def _decides(facts: Facts) -> str:
    described = facts.object("artifacts/model.json")
    threshold, by = described.get("threshold"), described.get("decides_by", "probability")
    if threshold is None or by != "probability":
        return "From it, and from what each customer is worth, follows whom to contact with an offer."
    return f"Those at {number(threshold)} or above are put on the list of customers to contact with an offer."
