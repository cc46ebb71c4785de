"""A run of the pipeline and its alerts, from the notebook to the channel."""

import pytest
from tests.monitoring.alerting.receivers import webhook

from churn_mlops.pipelines.alerts.describing import describe_alerts
from churn_mlops.pipelines.stage import Stage

FOUND = {"name": "feed broken", "severity": "high", "message": "`usage` stopped.", "cause": "c", "cure": "Mend it."}
CELL = f"""
import json, os
from pathlib import Path
print(os.environ["OPS_CHANNEL"])
Path(run_dir).joinpath("alerts.json").write_text(json.dumps([{FOUND!r}]))
"""
SECTION = '\n[alerts]\nchannels = ["OPS_CHANNEL"]\n'


@pytest.mark.kernel
def test_a_run_tells_its_alert_through_a_channel_whose_url_is_nowhere_on_the_disk(tmp_path, make_project, monkeypatch):
    project = make_project(tmp_path / "shop", {Stage("06_monitor", writes=("alerts.json",)): (CELL,)}, SECTION)
    with webhook() as kept:
        monkeypatch.setenv("OPS_CHANNEL", kept.url)
        first, again = project.run(), project.run()
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert kept.titles == ["[shop] high: feed broken"]
    assert f"Page: runs/{first.version}/index.html#monitoring" in kept.came[0]["message"]
    (alert,) = describe_alerts(project.runs, ["shop"])["datasets"]["shop"]["alerts"]
    page = (project.runs / "index.html").read_text()
    assert alert["id"] in page
    assert "1 alert open" in page
    token = kept.url.rpartition("/")[2].encode()
    held = [path for path in project.runs.rglob("*") if path.is_file() and token in path.read_bytes()]
    assert held == []
