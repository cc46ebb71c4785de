"""Whatever the data hold, the pages are inert in a real browser: by sanitising alone, and again with the policy on."""

import json
import tomllib
from base64 import b64encode
from contextlib import suppress
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from nbformat import v4
from tests.reports.complete import VERSION, write_complete

from churn_mlops.reports import render_archive, render_run, render_stage
from churn_mlops.reports.card import render_card
from churn_mlops.reports.facts import Facts
from churn_mlops.reports.readiness import render_readiness

pytestmark = pytest.mark.browser

GROUPS = tomllib.loads(Path(__file__).with_name("payloads.toml").read_text(encoding="utf-8"))
PAYLOADS = [payload for group in GROUPS.values() for payload in group["payloads"]]
LIVE = [(group["inside"], payload) for group in GROUPS.values() if "inside" in group for payload in group["payloads"]]
EVERYTHING = "\n".join(PAYLOADS)

POKE, STANDING = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("poke.js", "standing.js"))


def outputs(*kinds):
    """Cells with each payload as an output of each MIME type, shown and returned in turn."""
    made = [{kind: payload, "text/plain": "fallback"} for payload in PAYLOADS for kind in kinds]
    types = ("display_data", "execute_result")
    return [code("x", v4.new_output(types[i % 2], data=data)) for i, data in enumerate(made)]


def code(source, *outputs, **metadata):
    cell = v4.new_code_cell(source, outputs=list(outputs), execution_count=1)
    cell.metadata.update(metadata)
    return cell


def printed():
    streams = [v4.new_output("stream", name=name, text=p) for p in PAYLOADS for name in ("stdout", "stderr", p)]
    plain = [v4.new_output("display_data", data={kind: p}) for p in PAYLOADS for kind in ("text/plain", "text/latex")]
    return [code("x", *streams, *plain)]


def raised():
    error = v4.new_output("error", ename=EVERYTHING, evalue=f"{EVERYTHING} Cure: {EVERYTHING}", traceback=PAYLOADS)
    return [code(EVERYTHING, error)]


def prose():
    cells = [v4.new_markdown_cell(p, attachments={p: {p: p}}) for p in PAYLOADS]
    return cells + [v4.new_markdown_cell(f"{'#' * (1 + i % 3)} {p}") for i, p in enumerate(PAYLOADS)]


def sources():
    comments = ["".join(filter(str.isprintable, p)) for p in PAYLOADS]  # others would end the line, or the parser
    declared = "\n".join(f"p{i}: str = {p!r}  # {comments[i]}" for i, p in enumerate(PAYLOADS))
    injected = "\n".join(f"p{i} = {p!r}" for i, p in enumerate(PAYLOADS))
    cells = [code(declared, tags=["parameters"]), code(injected, tags=["injected-parameters"])]
    return cells + [code(p) for p in PAYLOADS] + [v4.new_raw_cell(p) for p in PAYLOADS]


def labelled():
    """Payloads as all that a notebook says about its cells and outputs, pictures and their names above all."""
    cells = []
    for p in PAYLOADS:
        said = {"name": p, "alt": p, "caption": p, "tags": [p], "raw_mimetype": p, "page": {"heading": p}}
        for kind in ("image/png", "image/svg+xml"):
            named = {**said, "scrapbook": {"name": p, "display": True}}
            shown = [v4.new_output("display_data", data={kind: p}, metadata=m) for m in (named, said)]
            cells += [v4.new_markdown_cell("## Heading"), code("x", *shown, **said)]
            cells[-2].metadata.update(said)
    return cells


