"""The pages in a real browser: nothing is requested, nothing overflows, links lead where they say."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(browser):
    """Opens a page and returns it with what went wrong: console errors, and requests for anything but itself."""
    contexts = {}

    def visit(path, width, **options):
        key = (width, *options.items())
        if key not in contexts:
            contexts[key] = browser.new_context(viewport={"width": width, "height": 800}, **options)
        page, wrong = contexts[key].new_page(), []
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("dialog", lambda d: (wrong.append(d.message), d.dismiss()))
        address = path.as_uri()
        page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:")) else None)
        page.goto(address)
        return page, wrong

    yield visit
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_page_stands_alone_and_fits(runs, open_page, width, scheme):
    for path in sorted(runs.rglob("*.html")):
        page, wrong = open_page(path, width, color_scheme=scheme)
        assert wrong == [], path
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
        assert page.evaluate(broken) == 0, path


def test_every_page_fits_on_paper(runs, open_page):
    for path in sorted(runs.rglob("*.html")):
        page, _ = open_page(path, 700)
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        cut = "[...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth + 1).length"
        assert page.evaluate(cut) == 0, path


def test_on_a_phone_figures_keep_their_letters_and_are_moved_within_their_card(runs, open_page):
    page, _ = open_page(runs / "20261123-224600-3f2a91" / "pages" / "03_train.html", 390)
    assert page.locator("figure img").first.bounding_box()["width"] > 500  # of the 533 that it was drawn for
    assert page.locator("figure .pan").first.bounding_box()["width"] < 390


def test_code_unfolds_and_contents_lead_to_their_heading(runs, open_page):
    page, _ = open_page(runs / "20261123-224600-3f2a91" / "pages" / "03_train.html", 1280)
    code = page.locator("details.code pre").nth(1)
    assert not code.is_visible()
    page.locator("details.code summary").nth(1).click()
    assert code.is_visible()
    page.locator("nav.toc a", has_text="Calibration").click()
    assert page.evaluate("document.querySelector('#Calibration').getBoundingClientRect().top") < 400


def test_the_contents_are_a_sidebar_on_a_desk_and_a_fold_on_a_phone(runs, open_page):
    path = runs / "20261123-224600-3f2a91" / "pages" / "03_train.html"
    for width, sidebar in ((1280, True), (390, False)):
        page, _ = open_page(path, width)
        assert page.locator("nav.toc").is_visible() == sidebar
        assert page.locator("details.toc-fold").is_visible() != sidebar


def test_links_lead_from_all_runs_to_a_stage_and_back(runs, open_page):
    page, _ = open_page(runs / "index.html", 1280)
    page.locator("table.archive a").last.click()
    page.locator("table.stages a").first.click()
    assert page.locator("h1").inner_text() == "03 Train"
    page.locator("nav.crumbs a").first.click()
    assert page.url == (runs / "index.html").as_uri()


def test_code_is_left_out_in_print(runs, open_page):
    page, _ = open_page(runs / "20261123-224600-3f2a91" / "pages" / "03_train.html", 800)
    page.emulate_media(media="print")
    assert not page.locator("details.code").first.is_visible()
    assert not page.locator("nav.turn").is_visible()
    assert page.locator("figure img").first.is_visible()
