"""What the names of columns tell: units, amounts, roles."""

import re

_UNITS = (
    (r"eur|euro|euros|€", "EUR"),
    (r"usd|dollar|dollars|\$", "USD"),
    (r"gbp|pound|pounds|£", "GBP"),
    (r"charge|charges|price|cost|costs|amount|revenue|spend|spent|spending|fee|fees|bill|bills|payment|payments|salary|"
     r"income|balance|paid|total_charges", "MONEY"),
    (r"minutes|mins|minute", "minutes"),
    (r"seconds|secs", "seconds"),
    (r"hours|hrs", "hours"),
    (r"days|recency", "days"),
    (r"weeks", "weeks"),
    (r"months|tenure", "months"),
    (r"years|age", "years"),
    (r"gb|gigabytes", "GB"),
    (r"mb|megabytes", "MB"),
    (r"percent|pct", "%"),
)  # fmt: skip
_COUNTS = re.compile(
    r"calls|messages|count|counts|num|number|orders|visits|logins|sessions|tickets|products|items|qty|quantity"
)
_ID = re.compile(
    r"(customer|client|user|account|member|subscriber|person|policy|contract|card|household|cust|acct)_?"
    r"(id|no|nr|num|number|key|code|uuid)|msisdn"
)
_CODE = re.compile(
    r"id|ids|key|uuid|guid|no|nr|number|code|phone|email|mail|name|surname|address|index|row|rownumber|unnamed"
    r"|zip|zipcode|postcode|postal|plz|area"
)
_PERSON = re.compile(r"phone|email|mail|name|surname|address|comment|comments|text|note|notes|reason|message")
_TARGETS = (  # likeliest first
    "churn", "churned", "churn_value", "churn_label", "churn_flag", "is_churn", "has_churned", "exited",
    "attrition", "attrition_flag", "left", "gone", "leaver", "cancelled", "canceled", "terminated", "unsubscribed",
    "lapsed", "target", "label"
)  # fmt: skip
_AFTER = re.compile(r"churn|cancel|terminat|attrit|exit|leav|closed|closing|deactivat|unsubscrib|winback|win_back")
_SNAPSHOT = re.compile(r"snapshot|as_of|asof|reference|observation|cutoff|cut_off|period|month|report")
_POSITIVE = re.compile(
    r"yes|y|true\.?|t|1(\.0)?|churn.*|left|gone|exited|attrit.*|cancel.*|lost|leaver|terminated|closed"
)


def words(name: str) -> list[str]:
    """The words of a name, in lower case: `MonthlyCharges` -> monthly, charges."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word for word in re.split(r"[\W_]+", spaced.lower()) if word] + re.findall(r"[€$£]", name)


def unit_of(name: str, currency: str) -> str:
    """The unit that a name tells, or nothing."""
    for pattern, unit in _UNITS:
        if any(re.fullmatch(pattern, word) for word in words(name)):
            return currency if unit == "MONEY" else unit
    return ""


def currency_of(names: list[str]) -> str:
    """The currency that the names of columns speak of, or nothing."""
    units = [
        unit for name in names for pattern, unit in _UNITS[:3] if any(re.fullmatch(pattern, w) for w in words(name))
    ]
    return max(set(units), key=units.count) if units else ""


def is_amount(name: str) -> bool:
    """Whether a name speaks of what cannot be negative: a count, a duration, an amount of money."""
    return bool(unit_of(name, "EUR")) or any(_COUNTS.fullmatch(word) for word in words(name))


def id_rank(name: str) -> int:
    """How much a name sounds like that of the customer's id: 2 clearly, 1 by `id` alone, 0 not at all."""
    joined = "_".join(words(name))
    return 2 if _ID.fullmatch(joined) else 1 if joined in ("id", "uuid", "key") or joined.endswith("_id") else 0


def is_person(name: str) -> bool:
    """Whether a name sounds like who somebody is or where to reach them: never an id to show around."""
    return any(_PERSON.fullmatch(word) for word in words(name))


def is_code(name: str) -> bool:
    """Whether a name sounds like something that is looked up and not measured."""
    return any(_CODE.fullmatch(word) for word in words(name))


def target_rank(name: str) -> int:
    """How much a name sounds like that of the target: the greater the more, 0 not at all."""
    joined = "_".join(words(name))
    return len(_TARGETS) - _TARGETS.index(joined) if joined in _TARGETS else 0


def is_after(name: str) -> bool:
    """Whether a name speaks of leaving, and so perhaps of what was known only afterwards."""
    return bool(_AFTER.search("_".join(words(name))))


def is_snapshot(name: str) -> bool:
    """Whether a name sounds like the day at which a row was known."""
    return bool(_SNAPSHOT.search("_".join(words(name))))


def is_positive(value: str) -> bool:
    """Whether a value of the target sounds like leaving."""
    return bool(_POSITIVE.fullmatch(value.lower()))
