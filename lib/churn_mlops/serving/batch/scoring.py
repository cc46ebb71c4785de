"""Scoring a file, a folder or a table: piece by piece, in order, each row either scored or set aside with a reason."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.versions import now
from churn_mlops.data.checking import without_values
from churn_mlops.data.engine import at_most
from churn_mlops.data.repeats import Repeats, find_repeats
from churn_mlops.data.storing import ahead, of_columns
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.serving.batch import ordering
from churn_mlops.serving.batch.contract import keys, make_contract
from churn_mlops.serving.batch.counts import BEYOND, UNSEEN, of_kind
from churn_mlops.serving.batch.job import Job, score_piece
from churn_mlops.serving.batch.model import Scorer
from churn_mlops.serving.batch.parts import counts_of, forget, is_done, open_parts
from churn_mlops.serving.batch.pieces import cut, read
from churn_mlops.serving.batch.source import Input, Numbers, open_input
from churn_mlops.workers import run_all
from churn_mlops.workers.remote import facts

ENGINE_MB = 300  # that DuckDB may hold to sort and to look for doubles; the rest goes to disk


@dataclass(frozen=True)
class Asked:
    """What to score and what to make of it."""

    location: str  # a file, a folder or a URL
    output: Path  # .parquet or .csv
    top: int = 0  # only so many customers, those ranked highest; 0: all
    reasons: bool = False
    table: str = ""  # of a database
    query: str = ""
    elsewhere: bool = False  # on a cluster, whose workers read and write where this process does
    key: str = ""  # of the call: stands in what the output says of itself


def score_file(scorer: Scorer, asked: Asked) -> dict:
    """Score all rows that keep the contract, write them in order, and tell what came of it.

    The output appears when it is complete. What a killed call has done is found again by one that asks for the same.
    Raises ConfigError or DataError where nothing can be scored.
    """
    output = Path(asked.output).resolve()
    ordering.check_output(output, asked.location)
    with at_most(ENGINE_MB):
        return _score_file(scorer, asked, output)


def _score_file(scorer: Scorer, asked: Asked, output: Path) -> dict:
    given = open_input(scorer.definition, asked.location, asked.table, asked.query)
    if asked.elsewhere and not given.in_place:
        raise ConfigError(f"--scheduler: {given.name} is no Parquet. Cure: a Parquet file or a folder of them.")
    job = _job(scorer, asked, given)
    with open_parts(output, _key(job, given)) as folder:
        pieces = cut(given.files)
        todo = [piece for piece in pieces if not is_done(folder, piece.number)]
        if todo:
            _score(job, folder, pieces, todo)
        return _finish(job, given, output, folder, [piece.number for piece in pieces], asked.key) | {
            "parts": len(pieces),
            "parts_resumed": len(pieces) - len(todo),
            "notes": _notes(given, scorer),
        }


def _job(scorer: Scorer, asked: Asked, given: Input) -> Job:
    contract = make_contract(scorer.definition, scorer.predictor.signature, given)
    names = {name: given.names[name] for name in contract.rules}
    number = Numbers(given.files, given.rejected)
    schema = next(read(cut(given.files)[0], names)).schema
    return Job(scorer, contract, schema, names, number, asked.top, asked.reasons)


def _key(job: Job, given: Input) -> dict:
    """What parts must have been made of and with to be taken for this job's."""
    return {
        "made by": facts(),  # other versions may have other last bits
        "version": job.scorer.version,
        "model": job.scorer.predictor.digest,
        "input": given.digest,
        "rows": [[file.name, *file.groups] for file in given.files],
        "contract": repr(replace(job.contract, rules=_dateless(job.contract.rules))),
        "top": job.top,
        "reasons": job.reasons,
    }


def _dateless(rules: dict) -> dict:
    """The rules without the moment at which they were made."""
    return {name: replace(rule, latest=None) for name, rule in rules.items()}


