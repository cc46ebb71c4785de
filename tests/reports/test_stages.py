import pytest

from churn_mlops.reports import render_run
from churn_mlops.reports.formats import ticked
from churn_mlops.reports.stages import in_words, stage_rows, totals

FIRST = "20261101-000000-aaaaaa"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("ran: it has no result yet", "There was no earlier result to reuse"),
        ("ran: its last result is not to be had", "Its earlier result is no longer in the archive"),
        (f"ran: its result from {FIRST} is damaged", f"Its result from run {FIRST} is damaged"),
        ("ran: --force", "Asked for with `--force`"),
        ("ran: its code cells changed", "Changed since its last result: the notebook"),
        ("ran: parameter `seed`, the today changed", "Changed since its last result: the setting `seed`, the date"),
        ("ran: `features/windows.py` changed", "Changed since its last result: `features/windows.py`"),
        ("something new", "something new"),
        (None, ""),
    ],
)
def test_a_reason_is_said_in_words(reason, words):
    assert in_words(reason) == words


def test_names_in_a_text_are_set_as_code_and_nothing_else_is_let_through():
    assert ticked("`a<b>` and <i>") == "<code>a&lt;b&gt;</code> and &lt;i&gt;"


def reused(make, version=FIRST):
    manifest = make.manifest()
    for stage in manifest["stages"][:2]:
        stage.update(status="reused", reason=f"reused from {version}: ...", reused_from=version)
    manifest["stages"][2]["reason"] = "ran: `models/folds.py` changed"
    return manifest


def write(run, manifest):
    render_run(run, manifest, {})
    return (run / "index.html").read_text(encoding="utf-8")


def test_a_reused_stage_leads_to_the_run_that_executed_it_while_that_is_there(make, tmp_path):
    link = f'href="../{FIRST}/index.html">{FIRST}</a>'
    for run in (tmp_path / "20261123-224600-3f2a91", tmp_path / ".building" / "20261123-224600-3f2a91"):
        html = write(run, reused(make))
        assert html.count("↺ reused") == 2
        assert link not in html
        assert FIRST in html
    (tmp_path / FIRST).mkdir()
    (tmp_path / FIRST / "index.html").touch()
    assert write(tmp_path / ".building" / "20261123-224600-3f2a91", reused(make)).count(link) == 2
    assert write(tmp_path / "20261123-224600-3f2a91", reused(make)).count(link) == 2


def test_the_times_of_reused_stages_are_marked_as_those_of_another_run(make, tmp_path):
    rows = stage_rows(tmp_path, reused(make))
    assert [row["time"] for row in rows] == ["(4.1 s)", "(4.1 s)", "4.1 s", "4.1 s"]
    assert rows[2]["why"] == "Changed since its last result: `models/folds.py`"
    assert "Times in brackets" in write(tmp_path, reused(make))


def test_what_reuse_has_saved_is_counted(make):
    stages = reused(make)["stages"]
    assert totals(stages) == "2 of 4 stages ran in this run; 2 kept an earlier result, which saved 8.2 s."
    assert totals(make.manifest()["stages"]) == ""
    for stage in stages:
        stage["status"] = "reused"
    assert totals(stages).startswith("None of 4 stages ran in this run; 4 kept")


@pytest.mark.parametrize("version", ["../../etc", "javascript:x", ".", "..", "a/b", 'x"><script>'])
def test_the_name_of_the_run_that_executed_a_stage_is_only_a_name(make, tmp_path, version):
    (tmp_path / "index.html").touch()
    html = write(tmp_path / "runs" / "20261123-224600-3f2a91", reused(make, version))
    assert make.live(html) == []
    assert f'href="../{version}' not in html
