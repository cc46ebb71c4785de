"""Folders as everybody has them: notebooks saved under ever longer names, data beside, models of unknown origin."""

import json
import os
from pathlib import Path

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
KEY = "hunter2-and-more"
EARLY, LATE, MODEL_AT = 1_760_000_000, 1_761_000_000, 1_761_000_100  # seconds since 1970


def code(source, count=1, *outputs):
    shown = [{"output_type": "stream", "name": "stdout", "text": text} for text in outputs]
    return {"cell_type": "code", "source": source, "execution_count": count, "metadata": {}, "outputs": shown}


def text(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def notebook(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, content, modified=EARLY) -> Path:
    """Write a notebook, text or bytes with a date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    os.utime(path, (modified, modified))
    return path


def shop(folder: Path) -> Path:
    """The classic: two versions of a model, one of them final, with a hard coded home and a token in an output."""
    imports = code(
        "import pandas as pd\nimport joblib  # to save\nfrom sklearn.linear_model import LogisticRegression", 1
    )
    load = code("df = pd.read_csv(DATA)\ndf.head()", 3, f"token {TOKEN}")
    fit = code('X = df[["use", "age"]]\nmodel = LogisticRegression(C=STRENGTH).fit(X, df["left"])', 5)
    final = notebook(
        text("# Churn model\nFinal. Really."),
        code("!pip install pandas scikit-learn\n%matplotlib inline", 1),
        imports,
        code(
            'DATA = "/home/ann/churn/data_new.csv"  # the new one\nSTRENGTH = 0.5  # the larger, the looser\nSEED=1',
            2,
        ),
        load,
        code('MODEL = "models/model_final.joblib"', 4),
        fit,
        text("## Save"),
        code(
            "joblib.dump(model, MODEL)\ndf.assign(p=model.predict_proba(X)[:, 1]).to_csv('scores.csv', index=False)", 6
        ),
        code('check = pd.read_csv("scores.csv")\nprint(len(check))', 7, "40"),
        code("df.describe()", None),
    )
    first = notebook(
        imports,
        code('DATA = "data_old.csv"\nSTRENGTH = 1.0', 2),
        load,
        fit,
        code('joblib.dump(model, "model_v1.joblib")', 2),
    )
    write(folder / "model_v1.ipynb", first)
    write(folder / "model_v2_final_ACTUALLY_final.ipynb", final, LATE)
    rows = "".join(f"{n},{n % 7},{20 + n % 40},{int(n % 3 == 0)}\n" for n in range(40))
    write(folder / "data_new.csv", "id,use,age,left\n" + rows)
    write(folder / "data_old.csv", "id,use,age,left\n" + rows)
    write(folder / "models" / "model_final.joblib", b"never loaded", MODEL_AT)
    write(folder / "model_v1.joblib", b"never loaded", EARLY)
    return folder


def pathed(folder: Path) -> Path:
    """Paths put together in many ways, a helper module, a secret in the code, a model pickled by hand."""
    cells = (
        code("import os, pickle\nfrom pathlib import Path\nimport numpy as np\nfrom tools import double"),
        code(f'API_KEY = "{KEY}"\nBASE = "data"\nYEAR = 2024; ROUNDS = 3'),
        code('raw = np.loadtxt(os.path.join(BASE, f"use_{YEAR}.txt"))'),
        code(
            'notes = (Path(BASE) / "notes.txt").read_text()\n'
            'with open("{}/more.txt".format(BASE)) as f:\n    more = f.read()'
        ),
        code("total = sum(double(x) for x in raw) * ROUNDS\nprint(len(API_KEY))", 1, f"key {KEY}"),
        code('with open("model.pkl", "wb") as handle:\n    pickle.dump({"total": float(total)}, handle)'),
        code('Path("report.txt").write_text(f"{total} {notes} {more}")\nfor name in os.listdir("."):\n    print(name)'),
        code("np.save(f'{total}.npy', raw)\nother = np.load(np.random.choice(['a.npy']))"),
    )
    write(folder / "run.ipynb", notebook(*cells))
    write(folder / "tools.py", "def double(x):\n    return 2 * x\n")
    write(folder / "data" / "use_2024.txt", "1\n2\n3\n")
    write(folder / "data" / "notes.txt", "fine")
    write(folder / "data" / "more.txt", "more")
    return folder


def hostile(folder: Path, outside: Path) -> Path:
    """Everything that a notebook can be besides a notebook, and one good one."""
    write(folder / "broken.ipynb", '{"cells": [')
    write(folder / "deep.ipynb", "[" * 100_000)
    write(folder / "list.ipynb", "[1, 2]")
    write(folder / "no_cells.ipynb", "{}")
    write(folder / "cells_are_numbers.ipynb", '{"cells": [1, 2]}')
    write(folder / "binary.ipynb", b"\xff\xfe\x00")
    write(folder / "r.ipynb", notebook(code("x <- 1"), kernelspec={"name": "ir", "language": "R"}))
    old = {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "prompt_number": 1, "outputs": []}
    write(folder / "old.ipynb", {"worksheets": [{"cells": [old]}], "nbformat": 3, "metadata": {}})
    deep = "x = " + "-" * 20_000 + "1"
    cells = (
        code("%%bash\nrm -rf /"), code("%run other.ipynb\nfiles = !ls\n?pd"), code("def f(:\n  pass"), code(deep),
        code("if True:\n    %time a = 1\n    !touch done"), code("%%time\nb = 2"), code("eval('1'); b += 1"),
    )  # fmt: skip
    write(folder / "good.ipynb", notebook(*cells), LATE)
    write(outside / "secret.csv", "a,b\n")
    (folder / "link.csv").symlink_to(outside / "secret.csv")
    (folder / "linked").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "linked.ipynb").symlink_to(folder / "good.ipynb")
    write(folder / ".ipynb_checkpoints" / "good-checkpoint.ipynb", notebook(code("z = 1")))
    write(folder / "venv" / "pyvenv.cfg", "")
    write(folder / "venv" / "x.ipynb", notebook(code("z = 1")))
    return folder
