"""How well models predict what they have not seen, beside library defaults; and what training costs by size.

python benchmarks/models.py [NAME ...] [--trials 12] [--seeds 5]      telco, mlc_churn, online_retail, simulator
python benchmarks/models.py size [ROWS ...] [--draw FILE.svg]         15,000, 150,000 and 1,500,000 rows of 30 columns

With --seconds 600 a training searches for so long, in place of a number of trials.

The tables of real customers stand in ../shared/data and are no part of the project. Ours is the whole way of
03_train within each training part; the test parts see no search, no choice and no calibration.
"""

import argparse
import multiprocessing
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from simulator import peak_mb, timed

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
TABLES = {"telco": ("telco.csv", "customerID", "Churn", "Yes"), "mlc_churn": ("mlc_churn.csv", "", "churn", "yes")}
RUNS = {"online_retail": ("online_retail.toml", "online_retail.csv.gz", 1), "simulator": ("simulator.toml", "", 3)}
SIZES = (15_000, 150_000, 1_500_000)


def table_parts(name: str, seeds: int):
    """(seed, horizon, train, test) of five shuffled folds for each seed; a part is X, y, customers, dates, truth."""
    import pandas as pd
    from sklearn.model_selection import StratifiedKFold

    file, id, target, positive = TABLES[name]
    frame = pd.read_csv(DATA / file, na_values=[" "])
    y = (frame.pop(target) == positive).to_numpy().astype(int)
    if id:
        frame = frame.drop(columns=id)
    for seed in range(seeds):
        for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(frame, y):
            parts = ((frame.iloc[part].reset_index(drop=True), y[part], None, None, None) for part in (train, test))
            yield seed, 0, *parts


def run_parts(name: str, seeds: int):
    """The same of the pipeline's own split by time; each seed another seed of training."""
    from churn_mlops.features.examples import load_examples

    with tempfile.TemporaryDirectory(prefix="churn-models-") as folder:
        horizon_days = make_features(name, folder)
        parts = [load_examples(folder, split) for split in ("train", "test")]
    made = [(part.X, part.y, part.groups, part.dates, part.best_probability) for part in parts]
    yield from ((seed, horizon_days, *made) for seed in range(seeds))


def make_features(name: str, folder: str) -> int:
    """The artifacts of 01 and 02, by their own functions; gives the horizon in days."""
    from churn_mlops.config import read_config
    from churn_mlops.data import sources
    from churn_mlops.data.checking import take_in
    from churn_mlops.data.versions import load_version, save_version
    from churn_mlops.features import build, duplicates, saving, split
    from churn_mlops.features.signature import make_signature

    config, file, test_snapshots = RUNS[name]
    settings = read_config(str(ROOT / "configs" / config))
    location = sources.locate(settings, str(DATA / file) if file else "")
    definition = settings.definition
    save_version(folder, definition, take_in(folder, definition, sources.open_source(definition, location)), location)
    definition, tables = load_version(folder)
    built, dataset = build.build(definition, tables, 12), definition.dataset
    labels = built.labels.assign(group=duplicates.group_customers(built.features, dataset))
    labels = labels.assign(split=split.split(labels, dataset, test_snapshots, 12, 0, 0.2, 0).to_numpy())
    training = built.features[(labels["split"] == split.TRAIN).to_numpy()]
    saving.save_examples(folder, built, labels, make_signature(training, dataset.id, dataset.snapshot_date))
    return dataset.horizon_days