def _score(job: Job, folder: Path, pieces: list, todo: list) -> None:
    """Score what is not done yet, on all cores or on the cluster that the environment names."""
    again = _repeats(job, pieces)
    run_all(score_piece, [(str(folder), piece, _own(again, piece)) for piece in todo], (job,))
    lost = [piece for piece in todo if not is_done(folder, piece.number)]
    if lost:
        raise DataError(
            f"{folder}: {len(lost):,} of {len(todo):,} parts were scored and are not there. Cure: with --scheduler the "
            "folder of OUTPUT must be on storage that every worker has under the same path."
        )


def _repeats(job: Job, pieces: list) -> Repeats | None:
    """The rows whose customer, or customer and day, stands there before."""

    def keyed(columns):
        some = of_columns(job.checker, columns)
        names = {name: job.names[name] for name in some.contract.rules}
        for raw in ahead(raw for piece in pieces for raw in read(piece, names)):
            cleaned = some.clean(raw)
            yield cleaned, some.converted(cleaned)

    return find_repeats(keyed, job.contract)


def _own(again: Repeats | None, piece) -> Repeats | None:
    import numpy as np

    if again is None:
        return None
    own = slice(*np.searchsorted(again.rows, (piece.position, piece.position + piece.rows)))
    return Repeats(again.rows[own], again.whys[own], again.firsts[own])


def _finish(job: Job, given: Input, output: Path, folder: Path, parts: list[int], key: str = "") -> dict:
    """Write quarantine and output; returns what is told of them."""
    reasons: Counter = Counter()
    aside = ordering.write_quarantine(output, folder, parts, given.rejected, lambda rows: _count(reasons, rows))
    counts: Counter = Counter()
    for number in parts:
        counts.update(counts_of(folder, number))
    told = _told(job, given, counts, aside) | ({"call_key": key} if key else {})
    if not counts["scored_rows"]:
        forget(folder)
        shown = "; ".join(f"{reason} ({rows:,})" for reason, rows in reasons.most_common(3))
        raise DataError(
            f"{given.name}: none of {told['data']['rows']:,} rows could be scored: {shown}. They are in "
            f"{ordering.quarantine_of(output)}. Cure: correct them at the source."
        )
    written = ordering.write_scores(output, folder, parts, job.part_schema(), job.top, told)
    quarantine = str(ordering.quarantine_of(output)) if aside else None
    told |= {"output": str(output), "rows_written": written, "quarantine": quarantine}
    return told | {"reasons": dict(reasons.most_common())}


def _count(reasons: Counter, rows) -> None:
    reasons.update(without_values(text) for text in rows.column("reasons").to_pylist())


def _told(job: Job, given: Input, counts: Counter, aside: int) -> dict:
    """What an output says of itself: the model, the data, the time, and what was counted."""
    scorer, signature = job.scorer, job.scorer.predictor.signature
    money = scorer.definition.money
    return {
        "schema": 1,
        "model": {"version": scorer.version, "digest": scorer.predictor.digest, "name": scorer.predictor.name},
        "dataset": scorer.dataset,
        "data": {"name": given.name, "digest": given.digest, "rows": given.rows + len(given.rejected)},
        "scored": now(),
        "order": "expected_profit" if money.columns else "probability",
        "threshold": scorer.predictor.threshold,
        "decides_by": scorer.predictor.decides_by,
        "currency": money.currency,
        "top": job.top or None,
        "prediction_id": f"{scorer.version}/<{signature.id}>",
        "rows_scored": counts["scored_rows"],
        "rows_quarantined": aside,
        "contacted_rows": counts["contacted_rows"],
        "expected_profit": round(float(counts["expected_profit"]), 2),
        "unseen": of_kind(counts, UNSEEN),
        "outside_range": of_kind(counts, BEYOND),
    }


def _notes(given: Input, scorer: Scorer) -> list[str]:
    signature = scorer.predictor.signature
    beyond = [name for name in given.names if name not in {*keys(signature), *signature.names}]
    shown = ", ".join(f"`{name}`" for name in beyond[:8]) + ", ..." * (len(beyond) > 8)
    return [*given.notes, *([f"not read, for the model does not use it: {shown}"] if beyond else [])]
