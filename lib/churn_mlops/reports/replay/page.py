"""The page of a replay: what to do, why, and everything that happened under each policy."""

from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.reports import page
from churn_mlops.reports.formats import MISSING, money, segment
from churn_mlops.reports.replay import words
from churn_mlops.reports.replay.drawing import figures

REPLAYS = "replays"  # their folder under runs/
_MET = {True: ("good", "✓ yes"), False: ("bad", "✗ no"), None: ("soft", "not known")}


def write_page(folder: Path) -> Path:
    """Write `index.html` of a replay from the replay.json and comparison.json beside it; returns its path."""
    folder = Path(folder)
    replay, comparison = read_json(folder / "replay.json"), read_json(folder / "comparison.json")
    html = page.render(
        "replay.html.j2",
        id=folder.name,
        replay=replay,
        comparison=comparison,
        advice=words.recommendation(comparison),
        cards=_cards(comparison),
        figures=figures(replay, comparison),
        policies=[_policy(name, replay, comparison) for name in words.ordered(comparison)],
        changes=_changes(comparison),
        repeated=_repeated(comparison),
        criteria=[{**row, "badge": _MET[row["met"]]} for row in comparison["criteria"]],
        times=words.times,
        month=words.month,
    )
    page.write(folder / "index.html", html)
    return folder / "index.html"


def newest_replay(runs: Path) -> dict | None:
    """Address, id and first sentence of the newest replay of an archive that has a page; None without any."""
    for path in sorted(Path(runs).glob(f"{REPLAYS}/*/comparison.json"), reverse=True):
        try:
            said = words.recommendation(read_json(path))[0]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if path.with_name("index.html").is_file():
            name = path.parent.name
            return {"href": f"{REPLAYS}/{segment(name)}/index.html", "id": name, "said": said}
    return None


def _cards(comparison: dict) -> list[dict]:
    """The figures of the recommended policy that decide."""
    chosen, currency = comparison["recommended"]["policy"], comparison["currency"]
    if chosen is None:
        return []
    policy = comparison["policies"][chosen]
    net = "Profit after trainings" if comparison["retraining_cost"] else "Profit"
    cards = [_card(net, money(policy["net"]["value"], currency), words.between(policy["net"], currency))]
    if policy["vs_never"] is not None and chosen != "never":
        more = policy["vs_never"]
        cards.append(_card("More than never training", words.signed(more["value"], currency),
                           words.between(more, currency, words.signed)))  # fmt: skip
    kept = f"{policy['promotions']} of them became champion" if policy["retrainings"] else ""
    cards.append(_card("Trainings", str(policy["retrainings"]), kept))
    false = policy["false_alarms"]
    said = "what has changed is not known" if false is None else f"{len(false)} of them without a real change"
    cards.append(_card("Alerts", str(policy["alerts"]), said))
    return cards


def _card(title: str, value: str, says: str) -> dict:
    return {"title": title, "value": value, "says": says}


def _policy(name: str, replay: dict, comparison: dict) -> dict:
    """A row of the table of policies, with the rules behind it."""
    told, currency, chosen = comparison["policies"][name], comparison["currency"], comparison["recommended"]["policy"]
    quiet = MISSING if told["quiet_months"] is None else f"{told['quiet_alarmed']} of {told['quiet_months']}"
    return {
        **told,
        "name": name,
        "chosen": name == chosen,
        "near": told["within_noise"] and name != chosen,
        "money": [
            (money(told["net"]["value"], currency), words.between(told["net"], currency)),
            *((words.signed(d["value"], currency), words.between(d, currency, words.signed)) if d else (MISSING, "")
              for d in (told["vs_never"], told["vs_best"])),
        ],
        "quiet": quiet,
        "mistaken": [f"{one['name']}, {words.month(one['month'])}" for one in told["false_alarms"] or ()],
        "toml": replay["policies"][name].get("toml") or "",
    }  # fmt: skip


def _changes(comparison: dict) -> list[dict]:
    """A row for each real change: what it was, when it could be noticed at best, and how each policy fared."""
    names = words.ordered(comparison)
    columns = [comparison["policies"][name]["changes"] for name in names]
    return [
        {**row[0], "fared": [(name, *words.noticed(one)) for name, one in zip(names, row, strict=True)]}
        for row in zip(*columns, strict=True)
    ]


def _repeated(comparison: dict) -> list[dict]:
    """A row for each season: whether it was alarmed, by policy."""
    names = words.ordered(comparison)
    columns = [comparison["policies"][name]["repeated"] for name in names]
    words_of = {True: ("bad", "✗ alarmed"), False: ("good", "✓ quiet")}
    return [
        {**row[0], "fared": [(name, *words_of[one["alarmed"]]) for name, one in zip(names, row, strict=True)]}
        for row in zip(*columns, strict=True)
    ]
