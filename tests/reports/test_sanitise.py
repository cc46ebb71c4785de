import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.reports.sanitise import plain, safe_html

PAYLOADS = [
    "<script>live()</script>",
    "<scr<script></script>ipt>live()</scr</script>ipt>",
    "<img src=x onerror=live()>",
    "<svg onload=live()><script>live()</script></svg>",
    "<svg><style><img src=x onerror=live()></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=live()>",
    "<iframe srcdoc='<script>live()</script>'></iframe>",
    "<a href='javascript:live()'>click</a>",
    "<a href='java\tscript:live()'>click</a>",
    "<a href='data:text/html,<script>live()</script>'>click</a>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<img src='https://example.org/pixel.png'>",
    "<table background='//x' onmouseover=live()><tr><td style='background:url(//x)'>a</td></tr></table>",
    "<form action='//x'><button formaction='javascript:live()'>a</button></form>",
    "<object data='//x'></object><embed src='//x'><base href='//x'><link rel=stylesheet href='//x'>",
    "<meta http-equiv=refresh content='0;url=//x'>",
    "<details open ontoggle=live()>a</details>",
    "<noscript><p title='</noscript><img src=x onerror=live()>'></noscript>",
    "<title><img src=x onerror=live()></title><textarea><img src=x onerror=live()></textarea>",
    "<!--><img src=x onerror=live()>-->",
    "<input autofocus onfocus=live()><video><source onerror=live()></video><body onload=live()>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_keeps_anything_live(payload):
    html = safe_html(f"before {payload} after").lower()
    tags = [f"<{tag}" for tag in ("script", "svg", "iframe", "form", "object", "base", "link", "meta", "input")]
    live = ["onerror=", "onload=", "onmouseover=", "javascript:", "//x", "//example", "style=", *tags]
    assert [word for word in live if word in html] == []


@given(st.text(alphabet="<>/'\"= abcimgscriptonerror!-&;x\0", max_size=60))
def test_no_text_makes_a_tag_that_is_not_allowed(text):
    html = safe_html(text)
    assert "<script" not in html.lower()
    assert "<img onerror" not in html.lower()


@pytest.mark.parametrize(
    "html",
    [
        "<p>a <b>bold</b> &amp; <code>x &lt; y</code></p>",
        '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        '<img src="data:image/png;base64,AAAA" alt="a chart">',
        "<details><summary>more</summary>text</details>",
    ],
)
def test_what_is_allowed_stays_as_it_is(html):
    assert safe_html(html) == html


def test_the_text_of_styles_and_scripts_goes_with_them():
    assert safe_html("<style>.a { color: red }</style><p>kept</p><script>x</script>") == "<p>kept</p>"


def test_a_link_goes_where_the_resolver_says_or_loses_its_address():
    html = safe_html('<a href="a">1</a><a href="b">2</a>', lambda href: "a.html" if href == "a" else None)
    assert html == '<a href="a.html" rel="noreferrer">1</a><a>2</a>'


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("a\0b\x08c\td", "abc\td"),
        (["in ", "parts"], "in parts"),
    ],
)
def test_plain_text_is_what_a_terminal_would_leave_standing(text, stays):
    assert plain(text) == stays
