"""Batch scoring of 20 columns, Parquet to Parquet, beside the model's own predict on the same rows in memory.

python benchmarks/scoring.py [--sizes 1000000 3000000 10000000] [--family boosted] [--reasons] [--top N]

Each measurement is a process of its own, so that peaks do not mix: `predict s` is the model on a table that is loaded
already, `score s` the command's own function from opening the file to the rename, its start not counted. `ratio` is the
first over the second; `peak MB` is of the process that scores, and `growth` what it has more than at the first size.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from pathlib import Path

import numpy as np
from simulator import peak_mb

SIZES = (1_000_000, 3_000_000, 10_000_000)
NUMBERS, CATEGORIES, PIECE = 14, 6, 500_000
COLUMNS = ("rows", "file MB", "predict s", "score s", "ratio", "predict MB", "peak MB", "growth MB")


def rows_of(first: int, rows: int):
    """Customers `first` to `first + rows`: 14 numbers, of which some are missing, and 6 categories."""
    import pandas as pd

    rng = np.random.default_rng(first)
    table = {"id": [f"C{number:09}" for number in range(first, first + rows)]}
    for number in range(NUMBERS):
        values = rng.normal(size=rows)
        values[rng.random(rows) < 0.02 * (number % 3)] = np.nan
        table[f"number_{number}"] = values
    for number in range(CATEGORIES):
        levels = np.array([f"level {level}" for level in range(3 + 2 * number)])
        table[f"category_{number}"] = pd.Series(levels[rng.integers(0, len(levels), rows)], dtype="str")
    return pd.DataFrame(table)


def write(path: Path, rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for first in range(0, rows, PIECE):
        table = pa.Table.from_pandas(rows_of(first, min(PIECE, rows - first)), preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def train(runs: Path, family: str, rows: int = 30_000) -> str:
    """A version with a model of this family, made by the stages' own functions; returns its id."""
    from churn_mlops import models
    from churn_mlops.archive import versions
    from churn_mlops.config import Dataset, Definition, Money
    from churn_mlops.data.checking import take_in
    from churn_mlops.data.engine import stored
    from churn_mlops.data.sources import Source
    from churn_mlops.data.versions import load_version, save_version
    from churn_mlops.features import build, saving, split
    from churn_mlops.features.examples import load_examples
    from churn_mlops.features.signature import make_signature
    from churn_mlops.models.predictor import save_trained

    building = versions.begin(runs)
    folder, table = str(building.artifacts), rows_of(0, rows)
    log_odds = table["number_0"].fillna(0) + table["number_1"].fillna(0) * (table["category_0"] == "level 1") - 1
    table["gone"] = np.where(np.random.default_rng(1).random(rows) < 1 / (1 + np.exp(-log_odds)), "yes", "no")
    dataset = Dataset("wide", "wide.parquet", id="id", target="gone", positive="yes")
    definition = Definition(dataset, Money(100, 10, 0.3))
    save_version(folder, definition, take_in(folder, definition, Source({"table": stored(table)})), "wide.parquet")
    definition, tables = load_version(folder)
    built = build.build(definition, tables)
    part = split.split(built.labels, dataset, 1, 0, 0, 0.3, 0)
    signature = make_signature(built.features[(part == split.TRAIN).to_numpy()], "id")
    saving.save_examples(folder, built, built.labels.assign(split=part.to_numpy()), signature)
    examples = load_examples(folder, "train")
    families = models.make_families(signature, 0, rows=len(examples), events=int(examples.y.sum()))
    candidates = {name: families[name].default() for name in dict.fromkeys(["linear", family])}
    folds = models.make_folds(examples.y, examples.customers, 2, 0)
    cv = models.cross_validate(candidates, examples.X, examples.y, folds)
    seen = cv.out_of_fold[family].to_numpy()
    model = models.fit_calibrated(candidates[family], examples.X, examples.y, seen)
    threshold = models.choose_threshold(examples.y, model.calibrate(seen), definition.money)
    save_trained(folder, model, models.Choice(family, "for the benchmark"), threshold, candidates, cv, examples)
    versions.publish(building, {"dataset": "wide", "status": "succeeded", "verdict": "", "model": {"name": family}})
    return building.version


def predict(runs: Path, version: str, path: Path) -> tuple[float, float]:
    """Seconds of the model's own predict on all rows, and peak memory."""
    import pandas as pd

    from churn_mlops.models.predictor import load_predictor

    predictor = load_predictor(runs / version / "artifacts")
    table = pd.read_parquet(path)
    predictor.predict(table.head(1000))
    began = time.perf_counter()
    predictor.predict(table)
    return time.perf_counter() - began, peak_mb()


def score(runs: Path, version: str, path: Path, asked: dict) -> tuple[float, float]:
    """Seconds from opening the file to its scores at their place, and peak memory."""
    from churn_mlops.serving.batch import Asked, score_file
    from churn_mlops.serving.batch.model import load_scorer

    scorer = load_scorer(runs, version)
    scorer.predictor.predict(rows_of(0, 1000))
    began = time.perf_counter()
    told = score_file(scorer, Asked(str(path), path.with_name("scores.parquet"), **asked))
    seconds = time.perf_counter() - began
    assert told["rows_quarantined"] == 0, json.dumps(told)
    return seconds, peak_mb()


def alone(function, *arguments):
    """The function in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(function, arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--family", default="boosted", help="linear, boosted, lightgbm, ...")
    parser.add_argument("--top", type=int, default=0)
    parser.add_argument("--reasons", action="store_true")
    arguments = parser.parse_args()
    asked = {"top": arguments.top, "reasons": arguments.reasons}
    print(" ".join(f"{column:>12}" for column in COLUMNS))
    with tempfile.TemporaryDirectory(prefix="churn-scoring-") as folder:
        runs, path, first = Path(folder) / "runs", Path(folder) / "wide.parquet", None
        version = alone(train, runs, arguments.family)
        for rows in arguments.sizes:
            alone(write, path, rows)
            in_memory, held = alone(predict, runs, version, path)
            scored, peak = alone(score, runs, version, path, asked)
            first = first or peak
            row = (rows, path.stat().st_size / 1e6, in_memory, scored, in_memory / scored, held, peak, peak - first)
            print(" ".join(f"{v:>12,.2f}" if isinstance(v, float) else f"{v:>12,}" for v in row), flush=True)


if __name__ == "__main__":
    main()
