"""What a run tells of the model that shadows the champion."""

from types import SimpleNamespace

from tests.registry.published import publish, serve

from churn_mlops.archive.files import read_json
from churn_mlops.pipelines.runner import _compare_shadow
from churn_mlops.registry.shadow import set_shadow
from churn_mlops.serving.log import Entry, LogFile, log_folder


def test_a_run_holds_the_shadow_beside_the_champion_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
    runs = tmp_path / "runs"
    project, building = SimpleNamespace(runs=runs), SimpleNamespace(folder=tmp_path)
    champion, other = serve(runs, b"one"), publish(runs, b"other")
    _compare_shadow(project, building, "shop")
    assert not (tmp_path / "shadow.json").exists()
    set_shadow(runs, "shop", other)
    asked = Entry("p1", 0, "shop", champion, "d", "champion", "/predict", None, 0.25, "leave", 0.0, "{}")
    shadow = asked._replace(version=other, role="shadow", probability=0.75, decision="contact")
    LogFile(log_folder(runs, "shop"), "w").add([asked, shadow])
    _compare_shadow(project, building, "shop")
    (told,) = read_json(tmp_path / "shadow.json")
    assert (told["version"], told["rows"], told["mean_difference"], told["decided_otherwise"]) == (other, 1, 0.5, 1.0)
