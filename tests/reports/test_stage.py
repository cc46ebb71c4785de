import re
import subprocess
import sys

import nbformat
import pytest

from churn_mlops.reports import render_not_run
from churn_mlops.reports.cells import LARGEST_HTML, LARGEST_TEXT, SHOWN
from churn_mlops.reports.page import TEMPLATES, policy


def test_code_is_folded_away_and_the_parameters_are_a_table(make, stage_page):
    html = stage_page(make.train())
    assert html.count('<details class="code"><summary>Show code') == 6
    assert '<td><code>4</code><span class="note">set by this run; declared <code>5</code>' in html
    assert "rows at most; text with a second = in it" in html
    assert "# Parameters" not in html


def test_the_headings_make_the_table_of_contents(make, stage_page):
    html = stage_page(make.train())
    for anchor in ("What-we-learn-from", "Calibration", "What-we-learn-from-2"):
        assert html.count(f'href="#{anchor}"') == 2  # in the sidebar and in the phone's fold
        assert html.count(f'<h2 id="{anchor}">') == 1


def test_neighbours_and_the_run_are_linked(make, stage_page):
    html = stage_page(make.train())
    assert 'href="02_features.html" rel="prev"' in html
    assert 'href="04_evaluate.html" rel="next"' in html
    assert "Stage 3 of 4" in html
    assert "7 of 7 cells ran · 12 s ·" in html
    assert "7 of 7 cells ran · 3.0 s ·" in stage_page(make.train(), seconds=3.0)


def test_a_page_is_true_in_every_run_that_reuses_it(make, stage_page):
    html = stage_page(make.train())
    assert '<a href="../index.html">This run</a>' in html
    assert "executed in run <code>20261123-224600-3f2a91</code>" in html
    assert "3f2a91</a>" not in html  # no link that leads to this run is called by the name of another


def test_links_of_notebooks_lead_to_pages_and_dead_ones_lose_their_address(make, stage_page):
    html = stage_page(make.train())
    assert '<a href="04_evaluate.html" rel="noreferrer">04</a>' in html
    assert "<a>code</a>" in html


def test_figures_are_images_that_say_what_they_show(make, stage_page):
    html = stage_page(make.train())
    assert 'alt="Predicted risk against the share who left' in html
    assert html.count("data:image/svg+xml;base64,") == 2  # the figure and the icon of the page
    assert "<path d=" not in html


def test_output_is_plain_and_scraps_are_not_shown(make, stage_page):
    html = stage_page(make.train())
    assert "100% done\n</pre>" in html
    assert "10%" not in html.replace("100%", "")
    assert "scrapbook" not in html
    assert "\x1b" not in html
    assert ".dataframe" not in html


def test_a_notebook_can_be_given_by_path(make, stage_page, tmp_path):
    nbformat.write(make.train(), tmp_path / "a.ipynb")
    assert stage_page(tmp_path / "a.ipynb") == stage_page(make.train())


def test_the_same_notebook_gives_the_same_bytes_and_is_left_as_it_was(make, stage_page):
    notebook = make.train()
    before = nbformat.writes(notebook)
    assert stage_page(notebook) == stage_page(notebook)
    assert nbformat.writes(notebook) == before


def test_a_failed_cell_is_marked_and_those_after_it_never_ran(make, stage_page):
    html = stage_page(make.train(failing=True), failed={"stage": "03_train", "cell": None})
    assert '<a href="#cell-5">code cell 5 of 7</a>' in html
    assert re.findall(r'<section class="cell ([\w-]+)" id="cell-(\d)"', html)[-3:] == [
        ("failed", "5"),
        ("not-run", "6"),
        ("not-run", "7"),
    ]
    assert "----&gt; 1 compare(models)" in html
    assert "<strong>What to do</strong> Lengthen the horizon." in html


def test_a_dead_kernel_is_shown_at_the_cell_that_the_runner_names(make, stage_page):
    notebook = make.train()
    for cell in notebook.cells[7:]:
        if cell.cell_type == "code":
            cell.update(execution_count=None, outputs=[])
    failed = {"stage": "03_train", "cell": 5, "kind": "KernelDied", "message": "The kernel died.", "traceback": ""}
    html = stage_page(notebook, failed=failed)
    assert html.count("✗ this cell failed") == 1
    assert html.count("The kernel died.") == 2  # on top and at the cell
    assert html.count(">not run</span>") == 2


def test_a_failure_that_no_cell_stands_for_is_still_said(make, stage_page):
    failed = {"stage": "03_train", "cell": None, "kind": "Incomplete", "message": "model.skops was not written."}
    html = stage_page(make.train(), failed=failed)
    assert "model.skops was not written." in html
    assert "✗ failed" in html


def test_the_page_of_a_failure_says_how_to_look_closer(make, stage_page):
    failed = {"stage": "03_train", "cell": 5, "kind": "Boom", "message": "`x` is odd", "exit_code": 1}
    html = stage_page(make.train(failing=True), failed=failed)
    assert "python pipeline.py debug 20261123-224600-3f2a91" in html
    html = stage_page(make.train(), failed={**failed, "kind": "Interrupted", "exit_code": 130})
    assert "■ interrupted" in html
    assert "<code>x</code> is odd" in html
    assert "pipeline.py debug" not in html


@pytest.mark.parametrize(
    ("shown", "made"),
    [
        ("'it earned <b> & more'", '<p class="said">it earned &lt;b&gt; &amp; more</p>'),
        ("'d9c12da6d015'", '<p class="said"><code>d9c12da6d015</code></p>'),
        (
            "{'rows': 24081, 'rate': 0.03241}",
            "<div><dt>rows</dt><dd>24,081</dd></div><div><dt>rate</dt><dd>0.03241</dd>",
        ),
        ("[1, 2]", '<pre class="text" tabindex="0">[1, 2]</pre>'),
    ],
)
def test_a_plain_result_reads_as_prose(make, stage_page, shown, made):
    assert made in stage_page(make.notebook(make.code("x", make.shown({"text/plain": shown}))))


