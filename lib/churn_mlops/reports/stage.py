"""The page of one stage: its executed notebook, as prose, tables and figures, with the code folded away."""

from functools import cache
from pathlib import Path

from churn_mlops.reports import page
from churn_mlops.reports.cells import SHOWN, clip, prepare_cells, without_results
from churn_mlops.reports.declared import parameter_rows
from churn_mlops.reports.figures import svg_address
from churn_mlops.reports.prose import Contents, render_markdown, render_output
from churn_mlops.reports.sanitise import plain, safe_html
from churn_mlops.reports.stages import why_not_run
from churn_mlops.reports.tables import tidy_tables
from churn_mlops.reports.verdicts import STOPPED


def render_stage(
    notebook,
    out: Path,
    *,
    title: str = "",
    stages=(),
    version: str = "",
    seconds: float | None = None,
    failed: dict | None = None,
    not_run: str = "",
) -> None:
    """Write the page of an executed notebook (an nbformat node or its path) to `out`.

    `out` is `pages/<stage>.html` of a run. `stages` are the names of the run's stages that have a page, in
    order; neighbours of this one are linked. `seconds` is how long the stage took, where the notebook does not
    say so itself. `failed` is the manifest's `error` when it happened here. `not_run` says why the notebook, then
    one without outputs, has not been executed.

    The page is true in every run that reuses this result: it names the run that executed the stage, `version`,
    and leads to the run that it is looked at in.
    """
    notebook, out, stages = _read(notebook), Path(out), list(stages)
    contents, pages = Contents(), frozenset(stages)
    cells = prepare_cells(notebook, failed)
    for cell in cells.cells:
        if cell.cell_type == "markdown":
            cell.source = render_markdown(cell.source, contents, pages, cell.get("attachments"))
    facts = {
        **_summary(cells, notebook, contents),
        **_neighbours(out.stem, stages),
        "name": out.stem,
        "title": title,
        "version": version,
        "seconds": seconds if seconds is not None else notebook.metadata.get("papermill", {}).get("duration"),
        "parameters": parameter_rows(notebook.cells),
        "failed": failed,
        "stopped": (failed or {}).get("exit_code") in STOPPED,
        "not_run": not_run,
    }
    html, _ = _exporter().from_notebook_node(cells, resources={"stage": facts})
    page.write(out, html)


def render_not_run(run: Path, manifest: dict, notebooks: Path, hide=lambda notebook: None) -> None:
    """Write into the folder `run` a page for each stage that has not run, so that no link of its neighbours is dead.

    Made from the notebooks as they are written, in the folder `notebooks`; one that is not there has no page.
    `hide` takes what must not be archived out of a notebook, in place.
    """
    import nbformat

    names = [stage["name"] for stage in manifest["stages"]]
    for stage in (s for s in manifest["stages"] if s["status"] == "not run"):
        source = Path(notebooks) / f"{stage['name']}.ipynb"
        if source.is_file():
            notebook = without_results(nbformat.read(source, as_version=4))
            hide(notebook)
            page = Path(run) / "pages" / f"{stage['name']}.html"
            render_stage(notebook, page, stages=names, version=manifest["version"], not_run=why_not_run(manifest))


def warm_up() -> None:
    """Make what every page of a run needs, while there is time: nbconvert's modules and the compiled templates."""
    _exporter().template  # noqa: B018 compiled when first asked for
    for name in ("run.html.j2", "archive.html.j2", "card.html.j2", "readiness.html.j2"):
        page.load(name)


def _read(notebook):
    if isinstance(notebook, str | Path):
        import nbformat

        return nbformat.read(notebook, as_version=4)
    return notebook


def _summary(shown, notebook, contents: Contents) -> dict:
    """What stands above the page: headings, how much ran, the cell that failed."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    views = [cell.metadata["page"] for cell in shown.cells if cell.cell_type == "code"]
    return {
        "contents": [entry for entry in contents.entries if entry["level"] == 2],
        "has_heading": any(entry["level"] == 1 for entry in contents.entries),
        "cells": len(code),
        "cells_run": sum(bool(cell.execution_count) for cell in code),
        "broken": next((view for view in views if view["state"] == "failed"), None),
    }


def _neighbours(name: str, stages: list[str]) -> dict:
    if name not in stages:
        return {"position": None, "count": len(stages), "before": None, "after": None}
    at = stages.index(name)
    before, after = stages[at - 1] if at else None, stages[at + 1] if at + 1 < len(stages) else None
    return {"position": at + 1, "count": len(stages), "before": before, "after": after}


@cache
def _exporter():
    """An nbconvert exporter with our template, in which every value is escaped unless a filter here made it safe."""
    from nbconvert.exporters.templateexporter import TemplateExporter

    exporter = TemplateExporter(
        file_extension=".html",
        template_name="stage",
        extra_template_basedirs=[str(page.TEMPLATES)],
        extra_template_paths=[str(page.TEMPLATES)],
        default_preprocessors=[],
        config=_display_order(),
    )
    exporter.environment.autoescape = True
    page.prepare(exporter.environment)
    exporter.environment.filters.update(_filters())
    return exporter


def _display_order():
    from traitlets.config import Config

    return Config({"NbConvertBase": {"display_data_priority": list(SHOWN)}})


def _filters() -> dict:
    """The filters that turn what a notebook holds into what a page may hold."""
    from markupsafe import Markup

    def marked(make):
        return lambda value: Markup(make("".join(value)))

    return {
        "ready": Markup,
        "safe_table": marked(lambda html: tidy_tables(safe_html(html)).strip()),
        "safe_markdown": marked(render_output),
        "code": marked(_highlight),
        "plain_text": lambda text: clip(plain(text)),
        "svg_address": lambda svg: svg_address("".join(svg)),
        "base64_only": filter_base64,
    }


def filter_base64(text: str) -> str:
    """The text without whatever base64 does not use."""
    return "".join(c for c in "".join(text) if c.isascii() and (c.isalnum() or c in "+/="))


def _highlight(source: str) -> str:
    """Python source as spans with short class names, which the stylesheet colours."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(plain(source), PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()
