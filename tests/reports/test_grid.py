"""The page of a grid: every setting, the best marked, and inert whatever stands in it."""

import re

import pytest

from churn_mlops.reports import render_archive, render_grid

ID = "20261124-142030-bf4d0d"


def setting(number, profit=None, seed=0, **changes):
    metrics = {} if profit is None else {
        "profit": profit, "profit_low": profit - 100, "profit_high": profit + 100, "roc_auc": 0.8 + number / 100,
        "roc_auc_low": 0.7, "roc_auc_high": 0.9, "champion_profit": 1200,
    }  # fmt: skip
    given = {
        "number": number, "parameters": {"train.seed": seed}, "status": "succeeded", "version": f"2026-{number}",
        "verdict": "", "seconds": 3.0, "error": None, "metrics": metrics,
    }  # fmt: skip
    return {**given, **changes}


def make_grid(*settings, **changes):
    given = {
        "schema": 1, "grid": ID, "dataset": "shop", "started": "2026-11-24T14:20:30Z", "seconds": 65.0, "jobs": 2,
        "finished": "2026-11-24T14:22:30Z", "varied": ["train.seed"], "settings": list(settings), "best": 2,
        "status": "failed", "command": "python pipeline.py -p train.seed=2",
    }  # fmt: skip
    return {**given, **changes}


FAILED = setting(3, status="failed", error={"kind": "ValueError", "message": "no luck\nmore"}, version=None, seed=3)
GRID = make_grid(setting(1, 1000, seed=1), setting(2, 1150.0, seed=2), FAILED)


def read(runs):
    return (runs / "grids" / ID / "index.html").read_text(encoding="utf-8")


def publish(runs, *versions):
    for version in versions:
        (runs / version).mkdir()
        (runs / version / "index.html").write_text("")


@pytest.fixture
def html(tmp_path):
    publish(tmp_path, "2026-1", "2026-2")
    render_grid(tmp_path, GRID)
    return read(tmp_path)


def test_a_run_that_was_removed_keeps_its_figures_and_has_no_link(tmp_path):
    publish(tmp_path, "2026-1")
    render_grid(tmp_path, GRID)
    rows = re.findall(r"<tr.*?</tr>", read(tmp_path), re.DOTALL)[1:]
    assert [re.findall(r'href="([^"]+)"', row) for row in rows] == [["../../2026-1/index.html"], [], []]
    assert "€1,150" in rows[1]
    assert '2026-2</code> <span class="soft">removed' in rows[1]
    assert "Its run was removed." in read(tmp_path)


def test_every_setting_has_its_row_with_a_link_to_its_run(html):
    rows = re.findall(r"<tr.*?</tr>", html, re.DOTALL)[1:]
    assert [re.findall(r'href="([^"]+)"', row) for row in rows] == [
        *(["../../2026-1/index.html"], ["../../2026-2/index.html"], []),
    ]
    assert ["★ best" in row for row in rows] == [False, True, False]
    assert "€1,150" in rows[1]
    assert "€1,050 to €1,250" in rows[1]
    assert "no luck" in rows[2]
    assert "more" not in rows[2]


def test_it_tells_the_command_for_the_best_and_how_sure_that_is(html):
    assert "python pipeline.py -p train.seed=2" in html
    assert "1 of 1 other interval overlaps with its own" in html
    assert "2 succeeded, 1 failed" in html


def test_a_best_that_stands_alone_is_told_so(tmp_path):
    render_grid(tmp_path, make_grid(setting(1, 1000), setting(2, 9000)))
    assert "No other interval reaches up to its own." in read(tmp_path)


def test_each_drawing_has_a_point_a_setting_and_a_line_for_the_champion(html):
    profit = re.findall(r"<svg viewBox.*?</svg>", html, re.DOTALL)[0]
    assert profit.count('class="dot"') == profit.count('class="crown"') == profit.count('class="cross"') == 1
    assert profit.count('class="limit"') == 1
    assert "2: train.seed = 2: €1,150, best" in profit


def test_without_any_result_the_page_stands_all_the_same(tmp_path):
    render_grid(tmp_path, make_grid(FAILED, best=None, command=None))
    assert "No setting has come to a result." in read(tmp_path)
    assert "<svg viewBox" not in read(tmp_path)


def test_the_index_of_all_runs_leads_to_it_and_draws_no_experiments(make, tmp_path):
    entries = [
        {"manifest": make.manifest("20261123-000000-000000", alerts=[]), "metrics": make.metrics, "champion": True},
        {"manifest": {**make.failed(), "experiment": True}, "metrics": {}, "champion": False},
    ]
    render_archive(tmp_path, entries, [GRID])
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'href="grids/{ID}/index.html"' in html
    assert "train.seed = 2" in html
    assert 'class="cross"' not in html  # the failed experiment is none of the runs that are drawn


def hostile():
    bad = "\"'></title></style><script>live()</script><img src=x onerror=live()>"
    error = {"kind": bad, "message": bad, "exit_code": 1}
    wrong = setting(1, parameters={f"train.{bad}": bad}, version=bad, status=bad, error=error, verdict=bad)
    metrics = {"profit": 5, "profit_low": bad, "profit_high": bad, "roc_auc": bad, "champion_profit": bad}
    fine = setting(2, parameters={f"train.{bad}": bad}, metrics=metrics, version=bad)
    told = dict.fromkeys(("dataset", "started", "status", "finished", "command", "seconds"), bad)
    return make_grid(wrong, fine, varied=[f"train.{bad}"], **told)


def test_hostile_text_is_inert(make, tmp_path):
    render_grid(tmp_path, hostile())
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": {}, "champion": False}], [hostile()])
    for html in (read(tmp_path), (tmp_path / "index.html").read_text(encoding="utf-8")):
        assert "&lt;script&gt;live()" in html
        assert make.live(html) == []


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("grid", [GRID, hostile()], ids=["plain", "hostile"])
def test_it_opens_in_a_browser_with_nothing_amiss(browser, tmp_path, grid, width, scheme):
    render_grid(tmp_path, grid)
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    wrong = []
    page.on("console", lambda m: wrong.append(m.text))
    page.on("dialog", lambda d: (wrong.append(d.message), d.dismiss()))
    page.goto((tmp_path / "grids" / ID / "index.html").as_uri())
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.locator("table.settings tbody tr").count() == len(grid["settings"])
    page.close()
