"""What code imports and does is read from its tree: comments and layout are nothing, a constant is something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.pipelines.cache.imports import describe_module, digest_code, imported_names, is_empty

LINES = [
    "import os",
    "x = 1",
    "def f(a):",
    "    if a:",
    "        return [1,",
    "            2]",
    "    return {}",
    "y = f(x)",
]
comments = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map("# {}".format)

IMPORTS = [
    ("import a", ["a"]),
    ("import a.b.c", ["a.b.c"]),
    ("import a.b as c, d", ["a.b", "d"]),
    ("from a import b, c as d", ["a.b", "a.c"]),
    ("from a.b import *", ["a.b.*"]),
    ("from . import b", [".b"]),
    ("from .b import c", [".b.c"]),
    ("from ..b import c", ["..b.c"]),
    ("from .. import b", ["..b"]),
    ("def f():\n    import a", ["a"]),
    ("try:\n    import a\nexcept ImportError:\n    a = None", ["a"]),
    ("import importlib\nimportlib.import_module('a.b')", ["a.b", "importlib"]),
    ("__import__('a')", ["a"]),
    ("import_module(name)", []),
    ("x = 'import a'", []),
    ("%matplotlib inline\nimport a", ["a"]),
    ("%%time\nfrom a import b", ["a.b"]),
    ("!ls\nif 1:\n    %time f()\n    import a", ["a"]),
    ("files = !ls\nimport a", ["a"]),
    ("import a\na.f?", ["a"]),
    ("import a\nthis is no Python\nfrom b import (c,\n d)", ["a", "b.*"]),
    ("import\n", []),
    ("", []),
]


@pytest.mark.parametrize(("source", "names"), IMPORTS)
def test_the_names_that_code_imports(source, names):
    assert imported_names(source) == names


@given(st.lists(st.tuples(comments, st.integers(0, 3)), min_size=len(LINES), max_size=len(LINES)))
def test_comments_and_blank_lines_never_change_the_digest(extra):
    source = "\n".join(
        "\n" * blank + f"{comment}\n{line}" + ("" if line.endswith(",") else f"  {comment}")
        for line, (comment, blank) in zip(LINES, extra, strict=True)
    )
    assert digest_code(source) == digest_code("\n".join(LINES))


constants = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.booleans() | st.none()


@given(constants, constants)
def test_another_constant_always_changes_the_digest(one, other):
    same = type(one) is type(other) and repr(one) == repr(other)
    assert (digest_code(f"x = {one!r}") == digest_code(f"x = {other!r}")) == same


@given(st.text())
def test_any_text_has_a_digest_and_imports(text):
    assert len(digest_code(text)) == 64
    assert isinstance(imported_names(text), list)


@pytest.mark.slow
@given(st.binary(max_size=200))
def test_any_bytes_are_described(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("modules") / "__init__.py"
    path.write_bytes(content)
    assert set(describe_module(path)) == {"digest", "imports"}


def test_code_that_is_no_python_counts_by_its_text():
    assert digest_code("%time f()") != digest_code("%time g()")
    assert digest_code("x = (") != digest_code("x = [")


def test_a_declared_encoding_is_heeded(tmp_path):
    for name, encoding in (("a.py", "latin-1"), ("b.py", "utf-8")):
        (tmp_path / name).write_bytes(f"# -*- coding: {encoding} -*-\nx = 'é'\n".encode(encoding))
    assert describe_module(tmp_path / "a.py") == describe_module(tmp_path / "b.py")


@pytest.mark.parametrize(
    "listed",
    ["__all__ = ['b']", "__all__ = ('b',)", "__all__: list = ['b']", "__all__ = []\n__all__ += ['b']"],
)
def test_a_package_imports_what_it_lists_and_a_module_does_not(tmp_path, listed):
    for name, imports in (("__init__.py", [".b"]), ("module.py", [])):
        (tmp_path / name).write_text(listed)
        assert describe_module(tmp_path / name)["imports"] == imports


@pytest.mark.parametrize(
    ("source", "empty"),
    [("", True), ("\n  \n# no\n", True), ("x", False), ("'text'", False), ("(", False), ("%x", False)],
)
def test_what_holds_nothing_to_execute_is_empty(source, empty):
    assert is_empty(source) == empty
