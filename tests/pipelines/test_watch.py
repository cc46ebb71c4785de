"""What a cell opens is seen as it opens it, told with the cell, and keeps the stage from being reused."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace

import nbformat
import pytest

from churn_mlops.archive.versions import versions
from churn_mlops.pipelines.kernels import watch

pytestmark = pytest.mark.kernel

PREPARE = """
import os, sys
from churn_mlops.pipelines.kernels import watch
os.chdir(sys.argv[1] + "/root")
watch.install(sys.argv[1] + "/log", sys.argv[1] + "/root")
"""
SEEN = {
    "open": ("open('a.csv')", [("read", "a.csv")]),
    "a path": ("import pathlib; pathlib.Path('a.csv').read_text()", [("read", "a.csv")]),
    "bytes": ("open(b'a.csv')", [("read", "a.csv")]),
    "a way around": ("open('folder/../a.csv')", [("read", "a.csv")]),
    "after going elsewhere": ("os.chdir('folder'); open('../a.csv')", [("read", "a.csv")]),
    "a link": ("open('link.csv')", [("read", "a.csv")]),
    "a link from outside": ("open('../link.csv')", [("read", "a.csv")]),
    "a link to the outside": ("open('out.csv')", [("read", "out.csv")]),
    "twice": ("open('a.csv'); open('./a.csv')", [("read", "a.csv")]),
    "a descriptor": ("f = open('a.csv'); open(f.fileno(), closefd=False)", [("read", "a.csv")]),
    "os.open": ("os.open('a.csv', os.O_RDONLY)", [("read", "a.csv")]),
    "what is not there": ("try: open('b.csv')\nexcept OSError: pass", [("read", "b.csv")]),
    "writing": ("open('b.csv', 'w')", [("write", "b.csv")]),
    "adding": ("open('a.csv', 'a')", [("write", "a.csv")]),
    "changing": ("open('a.csv', 'r+')", [("read", "a.csv"), ("write", "a.csv")]),
    "renaming": ("os.replace('a.csv', 'b.csv')", [("write", "b.csv")]),
    "linking": ("os.link('a.csv', 'b.csv')", [("read", "a.csv"), ("write", "b.csv")]),
    "a database": ("import sqlite3; sqlite3.connect('file:a.db?mode=rwc', uri=True)", [("read", "a.db")]),
    "a database in memory": ("import sqlite3; sqlite3.connect(':memory:')", []),
    "an import": ("import helper", [("read", "helper.py")]),
    "pandas": ("import pandas as pd; pd.read_csv('a.csv')", [("read", "a.csv")]),
    "Parquet": ("import pandas as pd; pd.read_parquet('a.parquet')", [("read", "a.parquet")]),
    "a folder of Parquet": ("import pandas as pd; pd.read_parquet('folder')", [("read", "folder/b.parquet")]),
    "Arrow": ("import pyarrow.parquet as pq; pq.read_table('a.parquet')", [("read", "a.parquet")]),
    "Ibis": ("import ibis; ibis.read_parquet('a.parquet')", [("read", "a.parquet")]),
    "what is outside": ("open('../outside.csv')", []),
    "removing a tree": ("import shutil; shutil.rmtree('deep')", []),
    "a connection": (
        "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('127.0.0.1', 9)); s.send(b'')",
        [("connect", "127.0.0.1:9")],
    ),
    "nonsense": ("try: open('a\\0b')\nexcept ValueError: pass", []),
    "another program, which is not seen": ("import subprocess; subprocess.run(['cat', 'a.csv'])", []),
    "DuckDB in SQL, which is not seen": ("import duckdb; duckdb.sql(\"from 'a.parquet'\").fetchall()", []),
}


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory):
    """A folder that is watched, with a little of everything, and a few things beside it."""
    import pandas as pd

    top = tmp_path_factory.mktemp("watched")
    root = top / "root"
    (root / "folder").mkdir(parents=True)
    (root / "deep" / "er" / "est").mkdir(parents=True)
    (root / "deep" / "er" / "est" / "c.csv").touch()
    for path in (root / "a.csv", top / "outside.csv"):
        path.write_text("x\n1\n")
    (root / "helper.py").write_text("")
    for path in (root / "a.parquet", root / "folder" / "b.parquet"):
        pd.DataFrame({"x": [1]}).to_parquet(path)
    (root / "link.csv").symlink_to("a.csv")
    (root / "out.csv").symlink_to("../outside.csv")
    (top / "link.csv").symlink_to("root/a.csv")
    return top


@pytest.mark.skipif(os.name != "posix", reason="links and rights as POSIX has them")
@pytest.mark.parametrize(("code", "seen"), SEEN.values(), ids=SEEN)
def test_what_python_opens_below_the_folder_is_noted(laid_out, tmp_path, code, seen):
    import shutil

    top = tmp_path / "top"
    shutil.copytree(laid_out, top, symlinks=True)
    (top / "log").touch()
    command = [sys.executable, "-c", f"{PREPARE}sys.path.insert(0, os.getcwd())\n{code}", str(top)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    noted = [json.loads(line) for line in (top / "log").read_text().splitlines()]
    told = [(e["kind"], e["what"].removeprefix(f"{(top / 'root').resolve()}/")) for e in noted]
    assert [entry for entry in told if "__pycache__" not in entry[1]] == seen
    assert {e["cell"] for e in noted} <= {1}


def test_duckdb_still_finds_the_tables_of_its_caller():
    code = "from churn_mlops.pipelines.kernels import native; native.wrap(); import duckdb, pandas as pd\n"
    code += "mine = pd.DataFrame({'x': [1]}); assert duckdb.sql('from mine').fetchall() == [(1,)]"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_watch_whose_log_is_gone_does_not_begin(monkeypatch, tmp_path):
    monkeypatch.setenv(watch.VARIABLE, json.dumps([str(tmp_path / "gone"), str(tmp_path)]))
    watch.install_as_told()
    assert watch.VARIABLE not in os.environ


READ_EXTRA = "from pathlib import Path\nextra = Path('../configs/extra.csv').read_text()"


@pytest.fixture(params=["forked", "ordinary"])
def kernels(request, monkeypatch):
    """Both kinds of kernels, one after the other."""
    if request.param == "ordinary":
        monkeypatch.setenv("CHURN_KERNELS", "ordinary")


@pytest.fixture
def with_cell(tiny_project, notebook):
    """The small project, its second notebook with a cell more, after one that is empty; and a file to read."""
    path = tiny_project.root / "notebooks" / "02_use.ipynb"
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    (tiny_project.root / "configs" / "extra.csv").write_text("a,b\n1,2\n")

    def add(source: str):
        notebook(path, *cells, "", source)
        return tiny_project

    return add


def second(result) -> dict:
    return result.manifest["stages"][1]


def test_a_stage_that_reads_an_undeclared_file_is_told_and_runs_again(with_cell, kernels, capfd):
    project = with_cell(READ_EXTRA)
    first = project.run()
    (found,) = second(first)["undeclared"]
    assert (found["cell"], found["action"], found["what"]) == (8, "read", "configs/extra.csv")
    assert first.manifest["stages"][0]["undeclared"] == []
    assert "warning: 02_use, cell 8 read `configs/extra.csv`, which it does not declare" in capfd.readouterr().err
    assert "<code>configs/extra.csv</code> in cell 8" in (first.folder / "index.html").read_text()
    assert not list(first.folder.rglob("*.jsonl"))
    again = project.run()
    assert [stage["status"] for stage in again.manifest["stages"]] == ["reused", "succeeded"]
    assert second(again)["reason"] == "ran: it has opened `configs/extra.csv`, which it does not declare"


def test_a_declared_file_is_part_of_the_key(with_cell):
    project = with_cell(READ_EXTRA)
    first, use = project.stages
    project = replace(project, stages=(first, replace(use, files=("configs/extra.csv", "configs/none.csv"))))
    result = project.run(strict=True)
    assert (result.exit_code, second(result)["undeclared"]) == (0, [])
    assert second(result)["inputs"]["reads"]["./configs/none.csv"] is None
    assert second(project.run(strict=True))["status"] == "reused"
    (project.root / "configs" / "extra.csv").write_text("a,b\n1,3\n")
    assert second(project.run())["reason"] == "ran: `./configs/extra.csv` changed"


def test_under_strict_the_stage_fails_with_an_exit_code_of_its_own(with_cell):
    result = with_cell(READ_EXTRA).run(strict=True)
    error = result.manifest["error"]
    assert (result.exit_code, error["kind"], error["stage"], error["cell"]) == (9, "UndeclaredInput", "02_use", 8)
    assert "add it to the `files` of 02_use in pipeline.py" in error["message"]
    assert second(result)["status"] == "failed"
    assert "UndeclaredInput" in (result.folder / "index.html").read_text()


def test_an_import_by_a_computed_name_is_told_and_one_by_name_is_not(with_cell):
    project = with_cell("import importlib, plain\nmodule = importlib.import_module('pl' + 'ugin')")
    for name in ("plain", "plugin"):
        (project.root / "notebooks" / f"{name}.py").write_text("ANSWER = 42\n")
    (found,) = second(project.run())["undeclared"]
    assert (found["action"], found["what"]) == ("read", "notebooks/plugin.py")


def test_a_connection_is_told_and_a_stage_that_declares_it_runs_every_time(with_cell):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        project = with_cell(f"import socket\nsocket.create_connection({address!r}).close()")
        (found,) = second(project.run())["undeclared"]
        assert (found["action"], found["what"]) == ("connected to", f"127.0.0.1:{address[1]}")
        first, use = project.stages
        project = replace(project, stages=(first, replace(use, watches=("network",))))
        for _ in range(2):
            result = project.run(strict=True)
            assert [stage["status"] for stage in result.manifest["stages"]] == ["reused", "succeeded"]


def test_a_file_of_another_version_and_an_undeclared_artifact_are_told(with_cell):
    project = with_cell("print('nothing')")
    before = project.run()
    assert second(before)["undeclared"] == []
    with_cell(
        "from pathlib import Path\n"
        f"old = Path('../runs/{before.version}/artifacts/answer.json').read_text()\n"
        "written = Path(run_dir).joinpath('more.json').write_text(old)"
    )
    found = [(entry["action"], entry["what"]) for entry in second(project.run())["undeclared"]]
    assert found == [("read", f"runs/{before.version}/artifacts/answer.json"), ("wrote", "more.json")]


def test_an_ordinary_notebook_has_nothing_to_tell(with_cell, kernels):
    project = with_cell(
        "import asyncio, multiprocessing, tempfile\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\n"
        "figure = plt.plot([1, 2])\nplt.show()\n"
        "with tempfile.TemporaryDirectory() as folder:\n    Path(folder, 'a').write_text('a')\n"
        "with multiprocessing.Pool(1) as pool:\n    doubled = pool.map(abs, [1])\n"
        "await asyncio.sleep(0)\n!echo a line"
    )
    result = project.run(strict=True)
    assert (result.exit_code, second(result)["undeclared"]) == (0, [])


def test_what_the_watch_needs_is_not_passed_on(with_cell):
    project = with_cell("import os\nassert 'CHURN_WATCH' not in os.environ\nassert 'watch' not in dir()")
    assert project.run().exit_code == 0


def test_a_stage_that_is_tried_again_answers_for_its_last_try(with_cell):
    project = with_cell(
        "from pathlib import Path\nmark = Path(run_dir).parent.parent / 'tried'\n"
        "if not mark.exists():\n    Path('../configs/extra.csv').read_text(); mark.mkdir(); raise OSError('once')"
    )
    config = project.root / "configs" / "shop.toml"
    config.write_text(config.read_text() + '[limits.use]\nretries = 1\nretry_on = ["OSError"]\n')
    result = project.run()
    assert (second(result)["status"], second(result)["undeclared"]) == ("succeeded", [])
    assert len(versions(project.runs)) == 1
