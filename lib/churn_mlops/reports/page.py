"""What every page shares: the templates, the one stylesheet, and the rule that a page runs and loads nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.reports import formats

TEMPLATES = Path(str(files("churn_mlops.reports") / "templates"))


def render(template: str, **values) -> str:
    """A page from one of the templates; every value is escaped unless it is `Markup` made here."""
    return load(template).render(**values)


def load(template: str):
    """A template, compiled when it is first asked for."""
    return _environment().get_template(template)


@cache
def _environment():
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.ChainableUndefined, trim_blocks=True, lstrip_blocks=True
    )
    prepare(environment)
    return environment


def prepare(environment) -> None:
    """Give a jinja environment what the shared templates use: formats as filters, policy and style as globals."""
    from markupsafe import Markup

    for name in (
        "number",
        "money",
        "share",
        "duration",
        "moment",
        "size",
        "stage_title",
        "segment",
        "ticked",
        "points",
    ):
        environment.filters[name] = getattr(formats, name)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    environment.globals.update(policy=policy(style), style=Markup(style))


def policy(style: str) -> str:
    """The Content-Security-Policy of a page: nothing runs, nothing loads but images in the file and this one style."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def write(path: Path, html: str) -> None:
    """Put a page in place by one rename; what no encoding can hold (half a surrogate pair) becomes `?`."""
    write_text(Path(path), html.encode("utf-8", "replace").decode("utf-8"))
