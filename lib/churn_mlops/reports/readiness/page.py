"""The readiness of a run, for machines and as a page: every test with its points, its evidence, and what is missing."""

from churn_mlops.archive.files import write_json
from churn_mlops.reports import page
from churn_mlops.reports.facts import Facts, covered
from churn_mlops.reports.formats import points, segment
from churn_mlops.reports.readiness.scoring import score

JSON, HTML = "readiness.json", "readiness.html"


def render_readiness(facts: Facts, hide=str) -> dict:
    """Write readiness.json and readiness.html into the run's folder; returns what the first holds.

    `hide` takes secrets out of a text.
    """
    readiness = covered(score(facts), hide)
    write_json(facts.run / JSON, readiness)
    sections = [
        {**section, "tests": [_shown(test, facts) for test in section["tests"]]} for section in readiness["sections"]
    ]
    version = facts.manifest.get("version") or facts.run.name
    html = page.render("readiness.html.j2", readiness=readiness, sections=sections, version=version)
    page.write(facts.run / HTML, html)
    return readiness


def _shown(test: dict, facts: Facts) -> dict:
    kind, sign = {0: ("soft", "○"), 1: ("good", "●")}.get(test["score"], ("warn", "◐"))
    evidence = [{**proof, "links": [_link(name, facts) for name in proof["files"]]} for proof in test["evidence"]]
    return {**test, "kind": kind, "sign": f"{sign} {points(test['score'])}", "evidence": evidence}


def _link(name: str, facts: Facts) -> dict:
    """A file as it is named, and where it is best read: of a notebook that is its page."""
    stage = name.removeprefix("notebooks/").removesuffix(".ipynb")
    read = f"pages/{stage}.html" if name.startswith("notebooks/") else name
    there = read if (facts.run / read).is_file() else name
    return {"name": name.rpartition("/")[2], "href": "/".join(map(segment, there.split("/")))}