def tables():
    """Payloads as names and values of a table, as pandas shows it with and without its own escaping."""
    cells = []
    for p in PAYLOADS:
        frame = pd.DataFrame({p: [p], "n": [1]}, index=pd.Index([p], name=p)).rename_axis(columns=p)
        with pd.option_context("display.max_colwidth", None):
            shown = [frame._repr_html_(), frame.to_html(escape=False), frame[p].to_frame().T.to_html(escape=False)]
            shown += [frame.to_string(), frame.style.set_caption(p).set_table_attributes(p).to_html()]
        kinds = ["text/html"] * 3 + ["text/plain", "text/html"]
        made = [v4.new_output("display_data", data={k: text}) for k, text in zip(kinds, shown, strict=True)]
        cells.append(code("frame", *made))
    return cells


UNSHOWN = (
    "application/javascript", "text/javascript", "application/json", "application/pdf", "application/xhtml+xml",
    "application/vnd.jupyter.widget-view+json", "application/vnd.plotly.v1+json", "application/vnd.vega.v5+json",
    "application/vnd.dataresource+json", "application/vnd.bokehjs_exec.v0+json", "application/geo+json",
    "application/scrapbook.scrap.json+json", "text/vnd.mermaid", "text/xml", "video/mp4", "image/gif", EVERYTHING,
)  # fmt: skip
CHANNELS = {
    "html": lambda: outputs("text/html"),
    "markdown": lambda: outputs("text/markdown"),
    "pictures": lambda: outputs("image/svg+xml", "image/png", "image/jpeg"),
    "other types": lambda: [code("x", v4.new_output("display_data", data=dict.fromkeys(UNSHOWN, p))) for p in PAYLOADS],
    "text": printed,
    "errors": raised,
    "prose and headings": prose,
    "code and parameters": sources,
    "metadata": labelled,
    "tables": tables,
}


def poisoned(value, payload):
    """The value with the payload for every text and nothing, and as one more name of every object."""
    if isinstance(value, dict):
        value = {**value, payload: next(iter(value.values()), None)}
        return {name: poisoned(held, payload) for name, held in value.items()}
    if isinstance(value, list):
        return [poisoned(held, payload) for held in value]
    return payload if value is None or isinstance(value, str) else value


def notebook(cells):
    made = v4.new_notebook()
    made.update(cells=cells)
    made.metadata.update(title=EVERYTHING, authors=[{"name": EVERYTHING}], language_info={"name": EVERYTHING})
    return made


# As a name each must also be tried alone: an address is live only where it stands first.
NAMES = [EVERYTHING, *GROUPS["address"]["payloads"]]


@pytest.fixture(scope="module")
def pages(make, tmp_path_factory):
    """The pages of one kind, made once: one for each MIME type or other way in, or one for each name."""

    @cache
    def made(kind):
        folder = tmp_path_factory.mktemp("pages")
        if kind in CHANNELS:
            render_stage(notebook(CHANNELS[kind]()), folder / "03_train.html")
        else:
            {"stage": stage_pages, "run": run_pages, "archive": archive_page, "card": card_pages}[kind](make, folder)
        return sorted(folder.rglob("*.html"))

    return made


def stage_pages(make, folder):
    for i, name in enumerate(NAMES):
        error = poisoned(make.failed()["error"], name)
        stages = [name, str(i), name]
        render_stage(make.train(), folder / f"{i}.html", title=name, stages=stages, version=name, failed=error)


def run_pages(make, folder):
    full = {**make.manifest(), "error": make.failed()["error"]}
    for i, name in enumerate(NAMES):
        run = folder / str(i)
        for part in ("notebooks", "artifacts"):
            (run / part).mkdir(parents=True)
        if name == EVERYTHING:
            (run / "notebooks" / "03_train.ipynb").write_text(json.dumps(notebook(labelled())), encoding="utf-8")
        (run / "artifacts" / "definition.json").write_text(json.dumps({"money": {"currency": name}}))
        render_run(run, poisoned(full, name), poisoned(make.metrics, name))
        (run / "index.html").rename(run / "other.html")
        render_run(run, {**poisoned(full, name), "status": "failed"}, poisoned(make.metrics, name))


