"""Code of a notebook as a stage's: what moves, what is rewritten, and what must stay as it is."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.pipelines.adopting.cells import Code
from churn_mlops.pipelines.adopting.rewriting import Edit, apply, parameters_cell, rewrite
from churn_mlops.pipelines.parameters import parse_parameters


def rewritten(*sources):
    return rewrite(tuple(Code(number, source) for number, source in enumerate(sources, 1)), "a.ipynb")


def cells(*sources):
    return [code for _, code in rewritten(*sources).cells]


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("n = 3\nprint(n)", {"n": 3}),
        ("n: int = -3\nprint(n)", {"n": -3}),
        ("x = 1e-3\nprint(x)", {"x": 0.001}),
        ('name = "été"\nprint(name)', {"name": "été"}),
        ("on = True\nprint(on)", {"on": True}),
        ("n = 3; print(n)", {"n": 3}),
        ("n = 3", {}),  # nothing uses it
        ("n = 3\nn += 1\nprint(n)", {}),
        ("n = 3\nfor n in range(2):\n    print(n)", {}),
        ("n = 3\ndef f():\n    global n\n    n = 2\nprint(n)", {}),
        ("if True:\n    n = 3\nprint(n)", {}),
        ("n = [1, 2]\nprint(n)", {}),
        ("n = None\nprint(n)", {}),
        ("n = 1 + 2\nprint(n)", {}),
        ("a = b = 3\nprint(a, b)", {}),
        ("_n = 3\nprint(_n)", {}),
        ("x = 1e400\nprint(x)", {}),
        ('text = "a\\nb"\nprint(text)', {}),
        ("data = 'x'\nprint(data)", {}),  # the runner's own name
    ],
)
def test_what_is_given_one_plain_value_once_is_a_parameter_and_nothing_else(source, parameters):
    made = rewritten(source)
    assert {name: value for name, (_, value, _) in made.parameters.items()} == parameters
    declared = parse_parameters(parameters_cell(made.parameters), "a")
    assert {name: p.default for name, p in declared.items() if name != "run_dir"} == parameters
    left = "\n".join(code for _, code in made.cells)
    assert all(f"{name} =" not in left for name in parameters)


@pytest.mark.parametrize(
    ("sources", "left"),
    [
        (("df.to_csv('a/b.csv')",), ['df.to_csv(Path(run_dir) / "b.csv")']),
        (("d.to_csv('a/b.csv')", "d.to_csv('c/b.csv')"),
         ['d.to_csv(Path(run_dir) / "b.csv")', 'd.to_csv(Path(run_dir) / "b_2.csv")']),
        (("x = read_csv('in.csv')  # é",), ["x = read_csv(in_csv)  # é"]),
        (("s = 'é'; x = read_csv('in.csv')\nprint(s)",), ["x = read_csv(in_csv)\nprint(s)"]),
        (("P = 'in.csv'\nx = read_csv(P)",), ["x = read_csv(P)"]),
        (("p = Path('d') / 'a.txt'", "x = p.read_text()"), ["p = Path('d') / 'a.txt'", "x = Path(a_txt).read_text()"]),
        (("x = read_csv('s.csv')", "x.to_csv('s.csv')", "y = read_csv('s.csv')"),
         ["x = read_csv(s_csv)", 'x.to_csv(Path(run_dir) / "s.csv")', 'y = read_csv(Path(run_dir) / "s.csv")']),
        (("x = read_csv('https://a.example/x.csv')",), ["x = read_csv('https://a.example/x.csv')"]),
        (("run_dir = 'out'", "df.to_csv(f'{run_dir}/b.csv')"), ['df.to_csv(Path(run_dir) / "b.csv")']),
        (("in_csv = read_csv('in.csv')",), ["in_csv = read_csv(in_csv_2)"]),
        (("x = open('lambda').read()",), ["x = open(lambda_2).read()"]),
        (("x = read_csv(path())",), ["x = read_csv(path())"]),
        (("x = read_csv('1 a-b.csv')",), ["x = read_csv(file_1_a_b_csv)"]),
        (("import a, b as c\nfrom d import e\nprint(1)",), ["print(1)"]),
        (("try:\n    import a\nexcept E:\n    a = None",), ["try:\n    import a\nexcept E:\n    a = None"]),
        (("", "# only a comment", "n = 1"), []),
    ],
)  # fmt: skip
def test_paths_lead_to_parameters_or_into_the_run(sources, left):
    assert cells(*sources) == left


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('password = "hunter2x"\nlog_in(password)', 'password = os.environ["PASSWORD"]\nlog_in(password)'),
        ('log_in(api_key="hunter2x")', 'log_in(api_key=os.environ["API_KEY"])'),
        ('c = {"password": "hunter2x"}', 'c = {"password": os.environ["PASSWORD"]}'),
        ('os.environ["DB_TOKEN"] = "hunter2x"', 'os.environ["DB_TOKEN"] = os.environ["DB_TOKEN"]'),
    ],
)
def test_a_secret_in_the_code_is_asked_of_the_environment(source, left):
    made = rewritten(source)
    assert [code for _, code in made.cells] == [left]
    assert "import os" in made.imports


def test_what_may_not_be_written_is_not_declared():
    made = rewritten(
        "df.to_csv('sure.csv')\nif bad:\n    df.to_csv('perhaps.csv')", "with open('w.txt', 'w') as f:\n    pass"
    )
    assert made.certain == {"sure.csv", "w.txt"}
    assert set(made.outputs.values()) == {"sure.csv", "perhaps.csv", "w.txt"}


@given(st.text(max_size=40), st.data())
def test_an_edit_changes_its_span_and_nothing_else(text, data):
    lines = text.split("\n")
    line = data.draw(st.integers(0, len(lines) - 1))
    begin = data.draw(st.integers(0, len(lines[line])))
    end = data.draw(st.integers(begin, len(lines[line])))
    at = [(line + 1, len(lines[line][:place].encode())) for place in (begin, end)]
    lines[line] = lines[line][:begin] + "X" + lines[line][end:]
    assert apply(text, [Edit(*at, "X")]) == "\n".join(lines)


STATEMENTS = [
    "n = 3", 'p = "a.csv"', "df = pd.read_csv(p)", "df.to_csv('b.csv')", "import os, sys", "n += 1", "print(n, p)",
    "def f(x):\n    return open(p).read()", "with open('x', 'wb') as h:\n    pickle.dump(n, h)", "%time y = 1", "!ls",
    "token = 'abcdefgh1'", "x = 1; y = 2", "if n:\n    p = 'c.csv'", "é = f'{p}.{n}'; np.save(é, y)", "lambda: p",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=5).map("\n".join), max_size=6))
def test_whatever_the_cells_hold_what_comes_out_is_python_and_declares_what_it_can(sources):
    made = rewritten(*sources)
    for _, source in made.cells:
        ast.parse(source)
    parse_parameters(parameters_cell(made.parameters), "a")
    assert "abcdefgh1" not in str(made.cells)


@pytest.mark.parametrize(
    ("source", "python", "magics"),
    [
        ("%%bash\nls", "", ["%%bash"]),
        ("%%time\nx = 1", "x = 1", ["%%time"]),
        ("%time x = 1", "x = 1", []),
        ("%timeit -n 3 x", "", ["%timeit -n 3 x"]),
        ("for a in b:\n    !rm {a}", "for a in b:\n    pass", ["!rm {a}"]),
        ("x = !ls\ny = %pwd", "\n", ["x = !ls", "y = %pwd"]),
        ("x?\n?x\nx.y??", "\n\n", ["x?", "?x", "x.y??"]),
        ("x = 5 \\\n% 3", "x = 5 \\\n% 3", []),  # Python as it stands
        ('s = """\n!not a command\n"""', 's = """\n!not a command\n"""', []),
    ],
)
def test_lines_for_ipython_are_taken_out_and_python_is_left(source, python, magics):
    cell = Code(1, source)
    assert (cell.python, list(cell.magics), cell.problem) == (python, magics, "")
