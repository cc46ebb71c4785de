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


def test_a_column_with_sentences_wraps_and_one_with_long_words_does_not():
    html = align(table(("x" * 60, "a sentence of more than forty letters, as messages are"), ("y", "short")))
    assert html.count('class="w"') == 3
    assert '<th class="w">share</th>' in html


def test_the_cells_of_an_authors_table_carry_the_names_of_their_columns():
    written = '<table><thead><tr><th>Reads</th><th>A &amp; "B"</th></tr></thead><tr><td>x</td><td>y</td></tr></table>'
    html = tidy_tables(written, named=True)
    assert '<table class="stack">' in html
    assert '<td data-label="Reads"><div>x</div></td><td data-label="A &amp; &quot;B&quot;"><div>y</div></td>' in html
    assert "data-label" not in tidy_tables(written)
    assert "data-label" not in tidy_tables(table(("a", "1")), named=True)  # a column without a name


def test_a_table_without_rows_says_so():
    assert '<td class="soft" colspan="3">no rows</td>' in tidy_tables(f"<table>{HEAD}<tbody>\n</tbody></table>")


def test_a_broad_table_says_how_much_of_it_paper_holds():
    heads, cells = "<th>a</th>" * 30, "<td>1</td>" * 30
    html = tidy_tables(f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>")
    assert '<table class="broad"><caption class="printed">The first 8 of 30 columns.</caption>' in html
    assert "caption" not in tidy_tables(table(("a", "1")))
