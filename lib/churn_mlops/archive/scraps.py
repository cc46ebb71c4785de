"""Metrics and figures that a notebook hands on, in scrapbook's own format: the one place that knows it.

Scrapbook 0.5 is pinned and unmaintained, and importing it costs each kernel half a second, so
notebooks write its records without importing it; `scrapbook.read_notebook` reads them (tested).
"""

import math

_DATA = "application/scrapbook.scrap.json+json"


def glue_metrics(metrics: dict) -> None:
    """Hand numbers on to the run's `metrics.json`; numpy scalars become plain, NaN becomes null."""
    from IPython.display import display

    for name, value in metrics.items():
        scrap = {"name": name, "data": _plain(name, value), "encoder": "json", "version": 1}
        display({_DATA: scrap}, metadata={"scrapbook": {"name": name, "data": True, "display": False}}, raw=True)


def glue_figure(name: str, axes) -> None:
    """Show the figure of `axes` here and on the run's page, under `name`."""
    from IPython.display import display
    from matplotlib import pyplot as plt

    display(axes.figure, metadata={"scrapbook": {"name": name, "data": False, "display": True}})
    plt.close(axes.figure)


def read_metrics(notebook) -> dict:
    """The metrics that an executed notebook (an nbformat node) has glued."""
    found = (output["data"][_DATA] for output in _outputs(notebook) if _DATA in output.get("data", {}))
    return {scrap["name"]: None if scrap["data"] == "nan" else scrap["data"] for scrap in found}


def read_figures(notebook) -> dict[str, str]:
    """The figures that an executed notebook has glued: name -> SVG source."""
    figures = {}
    for output in _outputs(notebook):
        name = output.get("metadata", {}).get("scrapbook", {}).get("name")
        if name and "image/svg+xml" in output.get("data", {}):
            figures[name] = "".join(output["data"]["image/svg+xml"])
    return figures


def _outputs(notebook):
    for cell in notebook["cells"]:
        yield from cell.get("outputs", [])


def _plain(name: str, value):
    """A number as JSON has it; what is not finite goes as text, because scrapbook refuses null."""
    value = value.item() if getattr(value, "size", None) == 1 and hasattr(value, "item") else value
    if value is None:
        return "nan"
    if not isinstance(value, bool | int | float):
        raise TypeError(f"metric `{name}` is {value!r}; expected one number.")
    return "nan" if isinstance(value, float) and not math.isfinite(value) else value
