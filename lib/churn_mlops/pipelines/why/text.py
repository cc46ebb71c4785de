"""The answer of `why` for a reader: a line a fact, and under it where that stands in the archive."""

from collections.abc import Callable, Iterator

from churn_mlops.reports.formats import moment

_SHOWN = 10  # other predictions
_HOW = {"promotion": "promoted", "rollback": "made champion again by rollback"}


def why_text(answer: dict, place: Callable[[str], str]) -> str:
    """The prediction, its reasons and what it came of; `place` makes of a link what is printed of it."""
    lines = [f"Prediction {answer['id']}"]
    for label, said, *names in _facts(answer):
        lines.append(f"  {label:<13}{said}")
        lines += [f"  {'':<13}{place(answer['links'][name])}" for name in names if name in answer["links"]]
    return "\n".join([*lines, *_others(answer.get("others") or [])])


def _facts(answer: dict) -> Iterator[tuple]:
    """Label, sentence, and names of the links that prove it."""
    yield from _prediction(answer)
    if run := answer["run"]:
        mark = ", an experiment" if run["experiment"] else ""
        who = f"{run['version']}{mark}, {moment(run['finished'])}, by {run['author'] or 'unknown'}"
        yield "Run", who, "run", "scores", "scoring page"
    else:
        yield "Asked at", f"{answer['route']} of the service, {moment(answer['at'])}", "prediction log"
    yield from _origin(answer)


def _prediction(answer: dict) -> Iterator[tuple]:
    yield "Customer", str(answer["customer"] or "not named") + (f", as of {answer['as_of']}" if answer["as_of"] else "")
    earns = answer.get("expected_profit")
    profit = f", an offer is expected to earn {earns:,.2f}" if earns is not None else ""
    yield "Probability", f"{answer['probability']:.3f} of leaving: {answer['decision']}{profit}"
    for number, one in enumerate(answer["reasons"], 1):
        yield f"Reason {number}", f"{one['reason']} ({one['contribution']:+.2f} log-odds)"
    if not answer["reasons"]:
        yield "Reasons", f"none: {answer['no_reasons'] or 'no column moves the score'}"
    if shadow := answer.get("shadow"):
        yield "Shadow", f"{shadow['version']} said {shadow['probability']:.3f}: {shadow['decision']}"


def _origin(answer: dict) -> Iterator[tuple]:
    model, data, trained = answer["model"], answer["data"], answer["trained"]
    named = f"{model['name'] or 'model'} {(model['digest'] or '-')[:12]} of {model['version']}"
    state = f", {model['state']} now" if model["state"] else ", not in the registry"
    damaged = (
        "" if model["as_registered"] else "; the archive has not that file" if model["there"] else "; its run is gone"
    )
    yield "Model", named + state + damaged, "model run", "model card", "model"
    if trained:
        cell = (
            f"code cell {trained['cell']}: {trained['code']}"
            if trained["cell"]
            else "in no cell that tells by its name"
        )
        yield "Trained in", f"{trained['stage']}, {cell}", "training cell", "training notebook"
    days = f"{data['oldest'] or '?'} to {data['newest']}" if data["newest"] else "without dates"
    version = f"{data['source'] or '?'}, version {(data['version'] or '-')[:12]}, {days}"
    yield "Data", version, "data version", "definition"
    yield "Approved by", _approved(answer)
    for act in answer["promoted"] or [None]:
        yield "Serves by", _promoted(act), "audit log"
    if not answer["audit_log_sound"]:
        yield "Audit log", "not as it was written: python pipeline.py audit verify"


def _approved(answer: dict) -> str:
    if answer["approved"]:
        return "; ".join(f"{one['by']}, {moment(one['at'])}{_because(one)}" for one in answer["approved"])
    asked = {act["policy"] for act in answer["promoted"]}
    return "nobody: the policy was auto, gates alone decide" if asked == {"auto"} else "nobody"


def _promoted(act: dict | None) -> str:
    if act is None:
        return "no promotion: it has never been champion"
    signed = ", signed" if act["signed"] else ""
    return f"{_HOW[act['kind']]} by {act['by']}, {moment(act['at'])}, record {act['record']}{signed}{_because(act)}"


def _because(act: dict) -> str:
    return f": {act['reason']}" if act["reason"] else ""


def _others(others: list[dict]) -> Iterator[str]:
    if not others:
        return
    yield f"\nOther predictions of this customer: {len(others)}"
    for one in others[:_SHOWN]:
        yield f"  {one['id']}  {moment(one['at'])}  {one['probability']:.3f} {one['decision']}"
    if len(others) > _SHOWN:
        yield f"  and {len(others) - _SHOWN} more: --json has them"
