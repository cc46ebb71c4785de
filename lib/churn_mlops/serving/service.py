"""What the service does with a request, without the web: answers, ids, log entries, the shadow beside."""

import gc
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.errors import ChurnError
from churn_mlops.serving.asked import BadRequest, Problem, parse_body
from churn_mlops.serving.live import Live
from churn_mlops.serving.loading import Loaded
from churn_mlops.serving.log import Entry, LogWriter, new_id
from churn_mlops.serving.lowering import lower_risk

CHAMPION, SHADOW = "champion", "shadow"
ROWS = 10_000  # of a batch


class NotReady(Exception):
    """No verified champion is there to answer."""


@dataclass
class Service:
    """The models that answer and the log of their answers; `watch` is told every answered probability."""

    runs: Path
    live: Live
    log: LogWriter | None  # None: nothing is kept, as where a run asks its own model
    watch: object = field(default=lambda loaded, role, probabilities: None)

    def champion(self) -> Loaded:
        """The model that answers; raises NotReady."""
        loaded = self.live.champion.loaded
        if loaded is None:
            refused = self.live.champion.refused
            raise NotReady(refused.why if refused else "there is no champion yet. Cure: python pipeline.py")
        return loaded

    def start(self) -> None:
        """Load the models and open the log."""
        self.live.start()
        gc.collect()
        gc.freeze()  # what was imported and loaded stays: looking through it for cycles would take a tenth of a second
        gc.enable()
        if self.log:
            self.log.beside = self.ask_shadow
            self.log.start()

    def stop(self) -> None:
        """Write what waits."""
        self.live.stop()
        if self.log:
            self.log.close()
        gc.unfreeze()  # DuckDB complains of what is never collected

    def ask_shadow(self, entries: list[Entry]) -> list[Entry]:
        """What the shadow says of the rows that the champion has answered, under the same ids."""
        followed = self.live.shadow
        loaded = followed and followed.loaded
        asked = [entry for entry in entries if entry.role == CHAMPION] if loaded else []
        rows, answered = [], []
        for entry in asked:
            try:
                rows.append(loaded.answering.reader.read(parse_body(entry.request.encode())).values)
                answered.append(entry)
            except BadRequest:  # a shadow may read other columns than were asked for
                continue
        if not rows:
            return []
        begun = time.perf_counter()
        p = loaded.answering.predict(rows)
        decisions, _ = loaded.answering.decide_all(rows, p)
        each = (time.perf_counter() - begun) / len(rows)
        self.watch(loaded, SHADOW, p.tolist())
        changed = {"version": loaded.version, "digest": loaded.digest, "role": SHADOW, "seconds": each}
        return [
            entry._replace(**changed, probability=one, decision=decision)
            for entry, one, decision in zip(answered, p.tolist(), decisions, strict=True)
        ]


def answer_one(service: Service, body: bytes, route: str, reasons: bool = False, more: bool = False) -> dict:
    """The answer to a body with one row; `more` adds the offer's terms and what would lower the risk most."""
    begun, loaded = time.perf_counter(), service.champion()
    if service.log:
        service.log.check_room()
    asked = parse_body(body)
    row = loaded.answering.reader.read(asked)
    told = describe_answer(loaded, row.values, reasons or more)
    if row.unusual:
        told["unusual"] = [problem.as_json() for problem in row.unusual]
    if more:
        told |= offer_terms(loaded) | {"lower": lower_risk(loaded.answering, row.values, told["probability"])}
    _keep(service, loaded, told, row.customer, route, body.decode(), begun)
    return told


def describe_answer(loaded: Loaded, values: list, reasons: bool) -> dict:
    """What is answered about a row, under a new id."""
    p = loaded.answering.probability(values)
    decision, worth = loaded.answering.decide(values, p)
    told = {
        "id": new_id(),
        "probability": p,
        "decision": decision,
        "expected_profit": worth,
        "version": loaded.version,
        "digest": loaded.digest,
    }
    if reasons:
        told["reasons"] = loaded.answering.reasons(values)
    return told


