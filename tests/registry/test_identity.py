"""Who acts: what CHURN_ACTOR says, or git; and which two names are one person."""

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.registry import identity


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann <ann@a.example>", "ann@a.example", True),
        ("Ann <ann@a.example>", "A. Lee <ANN@a.example>", True),
        ("Ann  Lee", "ann lee", True),
        ("Ann <ann@a.example>", "Ann <ann@b.example>", False),
        ("Ann", "Ann <ann@a.example>", False),
        ("unknown", "Ann", False),
    ],
)
def test_a_person_is_told_by_the_address(one, other, same):
    assert identity.is_same(one, other) is same
    assert identity.is_same(other, one) is same


@pytest.mark.parametrize("name", ["two\nlines", "x" * 201, "bell\a"])
def test_an_identity_is_one_line(monkeypatch, name):
    monkeypatch.setenv("CHURN_ACTOR", name)
    with pytest.raises(ConfigError, match=r"CHURN_ACTOR is .*expected one line.*Cure"):
        identity.who()


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ("[user]\nname = Ann Lee\nemail = ann@a.example\n", "Ann Lee <ann@a.example>"),
        ("[user]\nemail = ann@a.example\n", "ann@a.example"),
        ("[user]\nname = Ann Lee\n", "Ann Lee"),
        ("", "unknown"),
    ],
)
def test_without_the_variable_git_says_who_it_is(monkeypatch, tmp_path, config, name):
    (tmp_path / "config").write_text(config)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHURN_ACTOR")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    identity._of_git.cache_clear()
    try:
        assert identity.who() == name
    finally:
        identity._of_git.cache_clear()


@pytest.mark.parametrize(
    ("name", "short"), [("Ann <a@b.example>", "Ann"), ("<a@b.example>", "<a@b.example>"), ("a", "a")]
)
def test_a_table_shows_the_name_alone(name, short):
    assert identity.short(name) == short