def test_stages_that_did_not_run_have_a_page_that_says_why(make, tmp_path):
    manifest, run, notebooks = make.failed(), tmp_path / "run", tmp_path / "notebooks"
    notebooks.mkdir()
    nbformat.write(make.train(), notebooks / "04_evaluate.ipynb")  # with results of an earlier execution in it
    hidden = []
    render_not_run(run, manifest, notebooks, hidden.append)
    assert [path.name for path in (run / "pages").iterdir()] == ["04_evaluate.html"]
    assert len(hidden) == 1
    html = (run / "pages" / "04_evaluate.html").read_text(encoding="utf-8")
    assert "This stage has not run" in html
    assert "03 Train failed before it could start." in html
    assert "✓ succeeded" not in html
    assert "<figure" not in html
    assert "../notebooks/" not in html  # the run has no notebook of it
    assert 'href="03_train.html" rel="prev"' in html


def test_papermills_own_error_cells_are_left_out(make, stage_page):
    banner = make.markdown("<span>An Exception was encountered</span>", metadata={"tags": ["papermill-error-cell-tag"]})
    assert "An Exception" not in stage_page(make.notebook(banner, make.code("1")))


def test_a_page_stays_small_whatever_is_put_out(make, stage_page):
    cells = [
        make.code("a", make.printed("x" * LARGEST_TEXT * 9)),
        make.code("b", make.shown({"text/html": "<p>y</p>" * LARGEST_HTML, "text/plain": "instead"})),
        make.code("c", make.shown({"text/plain": "z" * LARGEST_TEXT * 9})),
    ]
    html = stage_page(make.notebook(*cells))
    assert len(html) < 100_000
    assert "160,000 more characters" in html
    assert "instead" in html


@pytest.mark.parametrize(
    "data",
    [
        {"application/javascript": "live()"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "live"}},
        {"text/vnd.mermaid": "live"},
        {"application/pdf": "live"},
        {"text/html": "<script>live()</script>"},
    ],
)
def test_what_could_only_run_is_not_shown(make, stage_page, data):
    assert "live" not in stage_page(make.notebook(make.code("1", make.shown(data))))


def test_a_picture_that_is_none_gives_way_to_its_text(make, stage_page):
    for data in ("not base64!", "", "AAA", "ünï"):
        html = stage_page(make.notebook(make.code("1", make.shown({"image/png": data, "text/plain": "instead"}))))
        assert "instead" in html
        assert "<img" not in html
    assert '<img src="data:image/png;base64,AAAA"' in stage_page(
        make.notebook(make.code("1", make.shown({"image/png": "AA\nAA\n"})))
    )


def test_text_that_names_a_missing_attachment_is_shown_as_it_is(make, stage_page):
    text = "see ![a](attachment:none.png)"
    html = stage_page(make.notebook(make.markdown(text), make.code("1", make.shown({"text/markdown": text}))))
    assert html.count(f"<pre>{text}</pre>") == 2


HOSTILE = "</title></style></details><script>live()</script><img src=x onerror=live()>\"'\ud800\0"


def test_hostile_text_is_inert_wherever_a_notebook_can_hold_it(make, stage_page):
    error = nbformat.v4.new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[HOSTILE])
    shown = [make.shown({kind: HOSTILE}, name=HOSTILE) for kind in SHOWN]
    alt = make.shown({"image/png": "AAAA"})
    alt.metadata["alt"] = HOSTILE
    cells = [
        make.markdown(f"# {HOSTILE}\n\n## {HOSTILE}\n\n[{HOSTILE}](javascript:live()) ![x](https://example.org/x.png)"),
        make.code(f"a: str = {HOSTILE!r}  # {HOSTILE[:-1]}", tags=["parameters", HOSTILE]),
        make.code("1", *shown, alt, make.printed(HOSTILE), make.printed(HOSTILE, "stderr")),
        make.code(f"# {HOSTILE}", error),
    ]
    cells[2]["id"] = "x"
    notebook = make.notebook(*cells)
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": HOSTILE}}
    failed = {"stage": HOSTILE, "cell": 3, "kind": HOSTILE, "message": HOSTILE, "traceback": HOSTILE, "cure": HOSTILE}
    html = stage_page(notebook, title=HOSTILE, version=HOSTILE, stages=[HOSTILE, "03_train"], failed=failed)
    assert "<script" not in html
    assert "example.org" not in html
    assert make.live(html) == []
    assert html.count("<style>") == html.count("</style>") == html.count("</title>") == 1


def test_every_page_carries_the_policy_and_no_script(runs):
    pages = sorted(runs.rglob("*.html"))
    assert len(pages) == 7
    rules = policy((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    assert "unsafe" not in rules
    for path in pages:
        html = path.read_text(encoding="utf-8")
        assert html.startswith("<!DOCTYPE html>")
        assert f'<meta http-equiv="Content-Security-Policy" content="{rules.replace(chr(39), "&#39;")}">' in html
        assert "<script" not in html
        addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
        outside = [a for a in addresses if ":" in a and not a.startswith("data:image/")]
        assert set(outside) <= {"https://example.org"}  # a link in the notebook's own prose


def test_importing_the_reports_is_cheap():
    heavy = "{'nbconvert', 'nbformat', 'jinja2', 'bleach', 'pandas', 'matplotlib', 'pygments'}"
    code = f"import sys, churn_mlops.reports; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
