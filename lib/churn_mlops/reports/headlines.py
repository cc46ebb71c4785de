"""The handful of metrics that decide, each with its interval beside what it must beat."""

from dataclasses import dataclass

from churn_mlops.reports.charts import key, strip
from churn_mlops.reports.formats import is_number, money, number

# Prefix in metrics.json, sign in the drawing, name in the legend.
RIVALS = (
    ("naive_", "naive", "naive baseline"),
    ("linear_", "linear", "linear model"),
    ("champion_", "champion", "champion"),
    ("best_possible_", "best", "best possible"),
)


@dataclass(frozen=True)
class Headline:
    """A metric as people read it."""

    name: str  # in metrics.json
    title: str
    says: str  # what it means and which way is better
    unit: str = ""  # written after the number; "money" for an amount


HEADLINES = (
    Headline("profit", "Expected profit", "On the test customers, if those at risk get the offer.", "money"),
    Headline("roc_auc", "ROC AUC", "How often a leaver is ranked above a stayer. 0.5 is chance, 1 perfect."),
    Headline("average_precision", "Average precision", "Share of leavers among those picked. Higher is better."),
    Headline(
        "lift_at_10", "Lift at 10%", "Leavers in the riskiest tenth, against a random one. Higher is better.", "×"
    ),
    Headline("brier", "Brier score", "Squared error of the probabilities. Lower is better."),
)


def cards(metrics: dict, currency: str) -> list[dict]:
    """A card for every headline metric that the run has, in order."""
    return [_card(h, metrics, currency) for h in HEADLINES if metrics.get(h.name) is not None]


def _card(headline: Headline, metrics: dict, currency: str) -> dict:
    from markupsafe import Markup

    value, low, high = (metrics.get(headline.name + end) for end in ("", "_low", "_high"))
    rivals = [(kind, name, metrics.get(prefix + headline.name)) for prefix, kind, name in RIVALS]
    rivals = [rival for rival in rivals if rival[2] is not None]
    return {
        "title": headline.title,
        "says": headline.says,
        "value": written(headline, value, currency),
        "interval": interval(headline, low, high, currency),
        "strip": Markup(strip(value, low, high, {kind: x for kind, _, x in rivals})),
        "rivals": [(Markup(key(kind)), name, written(headline, x, currency)) for kind, name, x in rivals],
    }


def written(headline: Headline, value, currency: str) -> str:
    """A value of the metric with its unit."""
    if headline.unit == "money":
        return money(value, currency)
    return number(value) + (headline.unit if is_number(value) else "")


def interval(headline: Headline, low, high, currency: str) -> str:
    """`0.831 to 0.843`; empty where there is no interval."""
    if not (is_number(low) and is_number(high)):
        return ""
    return f"{written(headline, low, currency)} to {written(headline, high, currency)}"


def headline_of(name: str) -> Headline:
    """The headline metric of that name."""
    return next(h for h in HEADLINES if h.name == name)


def summary(metrics: dict, currency: str) -> str:
    """What the headline metrics mean, in a sentence or two for someone who never met a ROC curve."""
    said = []
    if is_number(metrics.get("roc_auc")):
        said.append(
            f"Of a customer who left and one who stayed, the model ranks the leaver as riskier in "
            f"{metrics['roc_auc'] * 100:.0f} of 100 pairs; a coin would in 50."
        )
    if is_number(metrics.get("profit")):
        naive = metrics.get("naive_profit")
        against = f", against {money(naive, currency)} for the naive baseline" if is_number(naive) else ""
        said.append(
            f"Offers to the test customers it picks are expected to earn {money(metrics['profit'], currency)}{against}."
        )
    return " ".join(said)
