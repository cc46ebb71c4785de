import os
from pathlib import Path

import pytest
from hypothesis import settings

CHROMIUM = Path("/usr/bin/chromium")
settings.register_profile("untimed", deadline=None)  # no test may depend on how busy the machine is
settings.load_profile("untimed")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium. Only for the module: its event loop must not stand when other tests start a kernel."""
    if not CHROMIUM.exists():
        missing = f"{CHROMIUM} is not installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The run_dir of a small trained model, made by the stages' own functions; copy it before changing a file."""
    return train(str(tmp_path_factory.mktemp("run")))


def train(folder: str) -> str:
    """Train it into a folder."""
    import numpy as np
    import pandas as pd

    from churn_mlops import models
    from churn_mlops.config import Dataset, Definition, Money
    from churn_mlops.data.checking import take_in
    from churn_mlops.data.engine import stored
    from churn_mlops.data.sources import Source
    from churn_mlops.data.versions import load_version, save_version
    from churn_mlops.features import build, saving, split
    from churn_mlops.features.examples import load_examples
    from churn_mlops.features.signature import make_signature
    from churn_mlops.models.predictor import save_trained

    rows, rng = 600, np.random.default_rng(5)
    spend, plan = rng.normal(size=rows), rng.choice(["basic", "plus", None], rows)
    p = 1 / (1 + np.exp(1 - 1.5 * spend - 1.5 * (plan == "basic")))
    table = pd.DataFrame({"id": [f"c{n:03}" for n in range(rows)], "spend": spend, "plan": plan})
    table["spend"] = table["spend"].mask(rng.random(rows) < 0.1)
    table["gone"] = np.where(rng.random(rows) < p, "yes", "no")
    dataset = Dataset("people", "people.csv", id="id", target="gone", positive="yes")
    definition = Definition(dataset, Money(100, 10, 0.3))
    checked = take_in(folder, definition, Source({"table": stored(table)}))
    save_version(folder, definition, checked, "people.csv")
    definition, tables = load_version(folder)
    built = build.build(definition, tables)
    part = split.split(built.labels, dataset, 1, 0, 0, 0.3, 0)
    labels = built.labels.assign(split=part.to_numpy())
    signature = make_signature(built.features[(part == split.TRAIN).to_numpy()], "id")
    saving.save_examples(folder, built, labels, signature)
    train = load_examples(folder, "train")
    families = models.make_families(signature, 0, rows=len(train), events=int(train.y.sum()))
    candidates = {"naive": families["naive"].default(), "linear": families["linear"].default()}
    candidates["boosted"] = families["boosted"].make({"iterations": 5})
    cv = models.cross_validate(candidates, train.X, train.y, models.make_folds(train.y, train.customers, 2, 0))
    seen = cv.out_of_fold["boosted"].to_numpy()
    model = models.fit_calibrated(candidates["boosted"], train.X, train.y, seen)
    threshold = models.choose_threshold(train.y, model.calibrate(seen), definition.money)
    save_trained(folder, model, models.Choice("boosted", "for the test"), threshold, candidates, cv, train)
    return folder


@pytest.fixture(scope="session")
def postgres():
    """The URL of a PostgreSQL server that these tests have started, with the password in it."""
    from tests.data.postgres import MISSING, programs, server

    if not programs():
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with server() as url:
        yield url


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Dask scheduler and two workers in processes of their own; the module's, for some tests kill them."""
    pytest.importorskip("distributed", reason="needs the extra `dask`")
    from tests.workers.conftest import LocalCluster

    cluster = LocalCluster(tmp_path_factory.mktemp("dask"))
    yield cluster
    cluster.close()
