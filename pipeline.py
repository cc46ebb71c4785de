"""The churn pipeline: its stages in order, each a notebook, with what it reads and writes in the run.

python pipeline.py                  run all of it on the embedded default
python pipeline.py --help           everything else
"""

from pathlib import Path

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

STAGES = (
    Stage(
        "01_data",
        writes=("definition.json", "read/", "tables/", "quarantine.parquet", "data_version.json"),
        watches=("today", "last_data"),
    ),
    Stage(
        "02_features",
        reads=("definition.json", "tables/"),
        writes=(
            *("features.parquet", "labels.parquet", "active.parquet", "signature.json"),
            *("leaks.parquet", "aside.parquet", "quality.parquet"),
        ),
    ),
    Stage(
        "03_train",
        reads=("definition.json", "features.parquet", "labels.parquet", "signature.json"),
        writes=(
            *("model.skops", "model.json", "baselines.skops", "out_of_fold.parquet", "trials.parquet"),
            "stability.json",
        ),
    ),
    Stage(
        "04_evaluate",
        reads=(
            *("definition.json", "features.parquet", "labels.parquet", "signature.json", "model.skops", "model.json"),
            "baselines.skops",
        ),
        writes=("evaluation.json", "comparison.json", "money.json", "test_scores.parquet"),
        watches=("champion",),
    ),
    Stage(
        "045_judge",
        reads=(
            *("definition.json", "features.parquet", "labels.parquet", "signature.json", "model.skops", "model.json"),
            *("leaks.parquet", "aside.parquet", "quality.parquet", "stability.json", "test_scores.parquet"),
            *("evaluation.json", "comparison.json", "money.json"),
        ),
        writes=("importance.parquet", "effects.parquet", "slices.parquet", "groups.parquet", "gates.json"),
    ),
    Stage(
        "05_deploy",
        reads=(
            *("definition.json", "data_version.json", "features.parquet", "labels.parquet", "active.parquet"),
            *("signature.json", "model.skops", "model.json", "test_scores.parquet", "evaluation.json", "gates.json"),
        ),
        writes=("parity.json", "promotion.json", "scores.parquet", "scores.csv", "example.json"),
        watches=("champion",),
    ),
    Stage(
        "06_monitor",
        reads=(
            *("definition.json", "data_version.json", "features.parquet", "labels.parquet", "active.parquet"),
            *("signature.json", "model.skops", "model.json", "evaluation.json", "promotion.json"),
        ),
        writes=("drift.parquet", "performance.parquet", "alerts.json", "retraining.json", "losses.json"),
        watches=("champion", "today", "service", "offers"),
    ),
)

if __name__ == "__main__":
    main(STAGES, root=Path(__file__).resolve().parent)
