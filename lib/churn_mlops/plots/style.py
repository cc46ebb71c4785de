"""The house style.

Colours are those of Okabe and Ito (2008), told apart by colour-blind readers: blue is the model, orange what
needs attention, grey what it is compared with.
"""

from matplotlib import pyplot as plt

BLUE, ORANGE, GREY, INK, PALE = "#0072B2", "#D55E00", "#7A828C", "#23272E", "#E4E7EB"
WIDTH = 7.2  # inches; what a report's column shows at full size
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": GREY,
    "axes.labelsize": 9.5,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 96,
    "font.size": 9.5,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",  # letters as shapes: the same look where the font is missing
    "svg.hashsalt": "churn-mlops",  # the same names within the file each time
    "text.color": INK,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "xtick.major.pad": 6,
    "xtick.major.size": 0,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
}
FALLEN = "\N{MINUS SIGN}"


def use_style() -> None:
    """Set the house style of figures and tables; in a notebook also SVG, without a date: equal data, equal bytes."""
    plt.rcParams.update(STYLE)
    _style_tables()
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def _style_tables() -> None:
    """Tables show whole sentences, and of a number what can be read at a glance."""
    import pandas as pd

    pd.set_option("display.max_colwidth", None)
    pd.set_option("display.float_format", as_number)


def as_number(value: float) -> str:
    """Four digits, or all those before the point of a larger number."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
