"""What a notebook glues can be read by us and by the real scrapbook library."""

import nbformat
import numpy as np
import pytest

from churn_mlops.archive.scraps import read_figures, read_metrics

GLUED = {"auc": 0.5, "rows": 7, "share": 0.25, "count": 3, "small": 0.5, "yes": True, "no": False}
EMPTY = ("nothing", "missing", "endless")

CELLS = (
    "import numpy as np\nfrom churn_mlops.archive.scraps import glue_figure, glue_metrics",
    "glue_metrics({'auc': 0.5, 'rows': 7, 'share': np.float64(0.25), 'count': np.int64(3), 'small': np.float32(0.5)})",
    "glue_metrics({'yes': True, 'no': np.bool_(False), 'nothing': None, 'missing': np.nan, 'endless': float('inf')})",
    "glue_metrics({'auc': 0.25})\nglue_metrics({'auc': 0.5})",
    "from churn_mlops import plots\nplots.use_style()\nfrom matplotlib import pyplot as plt",
    "axes = plt.figure().subplots()\nlines = axes.plot([1, 2])\nglue_figure('gain', axes)",
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The path of a notebook in which all this was glued, executed in a real kernel."""
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    path = tmp_path_factory.mktemp("scraps") / "glued.ipynb"
    nbformat.write(notebook, path)
    return path


def same(found, expected) -> bool:
    return found == expected and type(found) is type(expected)


@pytest.mark.kernel
def test_metrics_come_back_as_plain_values_and_what_is_no_number_as_null(executed):
    found = read_metrics(nbformat.read(executed, as_version=4))
    assert set(found) == {*GLUED, *EMPTY}
    assert all(same(found[name], value) for name, value in GLUED.items()), found
    assert [found[name] for name in EMPTY] == [None, None, None]


@pytest.mark.kernel
@pytest.mark.filterwarnings("ignore")
def test_scrapbook_itself_reads_the_same_metrics(executed):
    import scrapbook

    scraps = scrapbook.read_notebook(str(executed)).scraps
    theirs = {
        name: None if scrap.data == "nan" else scrap.data for name, scrap in scraps.items() if scrap.encoder == "json"
    }
    assert theirs == read_metrics(nbformat.read(executed, as_version=4))
    assert scraps["gain"].display is not None


@pytest.mark.kernel
def test_a_figure_comes_back_under_its_name_as_svg_and_is_shown_once(executed):
    notebook = nbformat.read(executed, as_version=4)
    (name, svg), *others = read_figures(notebook).items()
    assert (name, others) == ("gain", [])
    assert svg.lstrip().startswith("<?xml")
    assert "</svg>" in svg
    shown = [o for o in notebook.cells[-1].outputs if "image/svg+xml" in o.get("data", {})]
    assert len(shown) == 1


def test_an_output_of_another_kind_is_passed_over():
    cell = nbformat.v4.new_code_cell("1")
    cell.outputs = [
        nbformat.v4.new_output("stream", text="x"),
        nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>"}),
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x"), cell])
    assert (read_metrics(notebook), read_figures(notebook)) == ({}, {})


@pytest.mark.parametrize("value", ["0.5", [1], {"a": 1}, np.array([1.0, 2.0])])
def test_what_is_no_single_number_is_refused(value):
    from churn_mlops.archive.scraps import glue_metrics

    with pytest.raises((TypeError, ValueError), match="metric"):
        glue_metrics({"auc": value})
