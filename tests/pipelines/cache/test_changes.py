"""Each single change re-runs exactly the stages that it can concern, and says what changed; the rest runs nothing."""

import json
import os
import platform
import shutil
import sysconfig

import pytest

pytestmark = pytest.mark.slow

LOAD, CLEAN, SIDE, TRAIN, JUDGE = "01_load", "02_clean", "03_side", "04_train", "05_judge"
ALL = (LOAD, CLEAN, SIDE, TRAIN, JUDGE)
DATA, TOML, HELPERS, TOOLS = "configs/shop.csv", "configs/shop.toml", "notebooks/helpers", "notebooks/tools"


def edit(name, old, new):
    return lambda shop, patch: shop.edit(name, old, new)


def cell(stage, old, new):
    return lambda shop, patch: shop.cell(stage, old, new)


def notebook(stage, change):
    return lambda shop, patch: shop.notebook(stage, change)


def write(name, text):
    def change(shop, patch):
        (shop.root / name).parent.mkdir(parents=True, exist_ok=True)
        (shop.root / name).write_text(text)

    return change


def package(name, version, *needs):
    return lambda shop, patch: shop.package(name, version, needs)


def declare(stage, **changes):
    """Change a line of the list of stages."""

    def change(shop, patch):
        from dataclasses import replace

        shop.stages = tuple(replace(s, **changes) if s.name == stage else s for s in shop.stages)

    return change


def nothing(shop, patch):
    pass


