import re
from html import unescape

import pytest
from tests.registry.published import serve

from churn_mlops.pipelines.following import draw_index
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.pipelines.status.text import status_blocks
from churn_mlops.reports import render_archive


def read(runs):
    return (runs / "index.html").read_text(encoding="utf-8")


def test_runs_stand_newest_first_with_their_links(runs):
    rows = re.findall(r'<th scope="row"><a href="([^"]+)/index.html">', read(runs))
    assert rows == ["20261125-080000-c0ffee", "20261124-080000-77aa10", "20261123-224600-3f2a91"]


def test_the_champion_is_named_once_in_the_table_and_on_top(runs):
    html = read(runs)
    assert html.count("★ champion") == 1
    assert "Champion · simulator" in html
    assert html.count('class="crown"') == 2  # in the course of each metric


def block(name="simulator", state="in order", said="all well", href=None, command="python pipeline.py", reason="due"):
    line = {"label": "Last run", "said": said, "href": href}
    asked = "2026-11-25T08:00:00Z"
    return {
        "name": name,
        "state": state,
        "alerts": 0,
        "lines": [line],
        "next": {"command": command, "reason": reason},
        "asked": asked,
    }


@pytest.mark.parametrize(
    ("state", "kind", "badge"),
    [("in order", "good", "✓ in order<"), ("stale", "warn", "! stale"), ("broken", "bad", "✗ broken")],
)
def test_the_status_stands_on_top_with_what_to_do_and_links(make, tmp_path, state, kind, badge):
    status = [block(state=state, href="20261123-224600-3f2a91/index.html", command="python pipeline.py audit")]
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": {}}], status=status)
    html = read(tmp_path)
    top = html[html.index("<main") : html.index('aria-label="Champions"')]
    assert f'class="notice status {kind}"' in top
    assert badge in top
    assert '<dt>Last run</dt><dd><a href="20261123-224600-3f2a91/index.html">all well</a></dd>' in top
    assert '<code class="command">python pipeline.py audit</code>' in top
    assert "As it was on 25 Nov 2026, 08:00 UTC." in top


def test_while_an_alert_is_open_what_is_in_order_is_not_green(make, tmp_path):
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": {}}], status=[block() | {"alerts": 2}])
    assert '<span class="badge warn">✓ in order, 2 alerts open</span>' in read(tmp_path)


def test_what_the_runner_draws_on_top_is_what_the_command_says(tmp_path, monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", "Ann & Co <ann@shop.example>")
    serve(tmp_path, b"one", started="2026-11-23T22:46:00Z", finished="2026-11-23T22:46:00Z", seconds=1.0)
    draw_index(tmp_path)
    html = unescape(read(tmp_path))
    (told,) = status_blocks(describe_status(tmp_path))
    assert told["lines"][2]["said"].startswith("run by Ann <ann@shop.example>; promoted by Ann & Co <ann@shop.example>")
    for line in told["lines"]:
        assert f"<dt>{line['label']}</dt>" in html
        assert line["said"] in html
    assert told["next"]["command"] in html


def test_runs_that_did_not_do_all_are_called_so(make, tmp_path):
    interrupted, part = make.failed(), make.manifest("20261126-000000-aaaaaa", alerts=None, retraining=None)
    interrupted["error"]["exit_code"] = 143
    part["stages"][3]["status"] = "not run"
    render_archive(tmp_path, [{"manifest": interrupted, "metrics": {}}, {"manifest": part, "metrics": {}}])
    html = read(tmp_path)
    assert "✓ in part" in html
    assert "■ interrupted" in html
    assert html.count('class="cross"') == 0


def test_each_dataset_has_a_course_of_its_own(make, tmp_path):
    entries = [
        {"manifest": make.manifest(f"2026112{i}-000000-000000", dataset=name), "metrics": make.metrics}
        for i, name in enumerate(["telco", "simulator", "telco"])
    ]
    render_archive(tmp_path, entries)
    html = read(tmp_path)
    assert re.findall(r"<h2>(\w+)</h2>", html)[-2:] == ["telco", "simulator"]
    assert html.count("<svg viewBox") == 4


def test_an_empty_archive_says_how_to_fill_it(tmp_path):
    render_archive(tmp_path / "runs", [])
    assert "No run yet" in read(tmp_path / "runs")
    assert "python pipeline.py" in read(tmp_path / "runs")


def test_a_page_is_replaced_whole(make, tmp_path):
    render_archive(tmp_path, [])
    render_archive(tmp_path, [{"manifest": make.manifest(), "metrics": {}, "champion": True}])
    assert "No run yet" not in read(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_hostile_text_is_inert_in_the_archive(make, tmp_path):
    bad = "\"'></title><script>live()</script>"
    manifest = make.manifest(dataset=bad, verdict=bad, started=bad, status=bad, data={"newest": bad})
    manifest["alerts"][0]["name"] = bad
    metrics = {**make.metrics, "profit": bad, "roc_auc_low": bad}
    status = [block(bad, said=bad, href="x/index.html", command=bad, reason=bad)]
    render_archive(tmp_path, [{"manifest": manifest, "metrics": metrics, "champion": True}], status=status)
    html = read(tmp_path)
    assert "&lt;script&gt;live()" in html
    assert make.live(html) == []
    assert "<script" not in html
