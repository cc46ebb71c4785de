"""One piece of the input scored: what every call does, here or at a worker, with the same result to the bit."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas  # noqa: F401 before there are threads: two that import it at once wait for each other

from churn_mlops.config import ASSUMPTIONS
from churn_mlops.data.checking import quarantine_schema, quarantined
from churn_mlops.data.contract import Contract
from churn_mlops.data.repeats import Repeats
from churn_mlops.data.rows import Checker
from churn_mlops.data.sources.source import file_rows
from churn_mlops.data.storing import sift
from churn_mlops.errors import DataError
from churn_mlops.features.build import as_features
from churn_mlops.models.explaining import reasons
from churn_mlops.models.stakes import Stakes
from churn_mlops.serving.batch.contract import keys
from churn_mlops.serving.batch.counts import beyond, unseen
from churn_mlops.serving.batch.model import Scorer
from churn_mlops.serving.batch.parts import writing_part
from churn_mlops.serving.batch.pieces import Piece, read
from churn_mlops.serving.batch.source import Numbers
from churn_mlops.serving.scoring import count_scores, rate

RANK, ROW = "_rank", "_row"  # by which the parts are put in order
REASONS = 3


@dataclass(frozen=True)
class Job:
    """All that is the same for each piece."""

    scorer: Scorer
    contract: Contract
    schema: object  # pyarrow, of the columns as read
    names: dict[str, str]
    number: Numbers
    top: int = 0  # customers that are wanted; 0: all
    reasons: bool = False

    @property
    def checker(self) -> Checker:
        """The contract made ready; truths may be missing in any piece, so all are read as yes and no."""
        return Checker(self.contract, self.schema, frozenset(self.schema.names))

    def part_schema(self):
        """The columns of what is made of a piece."""
        import pyarrow as pa

        signature = self.scorer.predictor.signature
        types = [pa.string(), *[pa.timestamp("us")] * bool(signature.snapshot_date)]
        fields = list(zip(keys(signature), types, strict=True))
        fields += [("probability", pa.float64()), ("decision", pa.string()), ("expected_profit", pa.float64())]
        fields += [(f"reason_{n + 1}", pa.string()) for n in range(REASONS * self.reasons)]
        fields += [(f"contribution_{n + 1}", pa.float64()) for n in range(REASONS * self.reasons)]
        return pa.schema([*fields, (RANK, pa.float64()), (ROW, pa.int64())])


def score_piece(job: Job, folder: str, piece: Piece, again: Repeats | None) -> None:
    """Score a piece into its part below `folder`; rows that break the contract go to the part's quarantine.

    `again` are the rows of the piece that repeat others. Raises DataError where the input is not there.
    """
    if not Path(folder).is_dir():
        raise _out_of_reach(folder)
    counts, start, checker, schema = Counter(rows=piece.rows), piece.position, job.checker, job.part_schema()
    with writing_part(Path(folder), piece.number, schema, counts) as (put, put_aside):
        for raw in _pieces(job, piece):
            told = again.reasons(job.contract, start, start + raw.num_rows, job.number) if again else ()
            kept, bad = sift(checker, raw, told)
            if bad:
                put_aside(_table(_aside(job, piece, raw, start, bad), quarantine_schema()))
            if kept.num_rows:
                places = np.delete(np.arange(start, start + raw.num_rows), list(bad))
                put(_table(_scored(job, kept, places, counts), schema))
            start += raw.num_rows


def _pieces(job: Job, piece: Piece):
    try:
        yield from read(piece, job.names)
    except FileNotFoundError:
        raise _out_of_reach(piece.file.path) from None


def _out_of_reach(path) -> DataError:
    return DataError(
        f"{path}: not there. Cure: keep it while it is scored; with --scheduler INPUT and the folder of OUTPUT must be "
        "on storage that every worker has under the same path."
    )


def _aside(job: Job, piece: Piece, raw, start: int, bad: dict) -> pd.DataFrame:
    """Rows for the quarantine, with their numbers in the file; `start` is the position of the first of `raw`."""
    import pyarrow as pa

    in_file = np.array(list(bad)) + start - piece.position + piece.row
    numbers = file_rows(in_file, job.number.rejected)
    return quarantined(piece.file.name, raw.take(pa.array(list(bad))), numbers, bad.values())


def _scored(job: Job, rows, places, counts: Counter) -> pd.DataFrame:
    """The scores of some rows, of which only those are kept that can still be among the wanted ones."""
    predictor, definition, frame = job.scorer.predictor, job.scorer.definition, rows.to_pandas()
    counts.update(unseen(rows, predictor.signature))
    counts.update(beyond(rows, predictor.signature))
    X = as_features(frame, definition.dataset)
    scores, rank = rate(predictor, frame[keys(predictor.signature)], X, _stakes(definition.money, X))
    counts.update(count_scores(scores))
    scores = scores.assign(**{RANK: rank, ROW: places})
    if job.top:
        best = np.sort(np.argsort(-rank, kind="stable")[: job.top])
        scores, X = scores.iloc[best], X.iloc[best]
    if job.reasons:
        scores = scores.join(reasons(predictor.model, predictor.signature, X, REASONS))
    return scores


def _stakes(money, X) -> Stakes:
    """The money of the rows, which the contract has checked; a piece may lack a column that others have."""
    taken = {key: X[name].to_numpy(dtype=float) for key, name in money.columns.items()}
    held = {key: taken.get(key, getattr(money, key)) for key in ASSUMPTIONS}
    return Stakes(**held, currency=money.currency)


def _table(frame: pd.DataFrame, schema):
    import pyarrow as pa

    return pa.Table.from_pandas(frame, schema, preserve_index=False)