def code(source, **metadata):
    return {
        "cell_type": "code",
        "id": "new",
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


def add(source, place=99, **metadata):
    return lambda content: content["cells"].insert(place, code(source, **metadata))


def swap(content):
    """The second and third code cells after each other's."""
    content["cells"][4], content["cells"][5] = content["cells"][5], content["cells"][4]


def tag(*tags):
    return lambda content: content["cells"][3]["metadata"].update(tags=list(tags))


def parameters_last(content):
    content["cells"].append(content["cells"].pop(1))


def promote_other(shop, patch):
    """Somebody else's run has become champion."""
    from churn_mlops.archive.digest import digest_file
    from churn_mlops.registry.champion import promote

    other = shop.runs / "20200101-000000-abcdef"
    shutil.copytree(shop.runs / shop.versions[0], other)
    manifest = json.loads((other / "manifest.json").read_text()) | {"version": other.name}
    (other / "manifest.json").chmod(0o644)
    (other / "manifest.json").write_text(json.dumps(manifest))
    (other / "artifacts/model.skops").unlink()
    (other / "artifacts/model.skops").write_text("another model")
    promote(shop.runs, "shop", other.name, digest_file(other / "artifacts/model.skops"), 1)


def tomorrow(shop, patch):
    from churn_mlops.pipelines.cache import inputs

    patch.setattr(inputs.datetime, "day", 2)


CHANGES = [
    # (what, the change, arguments of the run, stages that run, what the reason of the first one names)
    ("a byte of the data", edit(DATA, "b,0", "b,1"), (), (LOAD, CLEAN, SIDE, JUDGE), "`data`"),
    ("a new customer", edit(DATA, "c,1\n", "c,1\nd,0\n"), (), ALL, "`data`"),
    ("a row twice, which cleaning undoes", edit(DATA, "c,1\n", "c,1\na,1\n"), (), (LOAD, CLEAN, SIDE, JUDGE), "`data`"),
    (
        "other data with --data",
        write("configs/b.csv", "customer,left\nz,1\n"),
        ("--data", "configs/b.csv"),
        ALL,
        "`data`",
    ),
    ("money in the config", edit(TOML, "offer_cost = 5", "offer_cost = 6"), (), (LOAD,), "`config`"),
    ("a type in the config's money", edit(TOML, "offer_cost = 5", "offer_cost = 5.0"), (), (LOAD,), "`config`"),
    (
        "the dataset in the config",
        edit(TOML, 'target = "left"', 'target = "left"\nhorizon_days = 9'),
        (),
        (LOAD,),
        "`config`",
    ),
    ("a parameter in the config", edit(TOML, "folds = 3", "folds = 4"), (), (TRAIN, JUDGE), "parameter `folds`"),
    ("a parameter out of the config", edit(TOML, "folds = 3", ""), (), (TRAIN, JUDGE), "parameter `folds`"),
    ("a parameter with -p", nothing, ("-p", "train.seed=2"), (TRAIN, JUDGE), "parameter `seed`"),
    ("a parameter of the first stage", nothing, ("-p", "load.parts=1"), ALL, "parameter `parts`"),
    ("a parameter that changes no output", nothing, ("-p", "load.scale=1.5"), (LOAD,), "parameter `scale`"),
    (
        "a default in the notebook",
        cell(TRAIN, "seed: int = 1", "seed: int = 7"),
        (),
        (TRAIN, JUDGE),
        "parameter `seed`",
    ),
    ("a new parameter", cell(SIDE, "run_dir: str", "n: int = 1  # n\nrun_dir: str"), (), (SIDE,), "parameter `n`"),
    ("a code cell of the first stage", cell(LOAD, "len(rows)", "len(rows) + 1"), (), (LOAD,), "its code cells"),
    ("a code cell in the middle", cell(CLEAN, "line[0]", "line[:2]"), (), (CLEAN, TRAIN, JUDGE), "its code cells"),
    ("a code cell, with the same output", cell(CLEAN, "line[0]", "line[:1]"), (), (CLEAN,), "its code cells"),
    ("a code cell of the last stage", cell(JUDGE, "said the", "says the"), (), (JUDGE,), "its code cells"),
    ("a constant by its type", cell(SIDE, "* late()", "* int(1.0)"), (), (SIDE,), "its code cells"),
    ("the order of cells", notebook(CLEAN, swap), (), "fails", None),
    ("a cell more", notebook(SIDE, add("1 + 1")), (), (SIDE,), "its code cells"),
    ("a cell less", notebook(LOAD, lambda c: c["cells"].pop()), (), "fails", None),
    ("a cell cut in two", notebook(SIDE, add("x = 1\ny = 2")), (), (SIDE,), "its code cells"),
    ("the place of the parameters", notebook(SIDE, parameters_last), (), "fails", None),
    ("a tag that skips a cell", notebook(SIDE, tag("skip-execution")), (), (SIDE,), "its code cells"),
    (
        "a helper that one stage uses",
        edit(f"{HELPERS}/loading.py", "SKIP = 0", "SKIP = 0 * 1"),
        (),
        (LOAD,),
        "loading.py",
    ),
    ("a helper that changes its output", edit(f"{HELPERS}/loading.py", "= 0", "= 1"), (), ALL, "`helpers/loading.py`"),
    ("a helper that two stages use", edit(f"{HELPERS}/shared.py", "0.5", "0.25"), (), (CLEAN, TRAIN), "shared.py"),
    ("a mistake in a helper that all use", edit(f"{HELPERS}/common.py", "(lines)", "(list(lines))"), (), "fails", None),
    (
        "a helper of all, same results",
        edit(f"{HELPERS}/common.py", "join(lines)", "join(list(lines))"),
        (),
        ALL,
        "common.py",
    ),
    ("a helper of a helper", edit(f"{HELPERS}/base.py", '"\\n"', '"\\n" + ""'), (), ALL, "`helpers/base.py`"),
    ("a helper imported within a function", edit(f"{HELPERS}/late.py", "1", "2"), (), (SIDE, JUDGE), "late.py"),
    (
        "a module of `import *`",
        edit(f"{TOOLS}/tidy.py", "set(names)", "set(list(names))"),
        (),
        (CLEAN,),
        "tools/tidy.py",
    ),
    (
        "a module by a relative import",
        edit(f"{TOOLS}/units.py", "UNIT = 1", "UNIT = 2"),
        (),
        (CLEAN,),
        "tools/units.py",
    ),
    (
        "a package's __init__",
        edit(f"{TOOLS}/__init__.py", '"tidy"]', '"tidy"]\nX = 1'),
        (),
        (CLEAN,),
        "tools/__init__.py",
    ),
    ("a folder that becomes a package", write(f"{HELPERS}/__init__.py", "X = 1\n"), (), ALL, "`helpers/__init__.py`"),
    ("a module that hides a package", write("notebooks/fakelib.py", "LIB = 2\n"), (), (SIDE,), "`fakelib.py`"),
    ("a docstring", edit(f"{HELPERS}/loading.py", '"""Rows."""', '"""All rows."""'), (), (LOAD,), "loading.py"),
    ("a package", package("fakelib", "2.0", "fakedep>=1"), (), (SIDE,), "package fakelib"),
    ("a package that a package needs", package("fakedep", "1.1"), (), (SIDE,), "package fakedep"),
    ("a package that one uses where it is there", package("fakeextra", "1.1"), (), (SIDE,), "package fakeextra"),
    ("Python", lambda shop, patch: patch.setattr(platform, "python_version", lambda: "3.99.1"), (), ALL, "Python"),
    (
        "the platform",
        lambda shop, patch: patch.setattr(sysconfig, "get_platform", lambda: "mars-1"),
        (),
        ALL,
        "Platform",
    ),
    ("another champion", promote_other, (), (JUDGE,), "the champion"),
    ("the next day", tomorrow, (), (JUDGE,), "the date"),
    (
        "one more file that is written",
        declare(LOAD, writes=("tables/", "facts.json", "tables/0.txt")),
        (),
        (LOAD,),
        "writes",
    ),
    ("one more file that is read", declare(CLEAN, reads=("tables/", "facts.json")), (), (CLEAN,), "`facts.json`"),
    ("the champion is watched", declare(TRAIN, watches=("champion",)), (), (TRAIN,), "the champion"),
]

NO_OPS = [
    ("nothing at all", nothing, ()),
    ("prose", cell(LOAD, "What it is about.", "What it is not about.")),
    (
        "a prose cell more",
        notebook(LOAD, lambda c: c["cells"].insert(0, dict(cell_type="markdown", id="p", metadata={}, source="Hm."))),
    ),
    ("a comment in a cell", cell(TRAIN, "model = Path", "# the model\nmodel = Path")),
    ("a cell with a comment alone", notebook(TRAIN, add("# to be done\n"))),
    ("an empty cell", notebook(TRAIN, add(""))),
    ("the comment of a parameter", cell(TRAIN, "# parts", "# parts of the data")),
    ("layout of a cell", cell(JUDGE, "decision = {'promoted'", "decision = {  \n  'promoted'")),
    ("quotes", cell(JUDGE, "'said the judge'", '"said the judge"')),
    ("a comment in a helper", edit(f"{HELPERS}/common.py", "# one line", "# the line between")),
    ("blank lines in a helper", edit(f"{HELPERS}/loading.py", "SKIP = 0\n", "\n\n\nSKIP = 0\n\n")),
    (
        "ids, outputs, counts and metadata of cells",
        notebook(
            LOAD,
            lambda c: [
                cell.update(id=f"new-{n}", execution_count=n, metadata={**cell["metadata"], "collapsed": True})
                for n, cell in enumerate(c["cells"])
                if cell["cell_type"] == "code"
            ],
        ),
    ),
    (
        "outputs",
        notebook(
            LOAD, lambda c: c["cells"][2].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "hi"}])
        ),
    ),
    (
        "kernelspec",
        notebook(
            LOAD,
            lambda c: c["metadata"].update(kernelspec={"name": "other", "display_name": "Other", "language": "python"}),
        ),
    ),
    ("a tag that nothing heeds", notebook(SIDE, tag("remove-input"))),
    ("a source as one text", notebook(SIDE, lambda c: c["cells"][2].update(source="".join(c["cells"][2]["source"])))),
    (
        "whitespace of the notebook",
        lambda shop, patch: (p := shop.root / "notebooks/01_load.ipynb").write_text(
            json.dumps(json.loads(p.read_text())) + "\n\n"
        ),
    ),
    (
        "times of all files",
        lambda shop, patch: [
            os.utime(p, (1, 1)) for p in (*shop.root.glob("notebooks/**/*"), shop.root / DATA) if p.is_file()
        ],
    ),
    ("the lock, which is not what is installed", edit("requirements.lock", "1.0", "2.0")),
    ("README", edit("README.md", "Shop", "The shop")),
    ("tests", edit("tests/test_shop.py", "pass", "assert True")),
    ("a commit", write(".git/HEAD", "ref: refs/heads/other\n")),
    ("another notebook", write("notebooks/scratch.ipynb", "{}")),
    ("checkpoints of the editor", write("notebooks/.ipynb_checkpoints/01_load-checkpoint.ipynb", "{}")),
    ("a helper that nobody uses", edit(f"{HELPERS}/unused.py", "1", "2")),
    ("a new helper that nobody uses", write(f"{HELPERS}/more.py", "MORE = 1\n")),
    ("compiled modules", write(f"{HELPERS}/__pycache__/common.cpython-311.pyc", "?")),
    ("a package that nobody uses", package("fakeother", "1.1")),
    ("a package for developers", package("faketest", "1.1")),
    ("a new package", package("fakenew", "1.0")),
    ("an environment variable", lambda shop, patch: patch.setenv("SHOP_COLOUR", "blue")),
    ("a comment in the config", edit(TOML, "# the shop", "# our shop")),
    (
        "the order of keys in the config",
        edit(TOML, 'id = "customer"\ntarget = "left"', 'target = "left"\nid = "customer"'),
    ),
    (
        "the order of sections in the config",
        lambda shop, patch: (
            shop.edit(TOML, "[train]\nfolds = 3\n", ""),
            shop.edit(TOML, "[dataset]", "[train]\nfolds = 3\n\n[dataset]"),
        ),
    ),
    ("limits", edit(TOML, "seconds = 600", "seconds = 300")),
    ("hooks", edit(TOML, '["true"]', '["true", "true"]')),
    (
        "order of reads, writes and watches",
        declare(JUDGE, reads=("side.txt", "model.json", "model.skops"), watches=("today", "champion")),
    ),
    (
        "the order of stages that do not need each other",
        lambda shop, patch: setattr(shop, "stages", tuple(shop.stages[n] for n in (0, 2, 1, 3, 4))),
    ),
]
SAME_VALUES = [
    ("a default given with -p", nothing, ("-p", "train.seed=1")),
    ("a default given in the config", edit(TOML, "[train]", "[train]\nseed = 1"), ()),
    ("a whole number for a float", edit(TOML, "[train]", "[load]\nscale = 1\n\n[train]"), ()),
    ("what the config says given with -p", nothing, ("-p", "train.folds=3")),
    ("the data by another name", write("configs/c.csv", "customer,left\na,1\nb,0\nc,1\n"), ("--data", "configs/c.csv")),
    ("the data by a longer path", nothing, ("--data", "notebooks/../configs/shop.csv")),
    ("another limit of time", nothing, ("--timeout", "99")),
    ("the last stage named", nothing, ("--to", "judge")),
]


