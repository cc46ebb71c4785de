"""The status in words: the lines that `status` prints, which are also those of the page over all runs."""

from churn_mlops.monitoring.alerting.alert import OPEN
from churn_mlops.pipelines.status.trouble import IN_ORDER
from churn_mlops.pipelines.timetable.text import last, when
from churn_mlops.reports.formats import moment, points

EMPTY = "No run yet. Cure: python pipeline.py"
_BY_HAND = {"promotion": "promoted by", "rollback": "made champion again, by rollback, by"}


def status_text(answer: dict) -> str:
    """The status for a reader."""
    if not answer["datasets"]:
        return EMPTY
    return "\n\n".join(map(_block, status_blocks(answer)))


def _block(block: dict) -> str:
    lines = [f"{block['name']}: {block['state']}" + f", {_open(block['alerts'])}" * bool(block["alerts"])]
    lines += [f"  {line['label']:<13}{line['said']}" for line in block["lines"]]
    lines += [f"  {'Do next':<13}{block['next']['command']}", f"  {'':<13}{block['next']['reason']}"]
    return "\n".join(lines)


def status_blocks(answer: dict) -> list[dict]:
    """Of each dataset `name`, `state`, number of open `alerts`, `lines`, what to do `next`, moment `asked`.

    A line has `label`, `said` and `href`, the page that it leads to from the archive, or None.
    """
    return [
        {
            "name": name,
            "state": one["state"],
            "alerts": sum(alert["state"] == OPEN for alert in one["alerts"] or []),
            "lines": list(_lines(one)),
            "next": one["next"],
            "asked": answer["asked"],
        }
        for name, one in answer["datasets"].items()
    ]


def _open(alerts: int) -> str:
    return f"{alerts} alert{'s' * (alerts != 1)} open"


def _lines(one: dict):
    """What is to be said of a dataset; trouble first."""
    run, champion = one["last_run"], one["champion"]
    for trouble in one["trouble"]:
        yield _line(trouble["kind"].capitalize(), trouble["seen"])
    yield _line("Last run", _last_run(run), run and run["page"])
    yield _line("Champion", _champion(champion), champion and champion["page"])
    for label, said in _about(champion) if champion else ():
        yield _line(label, said)
    for label, age in (one["ages"] or {}).items():
        yield _line("Age of data" if label == "data" else "Age of model", _age(age))
    yield _line("Next run", _due(one["due"]))
    for name, job in ((one["watch"] or {}).get("jobs") or {}).items():
        yield _line("Watch", f"{name}: next {when(job['next'])}; last {last(job)}")
    yield from _alerts(one["alerts"], one["seen"])
    if one["shadow"]:
        yield _line("Shadow", one["shadow"])


def _line(label: str, said: str, href: str | None = None) -> dict:
    return {"label": label, "said": said, "href": href}


def _last_run(run: dict | None) -> str:
    return f"{run['version']}, {moment(run['finished'])}: {run['verdict']}" if run else "none but experiments"


def _champion(champion: dict | None) -> str:
    if not champion:
        return "none yet"
    since, digest = moment(champion["since"]), champion["digest"][:12]
    return f"{champion['version']} since {since}, {champion['model'] or 'model'} {digest}"


def _about(champion: dict) -> list[tuple[str, str]]:
    """By whose word it serves, what it was made of, how ready it showed to be."""
    code, ready = champion["code"], champion["readiness"]
    commit = f"commit {code['git_commit'][:10]}" if code["git_commit"] else "no commit"
    dirty = ", tree not clean" if code["git_dirty"] else ""
    lines = [
        ("By word of", _by_word_of(champion)),
        ("Trained on", _trained_on(champion["data"])),
        ("Code", f"{commit}{dirty}, library {(code['library'] or '-')[:12]}"),
    ]
    return lines + ([("Readiness", f"{points(ready['score'])} of 7: {ready['level']}")] if ready else [])


def _by_word_of(champion: dict) -> str:
    """Who ran, approved and promoted it."""
    approved = "approved by " + (", ".join(champion["approved_by"]) or "nobody")
    if champion["policy"] == "auto" and not champion["approved_by"]:
        approved = "no approval asked for: the policy is auto"
    moved = _BY_HAND.get(champion["promoted_as"])
    moved = f"{moved} {champion['promoted_by']}" if moved else "promoted before there was an audit log"
    return f"run by {champion['author'] or 'unknown'}; {moved}; {approved}"


def _trained_on(data: dict) -> str:
    days = f"{data['oldest'] or '?'} to {data['newest']}" if data["newest"] else "without dates"
    rows = f", {data['rows']:,} rows" if isinstance(data["rows"], int) else ""
    return f"{data['source'] or '?'}, version {(data['version'] or '-')[:12]}, {days}{rows}"


def _age(age: dict) -> str:
    """An age against its limit, in words."""
    clock = ", simulated time" if age["simulated"] else ""
    if age["days"] is None:
        return age["message"] if age["since"] else f"unknown: there are no dates{clock}"
    days = f"{age['days']:,} day{'s' * (age['days'] != 1)}"
    return f"{days} (since {age['since']}), limit {age['limit_days']:g}{clock}"


def _due(due: dict | None) -> str:
    if due is None:
        return "no day is set"
    late = ", overdue" if due["overdue"] else ""
    return f"due on {due['day']}, {due['every_days']:g} days after the last{late}"


def _alerts(alerts: list[dict] | None, seen: list[dict]):
    if alerts is None:
        yield _line("Alerts", "not monitored yet")
        return
    for one in alerts:
        yield _line("Alert", _alert(one), one["page"])
    if not alerts:
        yield _line("Alerts", "none open")
    for one in seen:
        yield _line("Seen", f"{one['severity']}: {one['message']} ({one['sure']})", one["page"])


def _alert(one: dict) -> str:
    known = f", acknowledged by {one['acknowledged_by']}: {one['reason']}" if one["acknowledged_by"] else ""
    return f"{one['severity']}: {one['message']} ({one['id']}, since {one['since']}{known})"


def is_in_order(answer: dict) -> bool:
    """Whether nothing is stale or broken."""
    return answer["state"] == IN_ORDER