def defaults(X, y, test) -> dict[str, np.ndarray]:
    """What library defaults say of the test rows: one-hot logistic regression and histogram gradient boosting."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    numbers, texts = make_column_selector(dtype_include="number"), make_column_selector(dtype_exclude="number")
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    one_hot = make_column_transformer((scaled, numbers), (OneHotEncoder(handle_unknown="ignore"), texts))
    plain = make_column_transformer(("passthrough", numbers), (coded, texts))
    models = {
        "LR": make_pipeline(one_hot, LogisticRegression(max_iter=2_000)),
        "boosting": make_pipeline(plain, HistGradientBoostingClassifier(random_state=0)),
    }
    return {name: model.fit(X, y).predict_proba(test)[:, 1] for name, model in models.items()}


def ours(train_part, test_X, budget, seed: int, horizon_days: int = 0):
    """What our training says of the test rows, and the name of what was chosen."""
    from churn_mlops.features.signature import conform, make_signature
    from churn_mlops.models.training import train

    X, y, groups, dates, _ = train_part
    signature = make_signature(X, "")
    trained = train(conform(X, signature), y, groups, dates, signature, budget, seed, horizon_days=horizon_days)
    return trained.model.predict_proba(conform(test_X, signature))[:, 1], trained.choice.name


def measure(name: str, budget, seeds: int) -> None:
    """Print one table's line: mean ROC AUC over all folds and seeds, or the share of the way to the best possible."""
    from sklearn.metrics import roc_auc_score

    scores, chosen, spent = {}, [], 0.0
    parts = (table_parts if name in TABLES else run_parts)(name, seeds)
    for seed, horizon_days, train_part, (test_X, test_y, _, _, truth) in parts:
        (p, choice), took = timed(ours, train_part, test_X, budget, seed, horizon_days)
        chosen, spent = [*chosen, choice], spent + took
        for who, guess in {**defaults(train_part[0], train_part[1], test_X), "ours": p}.items():
            area = roc_auc_score(test_y, guess)
            share = area if truth is None else (area - 0.5) / (roc_auc_score(test_y, truth) - 0.5)
            scores.setdefault(who, []).append(share)
    means = " ".join(f"{who} {np.mean(values):.4f}" for who, values in scores.items())
    error = np.std(scores["ours"]) / np.sqrt(len(chosen))
    counts = ", ".join(f"{choice} {chosen.count(choice)}" for choice in dict.fromkeys(chosen))
    print(f"{name:>14} {means} (se {error:.4f}), {spent / len(chosen):.0f} s a training, chosen: {counts}", flush=True)


def big_table(rows: int, columns: int = 30, seed: int = 0):
    """Numbers with gaps, texts of few levels and of many, one row in twenty that leaves."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    frame = {f"x{n}": rng.normal(size=rows).astype("float32") for n in range(columns - 5)}
    for n in range(5):
        frame[f"x{n}"][rng.random(rows) < 0.2] = np.nan
    levels = [3, 5, 8, 50, 2_000]
    codes = [rng.integers(0, many, rows) for many in levels]
    texts = {f"t{n}": pd.Series(pd.array([f"level {k}" for k in range(levels[n])], dtype="str")).take(codes[n])
             for n in range(5)}  # fmt: skip
    risk = frame["x6"] + frame["x7"] * frame["x8"] + np.nan_to_num(frame["x0"]) + codes[0] - (codes[3] % 7) / 3
    y = (rng.random(rows) < 1 / (1 + np.exp(5.0 - risk))).astype("int8")
    return pd.DataFrame({**frame, **{name: text.reset_index(drop=True) for name, text in texts.items()}}), y


def cost(rows: int, budget) -> tuple:
    """Rows, seconds and peak memory of a training, in this process, and what was chosen."""
    X, y = big_table(rows)
    before = peak_mb()
    started = time.perf_counter()
    _, choice = ours((X, y, None, None, None), X.head(1_000), budget, 0)
    return rows, time.perf_counter() - started, before, peak_mb(), choice


def draw(costs: list[tuple], path: str) -> None:
    """Time and memory by rows, both axes in equal ratios, beside lines that grow as fast as the data."""
    from matplotlib import pyplot as plt

    from churn_mlops import plots

    plots.use_style()
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    rows, took, before, peak, _ = zip(*costs, strict=True)
    memory = [(high - low) / 1000 for low, high in zip(before, peak, strict=True)]
    for ax, values, name in zip(axes, (took, memory), ("seconds", "GB beyond the table and the library"), strict=True):
        ax.loglog(rows, values, "o-")
        ax.loglog(rows, [values[0] * many / rows[0] for many in rows], ":", color="grey")
        ax.set(title=name, xlabel="rows (dotted: as fast as the data)")
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[*TABLES, *RUNS])
    parser.add_argument("--trials", type=int, default=12, help="as a default run (12)")
    parser.add_argument("--seconds", type=float, default=0, help="of search, in place of a number of trials")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draw", default="", help="of sizes: the file for a figure")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    from churn_mlops.models.search import Budget

    budget = Budget(arguments.trials, arguments.seconds)
    if arguments.names[0] != "size":
        for name in arguments.names:
            measure(name, budget, arguments.seeds)
        return
    print(f"{'rows':>12} {'seconds':>12} {'MB before':>12} {'MB peak':>12} chosen")
    costs = []
    for size in [int(text) for text in arguments.names[1:]] or SIZES:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            costs.append(process.apply(cost, (size, budget)))
        rows, took, before, peak, choice = costs[-1]
        print(f"{rows:>12,} {took:>12.1f} {before:>12,.0f} {peak:>12,.0f} {choice}", flush=True)
    if arguments.draw:
        draw(costs, arguments.draw)


if __name__ == "__main__":
    main()