@pytest.mark.parametrize(("what", "change", "arguments", "expected", "named"), CHANGES, ids=[c[0] for c in CHANGES])
def test_a_change_runs_exactly_the_stages_that_it_concerns(shop, monkeypatch, what, change, arguments, expected, named):
    monkeypatch.chdir(shop.root)
    change(shop, monkeypatch)
    if expected == "fails":  # what was reused would hide it
        assert shop.say("--config", TOML, *arguments) != 0
        return
    assert sorted(shop.run(*arguments)) == sorted(expected)
    reasons = shop.reasons()
    assert named in reasons[expected[0]], reasons
    assert all(reasons[name].startswith("ran: ") for name in expected)
    assert all("reused from" in reasons[name] for name in set(ALL) - set(expected))
    assert shop.run(*arguments) == (), "nothing has changed since"


@pytest.mark.parametrize("case", [*NO_OPS, *SAME_VALUES], ids=lambda case: case[0])
def test_what_concerns_no_stage_runs_none_and_makes_no_version(shop, monkeypatch, case):
    _, change, arguments = (*case, ())[:3]
    monkeypatch.chdir(shop.root)
    change(shop, monkeypatch)
    before = shop.versions
    assert shop.run(*arguments) == ()
    assert shop.versions == before


def test_there_are_forty_changes_and_twenty_that_are_none():
    assert len(CHANGES) >= 40
    assert len(NO_OPS) + len(SAME_VALUES) >= 20
