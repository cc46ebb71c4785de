import pytest

from churn_mlops.reports.declared import parameter_rows

DECLARED = """\"\"\"What a cell may hold besides.\"\"\"
folds: int = 5  # parts of the data
rate: float | None = None  # a second = in the comment
names: list = ["a#b",
    "c"]  # two lines
plain = 1"""


def cells(declared, injected=None):
    made = [{"source": declared, "metadata": {"tags": ["parameters"]}}]
    if injected is not None:
        made.append({"source": injected, "metadata": {"tags": ["injected-parameters"]}})
    return made


def test_each_parameter_has_its_value_and_meaning():
    rows = {row["name"]: (row["value"], row["meaning"], row["set"]) for row in parameter_rows(cells(DECLARED))}
    assert rows == {
        "folds": ("5", "parts of the data", False),
        "rate": ("None", "a second = in the comment", False),
        "names": ("['a#b', 'c']", "two lines", False),
        "plain": ("1", "", False),
    }


def test_what_the_run_set_stands_beside_what_was_declared():
    rows = parameter_rows(cells(DECLARED, "# Parameters\nfolds = 3\n"))
    assert [(row["value"], row["default"]) for row in rows if row["set"]] == [("3", "5")]


def test_a_value_that_the_run_gave_as_it_was_declared_is_none_that_it_set():
    assert not any(row["set"] for row in parameter_rows(cells("data: str = ''", 'data = ""')))


def test_a_parameter_that_was_never_declared_is_shown_too():
    rows = parameter_rows(cells("folds: int = 5", "folds = 5\nfoldz = 3"))
    assert [(row["name"], row["default"]) for row in rows] == [("folds", "5"), ("foldz", None)]


@pytest.mark.parametrize("source", ["folds: int = ", "x = '''", "\0", ""])
def test_a_cell_that_cannot_be_read_gives_no_table(source):
    assert parameter_rows(cells(source)) == []
