"""The page of a drill: every incident with its words, and inert whatever they are."""

import pytest

from churn_mlops.reports.drill import render_drill

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> `<b>`"
LONG = "20261128-162238-5a05bf/artifacts/" + "a" * 200 + "/model.skops: found digest " + "0" * 64


def answer(*detected, told="one\ntwo"):
    incidents = [
        {
            "key": str(number), "title": f"Incident {number}", "detected": found, "played": "A `file` was swapped.",
            "check": "verify", "after": "at once", "told": told, "command": "python pipeline.py verify", "seconds": 0.3,
        }
        for number, found in enumerate(detected)
    ]  # fmt: skip
    return {
        "schema": 1, "started": "2026-11-28T16:00:00Z", "seconds": 90.0, "incidents": incidents,
        "detected": sum(detected), "of": len(detected),
    }  # fmt: skip


def read(path, told):
    render_drill(path, told)
    return path.read_text(encoding="utf-8")


def test_the_page_says_how_many_were_detected_and_names_the_missed(tmp_path):
    html = read(tmp_path / "index.html", answer(True, False))
    assert "<h1>1 of 2 detected</h1>" in html
    assert "<strong>Missed</strong></p><p>Incident 1</p>" in html
    assert "<h3>Incident 0: detected</h3>" in html
    assert "<h3>Incident 1: missed</h3>" in html
    assert html.count(">two</p>") == 2


def test_where_all_were_detected_nothing_is_said_to_be_missed(tmp_path):
    html = read(tmp_path / "index.html", answer(True, True))
    assert "Missed" not in html
    assert "✓ all noticed" in html


def test_words_of_commands_are_text_and_nothing_else(tmp_path):
    html = read(tmp_path / "index.html", answer(True, told=HOSTILE))
    assert "<script" not in html
    assert "<img" not in html
    assert "default-src &#39;none&#39;" in html


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_fits_and_asks_nobody(tmp_path, browser, width, scheme):
    path, asked = tmp_path / "index.html", []
    render_drill(path, answer(True, False, told=f"{LONG}\n{HOSTILE}"))
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()
