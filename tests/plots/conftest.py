import matplotlib as mpl
import pytest

mpl.use("agg")


@pytest.fixture(autouse=True)
def house_style():
    """Each test draws in the house style and leaves no figure behind."""
    import pandas as pd
    from matplotlib import pyplot as plt

    from churn_mlops import plots

    with plt.rc_context(), pd.option_context("display.max_colwidth", 50, "display.float_format", None):
        plots.use_style()
        yield
    plt.close("all")


@pytest.fixture(scope="session")
def words():
    """The words that stand in a figure, beside its axes' names."""
    return lambda ax: [text.get_text() for axes in ax.figure.axes for text in axes.texts]