def archive_page(make, folder):
    entries = []
    for name in [EVERYTHING, *PAYLOADS]:
        manifest = {**poisoned(make.manifest(), name), "status": "succeeded"}
        entries.append({"manifest": manifest, "metrics": poisoned(make.metrics, name), "champion": True})
    render_archive(folder, entries)


def card_pages(make, folder):
    """The model card and the readiness of a run with payloads in all that it knows of the data."""
    run = folder / VERSION
    write_complete(run, EVERYTHING.encode("utf-8", "replace").decode())
    facts = Facts(run)
    render_card(facts, poisoned(render_readiness(facts), EVERYTHING))
    (run / "readiness.json").unlink()


@pytest.fixture(
    params=[pytest.param(True, id="without the policy"), pytest.param(False, id="with it", marks=pytest.mark.nightly)],
    scope="module",
)
def look(browser, request):
    """Opens a page, does to it all that a reader can do, and returns what was live: ran, was asked for, or stands."""
    context = browser.new_context(bypass_csp=request.param)
    yield watch(context)
    context.close()


def watch(context):
    """A function that visits a page and returns what was live there: pairs of the frame's name and what it did."""
    live, page = [], context.new_page()
    context.expose_binding("pwned", lambda source: live.append((place(source["frame"]), "ran")))
    context.route(lambda url: url.startswith("http"), lambda route: route.abort())
    context.on("dialog", lambda dialog: (live.append(("", dialog.message)), dialog.dismiss()))
    context.on("console", lambda m: live.append(("", m.text)) if m.type in ("error", "warning") else None)
    context.on("weberror", lambda error: live.append(("", str(error.error))))
    context.on("request", lambda request: live.append((place(request.frame), request.url)))
    context.on("page", lambda popup: live.append(("", f"opened {popup.url}")))

    def visit(path):
        live.clear()
        page.goto(path.as_uri())
        for frame in [page.main_frame, *page.main_frame.child_frames]:
            with_luck(frame.evaluate, POKE)
        page.wait_for_timeout(100)
        live.extend(("", what) for what in page.evaluate(STANDING))
        live.append(("", page.url))
        return [(frame, what) for frame, what in live if what != path.as_uri() and not what.startswith("data:")]

    return visit


def place(frame) -> str:
    """The name of the frame, or of the one around it that stands in the page itself; the page has none."""
    while frame.parent_frame and frame.parent_frame.parent_frame:
        frame = frame.parent_frame
    return frame.name


def with_luck(do, *args):
    """A frame that is live may leave while it is looked at."""
    from playwright.sync_api import Error

    with suppress(Error):
        do(*args)


def careless(inside, payload):
    """The page of someone who trusts the data."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    if inside == "MARKDOWN":
        return markdown2html_mistune(payload)
    return inside.replace("PAYLOAD", payload).replace("BASE64", b64encode(payload.encode()).decode())


def test_the_payloads_are_live_on_careless_pages(browser, tmp_path):
    for i, (inside, payload) in enumerate(LIVE):
        html = f"<!DOCTYPE html><meta charset=utf-8>{careless(inside, payload)}"
        (tmp_path / f"{i}.html").write_text(html, encoding="utf-8")
    frames = "".join(f'<iframe name="{i}" src="{i}.html"></iframe>' for i in range(len(LIVE)))
    (tmp_path / "all.html").write_text(frames, encoding="utf-8")
    with browser.new_context() as context:
        seen = {frame for frame, what in watch(context)(tmp_path / "all.html") if what == "ran" or "pwned.inv" in what}
    dormant = [payload for i, (_, payload) in enumerate(LIVE) if str(i) not in seen]
    assert len(LIVE) > 120
    assert len(dormant) < len(LIVE) / 20, dormant


@pytest.mark.parametrize("kind", [*CHANNELS, "stage", "run", "archive", "card"])
def test_no_payload_is_live_on_any_page(look, pages, kind):
    assert [(path.name, live) for path in pages(kind) if (live := look(path))] == []
