"""The page of a replay: what to do first, every policy, every change, and inert whatever stands in it."""

import re

import pytest
from tests.replays import RISE, make_replay

from churn_mlops.reports import render_archive
from churn_mlops.reports.replay import newest_replay, text, write_page
from churn_mlops.reports.replay.words import recommendation

pytestmark = pytest.mark.slow

ID = "20261128-191500-abc123"


@pytest.fixture(scope="module")
def runs(tmp_path_factory, played, write):
    runs = tmp_path_factory.mktemp("replayed")
    write(runs / "replays" / ID, *played)
    assert write_page(runs / "replays" / ID) == runs / "replays" / ID / "index.html"
    return runs


@pytest.fixture(scope="module")
def html(runs):
    return (runs / "replays" / ID / "index.html").read_text(encoding="utf-8")


def rows_of(html, name):
    table = re.search(f'aria-label="{name}"><table.*?</table>', html, re.DOTALL)[0]
    return re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]


def test_the_recommendation_comes_first_then_the_toml_then_the_figures(html, played):
    said = html.index("Train a new model when what has changed may cost too much")
    toml = html.index(f'<pre class="text take" tabindex="0">{played[0]["policies"]["estimated loss"]["toml"]}</pre>')
    assert said < toml < html.index("<figure") < html.index("Every policy</h2>")
    assert len(re.findall(r'<img src="data:image/svg\+xml;base64,', html)) == 2


def test_every_policy_has_its_row_the_recommended_first(html):
    rows = rows_of(html, "Every policy")
    assert [re.search(r'scope="row">([a-z ]+?) ?<', row)[1] for row in rows] == [
        *("estimated loss", "monthly", "quarterly", "drift", "own", "never")
    ]
    assert "★ recommended" in rows[0]
    assert "earned most" in rows[1]
    assert "1 without a change" in rows[1]
    assert "within chance" in rows[3]
    assert "badge" not in rows[5]


def test_every_change_says_when_it_was_noticed_and_every_season_whether_it_was_alarmed(html):
    rows = rows_of(html, "What was noticed")
    assert [re.search(r'scope="row">([^<]+)<', row)[1] for row in rows] == [
        *("price rise", "broken feed", "seasonal dip, time 2", "seasonal dip, time 3")
    ]
    assert rows[0].count("✓ 30 days") == 6
    assert rows[2].count("✓ quiet") == 6


def test_the_criteria_stand_with_their_numbers(html):
    rows = rows_of(html, "Criteria")
    assert len(rows) == 7
    assert all("✓ yes" in row for row in rows)
    assert "3 of 24" in rows[1]


def test_it_is_the_same_page_again(html, tmp_path, played, write):
    write(tmp_path / ID, *played)
    assert write_page(tmp_path / ID).read_text(encoding="utf-8") == html


HOSTILE = "<script>alert(1)</script>$x_{$ `"


def test_whatever_stands_in_names_is_shown_and_does_nothing(tmp_path, write, make):
    changes = [RISE | {"what": HOSTILE}, {**RISE, "month": "2025-11-01", "real": False, "what": HOSTILE * 9}]
    replay, gains = make_replay(policies={"never": (), HOSTILE: (3,)}, changes=changes, customers=60, alerts={})
    replay |= {"dataset": HOSTILE, "currency": "$ <b>", "made": HOSTILE}
    replay["policies"][HOSTILE]["toml"] = HOSTILE
    comparison = write(tmp_path / "a<b", replay, gains)
    html = write_page(tmp_path / "a<b").read_text(encoding="utf-8")
    assert make.live(html) == []
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert HOSTILE in text(replay, comparison)


@pytest.mark.parametrize("known", [0, 1])
def test_a_replay_with_little_or_no_truth_says_so(known, tmp_path, write):
    replay, gains = make_replay(count=3, customers=40)
    for policy in replay["policies"].values():
        for row in policy["months"][known:]:
            row["profit"] = None
    gains = gains[gains["month"] < replay["months"][known]]
    comparison = write(tmp_path, replay, gains)
    html = write_page(tmp_path).read_text(encoding="utf-8")
    assert ("Nothing can be recommended yet" in html) == (known == 0)
    assert html.count("<figure") == 1 + known
    assert f"{3 - known} of 3 months have no truth yet" in html
    assert recommendation(comparison)[0] in text(replay, comparison)


def test_a_policy_alone_and_what_no_month_knows_are_drawn_all_the_same(tmp_path, write):
    replay, gains = make_replay(policies={"mine": (2,)}, changes=[], count=4, customers=40)
    for row in replay["policies"]["mine"]["months"]:
        row.update(drift=None, roc_auc=None, champion=None, alerts=[])
    write(tmp_path, replay, gains)
    html = write_page(tmp_path).read_text(encoding="utf-8")
    assert "Train a new model by the rules of “mine”" in html
    assert "What was noticed" not in html
    assert "Criteria" not in html


def test_where_nobody_has_told_what_changed_the_page_says_so_and_calls_no_alert_false(tmp_path, write):
    replay, gains = make_replay(customers=40, policies={"never": (), "drift": (3,)})
    comparison = write(tmp_path, replay | {"changes": None}, gains)
    html = write_page(tmp_path).read_text(encoding="utf-8")
    assert "what has changed is not known" in html
    assert "[[replay.changes]]" in html
    assert "without a change" not in html
    assert text(replay, comparison)


def test_what_trainings_cost_is_said(tmp_path, write):
    replay, gains = make_replay()
    write(tmp_path, replay | {"retraining_cost": 100.0}, gains)
    html = write_page(tmp_path).read_text(encoding="utf-8")
    assert "after the cost of training (€100 each time)" in html
    assert "Profit after trainings" in html
    assert "A training costs nothing here" not in html


def test_the_page_over_all_runs_links_to_the_newest_replay_that_has_a_page(runs, make):
    (runs / "replays" / "20300101-000000-torn").mkdir()
    (runs / "replays" / "20300101-000000-torn" / "comparison.json").write_text("{")
    render_archive(runs, [{"manifest": make.manifest(), "metrics": make.metrics, "champion": True}])
    html = (runs / "index.html").read_text(encoding="utf-8")
    assert f'href="replays/{ID}/index.html"' in html
    assert "Train a new model when what has changed" in html


def test_without_a_replay_the_page_over_all_runs_has_no_such_part(tmp_path, make):
    assert newest_replay(tmp_path) is None
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": make.metrics, "champion": True}])
    assert "replay" not in (tmp_path / "index.html").read_text(encoding="utf-8").partition("<main")[2]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_stands_alone_and_fits_and_a_click_selects_the_toml(browser, runs, played, width, scheme):
    page, wrong = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme), []
    page.on("console", lambda m: wrong.append(m.text))
    page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.goto((runs / "replays" / ID / "index.html").as_uri())
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth)")
    page.locator("pre.take").first.click()
    chosen = page.evaluate("getSelection().toString().trim()")
    assert chosen == played[0]["policies"]["estimated loss"]["toml"].strip()
    page.close()
