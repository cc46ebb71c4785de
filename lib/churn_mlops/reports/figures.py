"""The figures that notebooks have glued: their order on the run's page, and a line that says how to read each."""

from base64 import b64encode
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.scraps import read_figures
from churn_mlops.errors import UnreadableFile

CAPTIONS = {
    "profit": "Expected profit, by where the line between contacting and leaving alone is drawn.",
    "gains": "What the model earns more than contacting nobody, everybody, or as many customers drawn by lot.",
    "sensitivity": "How wrong value, cost and success rate may be before the model's choice no longer earns most.",
    "reliability": "Predicted risk against the share who left: on the diagonal, of those at 20% risk 1 in 5 leaves.",
    "gain": "Share of all leavers found when the riskiest customers are contacted first.",
    "importance": "What the model relies on: how much worse it ranks customers without each feature.",
    "effects": "The columns that move the score most: what each of their values adds to the log-odds of leaving.",
    "slices": "The same model in each part of the customer base: does it hold everywhere?",
    "groups": "Of all, of those who left and of those who stayed: how many of each group of people are contacted.",
    "trials": "What the search tried, in order, and what each brought; what is far behind stands at the lower edge.",
    "candidates": "The models tried in training, by cross-validation.",
    "scores": "Predicted risk of the customers scored in this run.",
    "breakdown": "Why the customer at the top of the list stands there, from the average customer to the score.",
    "outcomes": "How many customers left in each period; the months to come are predicted from these.",
    "split": "Which months the model learns from, and which are kept to judge it by.",
    "threshold": "Profit seen in training, from which the line between contacting and leaving alone was chosen.",
    "drift": "How far inputs and scores have moved from the reference.",
    "performance": "Realised performance, where enough time has passed to know who left.",
    "profile": "The data at a glance.",
}


def caption(name: str) -> str:
    """How to read a figure, in one line; for a figure that is not known here its name in plain words."""
    return CAPTIONS.get(name) or f"{str(name).replace('_', ' ').capitalize()}."


def svg_address(svg: str) -> str:
    """An SVG as the address of an image: what stands in an image cannot run, whatever it holds."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode("utf-8", "replace")).decode("ascii")


def run_figures(notebooks: Path) -> list[dict]:
    """The glued figures of all executed notebooks of a run, the main ones first: name, caption, stage, address."""
    found = {}
    for path in sorted(Path(notebooks).glob("*.ipynb")):
        for name, svg in _figures(path).items():
            found[name] = {
                "name": name, "caption": caption(name), "stage": path.stem, "address": svg_address(svg)
            }  # fmt: skip
    order = list(CAPTIONS)
    return sorted(found.values(), key=lambda f: order.index(f["name"]) if f["name"] in order else len(order))


def _figures(path: Path) -> dict[str, str]:
    """The figures of one notebook; none where the notebook of a failed run cannot be read."""
    try:
        return read_figures(read_json(path))
    except (UnreadableFile, KeyError, TypeError):
        return {}
