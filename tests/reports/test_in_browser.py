"""The pages in a real browser: nothing is requested, nothing runs, nothing overflows."""

import pytest

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>window.live=1</script>",
    "<img src=x onerror='window.live=1'>",
    "<svg onload='window.live=1'></svg>",
    "<svg><script>window.live=1</script></svg>",
    "<svg><style><img src=x onerror='window.live=1'></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=window.live=1&gt;'>",
    "<iframe srcdoc='<script>parent.live=1</script>'></iframe>",
    "<iframe src='javascript:parent.live=1'></iframe>",
    "<details open ontoggle='window.live=1'>a</details>",
    "<input autofocus onfocus='window.live=1'>",
    "<video><source onerror='window.live=1'></video>",
    "<object data='data:text/html,<script>parent.live=1</script>'></object>",
    "<a href='javascript:window.live=1' class='bait'>a</a>",
    "<form action='javascript:window.live=1'><button class='bait'>a</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=window.live=1>'></noscript>",
    "</style></title></textarea><script>window.live=1</script>",
    "<base href='https://example.org/'><link rel=stylesheet href='https://example.org/a.css'>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<div style='background:url(https://example.org/a.png)'>a</div>",
]


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


@pytest.mark.parametrize("bypass_csp", [False, True])
def test_no_payload_lives_with_or_without_the_policy(make, open_page, tmp_path, bypass_csp):
    cells = []
    for payload in PAYLOADS:
        kinds = ("text/html", "text/markdown", "text/plain", "image/svg+xml", "text/latex", "application/javascript")
        cells += [make.markdown(f"## {payload}\n\n{payload}"), make.code(f"# {payload}", make.printed(payload))]
        cells[-1].outputs += [make.shown({kind: payload}) for kind in kinds]
    everything = "".join(PAYLOADS)
    manifest = make.manifest(verdict=everything, dataset=everything)
    manifest["gates"][0].update(name=everything, message=everything)
    run = make.run(tmp_path, manifest, {**make.metrics, everything: 1}, make.notebook(*cells))
    for path in (run / "index.html", run / "pages" / "03_train.html"):
        page, wrong = open_page(path, 1280, bypass_csp=bypass_csp)
        assert page.locator(".bait").count() == 0
        for link in page.locator("main a[href^=javascript]").all():
            link.click()
        assert page.evaluate("window.live") is None
        assert page.url == path.as_uri()
        assert [w for w in wrong if "example.org" in w or "script" in w.lower()] == []
