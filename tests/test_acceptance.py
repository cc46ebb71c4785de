"""The main job, as a user would do it: whole runs through `pipeline.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.real import real_file

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.kernel
FEW = ("-p", "train.trials=4")  # of each family its start: what a search adds is measured by benchmarks/models.py


def pipeline(*arguments):
    command = [sys.executable, "pipeline.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)


def answer(*arguments):
    done = pipeline(*arguments, "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def manifest(result):
    return json.loads((Path(result["folder"]) / "manifest.json").read_text())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The embedded default with fewer customers: its definition, and two archives with a run each."""
    folder = tmp_path_factory.mktemp("small")
    config = folder / "small.toml"
    definition = (ROOT / "configs" / "simulator.toml").read_text()
    config.write_text(definition.replace("customers = 20_000", "customers = 4_000") + "\n[train]\ntrials = 4\n")
    first, second = (answer("--config", config, "--runs", folder / name, "--strict") for name in ("a", "b"))
    return config, folder, first, second


def test_the_same_config_data_and_seed_give_the_same_run_to_the_last_bit(small):
    first, second = small[2:]
    made = [
        {name: file["sha256"] for name, file in manifest(run)["files"].items() if name.startswith(("art", "metrics"))}
        for run in (first, second)
    ]
    assert made[0] == made[1]
    assert manifest(first)["model"]["digest"] == manifest(second)["model"]["digest"]


def test_a_run_says_how_near_it_came_to_the_best_possible(small):
    metrics = small[2]["metrics"]
    assert metrics["naive_roc_auc"] == 0.5
    assert metrics["roc_auc_low"] <= metrics["roc_auc"] <= metrics["roc_auc_high"]
    assert metrics["share_of_best_possible"] > 0.8
    assert metrics["profit"] > metrics["naive_profit"]


def test_a_run_after_which_nothing_changed_has_nothing_to_do_though_its_model_became_champion(small):
    config, folder, first, _ = small
    assert answer("--config", config, "--runs", folder / "a")["version"] == first["version"]


def test_the_same_model_again_does_not_replace_itself(small):
    config, folder, first, _ = small
    again = answer("--config", config, "--runs", folder / "a", "--from", "evaluate")
    assert [stage["status"] for stage in manifest(again)["stages"]] == ["reused"] * 3 + ["succeeded"] * 4
    assert "to the bit" in manifest(again)["promotion"]["reason"]
    champion = answer("status", "--runs", folder / "a")["datasets"]["simulator"]["champion"]
    assert champion["version"] == first["version"]


def test_a_customer_of_the_list_is_followed_to_the_cell_that_trained_the_model(small):
    folder, result = small[1] / "a", small[2]
    listed = (Path(result["folder"]) / "artifacts" / "scores.csv").read_text().splitlines()
    customer, _, probability = listed[1].split(",")[:3]
    told = answer("why", f"{result['version']}/{customer}", "--runs", folder)
    assert told["probability"] == pytest.approx(float(probability))
    assert len(told["reasons"]) == 3
    assert "fit_calibrated" in told["trained"]["code"]
    for name, link in told["links"].items():
        path, _, anchor = link.partition("#")
        assert (folder / path).is_file(), name
        assert not anchor or f'id="{anchor}"' in (folder / path).read_text(), name
    section = (folder / told["links"]["training cell"].partition("#")[0]).read_text()
    section = section[section.index(f'id="cell-{told["trained"]["cell"]}"') :].partition("</section>")[0]
    assert "fit_calibrated" in section


def test_the_lineage_of_a_run_leads_from_its_data_to_its_predictions(small):
    told = answer("lineage", "champion", "--runs", small[1] / "a")
    assert [(step["what"], step["by"]) for step in told["way"]] == [
        ("features", ["01_data", "02_features"]),
        ("model", ["03_train"]),
        ("predictions", ["04_evaluate", "045_judge", "05_deploy"]),
    ]
    made = {f"artifacts/{name}": digest for stage in told["stages"] for name, digest in stage["writes"].items()}
    files = {
        name: file["sha256"] for name, file in manifest(small[2])["files"].items() if name.startswith("artifacts/")
    }
    assert made == files


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_opens_with_no_error_and_asks_nobody_else(small, browser, width):
    archive = Path(small[2]["folder"]).parent
    pages = [archive / "index.html", *sorted(Path(small[2]["folder"]).rglob("*.html"))]
    assert len(pages) == 11
    for path in pages:
        page, told, asked = browser.new_page(viewport={"width": width, "height": 900}), [], []
        page.on("console", lambda message, told=told: told.append(message.text))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        assert told == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        page.close()


