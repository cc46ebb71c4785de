"""Reuse with real kernels, which load modules ahead: the same as without them."""

import pytest

from churn_mlops.cli.door import main

pytestmark = pytest.mark.kernel


def test_a_run_a_run_again_and_a_change_of_a_helper(tiny_project, notebook, capsys):
    helper = tiny_project.root / "notebooks" / "helpers" / "number.py"
    helper.parent.mkdir()
    helper.write_text("SEVEN = 7\n")
    notebook(
        tiny_project.root / "notebooks" / "01_make.ipynb",
        'config: str = ""  # c\nrun_dir: str = "."  # folder\nfactor: int = 2  # multiplies',
        "from pathlib import Path\nfrom helpers import number",
        "Path(run_dir).joinpath('number.txt').write_text(str(number.SEVEN * factor))",
    )

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(
                tiny_project.stages,
                tiny_project.root,
                ["--config", str(tiny_project.root / "configs/shop.toml"), *arguments],
            )
        assert not end.value.code
        return "".join(capsys.readouterr())

    assert "01_make succeeded" in run()
    assert "Nothing to do" in run()
    helper.write_text("# as many as there are days\nSEVEN = 7\n")
    assert "Nothing to do" in run()
    helper.write_text("SEVEN = 14 // 2\n")
    text = run()
    assert "01_make started (1 of 2), ran: `helpers/number.py` changed" in text
    assert "02_use reused from" in text
    helper.write_text("SEVEN = 8\n")
    assert "02_use succeeded" in run()
    assert (tiny_project.runs / "latest" / "artifacts" / "answer.json").read_text() == '{"answer": 24}'
    assert "02_use succeeded" in run("--only", "use")


def test_after_a_failure_the_next_run_succeeds_and_the_one_after_it_reuses_all(tiny_project):
    assert tiny_project.run("make.fail=no").exit_code == 1
    assert tiny_project.run().exit_code == 0
    again = tiny_project.run()
    assert [stage["status"] for stage in again.manifest["stages"]] == ["reused", "reused"]
