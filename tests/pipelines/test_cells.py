"""A notebook executed by our client holds what it holds when papermill and nbclient execute it by themselves."""

import json
from pathlib import Path

import nbformat
import papermill
import pytest

from churn_mlops.pipelines.execution import execute
from churn_mlops.pipelines.stage import Stage

pytestmark = pytest.mark.kernel

CELLS = {
    "imports": "import sys, threading, time\nimport matplotlib.pyplot as plt\nimport pandas as pd\n"
    "from IPython.display import HTML, JSON, Image, clear_output, display, update_display",
    "a result": "x + 1",
    "no result": "x;",
    "a table": "pd.DataFrame({'a': [1, 2], 'b': ['<i>', None]})",
    "two streams": "print('out')\nsys.stdout.flush()\nprint('err', file=sys.stderr)",
    "a stream in pieces": "for n in range(3):\n    print(n)\n    sys.stdout.flush()\n    time.sleep(0.1)",
    "a stream that goes back": "print('10%\\r20%\\rdone\\x08\\x08', end='')",
    "much": "print('x' * 300_000)\nfor n in range(300):\n    display(n)",
    "a figure": "plt.rcParams['svg.hashsalt'] = 'same'\nplt.plot([1, 3, 2]);",
    "several kinds": "display({'text/html': '<b>a</b>', 'own/kind': 'c'}, raw=True, metadata={'m': 1})",
    "bytes": "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(50), format='png')",
    "a display with a name": "one = display('first', display_id='one')",
    "the same name again": "display('second', display_id='one')\nHTML('<p>')",
    "both updated from a later cell": "update_display(HTML('<b>new</b>'), display_id='one')",
    "an update of nothing": "update_display(1, display_id='nothing')",
    "cleared at once": "print('gone')\nclear_output()\nprint('stays')",
    "cleared by the next": "print('gone')\ndisplay(1)\nclear_output(wait=True)\ndisplay(2)",
    "cleared by nothing": "print('stays')\nclear_output(wait=True)",
    "cleared after its name was used": "display(3, display_id='two')\nclear_output()\ndisplay(4)",
    "the name after that": "update_display(5, display_id='two')",
    "a warning": "import warnings\nwarnings.warn_explicit('careful', UserWarning, 'cell', 1)",
    "a comment": "# nothing to execute",
    "nothing": "  \n",
    "an error that is meant": "raise ValueError('meant')",
    "magics": "%precision 3\n0.123456",
    "the shell": "!echo from the shell",
    "await": "import asyncio\nawait asyncio.sleep(0.01, 'slept')",
    "a widget": "from comm import create_comm\nstate = {'_model_name': 'M', '_model_module': 'm', 'v': 1}\n"
    "c = create_comm(target_name='jupyter.widget', comm_id='w', data={'state': state})\nc.send({'state': {'v': 2}})",
    "a thread that prints too late": "t = threading.Timer(0.2, print, ['late'])\nt.start()",
    "the cell in which it does": "t.join()\nprint('own')",
    "standard input": "try:\n    input()\nexcept Exception as error:\n    print(type(error).__name__)",
    "a mistake that is meant": "1 +",
    "the last expression is nothing": "None",
}
THEIRS = {"kernel_name": "python3", "language": "python", "progress_bar": False}
MEANT = ("an error that is meant", "a mistake that is meant")


@pytest.fixture
def path(tmp_path, notebook) -> Path:
    """A notebook of all these cells."""
    made = notebook(tmp_path / "01_all.ipynb", "x: int = 1", *CELLS.values())
    written = json.loads(made.read_text())
    code = [cell for cell in written["cells"] if cell["cell_type"] == "code"]
    for cell, name in zip(code[1:], CELLS, strict=True):
        cell["metadata"]["tags"] = ["raises-exception"] * (name in MEANT)
    made.write_text(json.dumps(written))
    return made


def without_times(node) -> dict:
    """A notebook without what no two executions share."""
    node = json.loads(nbformat.writes(node))
    for part in (node, *node["cells"]):
        part["metadata"] = {k: v for k, v in part["metadata"].items() if k not in ("papermill", "execution")}
        part.pop("id", None)
    return node


def test_every_kind_of_output_is_what_nbclient_makes_of_it(path, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "matplotlib"))  # or it warns where there is no home
    monkeypatch.chdir(tmp_path)
    with pytest.raises(papermill.PapermillExecutionError):  # for the error that is meant, and after the last cell
        papermill.execute_notebook(path, tmp_path / "theirs.ipynb", {"x": 2}, **THEIRS)
    theirs = without_times(nbformat.read(tmp_path / "theirs.ipynb", as_version=4))
    ours = without_times(execute(Stage("01_all"), path, tmp_path, {"x": 2}, 60).notebook)
    for own, other in zip(ours["cells"], theirs["cells"], strict=True):
        assert own == other
    assert ours == theirs
    assert "widgets" in ours["metadata"]
    assert sum(bool(cell.get("execution_count")) for cell in ours["cells"]) == len(CELLS) + 1  # all but the empty one