def test_telco_reaches_what_is_known_to_be_reachable_and_pays(tmp_path):
    run = answer(
        "--config",
        "configs/telco.toml",
        "--data",
        real_file("telco.csv"),
        "--runs",
        tmp_path,
        *FEW,
        "-p",
        "train.folds=5",
    )
    assert run["metrics"]["cv_roc_auc"] >= 0.845
    assert run["metrics"]["profit"] > run["metrics"]["naive_profit"] > 0
    assert answer("runs", "--runs", tmp_path)[0]["champion"] is True


@pytest.mark.nightly
def test_a_log_of_events_becomes_snapshots_that_find_who_stays_away(tmp_path):
    run = answer(
        "--config", "configs/online_retail.toml", "--data", real_file("online_retail.csv.gz"), "--runs", tmp_path, *FEW
    )
    data, metrics = manifest(run)["data"], run["metrics"]
    assert metrics["roc_auc"] >= 0.744
    assert metrics["profit"] > metrics["naive_profit"] > 0
    assert (metrics["data_rows_read"], metrics["data_rows_quarantined"]) == (541_909, 140_305)
    assert (metrics["train_rows"], metrics["test_rows"]) == (8_909, 2_772)
    assert data["newest"] == "2011-12-09"


ROWS = "".join(f"{n},{n % 7},{'yes' if n % 3 else 'no'}\n" for n in range(300))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,use,left\n", "a header and no rows"),
        ("id,use,letf\n" + ROWS, "did you mean `letf`?"),
        ("id,use,left\n" + ROWS.replace("yes", "no"), "has one class only"),
        ("id,use,left\n" + ROWS.replace("no", "perhaps").replace("299,5,yes", "299,5,no"), "has 3 values"),
    ],
)
def test_data_that_cannot_be_learned_from_is_told_in_one_message(tmp_path, content, told):
    (tmp_path / "shop.csv").write_text(content)
    config = tmp_path / "shop.toml"
    config.write_text(
        '[dataset]\nname = "shop"\nsource = "shop.csv"\nid = "id"\ntarget = "left"\n'
        "[money]\nvalue_kept = 10\noffer_cost = 1\nsuccess_rate = 0.5\n"
    )
    done = pipeline("--config", config, "--runs", tmp_path / "runs")
    assert done.returncode == 3
    assert told in done.stderr
    assert "Cure:" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not list((tmp_path / "runs").rglob("champion.json"))


def shop_of(folder, rows):
    """The data stage of a shop with so many customers: exit code and what it printed."""
    (folder / "shop.csv").write_text("id,use,left\n" + "".join(ROWS.splitlines(keepends=True)[:rows]))
    config = folder / "shop.toml"
    config.write_text(
        '[dataset]\nname = "shop"\nsource = "shop.csv"\nid = "id"\ntarget = "left"\n'
        "[money]\nvalue_kept = 10\noffer_cost = 1\nsuccess_rate = 0.5\n"
    )
    done = pipeline("--config", config, "--runs", folder / "runs", "--to", "data", "--strict")
    return done.returncode, done.stdout + done.stderr


def test_a_table_much_shorter_than_last_time_stops_the_run_and_the_same_again_has_nothing_to_do(tmp_path):
    assert shop_of(tmp_path, 300)[0] == 0
    code, told = shop_of(tmp_path, 300)
    assert (code, "Nothing to do" in told) == (0, True)
    code, told = shop_of(tmp_path, 100)
    assert code == 3
    assert "100 rows, -66.7% against the last run's 300; at most 50.0% either way" in told
    assert "-p data.max_row_change=0.68" in told
    assert shop_of(tmp_path, 290)[0] == 0, "which is compared with the last that succeeded"


@pytest.mark.nightly
def test_the_default_comes_near_the_best_possible(tmp_path):
    assert answer("--runs", tmp_path)["metrics"]["share_of_best_possible"] >= 0.96
