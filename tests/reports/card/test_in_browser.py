"""The model card and the readiness in a real browser: nothing is requested, and they fit a desk, a phone and paper."""

import pytest
from tests.reports.complete import VERSION, write_complete

from churn_mlops.reports.card import render_card
from churn_mlops.reports.facts import Facts
from churn_mlops.reports.readiness import render_readiness

pytestmark = pytest.mark.browser
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module", params=["", "_long_" * 20], ids=["short names", "long names"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / VERSION
    write_complete(folder, request.param)
    facts = Facts(folder)
    render_card(facts, render_readiness(facts))
    return folder


@pytest.mark.parametrize(
    ("width", "scheme", "media"), [(1280, "light", "screen"), (390, "dark", "screen"), (700, "light", "print")]
)
def test_each_page_stands_alone_and_fits(browser, run, width, scheme, media):
    for name in ("model_card.html", "readiness.html"):
        page, wrong = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme), []
        address = (run / name).as_uri()
        page.on("console", lambda m, wrong=wrong: wrong.append(m.text))
        page.on(
            "request",
            lambda r, wrong=wrong, a=address: wrong.append(r.url) if not r.url.startswith((a, "data:")) else None,
        )
        page.goto(address)
        page.emulate_media(media=media)
        assert page.evaluate(OVERFLOW) <= 0, name
        assert wrong == []
        page.close()


def test_the_columns_unfold_and_the_contents_lead_to_their_section(browser, run):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((run / "model_card.html").as_uri())
    columns = page.locator("details.fold", has_text="columns that the model reads").locator("table")
    assert not columns.first.is_visible()
    page.locator("details.fold summary", has_text="columns that the model reads").click()
    assert columns.first.is_visible()
    page.locator("nav.toc a", has_text="Limits").click()
    assert page.evaluate("document.querySelector('#limits').getBoundingClientRect().top") < 400
    page.close()