def offer_terms(loaded: Loaded) -> dict:
    """What an offer costs, and what it brings; a text names the column that says so for each customer."""
    money = loaded.answering.definition.money
    named = ("value_kept", "offer_cost", "success_rate", "currency")
    return {"offer": {name: getattr(money, name) for name in named}}


def answer_batch(service: Service, body: bytes, route: str) -> dict:
    """The answers to a body with a list of rows, in their order. Raises BadRequest where one row is wrong."""
    begun, loaded = time.perf_counter(), service.champion()
    asked = parse_body(body)
    rows = asked.get("rows") if type(asked) is dict and len(asked) == 1 else None
    if type(rows) is not list:
        raise BadRequest([Problem("rows", "an object with the one key `rows`, a list", _kind(asked))])
    if not 1 <= len(rows) <= ROWS:
        raise BadRequest([Problem("rows", f"1 to {ROWS:,} rows", f"{len(rows):,}")])
    if service.log:
        service.log.check_room(len(rows))
    read = loaded.answering.reader.read_all(rows)
    values = [row.values for row in read]
    p = loaded.answering.predict(values)
    decisions, worths = loaded.answering.decide_all(values, p)
    told = []
    each = (time.perf_counter() - begun) / len(rows)
    for asked_row, row, one, decision, worth in zip(rows, read, p.tolist(), decisions, worths, strict=True):
        answer = {"id": new_id(), "probability": one, "decision": decision, "expected_profit": worth}
        if row.unusual:
            answer["unusual"] = [problem.as_json() for problem in row.unusual]
        told.append(answer)
        if service.log:
            service.log.add(_entry(loaded, answer, row.customer, route, json.dumps(asked_row), each))
    service.watch(loaded, CHAMPION, p.tolist())
    return {"version": loaded.version, "digest": loaded.digest, "answers": told}


def _kind(value) -> str:
    return f"an object with {len(value)} keys" if type(value) is dict else f"a {type(value).__name__}"


def _keep(service: Service, loaded: Loaded, told: dict, customer, route: str, request: str, begun: float) -> None:
    seconds = time.perf_counter() - begun
    if service.log:
        service.log.add(_entry(loaded, told, customer, route, request, seconds))
    service.watch(loaded, CHAMPION, (told["probability"],))


def _entry(loaded: Loaded, told: dict, customer, route: str, request: str, seconds: float) -> Entry:
    who = (loaded.dataset, loaded.version, loaded.digest, CHAMPION, route, customer)
    return Entry(told["id"], time.time_ns() // 1000, *who, told["probability"], told["decision"], seconds, request)


def describe_model(loaded: Loaded) -> dict:
    """Which model answers: version, digest, data, who approved it, and how one row is answered."""
    answering = loaded.answering
    return {
        "dataset": loaded.dataset,
        "version": loaded.version,
        "digest": loaded.digest,
        "generation": loaded.generation,
        "since": loaded.since,
        **loaded.facts,
        "threshold": answering.predictor.threshold,
        "decides_by": answering.predictor.decides_by,
        "path": answering.path,
        "path_because": answering.why,
    }


def describe_ready(service: Service) -> tuple[bool, dict]:
    """Whether a verified champion answers its stored example, now; and what is not as it should be."""
    followed = service.live.champion
    told = {"refused": followed.refused.as_json() if followed.refused else None}
    shadow = service.live.shadow
    if shadow and (shadow.loaded or shadow.refused):
        refused = shadow.refused.as_json() if shadow.refused else None
        told["shadow"] = {"version": shadow.loaded and shadow.loaded.version, "refused": refused}
    if service.log:
        told["log"] = {"waiting": service.log.waiting, "failure": service.log.failure or None}
    try:
        loaded = service.champion()
        loaded.check_example()
    except (NotReady, ChurnError) as error:
        return False, {"ready": False, "why": str(error), **told}
    return True, {"ready": True, "version": loaded.version, "digest": loaded.digest, **told}
