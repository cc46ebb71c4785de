import pytest

from churn_mlops.reports.tables import align, tidy_tables

HEAD = "<thead><tr><th></th><th>name</th><th>share</th></tr></thead>"


def table(*rows):
    body = "".join(f"<tr><th>{i}</th><td>{a}</td><td>{b}</td></tr>" for i, (a, b) in enumerate(rows))
    return f"<table>{HEAD}<tbody>{body}</tbody></table>"


@pytest.mark.parametrize(
    ("values", "numeric"),
    [
        (["1.5", "-2"], True),
        (["1,234", "NaN"], True),
        (["1e-05", "€12"], True),
        (["12%", "4.1×"], True),
        (["1", "two"], False),
        (["2026-06-30", "2026-07-31"], False),
        (["", ""], False),
        (["v1.2", "3"], False),
    ],
)
def test_a_column_of_numbers_is_set_to_the_right(values, numeric):
    html = align(table(*(("a", value) for value in values)))
    assert ('<th class="n">share</th>' in html) == numeric
    assert "<th>name</th>" in html


def test_a_table_with_merged_cells_stays_as_it_is():
    html = '<table><tr><th colspan="2">a</th></tr><tr><td>1</td><td>2</td></tr></table>'
    assert align(html) == html


def test_every_table_scrolls_in_a_box_of_its_own():
    html = tidy_tables(f"<p>a</p>{table(('a', '1'))}<p>b</p>{table(('b', '2'))}")
    assert html.count('<div class="scroll"') == html.count("</table></div>") == 2
