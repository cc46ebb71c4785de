"""What is assumed about money, what follows from it, and how wrong it may be."""

from churn_mlops.reports.card.parts import code, missing, named, section, span, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, money, number, share

MONEY, EVALUATION = "artifacts/money.json", "artifacts/evaluation.json"
_ASSUMED = {
    "value_kept": "A customer who stays is worth",
    "offer_cost": "Contacting one costs",
    "success_rate": "Of those who would leave, an offer keeps",
}
_RANGES = ("pays", "sure", "alike")


def stakes(facts: Facts, currency: str) -> dict:
    """The assumptions of the dataset definition, and what they make of the model."""
    assumed = facts.definition("money")
    if not assumed:
        return section("money", "Money", missing("What is at stake did not come into this run", "01 Data"))
    return section(
        "money",
        "Money",
        text("Assumptions of the dataset definition, not findings. Whom it is worth contacting follows from them."),
        named([[words, _amount(name, assumed.get(name), currency)] for name, words in _ASSUMED.items()]),
        named(lenient(_implied)(facts, assumed, currency) or []),
        lenient(_gains)(facts, currency) or missing("The gain over other decisions was not measured", "04 Evaluate"),
        lenient(_sensitivity)(facts, currency) or missing("How wrong these may be was not measured", "04 Evaluate"),
    )


def _amount(name: str, value, currency: str):
    if isinstance(value, str):
        return [code(value), ", customer by customer"]
    return share(value) if name == "success_rate" else money(value, currency)


def _implied(facts: Facts, assumed: dict, currency: str) -> list:
    metrics = facts.metrics
    profit, low, high = (facts.object(EVALUATION).get(f"profit{end}") for end in ("", "_low", "_high"))
    earned = f" ({span(low, high, lambda x: money(x, currency))})" if is_number(low) else ""
    return [
        ["An offer pays from a probability of", _break_even(assumed)],
        ["Expected profit on the test customers", f"{money(profit, currency)}{earned}" if is_number(profit) else ""],
        ["Customers to contact now", _contacted(metrics)],
        [
            "Expected profit of that",
            money(metrics["expected_profit"], currency) if "expected_profit" in metrics else "",
        ],
    ]


def _break_even(assumed: dict) -> str:
    value, cost, success = (assumed[name] for name in ("value_kept", "offer_cost", "success_rate"))
    return (
        share(cost / (success * value))
        if all(map(is_number, (value, cost, success))) and success * value
        else "differs by customer"
    )


def _contacted(metrics: dict) -> str:
    if "contacted_rows" not in metrics:
        return ""
    return f"{number(int(metrics['contacted_rows']))} of {number(int(metrics['scored_rows']))}"


def _gains(facts: Facts, currency: str) -> dict | None:
    """What the decisions gain over those that need no model."""

    def write(value):
        return money(value, currency)

    rows = [
        [_begun(gain["decision"]), write(gain["gain"]), span(gain["low"], gain["high"], write), str(gain["verdict"])]
        for gain in facts.object(MONEY)["gains"]
    ]
    note = "Profit of this model's decisions on the test customers, minus that of the other decision."
    return table(["Against", "Gain", "95% interval", "It earns"], rows, "-nn-", note)


def _sensitivity(facts: Facts, currency: str) -> dict | None:
    """The values between which each assumption may lie, the others being right."""
    rows = [_bounds(row, currency) for row in facts.object(MONEY)["sensitivity"]]
    heads = ["Assumption", "Assumed", "Still pays", "Pays with confidence", "Same decisions for 95%"]
    return table(heads, rows, "-nnnn", "How far the truth may be from each assumption, the other two being right.")


def _bounds(row: dict, currency: str) -> list:
    name, assumed = row["assumption"], row["assumed"]
    ranges = [_range(name, assumed, row.get(f"{kind}_low"), row.get(f"{kind}_high"), currency) for kind in _RANGES]
    return [_ASSUMED.get(name, str(name)), _amount(name, assumed, currency), *ranges]


def _range(name: str, assumed: float, low, high, currency: str) -> str:
    """Two factors as amounts; null is an end that nothing limits, or of both that nothing pays."""
    low, high = (_amount(name, factor * assumed, currency) if is_number(factor) else "" for factor in (low, high))
    if not low and not high:
        return "–"
    return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"


def _begun(words) -> str:
    return str(words)[:1].upper() + str(words)[1:]
