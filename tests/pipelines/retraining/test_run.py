"""`retrain` runs the pipeline through its own door."""

import pytest
from tests.pipelines.conftest import lay_out

from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.pointer import registry_folder


@pytest.mark.kernel
def test_retrain_runs_the_pipeline_and_ends_as_the_run_does(tmp_path):
    project = lay_out(tmp_path / "shop")
    assert project.start().wait(60) == 0
    (project.root / "configs" / "shop.csv").write_text("customer,left\na,1\nb,0\nc,0\n")
    notebook = project.root / "notebooks" / "01_make.ipynb"
    notebook.write_text(notebook.read_text().replace("7 * factor", "8 * factor"))
    done = project.start("retrain", "--reason", "newer data")
    _, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    records = read_log(registry_folder(project.runs, "shop"))
    assert [record.kind for record in records][-2:] == ["retraining", "run"]
    assert records[-2].facts["reasons"][0] == "newer data"
    assert project.start("retrain", "--explain").wait(30) == 0
