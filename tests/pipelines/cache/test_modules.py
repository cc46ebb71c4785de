"""Imports are followed through the project's files as Python would follow them, and no further."""

import pytest

from churn_mlops.archive.remembered import Remembered
from churn_mlops.pipelines.cache.imports import describe_module
from churn_mlops.pipelines.cache.modules import Modules, source_folders

# (files, what is imported, project files behind it, other names)
CASES = {
    "a module beside the notebook": ({"m.py": ""}, ["m"], {"m.py"}, set()),
    "a name of a module": ({"m.py": "x = 1"}, ["m.x"], {"m.py"}, set()),
    "a package and its module": (
        {"p/__init__.py": "", "p/a.py": "", "p/b.py": ""},
        ["p.a"],
        {"p/__init__.py", "p/a.py"},
        set(),
    ),
    "each package on the way": (
        {"p/__init__.py": "import x", "x.py": "", "p/q/__init__.py": "", "p/q/a.py": ""},
        ["p.q.a.f"],
        {"p/__init__.py", "x.py", "p/q/__init__.py", "p/q/a.py"},
        set(),
    ),
    "a folder without __init__": ({"h/x.py": ""}, ["h.x"], {"h/x.py"}, {"h"}),
    "a name from a folder without __init__": ({"h/g/x.py": "", "h/y.py": ""}, ["h.g.x.f"], {"h/g/x.py"}, {"h"}),
    "a module of a module": (
        {"a.py": "import b", "b.py": "from c import d", "c.py": ""},
        ["a"],
        {"a.py", "b.py", "c.py"},
        set(),
    ),
    "a cycle": ({"a.py": "import b", "b.py": "import a"}, ["a"], {"a.py", "b.py"}, set()),
    "a module of itself": ({"a.py": "import a"}, ["a"], {"a.py"}, set()),
    "within a function": ({"a.py": "def f():\n    import b", "b.py": ""}, ["a"], {"a.py", "b.py"}, set()),
    "a neighbour": (
        {"p/__init__.py": "", "p/a.py": "from .b import x", "p/b.py": ""},
        ["p.a"],
        {"p/__init__.py", "p/a.py", "p/b.py"},
        set(),
    ),
    "a neighbour by a bare dot": (
        {"p/__init__.py": "", "p/a.py": "from . import b", "p/b.py": "", "b.py": ""},
        ["p.a"],
        {"p/__init__.py", "p/a.py", "p/b.py"},
        set(),
    ),
    "two floors up": (
        {"p/__init__.py": "", "p/q/__init__.py": "from .. import b", "p/b.py": ""},
        ["p.q"],
        {"p/__init__.py", "p/q/__init__.py", "p/b.py"},
        set(),
    ),
    "a package of its own": (
        {"p/__init__.py": "from .a import x", "p/a.py": ""},
        ["p"],
        {"p/__init__.py", "p/a.py"},
        set(),
    ),
    "all that a package lists": (
        {"p/__init__.py": "__all__ = ['a', 'f']\ndef f(): pass", "p/a.py": "", "p/b.py": ""},
        ["p.*"],
        {"p/__init__.py", "p/a.py"},
        set(),
    ),
    "a relative import in a folder without __init__": (
        {"h/a.py": "from . import b", "h/b.py": ""},
        ["h.a"],
        {"h/a.py", "h/b.py"},
        {"h"},
    ),
    "out of the top": ({"a.py": "from ... import b"}, ["a"], {"a.py"}, {"b"}),
    "a mistake in a module": ({"a.py": "def f(:\nimport b", "b.py": ""}, ["a"], {"a.py", "b.py"}, set()),
    "the standard library": ({}, ["os.path", "json", "sys"], set(), set()),
    "a module that hides the standard library": ({"json.py": ""}, ["json"], {"json.py"}, set()),
    "installed packages": ({"a.py": "import pandas.core as p"}, ["a", "numpy"], {"a.py"}, {"pandas", "numpy"}),
    "a package before a module of its name": ({"p/__init__.py": "", "p.py": ""}, ["p"], {"p/__init__.py"}, set()),
    "a module before a folder of its name": ({"h.py": "", "h/x.py": ""}, ["h.x"], {"h.py"}, set()),
    "a relative import in a notebook": ({"a.py": ""}, [".a", "."], {"a.py"}, set()),
}


def modules(root, *folders):
    return Modules(folders or [root], Remembered(root / "store.json", describe_module))


def lay(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize("case", CASES)
def test_imports_lead_to_the_files_that_python_would_execute(tmp_path, case):
    files, names, inside, outside = CASES[case]
    lay(tmp_path, files)
    digests, others = modules(tmp_path).closure(names)
    assert set(digests) == inside
    assert others == outside


def test_the_first_folder_wins_and_a_package_stays_in_one(tmp_path):
    lay(tmp_path, {"one/p/__init__.py": "", "two/p/__init__.py": "x = 1", "two/p/a.py": "", "two/m.py": ""})
    found = modules(tmp_path, tmp_path / "one", tmp_path / "two")
    assert set(found.closure(["p.a", "m"])[0]) == {"p/__init__.py", "m.py"}
    assert found.closure(["p"])[0] != modules(tmp_path, tmp_path / "two").closure(["p"])[0]


def test_a_package_in_a_later_folder_comes_before_a_bare_folder_and_bare_folders_are_one(tmp_path):
    lay(tmp_path, {"one/p/a.py": "", "two/p/__init__.py": "", "one/h/a.py": "", "two/h/b.py": ""})
    found = modules(tmp_path, tmp_path / "one", tmp_path / "two")
    assert set(found.closure(["p.a"])[0]) == {"p/__init__.py"}
    assert set(found.closure(["h.a", "h.b"])[0]) == {"h/a.py", "h/b.py"}


def test_a_module_in_a_folder_of_the_path_counts_and_installed_ones_do_not(tmp_path, monkeypatch):
    for name in ("notebooks", "own", "venv/site-packages"):
        (tmp_path / name).mkdir(parents=True)
        monkeypatch.syspath_prepend(str(tmp_path / name))
    folders = source_folders(tmp_path / "notebooks", tmp_path)
    assert folders[0] == tmp_path / "notebooks"
    assert folders[-1] == tmp_path
    assert tmp_path / "own" in folders
    assert not [folder for folder in folders if "site-packages" in folder.parts or (folder / "json").is_dir()]
