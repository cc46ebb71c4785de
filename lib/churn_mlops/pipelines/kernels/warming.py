"""What the first use of a library costs, paid once in the template instead of in every kernel."""

import io
import sys


def draw_once() -> None:
    """Draw a figure to nowhere where matplotlib is loaded: the first one finds the fonts and fills caches, 0.15 s."""
    if "matplotlib" not in sys.modules:
        return
    from matplotlib.figure import Figure

    axes = Figure(layout="constrained").subplots()
    axes.set_title("0")
    axes.figure.savefig(io.BytesIO(), format="svg")
