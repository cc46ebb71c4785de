"""Stand-in until the real figures are here."""
from matplotlib import pyplot as plt


def use_style():
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    set_matplotlib_formats("svg")


def _stub(*args, **kwargs):
    figure, ax = plt.subplots()
    ax.plot([0, 1])
    return ax


outcomes = split = candidates = profit = reliability = gain = slices = importance = scores = drift = performance = _stub
