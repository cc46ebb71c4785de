"""What the first figure costs, paid once in the process that kernels are forked from instead of in each of them."""

import io
from functools import cache

from matplotlib.figure import Figure


@cache
def draw_once() -> None:
    """Draw a figure to nowhere: the first one finds the fonts and fills caches, which takes 0.15 s."""
    axes = Figure(layout="constrained").subplots()
    axes.set_title("0")
    axes.figure.savefig(io.BytesIO(), format="svg")
