import pandas as pd
import pytest

from churn_mlops import plots
from churn_mlops.plots.style import BLUE, ORANGE


def effects_of(*names, bands=2):
    rows = [
        {
            "column": name,
            "label": f"{name} in $ or $",
            "kind": "number",
            "band": f"{band} to ${band + 1}",
            "position": band,
            "rows": 10 * (band + 1),
            "effect": band - 0.5,
            "effect_low": band - 0.7,
            "effect_high": band - 0.3,
            "strength": 1.0,
        }
        for name in names
        for band in range(bands)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("columns", "panels"), [("a", 1), ("ab", 2), ("abc", 3), ("abcdefgh", 6)])
def test_each_of_the_strongest_columns_has_a_panel_on_one_scale(columns, panels):
    axes = plots.effects(effects_of(*columns)).figure.axes
    assert len(axes) == panels
    assert len({ax.get_xlim() for ax in axes}) == 1
    assert [ax.get_title(loc="left")[0] for ax in axes] == list(columns)[:6]
    assert all(ax.get_xlabel() for ax in axes)


def test_the_first_band_is_at_the_top_and_signs_of_the_data_are_not_taken_for_mathematics():
    ax = plots.effects(effects_of("a", bands=3))
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"2 to \$3", r"1 to \$2", r"0 to \$1"]
    ax.figure.canvas.draw()


def test_columns_that_add_nothing_are_drawn_too():
    flat = effects_of("a").assign(effect=0.0, effect_low=0.0, effect_high=0.0)
    assert plots.effects(flat).has_data()


def test_a_customers_bars_lead_from_the_average_to_the_score():
    table = pd.DataFrame(
        {
            "what": ["average customer", "x" * 300, "tenure is high", "all other columns"],
            "contribution": [-2.0, 3.0, -1.0, 0.0],
            "log_odds": [-2.0, 1.0, 0.0, 0.0],
            "probability": [0.119, 0.731, 0.5, 0.5],
        }
    )
    ax = plots.breakdown(table)
    bars = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert bars == [(-2.0, 3.0), (1.0, -1.0), (0.0, 0.0)]
    assert [bar.get_facecolor() for bar in ax.patches[:2]] == [rgba(ORANGE), rgba(BLUE)]
    assert {text.get_text() for text in ax.texts} >= {"11.9%", "50.0%", "+3.00", "\N{MINUS SIGN}1.00"}
    assert max(len(label.get_text()) for label in ax.get_yticklabels()) <= 70


def rgba(colour: str):
    from matplotlib.colors import to_rgba

    return to_rgba(colour)
