"""`data` and `data diff` on the command line."""

import json


def test_an_empty_archive_is_an_answer(call):
    assert call("data") == (0, "No data yet. Cure: python pipeline.py\n", "")
    assert json.loads(call("data", "--json")[1]) == []


def test_comparing_needs_two_and_says_so(call):
    code, out, err = call("data", "diff", "a")
    assert (code, out) == (2, "")
    assert "Missing argument 'B'" in err
    code, out, err = call("data", "diff", "a", "b")
    assert (code, out) == (2, "")
    assert "is empty. Cure: python pipeline.py" in err


def test_the_archives_place_may_stand_before_or_after_the_word(call, tmp_path):
    for arguments in (
        ("--runs", str(tmp_path / "x"), "diff", "a", "b"),
        ("diff", "a", "b", "--runs", str(tmp_path / "x")),
    ):
        assert f"{tmp_path / 'x'} is empty" in call("data", *arguments)[2]
