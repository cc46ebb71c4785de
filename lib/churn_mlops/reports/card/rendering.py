"""Writes the model card into the run's folder, in both forms."""

from churn_mlops.archive.files import write_text
from churn_mlops.reports import page
from churn_mlops.reports.card.content import make_card
from churn_mlops.reports.card.markdown import as_markdown
from churn_mlops.reports.facts import Facts, covered

HTML, MARKDOWN = "model_card.html", "model_card.md"


def render_card(facts: Facts, readiness: dict | None = None, hide=str) -> None:
    """Write model_card.html and model_card.md of the run, with the score of its `readiness` where that is known.

    `hide` takes secrets out of a text.
    """
    card = covered(make_card(facts, readiness), hide)
    page.write(facts.run / HTML, page.render("card.html.j2", card=card))
    write_text(facts.run / MARKDOWN, as_markdown(card).encode("utf-8", "replace").decode("utf-8"))
