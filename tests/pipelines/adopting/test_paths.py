import ast

import pytest

from churn_mlops.pipelines.adopting.cells import Code
from churn_mlops.pipelines.adopting.finding import file_of
from churn_mlops.pipelines.adopting.paths import learn, resolve
from churn_mlops.pipelines.adopting.uses import find_uses

KNOWN = {"base": "data", "year": "2024"}


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("'a.csv'", "a.csv"),
        ("base + '/a.csv'", "data/a.csv"),
        ("f'{base}/{year}.csv'", "data/2024.csv"),
        ("f'{base!r}'", None),
        ("f'{year:>9}'", None),
        ("os.path.join(base, 'x', 'a.csv')", "data/x/a.csv"),
        ("os.path.join(base, '/a.csv')", "/a.csv"),
        ("Path(base) / 'a.csv'", "data/a.csv"),
        ("Path(base, 'a.csv')", "data/a.csv"),
        ("str(pathlib.Path('a.csv'))", "a.csv"),
        ("'{}/{}.csv'.format(base, year)", "data/2024.csv"),
        ("'{x}.csv'.format(x=1)", None),
        ("'{0}.csv'.format(year)", None),
        ("unknown + '/a.csv'", None),
        ("choose()", None),
        ("paths[0]", None),
    ],
)
def test_a_path_is_what_it_comes_to_or_not_told(expression, path):
    assert resolve(ast.parse(expression, mode="eval").body, KNOWN) == path


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("base = 'b'", "b"),
        ("base = f()", None),
        ("base += 'x'", None),
        ("for base in x: pass", None),
        ("x = 1", "data"),
    ],
)
def test_a_name_is_known_until_something_else_may_be_given_to_it(statement, told):
    known = dict(KNOWN)
    learn(ast.parse(statement).body[0], known)
    assert known.get("base") == told


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("a.csv", "a.csv"),
        ("./a.csv", "a.csv"),
        ("C:\\\\Users\\\\ann\\\\a.csv".replace("\\\\", "\\"), "a.csv"),
        ("/home/ann/a.csv", "a.csv"),
        ("x/b.csv", "x/b.csv"),
        ("b.csv", None),  # there are two
        ("s3://bucket/a.csv", None),
        ("c.csv", None),
    ],
)
def test_a_path_means_the_file_of_the_folder_that_it_can_only_be(path, file):
    assert file_of(path, {"a.csv", "x/b.csv", "y/b.csv"}) == file


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("pd.read_csv('a')", [("reads", "a")]),
        ("pd.read_csv(filepath_or_buffer='a')", [("reads", "a")]),
        ("df.to_csv()", []),
        ("df.to_csv(None)", []),
        ("df.to_parquet(path='a')", [("writes", "a")]),
        ("joblib.dump(m, 'a')", [("writes", "a")]),
        ("dump(m, 'a')", [("writes", "a")]),
        ("joblib.load('a')", [("reads", "a")]),
        ("pickle.dump(m, open('a', 'wb'))", [("writes", "a")]),
        ("m = pickle.load(open('a', 'rb'))", [("reads", "a")]),
        ("with open('a') as f:\n    x = json.load(f)", [("reads", "a")]),
        ("with open('a', mode='x') as f:\n    f.write('')", [("writes", "a")]),
        ("pd.read_csv(open('a'))", [("reads", "a")]),
        ("Path('a').write_text('x')", [("writes", "a")]),
        ("Path('a').open('w')", [("writes", "a")]),
        ("np.save('a', x); np.load('a')", [("writes", "a"), ("reads", "a")]),
        ("torch.save(m, 'a')", [("writes", "a")]),
        ("pq.write_table(t, 'a')", [("writes", "a")]),
        ("bst.save_model('a')", [("writes", "a")]),
        ("plt.savefig('a')", [("writes", "a")]),
        ("buffer = io.BytesIO()\nplt.savefig(buffer)", []),
        ("datasets.load('iris')", []),
        ("pd.read_csv(*given)", []),
        ("pd.read_csv(which)", [("reads", None)]),
    ],
)
def test_calls_that_read_and_write_are_known(source, seen):
    assert [(use.action, use.path) for use in find_uses([Code(1, source)])] == seen
