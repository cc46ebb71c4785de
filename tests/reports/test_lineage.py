"""The drawing of the lineage in a run's page: complete, inert, and readable on a phone."""

import re
from itertools import pairwise

import pytest
from tests.pipelines.lineage.conftest import VERSION, make_manifest

from churn_mlops.archive.files import write_json, write_text
from churn_mlops.reports import render_run
from churn_mlops.reports.lineage import draw_lineage

METRICS = {"features": 30, "train_rows": 122047, "roc_auc": 0.884, "scored_rows": 10291}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / VERSION
    write_json(folder / "artifacts" / "example.json", {"digest": "3" * 64})
    write_text(folder / "pages" / "03_train.html", "")
    return folder


def drawn(run, manifest, metrics=METRICS):
    render_run(run, manifest, metrics)
    html = (run / "index.html").read_text(encoding="utf-8")
    return html[html.index('<h2 id="lineage">') : html.index('<h2 id="stages">')]


def test_four_boxes_stand_in_a_row_with_the_stages_between_them(run):
    flow = draw_lineage(run, make_manifest(), METRICS)["flow"]
    assert [(node["kind"], node["value"], node["digest"][0]) for node in flow] == [
        ("Data", "shop.csv", "e"),
        ("Features", "30 columns", "2"),
        ("Model", "boosted", "3"),
        ("Predictions", "10,291 customers", "4"),
    ]
    assert [[stage["title"] for stage in node["by"]] for node in flow] == [
        [], ["01 Data", "02 Features"], ["03 Train"], ["05 Deploy"],
    ]  # fmt: skip
    assert flow[3]["says"] == "by this model"


def test_the_page_shows_them_with_links_to_pages_that_are_there(run):
    html = drawn(run, make_manifest())
    assert re.findall(r'<p class="kind">(\w+)</p>', html) == ["Data", "Features", "Model", "Predictions"]
    assert re.findall(r'href="([^"]+)"', html) == ["pages/03_train.html"] * 2
    assert "1 Jan 2025 to 31 Oct 2026, 900 rows" in html
    assert '<code>model.skops</code> <code class="soft">333333333333</code>' in html


def test_a_list_made_by_the_champion_is_told_so(run):
    write_json(run / "artifacts" / "example.json", {"digest": "0" * 64})
    write_json(run / "artifacts" / "promotion.json", {"promoted": False, "champion_before": "20261101-000000-aaaaaa"})
    assert "by the champion of 20261101-000000-aaaaaa, not by this model" in drawn(run, make_manifest())


def test_of_a_run_without_these_things_only_the_files_are_listed(run):
    manifest = make_manifest()
    manifest["stages"] = manifest["stages"][:1]
    html = drawn(run, manifest)
    assert '<ol class="flow">' not in html
    assert "tables/rows.parquet" in html


def test_a_run_without_stages_has_no_lineage(run):
    render_run(run, make_manifest(stages=[]), {})
    assert 'id="lineage"' not in (run / "index.html").read_text(encoding="utf-8")


def test_hostile_names_are_inert(run):
    bad = "\"'></p><script>live()</script>"
    manifest = make_manifest(data={"source": bad, "version": bad, "oldest": bad, "newest": bad, "rows": bad})
    manifest["stages"][0]["outputs"] = {bad: bad}
    html = drawn(run, manifest | {"model": {"name": bad, "digest": bad}}, METRICS | {"features": bad})
    assert "<script" not in html
    assert "&lt;script&gt;live()" in html


@pytest.mark.browser
@pytest.mark.parametrize(("width", "below"), [(1280, False), (960, False), (880, True), (390, True), (320, True)])
def test_boxes_stand_side_by_side_or_on_a_phone_below_one_another_and_nothing_sticks_out(run, browser, width, below):
    drawn(run, make_manifest(data=make_manifest()["data"] | {"source": "a_rather_long_name_of_a_file_with_data.csv"}))
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((run / "index.html").as_uri())
    boxes = page.locator(".node").evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for one, next_one in pairwise(boxes):
        assert next_one["top"] >= one["bottom"] if below else next_one["left"] >= one["right"]
    assert all(box["width"] > 100 for box in boxes)
    page.close()
